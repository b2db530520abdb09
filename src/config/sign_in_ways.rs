//! The ways to sign in with an account that somebody else keeps: Google, Telegram, and one more
//! provider that speaks OpenID Connect.

use super::fault::InvalidSetting;
use super::oidc_client::{
    ClientAuthentication, EmailRule, IdTokenAlgorithm, OidcClient, is_lawful_issuer,
};
use super::reader::{Given, Reader};
use super::secret_setting::{MAX_TEXT_BYTES, plain_text, secret};
use super::secret_text::SecretText;
use super::server::Server;

/// The issuer of Google's ID tokens (Google, "OpenID Connect", discovery document).
const GOOGLE_ISSUER: &str = "https://accounts.google.com";

/// The issuer of Telegram's ID tokens (Telegram, "Log In With Telegram").
const TELEGRAM_ISSUER: &str = "https://oauth.telegram.org";

/// The most scopes that are asked for.
const MAX_SCOPES: usize = 16;

/// The ways to sign in with an account that somebody else keeps. None is on unless set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInWays {
    /// `auth.google.*`: Google. `issuer` (`https://accounts.google.com` when not set), `client_id`
    /// and `client_secret` or `client_secret_file`; off when there is no `client_id`.
    pub google: Option<OidcClient>,
    /// `auth.telegram.*`: Telegram's web login, with the same keys; `issuer` is
    /// `https://oauth.telegram.org` when not set.
    pub telegram: Option<OidcClient>,
    /// `auth.oidc.*`: any one provider that speaks OpenID Connect. Beside the keys of Google:
    /// `name`, `scopes`, `id_claim`, `algorithms`, `client_authentication` and `email`.
    pub oidc: Option<OidcClient>,
    /// `auth.telegram_bot_token` or `auth.telegram_bot_token_file`: the token of the bot whose Mini
    /// App may sign in; no Mini App when not set.
    pub telegram_bot_token: Option<SecretText>,
    /// `auth.telegram_init_data_max_age_s`: how old the data may be that a Mini App got at its
    /// launch, in seconds, 60 to 86 400; 3600 when not set.
    pub telegram_init_data_max_age_s: u32,
}

impl SignInWays {
    pub(super) fn read(reader: &mut Reader, server: &Server) -> Self {
        let ways = Self {
            google: read_google(reader),
            telegram: read_telegram(reader),
            oidc: read_oidc(reader),
            telegram_bot_token: secret(
                reader,
                "auth.telegram_bot_token",
                "auth.telegram_bot_token_file",
            ),
            telegram_init_data_max_age_s: reader.number(
                "auth.telegram_init_data_max_age_s",
                3_600,
                60..=86_400,
            ),
        };
        let is_reachable = server.public_url.is_some() || server.is_loopback();
        for (key, client) in [
            ("auth.google.client_id", &ways.google),
            ("auth.telegram.client_id", &ways.telegram),
            ("auth.oidc.client_id", &ways.oidc),
        ] {
            if client.is_some() && !is_reachable {
                let problem = "a provider sends people back to public_url, which is not set";
                reader.fault(key, InvalidSetting::new(problem, "set public_url"));
            }
        }
        ways
    }
}

/// The keys that every provider has.
struct Keys {
    issuer: &'static str,
    client_id: &'static str,
    client_secret: &'static str,
    client_secret_file: &'static str,
}

/// What every provider has: the issuer, the client's id and its secret, when all are there.
struct Credentials {
    issuer: String,
    client_id: String,
    client_secret: SecretText,
}

fn read_google(reader: &mut Reader) -> Option<OidcClient> {
    const KEYS: Keys = Keys {
        issuer: "auth.google.issuer",
        client_id: "auth.google.client_id",
        client_secret: "auth.google.client_secret",
        client_secret_file: "auth.google.client_secret_file",
    };
    let given = credentials(reader, &KEYS, Some(GOOGLE_ISSUER))?;
    // "The Issuer Identifier […]. Always https://accounts.google.com or accounts.google.com"
    // (Google, "OpenID Connect", an ID token's payload).
    let without_scheme = given
        .issuer
        .split_once("://")
        .map(|(_, rest)| rest.to_owned());
    Some(OidcClient {
        name: "Google".to_owned(),
        also_issued_as: without_scheme,
        scopes: words(&["openid", "email", "profile"]),
        id_claim: "sub".to_owned(),
        has_numeric_ids: false,
        algorithms: vec![IdTokenAlgorithm::Rs256],
        client_authentication: ClientAuthentication::Basic,
        email: EmailRule::Verified,
        issuer: given.issuer,
        client_id: given.client_id,
        client_secret: given.client_secret,
    })
}

