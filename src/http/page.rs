//! The page that is built into the program.
//!
//! The build leaves a compressed copy beside each file that is worth it (`index.js.br`,
//! `index.js.gz`). Clients get the copy that they accept under the file's own address; the copies
//! have none of their own.

use std::borrow::Cow;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::conditional::is_known;
use super::encoding::Encoding;
use super::error::{ApiError, ErrorCode};
use super::security_headers::PagePolicies;

/// What `npm run build` left in `web/dist`. Debug builds read the folder when asked, release builds
/// carry it.
#[derive(RustEmbed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Built;

/// Said instead of the page when it was not built.
const NOT_BUILT: &str = "The page is not built into this program. Run `make web`, or use the HTTP \
    interface: /docs\n";

/// The document that is served at every path that names no file.
const DOCUMENT: &str = "index.html";

/// The compressed copies that the build makes, with the ends of their names.
const COPIES: [(Encoding, &str); 2] = [(Encoding::Brotli, ".br"), (Encoding::Gzip, ".gz")];

/// A file of the page, or a compressed copy of one.
struct File {
    bytes: Bytes,
    /// The SHA-256 of the bytes.
    hash: [u8; 32],
    media_type: String,
}

impl File {
    fn find(name: &str) -> Option<Self> {
        Built::get(name).map(Self::from)
    }
}

impl From<EmbeddedFile> for File {
    fn from(file: EmbeddedFile) -> Self {
        Self {
            hash: file.metadata.sha256_hash(),
            media_type: with_charset(file.metadata.mimetype()),
            bytes: match file.data {
                Cow::Borrowed(bytes) => Bytes::from_static(bytes),
                Cow::Owned(bytes) => Bytes::from(bytes),
            },
        }
    }
}

/// The files of the page, without their compressed copies: names below the root, and bytes.
pub(crate) fn files() -> impl Iterator<Item = (String, Cow<'static, [u8]>)> {
    let is_copy = |name: &str| COPIES.iter().any(|(_, end)| name.ends_with(end));
    Built::iter()
        .filter(move |name| !is_copy(name))
        .filter_map(|name| Some((name.to_string(), Built::get(&name)?.data)))
}

/// Serves a file of the page; every path without a file extension is the page itself.
pub(super) fn serve(policies: &PagePolicies, request: &Request) -> Response {
    let path = request.uri().path().trim_start_matches('/');
    if path.starts_with("api/") {
        let message = format!("there is no /{path}; see /docs for what there is");
        return ApiError::new(ErrorCode::NotFound, message).into_response();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let message = "this path can only be read";
        return ApiError::new(ErrorCode::MethodNotAllowed, message).into_response();
    }
    let file_name = path.rsplit('/').next().unwrap_or_default();
    let is_file = file_name.contains('.');
    let name = if is_file { path } else { DOCUMENT };
    let mut response = match answer(name, request.headers(), File::find) {
        Some(response) => response,
        None if is_file => {
            let message = format!("there is no /{path}");
            return ApiError::new(ErrorCode::NotFound, message).into_response();
        }
        None => (StatusCode::OK, NOT_BUILT).into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, policies.at(path));
    response
}

/// The file `name`, in the encoding that the client likes best, or 304 when it has that already;
/// none when there is no such file. `find` looks for a file by its whole name.
fn answer(name: &str, asked: &HeaderMap, find: impl Fn(&str) -> Option<File>) -> Option<Response> {
    if COPIES.iter().any(|(_, end)| name.ends_with(end)) {
        return None;
    }
    let plain = find(name)?;
    let media_type = HeaderValue::from_str(&plain.media_type).ok();
    let (encoding, file) = in_encoding(name, asked, find).unwrap_or((Encoding::Identity, plain));
    let etag = etag_of(&file);
    let is_known = is_known(asked, &etag);
    let (status, body) = match is_known {
        true => (StatusCode::NOT_MODIFIED, Body::empty()),
        false => (StatusCode::OK, Body::from(file.bytes)),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, caching_of(name));
    headers.extend(HeaderValue::from_str(&etag).map(|etag| (header::ETAG, etag)));
    match is_known {
        true => Encoding::Identity.set_headers(headers),
        false => {
            encoding.set_headers(headers);
            headers.extend(media_type.map(|media_type| (header::CONTENT_TYPE, media_type)));
        }
    }
    Some(response)
}

/// The compressed copy of the file `name` that the client likes best; none when it rather takes the
/// file itself, or when there is no copy.
fn in_encoding(
    name: &str,
    asked: &HeaderMap,
    find: impl Fn(&str) -> Option<File>,
) -> Option<(Encoding, File)> {
    let mut copies = COPIES.map(|(encoding, end)| (encoding, find(&format!("{name}{end}"))));
    let offered = copies.iter().filter(|(_, copy)| copy.is_some());
    let offered: Vec<Encoding> = offered.map(|(encoding, _)| *encoding).collect();
    let accepted = Encoding::accepted(asked, &offered);
    let (encoding, copy) = copies
        .iter_mut()
        .find(|(encoding, _)| *encoding == accepted)?;
    Some((*encoding, copy.take()?))
}

