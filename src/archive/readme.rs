//! What an archive says of itself.

use super::Archive;

/// The text of `README.txt`.
pub(super) fn text(archive: &Archive<'_>, segments: usize, exports: &[String]) -> String {
    let plan = &archive.plan;
    let (canvas, round) = (archive.canvas, plan.round.0);
    let (first, last) = (plan.first, plan.last);
    let exports: String = exports.iter().map(|name| format!("  {name}\n")).collect();
    format!(
        "Pixel Wars: round {round} of the canvas `{canvas}`, versions {first} to {last}\n\
         \n\
         To look at it, let any file server show this folder, at any path, and open index.html:\n\
         \n  \
         python3 -m http.server\n\
         \n\
         Browsers run no page from a folder without a server.\n\
         \n\
         What is in it\n\
         \n  \
         index.html, assets/   the page, which needs nothing from elsewhere\n  \
         history.json          the round, its segments and times, and the chain of hashes\n  \
         segments/             {segments} files with every event, in order\n  \
         keyframes/            the canvas after each segment; the one before the first one too\n\
         {exports}\
         \n\
         The exports are text compressed with zstd. Players have pseudonyms, which are others in\n\
         each round. The formats are described in docs/FORMATS.md of Pixel Wars.\n\
         \n\
         To check that nothing in it was changed, fold all of it anew:\n\
         \n  \
         pixelwars verify --from-dir . --from {first}\n\
         \n\
         `chain` in its answer is the one that the server told (GET .../proof?version=N) if the\n\
         archive is genuine. The last segment ends where the archive does: when that was not the\n\
         round's end on the server, only the chain of the segment before it is the server's.\n"
    )
}
