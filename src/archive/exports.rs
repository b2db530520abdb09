//! The exports of an archive, each compressed.

use std::fs::File;
use std::io::{self, Write};

use async_trait::async_trait;
use zstd::stream::write::Encoder;

use super::{Archive, ArchiveError, Folder};
use crate::exchange::{ExportFormat, ExportPlan, ExportRequest, ExportSink, Who, export};

/// How hard is compressed: an archive is written once and kept.
const LEVEL: i32 = 12;

/// The forms, with the ends of their files' names.
const FORMS: [(ExportFormat, &str); 2] = [
    (ExportFormat::Ndjson, "ndjson.zst"),
    (ExportFormat::Rplace2022, "rplace2022.csv.zst"),
];

/// A file that is compressed while it is written.
struct Compressed(Encoder<'static, File>);

#[async_trait]
impl ExportSink for Compressed {
    async fn take(&mut self, text: &[u8]) -> io::Result<()> {
        self.0.write_all(text)
    }

    async fn finish(&mut self) -> io::Result<()> {
        self.0.do_finish()
    }
}

/// Writes the exports under pseudonyms, and returns their names.
pub(super) async fn write(
    folder: &mut Folder<'_>,
    archive: &Archive<'_>,
) -> Result<Vec<String>, ArchiveError> {
    let mut names = Vec::new();
    for (format, end) in FORMS {
        let request = ExportRequest {
            format,
            round: Some(archive.plan.round),
            from: None,
            to: Some(archive.plan.last),
            region: None,
        };
        let plan = ExportPlan::new(&request, archive.rounds, archive.plan.last)?;
        let name = format!("exports/{}-{}.{end}", archive.canvas, archive.plan.round.0);
        let path = folder.path(&name)?;
        let failed = |source| ArchiveError::Write {
            path: path.clone(),
            source,
        };
        let file = File::create(&path).map_err(failed)?;
        let encoder = Encoder::new(file, LEVEL).map_err(failed)?;
        let mut out = Compressed(encoder);
        let who = Who::Pseudonyms(archive.key);
        export(archive.store, who, plan, &mut out, &|_, _| {}).await?;
        folder.bytes += std::fs::metadata(&path).map_err(failed)?.len();
        names.push(name);
    }
    Ok(names)
}