fn read_telegram(reader: &mut Reader) -> Option<OidcClient> {
    const KEYS: Keys = Keys {
        issuer: "auth.telegram.issuer",
        client_id: "auth.telegram.client_id",
        client_secret: "auth.telegram.client_secret",
        client_secret_file: "auth.telegram.client_secret_file",
    };
    let given = credentials(reader, &KEYS, Some(TELEGRAM_ISSUER))?;
    Some(OidcClient {
        name: "Telegram".to_owned(),
        also_issued_as: None,
        scopes: words(&["openid", "profile"]),
        // `sub` is another number for each bot; `id` is the person's, as in a Mini App.
        id_claim: "id".to_owned(),
        has_numeric_ids: true,
        algorithms: vec![
            IdTokenAlgorithm::Rs256,
            IdTokenAlgorithm::Es256,
            IdTokenAlgorithm::EdDsa,
        ],
        client_authentication: ClientAuthentication::Basic,
        email: EmailRule::Ignored,
        issuer: given.issuer,
        client_id: given.client_id,
        client_secret: given.client_secret,
    })
}

fn read_oidc(reader: &mut Reader) -> Option<OidcClient> {
    const KEYS: Keys = Keys {
        issuer: "auth.oidc.issuer",
        client_id: "auth.oidc.client_id",
        client_secret: "auth.oidc.client_secret",
        client_secret_file: "auth.oidc.client_secret_file",
    };
    let given = credentials(reader, &KEYS, None);
    let shown = |text: &String| text.as_str().into();
    let name = reader.setting("auth.oidc.name", "OpenID".to_owned(), plain_text, shown);
    let shown_list = |list: &Vec<String>| list.clone().into();
    let default = words(&["openid", "email", "profile"]);
    let scopes = reader.setting("auth.oidc.scopes", default, scopes, shown_list);
    let id_claim = reader.setting("auth.oidc.id_claim", "sub".to_owned(), plain_text, shown);
    let default = vec![IdTokenAlgorithm::Rs256];
    let algorithms = reader.setting(
        "auth.oidc.algorithms",
        default,
        IdTokenAlgorithm::read_list,
        |list| IdTokenAlgorithm::words_of(list).into(),
    );
    let key = "auth.oidc.client_authentication";
    let client_authentication = reader.choice(key, ClientAuthentication::Basic);
    let email = reader.choice("auth.oidc.email", EmailRule::Verified);
    let given = given?;
    Some(OidcClient {
        name,
        also_issued_as: None,
        scopes,
        id_claim,
        has_numeric_ids: false,
        algorithms,
        client_authentication,
        email,
        issuer: given.issuer,
        client_id: given.client_id,
        client_secret: given.client_secret,
    })
}

/// The keys of one provider. All of them or none: what is half set is a fault.
fn credentials(
    reader: &mut Reader,
    keys: &Keys,
    default_issuer: Option<&str>,
) -> Option<Credentials> {
    let shown = |text: &String| text.as_str().into();
    let issuer = match default_issuer {
        Some(default) => Some(reader.setting(keys.issuer, default.to_owned(), issuer, shown)),
        None => reader.optional(keys.issuer, issuer, shown),
    };
    let client_id = reader.optional(keys.client_id, plain_text, shown);
    let client_secret = secret(reader, keys.client_secret, keys.client_secret_file);
    let has_own_issuer = default_issuer.is_none() && issuer.is_some();
    let is_wanted = has_own_issuer || client_id.is_some() || client_secret.is_some();
    let all = [
        (keys.issuer, issuer.is_some()),
        (keys.client_id, client_id.is_some()),
        (keys.client_secret, client_secret.is_some()),
    ];
    let is_faulty = |reader: &Reader, key: &str| {
        reader.is_faulty(key)
            || (key == keys.client_secret && reader.is_faulty(keys.client_secret_file))
    };
    for (key, is_set) in all {
        if is_wanted && !is_set && !is_faulty(reader, key) {
            let problem = "the provider is set up in part, and this is missing";
            let remedy = "set it, or remove the provider's other settings";
            reader.fault(key, InvalidSetting::new(problem, remedy));
        }
    }
    Some(Credentials {
        issuer: issuer?,
        client_id: client_id?,
        client_secret: client_secret?,
    })
}

fn issuer(given: &Given) -> Result<String, InvalidSetting> {
    let text = given.text()?;
    if is_lawful_issuer(text) {
        return Ok(text.to_owned());
    }
    let remedy = "write it as the provider does: https://, a host and perhaps a path \
        (http:// only on loopback)";
    Err(InvalidSetting::new("the issuer cannot be used", remedy))
}

fn scopes(given: &Given) -> Result<Vec<String>, InvalidSetting> {
    let list = given.list()?;
    // The characters of a scope: RFC 6749, section 3.3.
    let is_scope = |scope: &&str| {
        let is_part = |byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        !scope.is_empty() && scope.len() <= MAX_TEXT_BYTES && scope.bytes().all(is_part)
    };
    let is_lawful = list.len() <= MAX_SCOPES && list.iter().all(is_scope);
    if !is_lawful || !list.contains(&"openid") {
        let remedy = format!("list `openid` and at most {} more scopes", MAX_SCOPES - 1);
        return Err(InvalidSetting::new("the scopes cannot be used", remedy));
    }
    Ok(words(&list))
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[cfg(test)]
#[path = "sign_in_ways_tests.rs"]
mod tests;