/// The tag of the bytes: the first half of their hash, which no two files share by chance.
fn etag_of(file: &File) -> String {
    let [high, low] = [0, 1].map(|half| {
        let bytes = std::array::from_fn(|index| file.hash[8 * half + index]);
        u64::from_be_bytes(bytes)
    });
    format!("\"{high:016x}{low:016x}\"")
}

/// Vite puts a hash of the content into the names below `assets/`, so those never change. Anything
/// else is asked for again each time, and mostly answered by 304.
fn caching_of(name: &str) -> HeaderValue {
    HeaderValue::from_static(match name.starts_with("assets/") {
        true => "public, max-age=31536000, immutable",
        false => "no-cache",
    })
}

/// The media type with the encoding of its characters, which is UTF-8 for all texts of the page.
fn with_charset(media_type: &str) -> String {
    match media_type.starts_with("text/") {
        true => format!("{media_type}; charset=utf-8"),
        false => media_type.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: &str = "assets/index-1.js";

    /// A page of four files, two of them with copies.
    fn find(name: &str) -> Option<File> {
        let media_type = match name {
            "index.html" => "text/html",
            "manifest.webmanifest" => "application/manifest+json",
            "sw.js" | SCRIPT => "text/javascript",
            "index.html.br" | "index.html.gz" | "assets/index-1.js.br" => "application/gzip",
            _ => return None,
        };
        Some(File {
            bytes: Bytes::copy_from_slice(name.as_bytes()),
            hash: *blake3::hash(name.as_bytes()).as_bytes(),
            media_type: with_charset(media_type),
        })
    }

    fn headers(pairs: &[(header::HeaderName, &str)]) -> HeaderMap {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| (name.clone(), value.parse().unwrap()))
            .collect()
    }

    fn header<'a>(response: &'a Response, name: &str) -> &'a str {
        let value = response.headers().get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    #[test]
    fn a_file_comes_in_the_encoding_that_the_client_likes_best() {
        for (accepted, name, encoding) in [
            ("gzip, deflate, br, zstd", SCRIPT, "br"),
            ("gzip", SCRIPT, ""),
            ("gzip", "index.html", "gzip"),
            ("br;q=0.1, gzip", "index.html", "gzip"),
            ("br;q=0, identity", "index.html", ""),
            ("br", "sw.js", ""),
        ] {
            let asked = headers(&[(header::ACCEPT_ENCODING, accepted)]);
            let response = answer(name, &asked, find).unwrap();
            assert_eq!(header(&response, "content-encoding"), encoding, "{name}");
            assert_eq!(header(&response, "vary"), "accept-encoding");
            assert!(header(&response, "content-type").starts_with("text/"));
        }
        let silent = answer(SCRIPT, &HeaderMap::new(), find).unwrap();
        assert_eq!(header(&silent, "content-encoding"), "");
        assert_eq!(
            header(&silent, "content-type"),
            "text/javascript; charset=utf-8"
        );
    }

    #[test]
    fn a_client_that_has_a_file_is_told_so() {
        let asked = headers(&[(header::ACCEPT_ENCODING, "br")]);
        let first = answer("index.html", &asked, find).unwrap();
        let etag = header(&first, "etag").to_owned();
        assert!(etag.len() == 34 && etag.starts_with('"'), "{etag}");
        let asked = headers(&[
            (header::ACCEPT_ENCODING, "br"),
            (header::IF_NONE_MATCH, &etag),
        ]);
        let again = answer("index.html", &asked, find).unwrap();
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(header(&again, "etag"), etag);
        assert_eq!(header(&again, "vary"), "accept-encoding");
        assert_eq!(header(&again, "cache-control"), "no-cache");
        assert_eq!(header(&again, "content-encoding"), "");
        // The same file in another encoding has other bytes and another tag.
        let asked = headers(&[(header::IF_NONE_MATCH, &etag)]);
        let plain = answer("index.html", &asked, find).unwrap();
        assert_eq!(plain.status(), StatusCode::OK);
        assert_ne!(header(&plain, "etag"), etag);
    }

    #[test]
    fn only_what_never_changes_is_kept_without_asking() {
        let caching = |name: &str| {
            let response = answer(name, &HeaderMap::new(), find).unwrap();
            header(&response, "cache-control").to_owned()
        };
        assert_eq!(caching(SCRIPT), "public, max-age=31536000, immutable");
        for name in ["index.html", "sw.js", "manifest.webmanifest"] {
            assert_eq!(caching(name), "no-cache", "{name}");
        }
    }

    #[test]
    fn compressed_copies_have_no_address() {
        for name in ["index.html.br", "index.html.gz", "assets/index-1.js.br"] {
            assert!(find(name).is_some());
            assert!(answer(name, &HeaderMap::new(), find).is_none(), "{name}");
        }
    }
}
