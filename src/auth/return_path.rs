//! Where a browser goes when a sign-in has ended: a page of this server and of no other.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::Url;

/// The longest path, in bytes: it travels in a cookie, which has about 4 KiB in all.
pub const MAX_RETURN_PATH_BYTES: usize = 512;

/// The parameters that the end of a sign-in adds; those of an earlier one are taken away.
const OWN_PARAMETERS: [&str; 3] = ["sign_in", "linked", "sign_in_error"];

/// A path on this server, perhaps with a query and a fragment. It begins with `/` and holds neither
/// `//` nor a backslash nor a control character, so that no browser can take it for an address of
/// another server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReturnPath(String);

/// A text that is no [`ReturnPath`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "return_to has to be a path on this server: at most {MAX_RETURN_PATH_BYTES} bytes, beginning \
    with `/`, without `//`, backslashes and control characters"
)]
pub struct InvalidReturnPath;

impl Default for ReturnPath {
    /// The start page.
    fn default() -> Self {
        Self("/".to_owned())
    }
}

impl TryFrom<String> for ReturnPath {
    type Error = InvalidReturnPath;

    fn try_from(text: String) -> Result<Self, InvalidReturnPath> {
        let is_lawful = text.starts_with('/')
            && text.len() <= MAX_RETURN_PATH_BYTES
            && !text.contains("//")
            && !text.contains(|part: char| part == '\\' || part.is_control());
        // A second opinion, by the rules that browsers follow (WHATWG, URL).
        let here = base();
        let stays = |joined: Url| joined.origin() == here.origin();
        let is_here = here.join(&text).is_ok_and(stays);
        match is_lawful && is_here {
            true => Ok(Self(text)),
            false => Err(InvalidReturnPath),
        }
    }
}

impl From<ReturnPath> for String {
    fn from(path: ReturnPath) -> Self {
        path.0
    }
}

impl ReturnPath {
    /// The path with `parameters` in its query, as the target of a redirect: ASCII only.
    pub fn with(&self, parameters: &[(&str, &str)]) -> String {
        let mut url = base().join(&self.0).unwrap_or_else(|_| base());
        let kept: Vec<(String, String)> = url
            .query_pairs()
            .filter(|(name, _)| !OWN_PARAMETERS.contains(&name.as_ref()))
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        url.query_pairs_mut()
            .clear()
            .extend_pairs(kept)
            .extend_pairs(parameters);
        let (path, query) = (url.path(), url.query().unwrap_or_default());
        match url.fragment() {
            Some(fragment) => format!("{path}?{query}#{fragment}"),
            None => format!("{path}?{query}"),
        }
    }
}

impl fmt::Display for ReturnPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn base() -> Url {
    Url::parse("http://localhost/").expect("this is an address")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_this_server_are_taken() {
        for path in [
            "/",
            "/me",
            "/?x=1&y=2",
            "/canvas?x=1#zoom",
            "/é",
            "/a/b/../c",
        ] {
            let taken = ReturnPath::try_from(path.to_owned()).unwrap();
            assert_eq!(taken.to_string(), path);
        }
    }

    #[test]
    fn addresses_of_other_servers_are_refused_however_they_are_written() {
        for address in [
            "",
            "me",
            "https://evil.example/",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "/a//evil.example",
            "javascript:alert(1)",
            "?x=1",
            " /me",
            "/a\r\nset-cookie: x=1",
            &format!("/{}", "x".repeat(MAX_RETURN_PATH_BYTES)),
        ] {
            let refused = ReturnPath::try_from(address.to_owned());
            assert_eq!(refused, Err(InvalidReturnPath), "{address:?}");
        }
    }

    #[test]
    fn parameters_are_added_before_the_fragment_and_replace_older_ones() {
        let with = |path: &str| {
            let path = ReturnPath::try_from(path.to_owned()).unwrap();
            path.with(&[("sign_in", "google"), ("sign_in_error", "a b")])
        };
        let own = "sign_in=google&sign_in_error=a+b";
        assert_eq!(with("/"), format!("/?{own}"));
        assert_eq!(with("/c?x=1#z"), format!("/c?x=1&{own}#z"));
        assert_eq!(
            with("/?sign_in=oidc&x=1&linked=oidc"),
            format!("/?x=1&{own}")
        );
        assert_eq!(with("/é"), format!("/%C3%A9?{own}"));
        assert_eq!(with("/a/../../b"), format!("/b?{own}"));
    }
}
