//! Which content encoding a client gets.

use axum::http::{HeaderMap, HeaderValue, header};

/// A content encoding that the server offers, dearest to its own storage first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Zstandard: how snapshots are stored.
    Zstd,
    /// Brotli.
    Brotli,
    /// Gzip.
    Gzip,
    /// None.
    Identity,
}

impl Encoding {
    const PREFERENCE: [Self; 3] = [Self::Zstd, Self::Brotli, Self::Gzip];

    /// The first encoding, in the order of the variants, that `Accept-Encoding` does not exclude by
    /// leaving it out or by `q=0`; [`Encoding::Identity`] when there is none (RFC 9110, section
    /// 12.5.3).
    pub fn accepted(headers: &HeaderMap) -> Self {
        let lists = headers.get_all(header::ACCEPT_ENCODING);
        let offers: Vec<&str> = lists
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|list| list.split(','))
            .filter(|offer| !is_refused(offer))
            .map(|offer| offer.split(';').next().unwrap_or_default().trim())
            .collect();
        let accepts = |encoding: &Self| {
            encoding
                .name()
                .is_some_and(|name| offers.iter().any(|offer| offer.eq_ignore_ascii_case(name)))
        };
        let first = Self::PREFERENCE.into_iter().find(accepts);
        first.unwrap_or(Self::Identity)
    }

    /// The encoding's registered name; none for identity.
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::Zstd => Some("zstd"),
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
            Self::Identity => None,
        }
    }

    /// Sets `Content-Encoding` and `Vary`.
    pub fn set_headers(self, headers: &mut HeaderMap) {
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if let Some(name) = self.name() {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
        }
    }
}

/// Whether an offer has the weight zero, which means "not this one".
fn is_refused(offer: &str) -> bool {
    let weight = offer.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("q")
            .then(|| value.trim().parse::<f32>().ok())?
    });
    weight.is_some_and(|weight| weight <= 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(list: &str) -> Encoding {
        let mut headers = HeaderMap::new();
        let value = HeaderValue::from_str(list).expect("lawful header");
        headers.insert(header::ACCEPT_ENCODING, value);
        Encoding::accepted(&headers)
    }

    #[test]
    fn the_best_offered_encoding_is_taken() {
        assert_eq!(accepted("gzip, deflate, br, zstd"), Encoding::Zstd);
        assert_eq!(accepted("gzip, deflate, br"), Encoding::Brotli);
        assert_eq!(accepted("gzip;q=0.5"), Encoding::Gzip);
        assert_eq!(accepted("deflate"), Encoding::Identity);
        assert_eq!(Encoding::accepted(&HeaderMap::new()), Encoding::Identity);
    }

    #[test]
    fn weight_zero_refuses() {
        assert_eq!(accepted("zstd;q=0, br; q=0.0, GZIP"), Encoding::Gzip);
    }
}
