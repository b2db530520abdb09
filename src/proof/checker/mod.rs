//! A checker of history that believes nothing but the public files: it hashes all of them, folds
//! all events anew, and compares what comes out with every keyframe, the chain, and what the server
//! says of some versions.

mod fetch;
mod links;
mod listing;
mod proofs;
mod refold;
mod report;
mod segment;
mod source;

use event_store::Version;

pub use fetch::{FetchError, Fetcher};
pub use listing::{Listed, Listing, ListingError};
pub use report::{Disagreement, Report};
pub use source::{PublicFiles, SourceError, uncompressed};

use refold::{Refold, Sample};
use segment::{Files, Work};

/// The most versions of which a server's proof is asked for.
pub const MAX_SAMPLES: usize = 10_000;

/// What to check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckOptions {
    /// Begin at the segment that holds this version. What lies before is then only known by its
    /// place in the chain.
    pub from: Version,
    /// Of how many versions, chosen by chance, the server's proof is compared, at most
    /// [`MAX_SAMPLES`]; beside that of the last version.
    pub samples: usize,
}

/// Why a check could not be brought to an end.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// A file could not be had.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The system gives no random numbers.
    #[error("could not choose versions by chance")]
    Random(#[source] getrandom::Error),
    /// The work on another thread was given up.
    #[error("could not check a segment")]
    Work(#[source] tokio::task::JoinError),
}

/// Checks the public files of a canvas. Holds two segments and two keyframes in memory at a time.
/// `progress` is told the version after each segment, and the last one.
///
/// # Errors
/// [`CheckError`]; what does not hold is no error but the answer.
pub async fn check(
    files: &PublicFiles,
    options: CheckOptions,
    mut progress: impl FnMut(Version, Version) + Send,
) -> Result<Report, CheckError> {
    let listing = files.listing().await?;
    let mut report = report_of(files, &listing);
    if let Some(broken) = listing.broken_link() {
        return Ok(report.with(Some(broken)));
    }
    let before = |listed: &Listed| listed.last < options.from;
    let begin = listing.segments.partition_point(before);
    let begin = begin.min(listing.segments.len().saturating_sub(1));
    let (done, rest) = listing.segments.split_at(begin);
    let mut refold = match files.refold_after(done.last()).await? {
        Ok(refold) => refold,
        Err(broken) => return Ok(report.with(Some(broken))),
    };
    let end = rest.last().map_or(Version::ZERO, |last| last.last);
    let first = rest.first().map_or(Version(1), |first| first.first);
    report.from = first.0;
    let wanted = match files.has_proofs() {
        true => chosen(first, end, options.samples)?,
        false => Vec::new(),
    };
    let mut samples: Vec<Sample> = Vec::new();
    let mut next = files.fetch(rest.first()).await?;
    for (at, listed) in rest.iter().enumerate() {
        let within = wanted.iter().copied();
        let within = within.filter(|version| (listed.first..=listed.last).contains(version));
        let work = Work::new(listed.clone(), next, refold, within.collect());
        let work = tokio::task::spawn_blocking(move || work.run());
        let (checked, fetched) = tokio::join!(work, files.fetch(rest.get(at + 1)));
        match checked.map_err(CheckError::Work)? {
            Ok((folded, found)) => {
                refold = folded;
                samples.extend(found);
            }
            Err(broken) => return Ok(report.with(Some(broken))),
        }
        report.segments += 1;
        report.version = listed.last.0;
        report.events += listed.last.events_since(listed.first) + 1;
        progress(listed.last, end);
        next = fetched?;
    }
    let held = files.check_proofs(&listing, &samples).await?;
    report.proofs += held.proofs;
    if held.broken.is_some() {
        return Ok(report.with(held.broken));
    }
    let held = files.check_open(&listing, refold).await?;
    report.proofs += held.proofs;
    report.events += held.events;
    report.version += held.events;
    Ok(report.with(held.broken))
}

/// What a part of the check found.
#[derive(Default)]
struct Held {
    proofs: usize,
    events: u64,
    broken: Option<Disagreement>,
}

impl Held {
    fn broken(disagreement: Disagreement) -> Self {
        Self {
            broken: Some(disagreement),
            ..Self::default()
        }
    }
}

fn report_of(files: &PublicFiles, listing: &Listing) -> Report {
    let last = listing.segments.last();
    Report {
        holds: false,
        source: files.name(),
        canvas: listing.canvas.clone(),
        from: 1,
        version: 0,
        segments: 0,
        events: 0,
        chain: listing.chain.to_hex().to_string(),
        chain_version: last.map_or(0, |last| last.last.0),
        proofs: 0,
        disagreement: None,
    }
}

impl Report {
    fn with(mut self, disagreement: Option<Disagreement>) -> Self {
        self.holds = disagreement.is_none();
        self.disagreement = disagreement;
        self
    }
}

/// Versions from `first` to `last` that nobody can foresee, and the last one; they rise.
fn chosen(first: Version, last: Version, count: usize) -> Result<Vec<Version>, CheckError> {
    let mut versions = vec![last];
    let span = last.0.saturating_sub(first.0).saturating_add(1);
    for _ in 0..count.min(MAX_SAMPLES) {
        let random = getrandom::u64().map_err(CheckError::Random)?;
        versions.push(Version(first.0.saturating_add(random % span)));
    }
    versions.sort_unstable();
    versions.dedup();
    versions.retain(|version| *version > Version::ZERO);
    Ok(versions)
}

impl PublicFiles {
    /// The canvas after a segment whose own content is not checked.
    async fn refold_after(
        &self,
        before: Option<&Listed>,
    ) -> Result<Result<Refold, Disagreement>, CheckError> {
        let Some(before) = before else {
            return Ok(Ok(Refold::of_empty_log()));
        };
        let bytes = self.keyframe_of(before).await?;
        let keyframe = segment::open_keyframe(before, bytes);
        Ok(keyframe.map(|keyframe| {
            let keyframe = keyframe.map(|(keyframe, _)| keyframe);
            Refold::after(before.last, before.round, keyframe)
        }))
    }

    async fn fetch(&self, listed: Option<&Listed>) -> Result<Files, CheckError> {
        let Some(listed) = listed else {
            return Ok(Files::default());
        };
        Ok(Files {
            segment: PublicFiles::segment(self, listed.number).await?,
            keyframe: self.keyframe_of(listed).await?,
        })
    }

    async fn keyframe_of(&self, listed: &Listed) -> Result<Option<Vec<u8>>, CheckError> {
        match listed.keyframe {
            Some(_) => Ok(self.keyframe(listed.last).await?),
            None => Ok(None),
        }
    }
}
