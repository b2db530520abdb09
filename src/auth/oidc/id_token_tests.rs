use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{EncodingKey, Header};
use serde_json::json;

use super::*;
use crate::config::{ClientAuthentication, EmailRule, SecretText};

const NOW: UnixMs = UnixMs(1_800_000_000_000);
const NONCE: &str = "the nonce of this sign-in";

fn client() -> OidcClient {
    OidcClient {
        name: "Example".to_owned(),
        issuer: "https://sign-in.example.org".to_owned(),
        also_issued_as: Some("sign-in.example.org".to_owned()),
        client_id: "pixelwars".to_owned(),
        client_secret: SecretText::new("secret"),
        client_authentication: ClientAuthentication::Basic,
        scopes: vec!["openid".to_owned()],
        id_claim: "sub".to_owned(),
        has_numeric_ids: false,
        algorithms: vec![IdTokenAlgorithm::EdDsa],
        email: EmailRule::Ignored,
    }
}

/// A key pair: Ed25519 is quick to make, and what is tested here does not depend on the algorithm.
fn key_pair() -> (EncodingKey, DecodingKey) {
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
    let pair = Ed25519KeyPair::generate().unwrap();
    let pkcs8 = pair.to_pkcs8v1().unwrap();
    let public = DecodingKey::from_ed_der(pair.public_key().as_ref());
    (EncodingKey::from_ed_der(pkcs8.as_ref()), public)
}

fn good_claims() -> Value {
    let now_s = NOW.0 / 1_000;
    json!({
        "iss": client().issuer, "aud": "pixelwars", "sub": "42", "nonce": NONCE,
        "iat": now_s, "exp": now_s + 300,
    })
}

/// What comes of the good claims with `changes`; a change to null takes the claim away.
fn outcome_at(now: UnixMs, changes: Value) -> Result<Claims, IdTokenError> {
    let (private, public) = key_pair();
    let mut claims = good_claims();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    let header = Header::new(Algorithm::EdDSA);
    let token = jsonwebtoken::encode(&header, &claims, &private).unwrap();
    Claims::verify(
        &token,
        IdTokenAlgorithm::EdDsa,
        &public,
        &client(),
        NONCE,
        now,
    )
}

fn refusal_of(changes: Value) -> IdTokenError {
    let outcome = outcome_at(NOW, changes.clone());
    outcome
        .err()
        .unwrap_or_else(|| panic!("taken with {changes}"))
}

#[test]
fn a_right_token_is_believed() {
    for changes in [
        json!({}),
        json!({ "iss": "sign-in.example.org" }),
        json!({ "aud": ["pixelwars"] }),
        json!({ "aud": ["pixelwars", "another"], "azp": "pixelwars" }),
        json!({ "exp": NOW.0 as f64 / 1_000.0 + 0.5 }),
    ] {
        assert!(outcome_at(NOW, changes.clone()).is_ok(), "{changes}");
    }
}

#[test]
fn each_wrong_claim_has_its_reason() {
    let now_s = NOW.0 / 1_000;
    for (changes, reason) in [
        (
            json!({ "iss": "https://sign-in.example.org/" }),
            IdTokenError::Issuer,
        ),
        (json!({ "aud": "another" }), IdTokenError::Audience),
        (json!({ "aud": [] }), IdTokenError::Audience),
        (
            json!({ "aud": ["pixelwars", "another"] }),
            IdTokenError::AuthorizedParty,
        ),
        (json!({ "azp": "another" }), IdTokenError::AuthorizedParty),
        (json!({ "azp": 7 }), IdTokenError::AuthorizedParty),
        (json!({ "nonce": "another" }), IdTokenError::Nonce),
        (json!({ "nonce": null }), IdTokenError::Nonce),
        (json!({ "exp": now_s - LEEWAY_S }), IdTokenError::Expired),
        (
            json!({ "iat": now_s + LEEWAY_S + 1 }),
            IdTokenError::IssuedInFuture,
        ),
        (json!({ "iat": null }), IdTokenError::Malformed),
        (json!({ "exp": null }), IdTokenError::Malformed),
        (json!({ "exp": "soon" }), IdTokenError::Malformed),
        (json!({ "sub": null }), IdTokenError::Malformed),
        (json!({ "iss": null }), IdTokenError::Malformed),
        (json!({ "aud": null }), IdTokenError::Malformed),
    ] {
        assert_eq!(refusal_of(changes.clone()), reason, "{changes}");
    }
}

