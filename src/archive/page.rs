//! The page of an archive: the same as the server's, with addresses that hold in any folder.

use std::borrow::Cow;

use event_store::CanvasSlug;

use super::{ArchiveError, Folder};

/// The document that the page begins with.
const DOCUMENT: &str = "index.html";

/// Files of the page that an archive does not have: what installs it and keeps it up to date.
const LEFT_OUT: [&str; 2] = ["sw.js", "manifest.webmanifest"];

/// Behind it the archive's own lines are put.
const HEAD: &str = "<head>";

/// What the page may do: as on a server (`http::security_headers`), but for what a `meta` element
/// cannot say (CSP3, section 3.3).
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data: blob:; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; \
    object-src 'none'; form-action 'none'";

/// A page that cannot be archived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// The page was not built.
    #[error("the page is not built into this program; run `make web` and build it again")]
    NotBuilt,
    /// The document is not as the build makes it.
    #[error("the page's document has no `{HEAD}`")]
    NoHead,
}

/// Writes the page.
pub(super) fn write(
    folder: &mut Folder<'_>,
    page: impl Iterator<Item = (String, Cow<'static, [u8]>)>,
    canvas: &CanvasSlug,
) -> Result<(), ArchiveError> {
    let mut has_document = false;
    for (name, bytes) in page.filter(|(name, _)| !LEFT_OUT.contains(&name.as_str())) {
        if name == DOCUMENT {
            has_document = true;
            let html = String::from_utf8_lossy(&bytes);
            folder.put(&name, document(&html, canvas)?.as_bytes())?;
        } else {
            folder.put(&name, &bytes)?;
        }
    }
    match has_document {
        true => Ok(()),
        false => Err(PageError::NotBuilt.into()),
    }
}

/// The document: it says that it is an archive, asks no server, and finds its files beside itself.
/// A slug has no characters that mean something in HTML.
fn document(html: &str, canvas: &CanvasSlug) -> Result<String, PageError> {
    let (before, after) = html.split_once(HEAD).ok_or(PageError::NoHead)?;
    let own = format!(
        "{HEAD}\n    <meta charset=\"utf-8\" />\n    \
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\" />\n    \
         <meta name=\"pixelwars-archive\" content=\"{canvas}\" />"
    );
    let mut kept = String::with_capacity(html.len());
    for (at, element) in after.split('<').enumerate() {
        let asks_server = element.starts_with("link rel=\"preload\" href=\"/api/");
        let installs = element.starts_with("link rel=\"manifest\"");
        if asks_server || installs {
            kept.push_str(element.split_once('>').map_or("", |(_, rest)| rest));
        } else {
            kept.push_str(if at == 0 { "" } else { "<" });
            kept.push_str(element);
        }
    }
    let relative = kept
        .replace("src=\"/", "src=\"./")
        .replace("href=\"/", "href=\"./");
    Ok(format!("{before}{own}{relative}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_finds_its_files_in_any_folder_and_asks_no_server() {
        let html = "<!doctype html>\n<html>\n<head>\n<meta charset=\"utf-8\" />\n\
            <link rel=\"icon\" href=\"/favicon.svg\" />\n<!-- first -->\n\
            <link rel=\"preload\" href=\"/api/v1/canvases\" as=\"fetch\" />\n\
            <script type=\"module\" crossorigin src=\"/assets/a.js\"></script>\n\
            <link rel=\"manifest\" href=\"/manifest.webmanifest\"></head><body></body></html>";
        let made = document(html, &"main".parse().unwrap()).unwrap();
        assert!(made.contains("src=\"./assets/a.js\"") && made.contains("href=\"./favicon.svg\""));
        assert!(made.contains("name=\"pixelwars-archive\" content=\"main\""));
        assert!(made.contains("Content-Security-Policy"));
        for gone in ["/api/", "webmanifest", "=\"/"] {
            assert!(!made.contains(gone), "{gone} in {made}");
        }
        assert!(made.ends_with("</head><body></body></html>"));
        assert_eq!(
            document("<html>", &"main".parse().unwrap()),
            Err(PageError::NoHead)
        );
    }
}
