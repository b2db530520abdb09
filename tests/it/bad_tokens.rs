//! Access tokens that somebody made up, changed, or kept too long.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use event_store::UnixMs;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::support::actor::{Actor, PLACEMENTS};
use crate::support::test_app::TestApp;

/// A gateway, and the key of its folder: what a thief of the key could do, and nobody else.
struct Forge {
    app: TestApp,
    ada: Actor,
    header: Header,
    key: EncodingKey,
}

impl Forge {
    fn new() -> Self {
        let app = TestApp::start();
        let ada = app.player("Ada");
        let header = jsonwebtoken::decode_header(ada.token()).unwrap();
        let key = EncodingKey::from_ed_pem(app.signing_key_pem().as_bytes()).unwrap();
        Self {
            app,
            ada,
            header,
            key,
        }
    }

    /// The claims of a right token that was issued `ago_s` seconds ago and holds for 900.
    fn claims(&self, ago_s: i64) -> Value {
        let issued_at_s = UnixMs::now().0 / 1_000 - ago_s;
        json!({
            "iss": "pixelwars", "aud": "pixelwars", "sub": self.ada.id().to_string(),
            "name": "Ada", "iat": issued_at_s, "exp": issued_at_s + 900, "jti": "1",
            "sid": "00".repeat(16), "ses": 1,
        })
    }

    fn sign(&self, claims: &Value) -> String {
        jsonwebtoken::encode(&self.header, claims, &self.key).unwrap()
    }

    /// Neither reading nor writing takes the token, and nothing is placed.
    #[track_caller]
    fn expect_refused(&self, token: &str, code: &str) {
        let before = self.app.guest().canvas()["version"].clone();
        let somebody = self.app.guest().with_token(token, self.ada.id());
        let body = json!({ "id": "a", "x": 1, "y": 1, "color": 5 });
        let refused = somebody.post(PLACEMENTS, &body);
        refused.expect_error(401, code);
        let refused = somebody.get("/api/v1/me");
        refused.expect_error(401, code);
        assert_eq!(self.app.guest().canvas()["version"], before);
    }

    #[track_caller]
    fn expect_taken(&self, token: &str) {
        let somebody = self.app.guest().with_token(token, self.ada.id());
        somebody.get("/api/v1/me").expect(200);
    }
}

fn part(json: &Value) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

#[test]
fn a_token_that_this_server_could_have_signed_is_taken() {
    let forge = Forge::new();
    forge.expect_taken(&forge.sign(&forge.claims(0)));
}

#[test]
fn an_expired_token_is_refused() {
    let forge = Forge::new();
    forge.expect_refused(&forge.sign(&forge.claims(3_600)), "token_expired");
}

#[test]
fn a_token_of_the_future_is_refused() {
    let forge = Forge::new();
    forge.expect_refused(&forge.sign(&forge.claims(-3_600)), "unauthorized");
}

/// The requests take a moment, which the bounds leave room for; `access_token_tests` has them to
/// the millisecond.
#[test]
fn clocks_may_be_a_minute_apart_and_no_more() {
    let forge = Forge::new();
    forge.expect_taken(&forge.sign(&forge.claims(-59)));
    forge.expect_refused(&forge.sign(&forge.claims(-75)), "unauthorized");
    forge.expect_taken(&forge.sign(&forge.claims(900 + 45)));
    forge.expect_refused(&forge.sign(&forge.claims(900 + 61)), "token_expired");
}

#[test]
fn a_token_of_another_issuer_or_for_another_audience_is_refused() {
    let forge = Forge::new();
    for claim in ["iss", "aud"] {
        let mut claims = forge.claims(0);
        claims[claim] = json!("elsewhere");
        forge.expect_refused(&forge.sign(&claims), "unauthorized");
    }
}

#[test]
fn an_unsigned_token_is_refused() {
    let forge = Forge::new();
    for none in ["none", "None", "NONE", "nOnE"] {
        let header = json!({ "alg": none, "typ": "at+jwt", "kid": forge.header.kid });
        for signature in ["", "AAAA"] {
            let (header, claims) = (part(&header), part(&forge.claims(0)));
            forge.expect_refused(&format!("{header}.{claims}.{signature}"), "unauthorized");
        }
    }
}

#[test]
fn a_token_signed_with_the_public_key_as_a_shared_secret_is_refused() {
    let forge = Forge::new();
    let pem = pem::parse(forge.app.signing_key_pem()).unwrap();
    let pair = Ed25519KeyPair::from_pkcs8(pem.contents()).unwrap();
    let public = pair.public_key().as_ref();
    let mut header = forge.header.clone();
    for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
        header.alg = algorithm;
        let secret = EncodingKey::from_secret(public);
        let token = jsonwebtoken::encode(&header, &forge.claims(0), &secret).unwrap();
        forge.expect_refused(&token, "unauthorized");
    }
}

#[test]
fn a_token_of_an_unknown_key_is_refused() {
    let forge = Forge::new();
    let elsewhere = TestApp::start();
    let stranger = EncodingKey::from_ed_pem(elsewhere.signing_key_pem().as_bytes()).unwrap();
    let mut header = jsonwebtoken::decode_header(elsewhere.player("Ada").token()).unwrap();
    let token = jsonwebtoken::encode(&header, &forge.claims(0), &stranger).unwrap();
    forge.expect_refused(&token, "unauthorized");
    // Under a name that is known.
    header.kid.clone_from(&forge.header.kid);
    let token = jsonwebtoken::encode(&header, &forge.claims(0), &stranger).unwrap();
    forge.expect_refused(&token, "unauthorized");
    header.kid = None;
    let token = jsonwebtoken::encode(&header, &forge.claims(0), &stranger).unwrap();
    forge.expect_refused(&token, "unauthorized");
}

#[test]
fn a_token_of_a_key_that_was_rotated_twice_is_refused() {
    let mut forge = Forge::new();
    let token = forge.sign(&forge.claims(0));
    for is_taken in [true, false] {
        forge.app.rotate_key();
        forge.app.restart();
        forge.ada = forge.ada.at(forge.app.address());
        match is_taken {
            true => forge.expect_taken(&token),
            false => forge.expect_refused(&token, "unauthorized"),
        }
        forge.app.player("Grace").get("/api/v1/me").expect(200);
    }
}

#[test]
fn a_changed_token_is_refused() {
    let forge = Forge::new();
    let token = forge.ada.token().to_owned();
    let parts: Vec<&str> = token.split('.').collect();
    let mut claims = forge.claims(0);
    claims["sub"] = json!("0".repeat(16));
    let other_player = format!("{}.{}.{}", parts[0], part(&claims), parts[2]);
    let without_signature = format!("{}.{}.", parts[0], parts[1]);
    let longer = format!("{token}A");
    for wrong in [other_player, without_signature, longer] {
        forge.expect_refused(&wrong, "unauthorized");
    }
}

#[test]
fn a_token_of_another_kind_or_without_a_session_is_refused() {
    let forge = Forge::new();
    let mut header = forge.header.clone();
    header.typ = Some("JWT".to_owned());
    let token = jsonwebtoken::encode(&header, &forge.claims(0), &forge.key).unwrap();
    forge.expect_refused(&token, "unauthorized");
    for claim in ["sid", "ses", "sub", "exp"] {
        let mut claims = forge.claims(0);
        claims.as_object_mut().unwrap().remove(claim);
        forge.expect_refused(&forge.sign(&claims), "unauthorized");
    }
}
