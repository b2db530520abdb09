use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::EncodingKey;
use serde_json::{Value, json};

use super::*;
use crate::auth::SigningKey;

const NOW: UnixMs = UnixMs(1_800_000_000_000);
const TTL_MS: i64 = 900_000;

fn rules() -> TokenRules {
    TokenRules {
        issuer: "https://canvas.example.org".to_owned(),
        audience: "pixelwars".to_owned(),
        ttl_s: 900,
    }
}

fn ada() -> Player {
    Player {
        id: PlayerId::from_bits(0x0123_4567_89ab_cdef),
        name: "Ada".parse().unwrap(),
    }
}

fn session() -> TokenSession {
    TokenSession {
        login_session: LoginSessionId::from_bytes([7; 16]),
        session: SessionNumber(3),
    }
}

fn ring(key: &SigningKey) -> KeyRing {
    KeyRing::of(key.clone(), None)
}

/// A key, and a verifier that takes what is signed with it.
fn key_and_verifier() -> (SigningKey, TokenVerifier) {
    let key = SigningKey::generate().unwrap();
    let verifier = TokenVerifier::new(ring(&key), &rules());
    (key, verifier)
}

fn signed(key: &SigningKey, rules: TokenRules, now: UnixMs) -> String {
    let signer = TokenSigner::new(ring(key), rules);
    signer.sign(&ada(), session(), now).unwrap().token
}

fn header_of(key: &SigningKey) -> Header {
    let mut header = Header::new(Algorithm::EdDSA);
    header.typ = Some(TOKEN_TYPE.to_owned());
    header.kid = Some(key.id().to_owned());
    header
}

fn claims() -> Value {
    json!({
        "iss": rules().issuer, "aud": "pixelwars", "sub": ada().id.to_string(), "name": "Ada",
        "iat": NOW.0 / 1_000, "exp": NOW.0 / 1_000 + 900, "jti": "1",
        "sid": session().login_session.to_string(), "ses": 3,
    })
}

/// A token of any claims, with a right signature.
fn forged(key: &SigningKey, header: &Header, claims: &Value) -> String {
    jsonwebtoken::encode(header, claims, key.private()).unwrap()
}

fn part(json: &Value) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

#[test]
fn a_signed_token_says_who_the_player_is() {
    let (key, verifier) = key_and_verifier();
    let signer = TokenSigner::new(ring(&key), rules());
    let signed = signer.sign(&ada(), session(), NOW).unwrap();
    assert_eq!(signed.expires_in_s, 900);
    assert!(!format!("{signed:?}").contains(&signed.token));

    let verified = verifier.verify(&signed.token, NOW).unwrap();
    assert_eq!(verified.player, ada().id);
    assert_eq!(verified.name, "Ada");
    assert_eq!(verified.login_session, session().login_session);
    assert_eq!(verified.session, SessionNumber(3));
    assert_eq!(verified.issued_at, NOW);
    assert_eq!(verified.expires_at, NOW.plus_ms(TTL_MS));

    let header = jsonwebtoken::decode_header(&signed.token).unwrap();
    assert_eq!(header.alg, Algorithm::EdDSA);
    assert_eq!(header.typ.as_deref(), Some("at+jwt"));
    assert_eq!(header.kid.as_deref(), Some(key.id()));
}

#[test]
fn two_tokens_of_one_player_differ() {
    let (key, verifier) = key_and_verifier();
    let ids = [(); 2].map(|()| {
        let token = signed(&key, rules(), NOW);
        verifier.verify(&token, NOW).unwrap().token_id.clone()
    });
    assert_ne!(ids[0], ids[1]);
}

#[test]
fn a_token_holds_from_its_issue_to_its_end_give_or_take_a_minute() {
    let (key, verifier) = key_and_verifier();
    let token = signed(&key, rules(), NOW);
    let at = |ms: i64| verifier.verify(&token, NOW.plus_ms(ms)).map(|_| ());
    // The second round is answered from the cache.
    for _ in 0..2 {
        assert_eq!(at(-61_000), Err(AccessTokenError::NotYetValid));
        assert_eq!(at(-60_001), Err(AccessTokenError::NotYetValid));
        assert_eq!(at(-60_000), Ok(()));
        assert_eq!(at(TTL_MS + 60_000), Ok(()));
        assert_eq!(at(TTL_MS + 60_001), Err(AccessTokenError::Expired));
        assert_eq!(at(TTL_MS + 61_000), Err(AccessTokenError::Expired));
    }
}

