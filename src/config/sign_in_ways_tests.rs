use std::io::Write as _;

use tempfile::NamedTempFile;

use crate::config::tests::{Given, NOTHING, file};
use crate::config::{EmailRule, IdTokenAlgorithm};

const GOOGLE: &str = "[auth]\ngoogle.client_id = \"id\"\ngoogle.client_secret = \"hunter2\"\n";

#[test]
fn a_provider_is_on_when_it_is_set_up() {
    let config = NOTHING.load().unwrap();
    assert_eq!(config.sign_in_ways.google, None);
    assert_eq!(config.sign_in_ways.telegram_bot_token, None);
    let config = file(GOOGLE).load().unwrap();
    let google = config.sign_in_ways.google.as_ref().unwrap();
    assert_eq!(google.issuer, "https://accounts.google.com");
    assert_eq!(
        google.also_issued_as.as_deref(),
        Some("accounts.google.com")
    );
    assert_eq!(google.client_secret.expose(), "hunter2");
    assert_eq!(google.email, EmailRule::Verified);
    for text in [config.print(), format!("{config:?}")] {
        assert!(!text.contains("hunter2"), "{text}");
    }
    let variables = [
        ("PIXELWARS_AUTH__OIDC__ISSUER", "http://127.0.0.1:9400"),
        ("PIXELWARS_AUTH__OIDC__CLIENT_ID", "id"),
        ("PIXELWARS_AUTH__OIDC__CLIENT_SECRET", "secret"),
        ("PIXELWARS_AUTH__OIDC__ALGORITHMS", "ES256, EdDSA"),
    ];
    let given = Given {
        environment: &variables,
        ..NOTHING
    };
    let oidc = given.load().unwrap().sign_in_ways.oidc.unwrap();
    let algorithms = [IdTokenAlgorithm::Es256, IdTokenAlgorithm::EdDsa];
    assert_eq!(oidc.algorithms, algorithms);
    assert_eq!(oidc.email, EmailRule::Verified);
    assert_eq!(oidc.scopes, ["openid", "email", "profile"]);
    let without_email = "[auth]\noidc.issuer = \"https://a.example\"\noidc.client_id = \"id\"\n\
        oidc.client_secret = \"s\"\noidc.email = \"ignored\"\n";
    let config = file(without_email).load().unwrap();
    assert_eq!(config.sign_in_ways.oidc.unwrap().email, EmailRule::Ignored);
}

#[test]
fn what_is_half_set_up_or_wrong_is_a_fault() {
    let faulty = |text: &str| file(&format!("[auth]\n{text}\n")).faulty_keys();
    for (text, key) in [
        ("google.client_id = \"id\"", "auth.google.client_secret"),
        ("telegram.client_secret = \"s\"", "auth.telegram.client_id"),
        (
            "oidc.client_id = \"id\"\noidc.client_secret = \"s\"",
            "auth.oidc.issuer",
        ),
        (
            "google.issuer = \"http://accounts.example\"",
            "auth.google.issuer",
        ),
        (
            "google.issuer = \"https://u:p@accounts.example\"",
            "auth.google.issuer",
        ),
        (
            "google.issuer = \"https://accounts.example?x\"",
            "auth.google.issuer",
        ),
        ("oidc.scopes = [\"profile\"]", "auth.oidc.scopes"),
        ("oidc.scopes = [\"openid\", \"a b\"]", "auth.oidc.scopes"),
        ("oidc.algorithms = []", "auth.oidc.algorithms"),
        ("oidc.algorithms = [\"HS256\"]", "auth.oidc.algorithms"),
        ("oidc.email = \"maybe\"", "auth.oidc.email"),
        ("telegram_bot_token = \"a\\nb\"", "auth.telegram_bot_token"),
        (
            "telegram_bot_token_file = \"/nowhere/token\"",
            "auth.telegram_bot_token_file",
        ),
    ] {
        assert_eq!(faulty(text), [key], "{text}");
    }
    let issuer_only = "oidc.issuer = \"https://a.example\"";
    let missing = ["auth.oidc.client_id", "auth.oidc.client_secret"];
    assert_eq!(faulty(issuer_only), missing);
    let unreachable = format!("listen = \"0.0.0.0:80\"\n{GOOGLE}");
    assert_eq!(file(&unreachable).faulty_keys(), ["auth.google.client_id"]);
    let reachable = format!("public_url = \"https://c.example\"\n{unreachable}");
    assert!(file(&reachable).load().is_ok());
}

#[test]
fn a_secret_may_stand_in_a_file_of_its_own() {
    let mut secret = NamedTempFile::new().unwrap();
    secret.write_all(b"hunter2\r\n").unwrap();
    let path = secret.path().display();
    let text = format!("[auth]\ntelegram_bot_token_file = \"{path}\"\n");
    let config = file(&text).load().unwrap();
    let token = config.sign_in_ways.telegram_bot_token.as_ref().unwrap();
    assert_eq!(token.expose(), "hunter2");
    assert!(!config.print().contains("hunter2"));
    let twice =
        format!("[auth]\ntelegram_bot_token = \"a\"\ntelegram_bot_token_file = \"{path}\"\n");
    assert_eq!(file(&twice).fault().key, "auth.telegram_bot_token_file");
    let empty = NamedTempFile::new().unwrap();
    let path = empty.path().display();
    let empty = format!("[auth]\ntelegram_bot_token_file = \"{path}\"\n");
    assert_eq!(file(&empty).fault().key, "auth.telegram_bot_token_file");
}
