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
    /// Every encoding but none at all, in the order of the variants.
    pub const ALL: [Self; 3] = [Self::Zstd, Self::Brotli, Self::Gzip];

    /// The one of `offered` that `Accept-Encoding` gives the greatest weight, the first of them
    /// where weights are equal; [`Encoding::Identity`] when the client takes none of them, or
    /// rather takes the plain bytes (RFC 9110, section 12.5.3).
    pub fn accepted(headers: &HeaderMap, offered: &[Self]) -> Self {
        let lists = headers.get_all(header::ACCEPT_ENCODING);
        let wishes: Vec<Wish> = lists
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|list| list.split(','))
            .map(Wish::read)
            .collect();
        let weight_of = |name: &str| {
            let named = wishes
                .iter()
                .find(|wish| wish.coding.eq_ignore_ascii_case(name));
            named.map(|wish| wish.weight)
        };
        let of_others = weight_of("*").unwrap_or(0.0);
        // The plain bytes need no mention to be acceptable: they come last then.
        let mut best = (Self::Identity, weight_of("identity").unwrap_or(0.0));
        for encoding in offered {
            let weight = encoding.name().and_then(weight_of).unwrap_or(of_others);
            let is_first = best.0 == Self::Identity && weight == best.1;
            if weight > best.1 || (is_first && weight > 0.0) {
                best = (*encoding, weight);
            }
        }
        best.0
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

/// One entry of `Accept-Encoding`.
struct Wish<'a> {
    coding: &'a str,
    /// 0, which means "not this one", to 1, which it is when left out or not readable.
    weight: f32,
}

impl<'a> Wish<'a> {
    fn read(entry: &'a str) -> Self {
        let mut parts = entry.split(';');
        let coding = parts.next().unwrap_or_default().trim();
        let weight = parts.find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            let is_weight = name.trim().eq_ignore_ascii_case("q");
            is_weight.then(|| value.trim().parse::<f32>().ok())?
        });
        let weight = weight.filter(|weight| weight.is_finite()).unwrap_or(1.0);
        Self { coding, weight }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(list: &str) -> Encoding {
        let mut headers = HeaderMap::new();
        let value = HeaderValue::from_str(list).expect("lawful header");
        headers.insert(header::ACCEPT_ENCODING, value);
        Encoding::accepted(&headers, &Encoding::ALL)
    }

    #[test]
    fn the_best_offered_encoding_is_taken() {
        assert_eq!(accepted("gzip, deflate, br, zstd"), Encoding::Zstd);
        assert_eq!(accepted("gzip, deflate, br"), Encoding::Brotli);
        assert_eq!(accepted("gzip;q=0.5"), Encoding::Gzip);
        assert_eq!(accepted("deflate"), Encoding::Identity);
        let silent = Encoding::accepted(&HeaderMap::new(), &Encoding::ALL);
        assert_eq!(silent, Encoding::Identity);
    }

    #[test]
    fn weight_zero_refuses() {
        assert_eq!(accepted("zstd;q=0, br; q=0.0, GZIP"), Encoding::Gzip);
        assert_eq!(accepted("*, zstd;q=0"), Encoding::Brotli);
        assert_eq!(accepted("*;q=0"), Encoding::Identity);
    }

    #[test]
    fn the_greatest_weight_wins() {
        assert_eq!(
            accepted("zstd;q=0.5, br;q=0.8, gzip;q=0.7"),
            Encoding::Brotli
        );
        assert_eq!(accepted("gzip, br;q=0.9"), Encoding::Gzip);
        assert_eq!(accepted("gzip;q=0.5, *;q=0.1"), Encoding::Gzip);
        assert_eq!(accepted("identity, gzip;q=0.5"), Encoding::Identity);
        assert_eq!(accepted("identity, gzip"), Encoding::Gzip);
        assert_eq!(accepted("gzip;q=nonsense"), Encoding::Gzip);
    }

    #[test]
    fn only_what_is_offered_is_taken() {
        let mut headers = HeaderMap::new();
        let all = HeaderValue::from_static("gzip, br, zstd");
        headers.insert(header::ACCEPT_ENCODING, all);
        let of = |offered: &[Encoding]| Encoding::accepted(&headers, offered);
        assert_eq!(of(&[Encoding::Brotli, Encoding::Gzip]), Encoding::Brotli);
        assert_eq!(of(&[Encoding::Gzip]), Encoding::Gzip);
        assert_eq!(of(&[]), Encoding::Identity);
    }
}