#[test]
fn a_changed_token_is_refused() {
    let (key, verifier) = key_and_verifier();
    let token = signed(&key, rules(), NOW);
    verifier.verify(&token, NOW).unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    let mut other = claims();
    other["sub"] = json!(PlayerId::from_bits(7).to_string());
    let changed_claims = format!("{}.{}.{}", parts[0], part(&other), parts[2]);
    assert_eq!(
        verifier.verify(&changed_claims, NOW),
        Err(AccessTokenError::Signature)
    );
    let others = signed(&key, rules(), NOW.plus_ms(5_000));
    let others_signature = others.rsplit('.').next().unwrap();
    let mixed = format!("{}.{}.{others_signature}", parts[0], parts[1]);
    assert_eq!(
        verifier.verify(&mixed, NOW),
        Err(AccessTokenError::Signature)
    );
}

#[test]
fn what_is_no_token_is_malformed() {
    let (key, verifier) = key_and_verifier();
    let token = signed(&key, rules(), NOW);
    let long = format!("{token}{}", "A".repeat(MAX_TOKEN_BYTES));
    for text in [
        "",
        ".",
        "..",
        "a.b.c",
        "é.é.é",
        &token[..token.len() / 2],
        &long,
    ] {
        assert_eq!(verifier.verify(text, NOW), Err(AccessTokenError::Malformed));
    }
}

#[test]
fn an_unsigned_token_is_refused() {
    let (key, verifier) = key_and_verifier();
    for none in ["none", "None", "NONE"] {
        let header = json!({ "alg": none, "typ": "at+jwt", "kid": key.id() });
        for signature in ["", "AAAA"] {
            let token = format!("{}.{}.{signature}", part(&header), part(&claims()));
            assert_eq!(
                verifier.verify(&token, NOW),
                Err(AccessTokenError::Malformed)
            );
        }
    }
}

#[test]
fn the_public_key_does_not_pass_as_a_shared_secret() {
    let (key, verifier) = key_and_verifier();
    let public = key.public().try_get_as_bytes().unwrap();
    let mut header = header_of(&key);
    header.alg = Algorithm::HS256;
    let secret = EncodingKey::from_secret(public);
    let token = jsonwebtoken::encode(&header, &claims(), &secret).unwrap();
    assert_eq!(
        verifier.verify(&token, NOW),
        Err(AccessTokenError::Algorithm)
    );
}

#[test]
fn an_unknown_key_is_refused() {
    let (_, verifier) = key_and_verifier();
    let stranger = SigningKey::generate().unwrap();
    let token = signed(&stranger, rules(), NOW);
    assert_eq!(
        verifier.verify(&token, NOW),
        Err(AccessTokenError::UnknownKey)
    );
    let mut header = header_of(&stranger);
    header.kid = None;
    let token = forged(&stranger, &header, &claims());
    assert_eq!(
        verifier.verify(&token, NOW),
        Err(AccessTokenError::UnknownKey)
    );
}

#[test]
fn another_key_under_a_known_id_is_refused() {
    let (key, verifier) = key_and_verifier();
    let stranger = SigningKey::generate().unwrap();
    let token = forged(&stranger, &header_of(&key), &claims());
    assert_eq!(
        verifier.verify(&token, NOW),
        Err(AccessTokenError::Signature)
    );
}

#[test]
fn tokens_of_others_or_for_others_are_refused() {
    let (key, verifier) = key_and_verifier();
    let mut of_others = rules();
    of_others.issuer = "https://elsewhere.example.org".to_owned();
    let token = signed(&key, of_others, NOW);
    assert_eq!(verifier.verify(&token, NOW), Err(AccessTokenError::Issuer));

    let mut for_others = rules();
    for_others.audience = "another service".to_owned();
    let token = signed(&key, for_others, NOW);
    assert_eq!(
        verifier.verify(&token, NOW),
        Err(AccessTokenError::Audience)
    );
}

