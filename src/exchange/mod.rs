//! Logs in the forms that other canvases publish: reading them in and writing them out.
//!
//! * [`import()`]: published files → rows, sorted by time → events of a round, with
//!   their original times. Idempotent and resumable: the log itself remembers which rows it has.
//! * [`export()`]: events → rows of a published form, or one JSON object a line.
//! * [`EventJson`]: the JSON form of an event, which the HTTP interface shares.
//!
//! What an import keeps apart: [`rplace2017`] and [`rplace2022`] turn one line into one [`Row`] and
//! know nothing else; [`input`] knows files and compression; [`sort`] knows records and temporary
//! files; only `import`, `resume` and `append` know the log.

mod append;
mod events;
mod export;
mod import;
pub mod input;
pub mod json;
pub mod moment;
pub mod names;
mod palette_file;
mod progress;
pub mod pxls;
mod pxls_board;
mod reading;
mod recent;
mod resume;
pub mod row;
pub mod rplace2017;
pub mod rplace2022;
pub mod rplace2023;
pub mod sort;
mod target;
#[cfg(test)]
mod tests;

pub use append::RowAppendError;
pub use events::{
    EventImport, EventImportError, EventImportSummary, MAX_EVENT_LINE_BYTES, TargetLog,
    import_events,
};
pub use export::{
    ExportError, ExportFormat, ExportPlan, ExportRequest, ExportSink, ExportSummary, NamesError,
    PlanError, Who, export,
};
pub use import::{Import, ImportError, ImportSummary, import};
pub use input::{Source, SourceError};
pub use json::EventJson;
pub use names::{NameLookup, PlayerNames};
pub use palette_file::{PaletteFileError, read_palette};
pub use progress::{ImportPhase, ImportProgress, OnProgress};
pub use pxls_board::{BoardError, PxlsBoard, import_board};
pub use reading::{MAX_SHOWN_BAD_LINES, SkippedLines};
pub use row::{
    Act, BadLine, BadLineReason, ImportFormat, Offset, OnBadLine, Row, RowColor, RowPlace,
    UnknownFormat,
};
pub use target::{ImportRound, ImportTarget, RoundOptions, round_for_import};
