//! Logs in the forms that other canvases publish: reading them in and writing them out.
//!
//! * [`import()`]: published files → rows, sorted by time → events of a round, with
//!   their original times. Idempotent and resumable: the log itself remembers which rows it has.
//! * [`import_events`]: our own files → the same events again, under the numbers of this log;
//!   [`import_board`]: a board → the opening of a round and the cells that it begins with.
//! * [`export()`]: events → rows of a published form, or one JSON object a line.
//! * [`EventJson`]: the JSON form of an event, which the HTTP interface shares.
//!
//! What an import keeps apart: [`rplace2017`], [`rplace2022`], [`rplace2023`] and [`pxls`] turn one
//! line into one [`Row`] and know nothing else; [`input`] knows files and compression; [`sort`]
//! knows records and temporary files; `shape` knows a round; only `import`, `events`, `resume` and
//! `append` know the log.

mod append;
mod bad_line;
mod columns;
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
pub mod record;
mod resume;
pub mod row;
pub mod rplace2017;
pub mod rplace2022;
pub mod rplace2023;
mod shape;
pub mod sort;
mod target;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;

pub use append::RowAppendError;
pub use bad_line::{BadLine, BadLineReason, MAX_SHOWN_CHARS, OnBadLine};
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
pub use row::{Act, ImportFormat, MAX_DISC_RADIUS, Offset, Row, RowColor, RowPlace, UnknownFormat};
pub use target::{ImportRound, ImportTarget, RoundOptions, round_for_import};
