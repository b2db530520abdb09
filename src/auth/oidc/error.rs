//! What can go wrong with a provider.

use super::id_token::IdTokenError;

/// Why something of a provider's could not be had. Holds nothing that came in an answer's body.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// No answer: no connection, no TLS, a timeout.
    #[error("could not reach the provider")]
    Request(#[source] reqwest::Error),
    /// An answer with a status that is none of success.
    #[error("the provider answered with status {status}")]
    Status {
        /// The status.
        status: u16,
    },
    /// An answer longer than is read.
    #[error("the provider's answer has more than {max_bytes} bytes")]
    TooLarge {
        /// The most that is read.
        max_bytes: usize,
    },
    /// An answer that is not what it should be.
    #[error("the provider's {document} cannot be read: {problem}")]
    Malformed {
        /// What was asked for.
        document: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The discovery document is another issuer's.
    #[error("the discovery document is not of issuer `{expected}`")]
    Issuer {
        /// The issuer in the settings.
        expected: String,
    },
    /// The last try failed a moment ago, and it is too early for the next.
    #[error("the provider could not be reached a moment ago")]
    TriedAlready,
}

/// Why nobody was signed in by a provider.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// The provider, or what it publishes, could not be reached or read.
    #[error("provider `{provider}` is not available")]
    Unavailable {
        /// The issuer.
        provider: String,
        /// The cause.
        #[source]
        source: FetchError,
    },
    /// Too many sign-ins at this provider are under way.
    #[error("too many sign-ins at provider `{provider}` are under way")]
    Busy {
        /// The issuer.
        provider: String,
    },
    /// The provider does not take the code, or does not know this server.
    #[error("provider `{provider}` refused: {reason}")]
    Refused {
        /// The issuer.
        provider: String,
        /// Its error code (RFC 6749, section 5.2), when it is one that can be shown.
        reason: String,
    },
    /// The answer to the browser names another issuer (RFC 9207).
    #[error("the answer is not of provider `{provider}`")]
    MixedUp {
        /// The issuer that should have answered.
        provider: String,
    },
    /// The ID token proves nothing.
    #[error("the ID token of provider `{provider}` is not valid")]
    IdToken {
        /// The issuer.
        provider: String,
        /// Why.
        #[source]
        source: IdTokenError,
    },
    /// The person's e-mail is not verified, which the settings ask for.
    #[error("provider `{provider}` has not verified the e-mail")]
    EmailNotVerified {
        /// The issuer.
        provider: String,
    },
    /// The operating system gave no random numbers.
    #[error("could not draw the secrets of a sign-in")]
    Random(#[source] getrandom::Error),
}
