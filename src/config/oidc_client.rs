//! What a provider and this server agree on before anybody signs in.

use url::{Host, Url};

use super::fault::InvalidSetting;
use super::reader::{Choice, Given};
use super::secret_text::SecretText;

/// How an ID token may be signed (RFC 7518, section 3.1; RFC 8037).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdTokenAlgorithm {
    /// RSA with PKCS #1 v1.5 and SHA-256: `RS256`.
    Rs256,
    /// ECDSA on P-256 with SHA-256: `ES256`.
    Es256,
    /// Ed25519: `EdDSA`.
    EdDsa,
}

impl Choice for IdTokenAlgorithm {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("RS256", Self::Rs256),
        ("ES256", Self::Es256),
        ("EdDSA", Self::EdDsa),
    ];
}

impl IdTokenAlgorithm {
    pub(super) fn read_list(given: &Given) -> Result<Vec<Self>, InvalidSetting> {
        let words = given.list()?;
        let list: Vec<Self> = words
            .into_iter()
            .map(Self::of_word)
            .collect::<Result<_, _>>()?;
        match list.is_empty() {
            true => Err(InvalidSetting::new("the list is empty", "name one")),
            false => Ok(list),
        }
    }

    pub(super) fn words_of(list: &[Self]) -> Vec<&'static str> {
        list.iter().map(|algorithm| algorithm.word()).collect()
    }
}

/// How this server proves to a provider who it is (OpenID Connect Core 1.0, section 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientAuthentication {
    /// `client_secret_basic`, in a header: `basic`.
    Basic,
    /// `client_secret_post`, in the form: `post`.
    Post,
}

impl Choice for ClientAuthentication {
    const WORDS: &'static [(&'static str, Self)] = &[("basic", Self::Basic), ("post", Self::Post)];
}

/// What a provider must know about somebody's e-mail. None is stored, shown or logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailRule {
    /// Nothing: `ignored`.
    Ignored,
    /// That it is theirs, by the claim `email_verified`: `verified`.
    Verified,
}

impl Choice for EmailRule {
    const WORDS: &'static [(&'static str, Self)] =
        &[("ignored", Self::Ignored), ("verified", Self::Verified)];
}

/// A provider, and this server as its client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OidcClient {
    /// What people know the provider by.
    pub name: String,
    /// The provider's issuer identifier, exactly as its discovery document and its tokens have it.
    pub issuer: String,
    /// Another spelling of the issuer that tokens may have.
    pub also_issued_as: Option<String>,
    /// Who this server is there.
    pub client_id: String,
    /// What proves it.
    pub client_secret: SecretText,
    /// How it is proved.
    pub client_authentication: ClientAuthentication,
    /// What is asked for; `openid` is among it.
    pub scopes: Vec<String>,
    /// The claim that tells one person from another, for ever.
    pub id_claim: String,
    /// Whether that claim is a whole number above 0.
    pub has_numeric_ids: bool,
    /// How ID tokens may be signed; at least one.
    pub algorithms: Vec<IdTokenAlgorithm>,
    /// What must be known about the e-mail.
    pub email: EmailRule,
}

/// Whether `url` is one that secrets may be sent to: over TLS, or within this machine.
pub fn is_safe_endpoint(url: &Url) -> bool {
    let has_user = !url.username().is_empty() || url.password().is_some();
    let is_safe = url.scheme() == "https" || (url.scheme() == "http" && is_local(url));
    url.host().is_some() && !has_user && is_safe
}

/// Whether what is sent to `url` stays within this machine.
pub(super) fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Whether `text` can be an issuer identifier (OpenID Connect Discovery 1.0, section 3): a safe
/// endpoint without query and fragment.
pub(super) fn is_lawful_issuer(text: &str) -> bool {
    let lawful =
        |url: &Url| is_safe_endpoint(url) && url.query().is_none() && url.fragment().is_none();
    Url::parse(text).as_ref().is_ok_and(lawful)
}
