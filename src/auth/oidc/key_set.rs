//! The keys that a provider signs with (RFC 7517).

use jsonwebtoken::jwk::{Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{AlgorithmFamily, DecodingKey};
use serde_json::{Map, Value};

use super::error::FetchError;
use crate::config::IdTokenAlgorithm;

/// What the document is called in errors.
pub(super) const DOCUMENT: &str = "key set";

/// The most keys of one provider. Google has two or three.
const MAX_KEYS: usize = 32;

/// The longest key id, in bytes. A longer one is no key's.
const MAX_KEY_ID_BYTES: usize = 256;

/// The public keys of one provider: those that can verify a signature.
#[derive(Debug)]
pub(super) struct KeySet(Vec<PublicKey>);

#[derive(Debug)]
struct PublicKey {
    id: Option<String>,
    /// The only algorithm that the key is for, when the set says so.
    algorithm: Option<KeyAlgorithm>,
    key: DecodingKey,
}

impl KeySet {
    /// Reads a set. Keys of kinds that are not known here, for encryption, or shared secrets are
    /// left out, so that a provider may have them.
    ///
    /// # Errors
    /// When it is no key set, has more than [`MAX_KEYS`] keys, or none of use.
    pub(super) fn read(document: &Map<String, Value>) -> Result<Self, FetchError> {
        let malformed = |problem| FetchError::Malformed {
            document: DOCUMENT,
            problem,
        };
        let keys = document.get("keys").and_then(Value::as_array);
        let keys = keys.ok_or(malformed("it has no list of keys"))?;
        if keys.len() > MAX_KEYS {
            return Err(malformed("it has too many keys"));
        }
        let keys: Vec<PublicKey> = keys.iter().filter_map(PublicKey::read).collect();
        match keys.is_empty() {
            true => Err(malformed("it has no key that could verify a signature")),
            false => Ok(Self(keys)),
        }
    }

    /// The key of this id for this algorithm. A token without a key id is verified by the only key
    /// for its algorithm, if there is only one (OpenID Connect Core 1.0, section 10.1).
    pub(super) fn find(
        &self,
        id: Option<&str>,
        algorithm: IdTokenAlgorithm,
    ) -> Option<&DecodingKey> {
        let is_meant = |key: &&PublicKey| id.is_none() || key.id.as_deref() == id;
        let mut fitting = self
            .0
            .iter()
            .filter(|key| key.is_for(algorithm))
            .filter(is_meant);
        match (fitting.next(), fitting.next()) {
            (Some(only), None) => Some(&only.key),
            (_, _) => None,
        }
    }
}

impl PublicKey {
    fn read(value: &Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(value.clone()).ok()?;
        let is_for_signatures = match &jwk.common.public_key_use {
            Some(PublicKeyUse::Signature) | None => true,
            Some(PublicKeyUse::Encryption | PublicKeyUse::Other(_)) => false,
        };
        let is_short = |id: &String| id.len() <= MAX_KEY_ID_BYTES;
        let has_lawful_id = jwk.common.key_id.as_ref().is_none_or(is_short);
        let key = DecodingKey::from_jwk(&jwk).ok()?;
        let is_public = key.family() != AlgorithmFamily::Hmac;
        if !(is_for_signatures && has_lawful_id && is_public) {
            return None;
        }
        Some(Self {
            algorithm: jwk.common.key_algorithm,
            id: jwk.common.key_id,
            key,
        })
    }

    fn is_for(&self, algorithm: IdTokenAlgorithm) -> bool {
        let (family, name) = match algorithm {
            IdTokenAlgorithm::Rs256 => (AlgorithmFamily::Rsa, KeyAlgorithm::RS256),
            IdTokenAlgorithm::Es256 => (AlgorithmFamily::Ec, KeyAlgorithm::ES256),
            IdTokenAlgorithm::EdDsa => (AlgorithmFamily::Ed, KeyAlgorithm::EdDSA),
        };
        self.key.family() == family && self.algorithm.is_none_or(|only| only == name)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Of the RSA key in RFC 7517, appendix A.1.
    const MODULUS: &str = "\
        0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFF\
        xuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt\
        7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6q\
        MQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHa\
        Q-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";

    fn rsa(id: &str) -> Value {
        json!({ "kty": "RSA", "kid": id, "alg": "RS256", "use": "sig", "e": "AQAB",
            "n": MODULUS })
    }

    fn read(keys: &Value) -> Result<KeySet, FetchError> {
        KeySet::read(json!({ "keys": keys }).as_object().unwrap())
    }

    #[test]
    fn keys_are_found_by_id_and_algorithm() {
        let keys = read(&json!([rsa("one"), rsa("two")])).unwrap();
        assert!(keys.find(Some("one"), IdTokenAlgorithm::Rs256).is_some());
        assert!(keys.find(Some("three"), IdTokenAlgorithm::Rs256).is_none());
        assert!(keys.find(Some("one"), IdTokenAlgorithm::Es256).is_none());
        assert!(
            keys.find(None, IdTokenAlgorithm::Rs256).is_none(),
            "which of two?"
        );
        let only = read(&json!([rsa("one")])).unwrap();
        assert!(only.find(None, IdTokenAlgorithm::Rs256).is_some());
    }

    #[test]
    fn keys_that_are_of_no_use_are_left_out() {
        let odd = [
            json!({ "kty": "EC", "crv": "secp256k1", "alg": "ES256K", "x": "AA", "y": "AA" }),
            json!({ "kty": "oct", "k": "AAAA", "kid": "shared", "alg": "HS256" }),
            json!({ "kty": "RSA", "kid": "e", "use": "enc", "n": "AQAB", "e": "AQAB" }),
            json!({ "kty": "LATTICE", "kid": "new" }),
            json!("no key"),
            rsa(&"k".repeat(MAX_KEY_ID_BYTES + 1)),
        ];
        assert!(read(&json!(odd)).is_err(), "none is left");
        let mut with_one = odd.to_vec();
        with_one.push(rsa("good"));
        assert_eq!(read(&json!(with_one)).unwrap().0.len(), 1);
    }

    #[test]
    fn what_is_no_key_set_or_too_large_is_refused() {
        let many: Vec<Value> = (0..=MAX_KEYS).map(|at| rsa(&at.to_string())).collect();
        for keys in [json!(many), json!(null), json!({}), json!([])] {
            let refused = read(&keys);
            assert!(matches!(refused, Err(FetchError::Malformed { .. })));
        }
    }
}
