//! The providers that the settings name.

use super::oidc::{FetchError, OidcProvider};
use crate::accounts::Provider;
use crate::config::SignInWays;

/// The providers that the settings name, each at most once.
#[derive(Debug, Default)]
pub struct OidcProviders(Vec<(Provider, OidcProvider)>);

impl OidcProviders {
    /// The providers of these settings. Nothing is sent to them yet.
    ///
    /// # Errors
    /// When the system has no certificates that theirs could be checked with.
    pub fn new(ways: &SignInWays) -> Result<Self, FetchError> {
        let all = [
            (Provider::Google, &ways.google),
            (Provider::Telegram, &ways.telegram),
            (Provider::Oidc, &ways.oidc),
        ];
        let named = all.into_iter().filter_map(|(provider, client)| {
            let client = client.clone()?;
            Some(OidcProvider::new(client).map(|opened| (provider, opened)))
        });
        named.collect::<Result<_, _>>().map(Self)
    }

    /// This provider, if the settings name it.
    pub fn get(&self, provider: Provider) -> Option<&OidcProvider> {
        let mut named = self.0.iter();
        let found = named.find(|(known, _)| *known == provider);
        found.map(|(_, provider)| provider)
    }

    /// All of them, in the order in which they are shown.
    pub fn iter(&self) -> impl Iterator<Item = (Provider, &OidcProvider)> {
        self.0.iter().map(|(provider, opened)| (*provider, opened))
    }
}