#[test]
fn clocks_may_be_a_minute_apart() {
    let minute = LEEWAY_S * 1_000;
    let at = |ms: i64| outcome_at(NOW.plus_ms(ms), json!({})).err();
    assert_eq!(at(-minute), None);
    assert_eq!(at(-minute - 1), Some(IdTokenError::IssuedInFuture));
    assert_eq!(at(300_000 + minute - 1), None);
    assert_eq!(at(300_000 + minute), Some(IdTokenError::Expired));
    assert_eq!(refusal_of(json!({ "exp": 0 })), IdTokenError::Expired);
    assert_eq!(
        refusal_of(json!({ "iat": i64::MAX })),
        IdTokenError::IssuedInFuture
    );
}

#[test]
fn another_key_s_signature_is_wrong() {
    let ((private, _), (_, others_public)) = (key_pair(), key_pair());
    let header = Header::new(Algorithm::EdDSA);
    let token = jsonwebtoken::encode(&header, &good_claims(), &private).unwrap();
    let algorithm = IdTokenAlgorithm::EdDsa;
    let refused = Claims::verify(&token, algorithm, &others_public, &client(), NONCE, NOW);
    assert_eq!(refused.err(), Some(IdTokenError::Signature));
}

#[test]
fn only_algorithms_of_the_settings_are_looked_at() {
    let token = |header: Value| {
        let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        format!("{}.{}.AAAA", part(&header), part(&good_claims()))
    };
    let refusal = |header: Value| signing_of(&token(header), &client()).err();
    for known in ["HS256", "RS256", "ES384"] {
        assert_eq!(
            refusal(json!({ "alg": known })),
            Some(IdTokenError::Algorithm)
        );
    }
    for unknown in ["none", "None", "ES256K", ""] {
        assert_eq!(
            refusal(json!({ "alg": unknown })),
            Some(IdTokenError::Malformed)
        );
    }
    let critical = json!({ "alg": "EdDSA", "crit": ["x"] });
    assert_eq!(refusal(critical), Some(IdTokenError::Malformed));
    assert_eq!(refusal(json!({ "alg": "EdDSA", "kid": "k" })), None);
    for text in ["", "a.b.c", &"A".repeat(MAX_ID_TOKEN_BYTES + 1)] {
        assert_eq!(
            signing_of(text, &client()).err(),
            Some(IdTokenError::Malformed)
        );
    }
}

#[test]
fn a_subject_is_a_text_or_a_number_with_one_spelling() {
    let subject = |value: Value, is_numeric: bool| {
        let claims = json!({ "id": value });
        Claims(claims.as_object().unwrap().clone()).subject("id", is_numeric)
    };
    let is = |text: &str| Ok(text.to_owned());
    assert_eq!(subject(json!("a b"), false), is("a b"));
    assert_eq!(subject(json!(279_058_397), true), is("279058397"));
    assert_eq!(subject(json!("279058397"), true), is("279058397"));
    for wrong in [
        json!("007"),
        json!("+7"),
        json!(-7),
        json!(0),
        json!(7.5),
        json!("x"),
    ] {
        assert_eq!(subject(wrong, true), Err(IdTokenError::Subject));
    }
    let long = "x".repeat(MAX_SUBJECT_BYTES + 1);
    for wrong in [
        json!(""),
        json!("a\0b"),
        json!(long),
        json!(null),
        json!([7]),
        json!(true),
    ] {
        assert_eq!(subject(wrong, false), Err(IdTokenError::Subject));
    }
}

#[test]
fn an_email_is_verified_only_when_the_provider_says_so() {
    let is_verified = |claims: Value| Claims(claims.as_object().unwrap().clone());
    let is_verified = |claims: Value| is_verified(claims).has_verified_email();
    assert!(is_verified(json!({ "email_verified": true })));
    assert!(is_verified(json!({ "email_verified": "true" })));
    for claims in [
        json!({}),
        json!({ "email": "a@example.org" }),
        json!({ "email_verified": false }),
        json!({ "email_verified": "false" }),
        json!({ "email_verified": 1 }),
        json!({ "email_verified": null }),
    ] {
        assert!(!is_verified(claims));
    }
}