#[test]
fn tokens_of_another_kind_are_refused() {
    let (key, verifier) = key_and_verifier();
    let mut header = header_of(&key);
    header.typ = Some("JWT".to_owned());
    let token = forged(&key, &header, &claims());
    assert_eq!(verifier.verify(&token, NOW), Err(AccessTokenError::Type));

    let mut header = header_of(&key);
    header.crit = Some(vec!["exp".to_owned()]);
    let token = forged(&key, &header, &claims());
    assert_eq!(
        verifier.verify(&token, NOW),
        Err(AccessTokenError::Malformed)
    );
}

#[test]
fn every_claim_is_needed_and_must_make_sense() {
    let (key, verifier) = key_and_verifier();
    let header = header_of(&key);
    for claim in [
        "iss", "aud", "sub", "name", "iat", "exp", "jti", "sid", "ses",
    ] {
        for wrong in [None, Some(json!(null)), Some(json!({}))] {
            let mut claims = claims();
            match wrong {
                Some(wrong) => claims[claim] = wrong,
                None => drop(claims.as_object_mut().unwrap().remove(claim)),
            }
            let token = forged(&key, &header, &claims);
            assert_eq!(
                verifier.verify(&token, NOW),
                Err(AccessTokenError::Malformed),
                "{claim}"
            );
        }
    }
    for (claim, wrong) in [
        ("sub", json!("Ada")),
        ("sid", json!("Ada")),
        ("ses", json!(-1)),
        ("ses", json!("3")),
    ] {
        let mut claims = claims();
        claims[claim] = wrong;
        let token = forged(&key, &header, &claims);
        assert_eq!(
            verifier.verify(&token, NOW),
            Err(AccessTokenError::Malformed)
        );
    }
}

#[test]
fn verified_tokens_are_remembered_within_a_bound() {
    let key = SigningKey::generate().unwrap();
    let verifier = TokenVerifier::with_capacity(ring(&key), &rules(), 3);
    let tokens: Vec<String> = (0..5).map(|_| signed(&key, rules(), NOW)).collect();
    for token in &tokens {
        let first = verifier.verify(token, NOW).unwrap();
        let again = verifier.verify(token, NOW).unwrap();
        assert!(Arc::ptr_eq(&first, &again));
    }
    assert_eq!(verifier.cache.len(), 3);
    let later = NOW.plus_ms(TTL_MS + LEEWAY_MS + 1);
    verifier
        .verify(&signed(&key, rules(), later), later)
        .unwrap();
    assert_eq!(verifier.cache.len(), 1);
}

#[test]
fn refused_tokens_are_not_remembered() {
    let (key, verifier) = key_and_verifier();
    let token = signed(&key, rules(), NOW);
    let late = NOW.plus_ms(2 * TTL_MS);
    assert_eq!(
        verifier.verify(&token, late),
        Err(AccessTokenError::Expired)
    );
    assert_eq!(verifier.cache.len(), 0);
}

#[test]
fn the_key_before_the_newest_verifies_and_the_one_before_that_no_more() {
    let data_dir = tempfile::tempdir().unwrap();
    let ring = KeyRing::open(data_dir.path(), NOW).unwrap();
    let (signer, verifier) = (
        TokenSigner::new(ring.clone(), rules()),
        TokenVerifier::new(ring.clone(), &rules()),
    );
    let token = |now| signer.sign(&ada(), session(), now).unwrap().token;
    let first = token(NOW);
    verifier.verify(&first, NOW).unwrap();

    // Another process, and a token of its key, which makes this one look.
    let second_id = KeyRing::rotate(data_dir.path(), NOW).unwrap();
    let elsewhere = KeyRing::open(data_dir.path(), NOW).unwrap();
    let elsewhere = TokenSigner::new(elsewhere, rules());
    let later = NOW.plus_ms(10_000);
    let second = elsewhere.sign(&ada(), session(), later).unwrap().token;
    verifier.verify(&second, later).unwrap();
    verifier.verify(&first, later).unwrap();
    assert_eq!(ring.signing_id(), second_id);

    KeyRing::rotate(data_dir.path(), NOW).unwrap();
    let later = NOW.plus_ms(20_000);
    ring.look_again(later);
    verifier.verify(&second, later).unwrap();
    verifier.verify(&token(later), later).unwrap();
    // Not even from the cache.
    assert_eq!(
        verifier.verify(&first, later),
        Err(AccessTokenError::UnknownKey)
    );
}
