//! A provider that speaks OpenID Connect, on loopback: it checks what a real one checks (redirect
//! address, PKCE, client authentication, single use of codes), and misbehaves on demand.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use aws_lc_rs::{digest, hmac};
use axum::Router;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use event_store::UnixMs;
use parking_lot::Mutex;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use url::form_urlencoded;

pub(crate) const CLIENT_ID: &str = "pixelwars-test";
/// With characters that HTTP Basic has to encode.
pub(crate) const CLIENT_SECRET: &str = "s3cret:with %+ signs";

/// How ID tokens are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signing {
    /// By the published key.
    Published,
    /// Not at all: `alg` is `none`.
    None,
    /// By HS256, with the published key as the shared secret.
    PublicKeyAsSecret,
    /// By another key under the published key's id.
    AnotherKey,
    /// By the published key, under an id that is not published.
    UnknownId,
    /// Rightly, and then the claims are changed.
    ThenChanged,
}

/// What an endpoint answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answers {
    /// As it should.
    Well,
    /// A status that says that it failed.
    Fails,
    /// Something that is no JSON.
    Malformed,
    /// More than anybody should read.
    Huge,
    /// Nothing, for ever.
    Never,
    /// A redirect to where it would answer well.
    Redirects,
}

/// How the provider behaves. All is well unless a test says otherwise.
pub(crate) struct Behaviour {
    /// Who signs in: the claims about the person.
    pub(crate) person: Value,
    /// Whether the person agrees.
    pub(crate) agrees: bool,
    pub(crate) signing: Signing,
    /// Claims that are set anew in each ID token; null takes one away.
    pub(crate) claims: Value,
    /// The provider's clock; none: the real one.
    pub(crate) clock: Option<UnixMs>,
    pub(crate) discovery: Answers,
    pub(crate) keys: Answers,
    pub(crate) token: Answers,
    /// Whether a code is refused when its verifier is wrong.
    pub(crate) checks_verifier: bool,
    /// The issuer in the discovery document, if it is another.
    pub(crate) other_issuer: Option<String>,
    /// The issuer in answers to the browser (RFC 9207), if they name one.
    pub(crate) names_issuer: Option<String>,
    /// Which of the provider's keys signs and is published.
    pub(crate) key: usize,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            person: json!({ "sub": "person-1", "name": "Ada", "email_verified": true }),
            agrees: true,
            signing: Signing::Published,
            claims: json!({}),
            clock: None,
            discovery: Answers::Well,
            keys: Answers::Well,
            token: Answers::Well,
            checks_verifier: true,
            other_issuer: None,
            names_issuer: None,
            key: 0,
        }
    }
}

/// How often each document was asked for.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) discovery: AtomicUsize,
    pub(crate) keys: AtomicUsize,
    pub(crate) token: AtomicUsize,
}

/// What a code stands for, once.
struct Grant {
    redirect_uri: String,
    nonce: String,
    challenge: String,
    person: Value,
}

struct Provider {
    issuer: String,
    keys: [RsaKeyPair; 2],
    redirect_uris: Mutex<HashSet<String>>,
    behaviour: Mutex<Behaviour>,
    grants: Mutex<HashMap<String, Grant>>,
    counts: Counts,
    drawn: AtomicUsize,
}

/// A running provider; it stops when dropped.
pub(crate) struct FakeOidc {
    provider: Arc<Provider>,
    _runtime: Runtime,
}

impl FakeOidc {
    pub(crate) fn start() -> Self {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let provider = Arc::new(Provider {
            issuer: format!("http://{address}"),
            keys: [(); 2].map(|()| RsaKeyPair::generate(KeySize::Rsa2048).unwrap()),
            redirect_uris: Mutex::default(),
            behaviour: Mutex::default(),
            grants: Mutex::default(),
            counts: Counts::default(),
            drawn: AtomicUsize::new(0),
        });
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/moved", get(discovery_moved))
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .route("/keys", get(keys))
            .with_state(Arc::clone(&provider));
        runtime.spawn(async move { axum::serve(listener, routes).await });
        Self {
            provider,
            _runtime: runtime,
        }
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.provider.issuer
    }

    /// Lets browsers come back to this address, as an operator does at a real provider.
    pub(crate) fn register(&self, redirect_uri: &str) {
        let mut known = self.provider.redirect_uris.lock();
        known.insert(redirect_uri.to_owned());
    }

    /// Changes how the provider behaves from now on.
    pub(crate) fn behave(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.provider.behaviour.lock());
    }

    /// How often the discovery document, the keys and a token were asked for.
    pub(crate) fn counts(&self) -> [usize; 3] {
        let counts = &self.provider.counts;
        [&counts.discovery, &counts.keys, &counts.token].map(|count| count.load(Ordering::Relaxed))
    }
}

type Shared = State<Arc<Provider>>;

async fn discovery(State(provider): Shared) -> Response {
    provider.counts.discovery.fetch_add(1, Ordering::Relaxed);
    let answers = provider.behaviour.lock().discovery;
    let document = provider.discovery();
    answer(answers, document).await
}

async fn discovery_moved(State(provider): Shared) -> Response {
    json_answer(&provider.discovery())
}

async fn keys(State(provider): Shared) -> Response {
    provider.counts.keys.fetch_add(1, Ordering::Relaxed);
    let answers = provider.behaviour.lock().keys;
    let document = provider.key_set();
    answer(answers, document).await
}

async fn authorize(State(provider): Shared, RawQuery(query): RawQuery) -> Response {
    match provider.authorize(&fields(&query.unwrap_or_default())) {
        Ok(target) => (StatusCode::FOUND, [(header::LOCATION, target)]).into_response(),
        Err(problem) => (StatusCode::BAD_REQUEST, problem).into_response(),
    }
}

async fn token(State(provider): Shared, headers: HeaderMap, body: String) -> Response {
    provider.counts.token.fetch_add(1, Ordering::Relaxed);
    let answers = provider.behaviour.lock().token;
    match provider.token(&headers, &fields(&body)) {
        Ok(document) => answer(answers, document).await,
        Err((status, error)) => {
            let body = json!({ "error": error, "error_description": "secret detail" });
            (status, body.to_string()).into_response()
        }
    }
}

async fn answer(answers: Answers, document: Value) -> Response {
    match answers {
        Answers::Well => json_answer(&document),
        Answers::Fails => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Answers::Malformed => "<html>".into_response(),
        Answers::Huge => Body::from(vec![b' '; 1 << 20]).into_response(),
        Answers::Never => std::future::pending().await,
        Answers::Redirects => (StatusCode::FOUND, [(header::LOCATION, "/moved")]).into_response(),
    }
}

fn json_answer(document: &Value) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
    ];
    (headers, document.to_string()).into_response()
}

fn fields(text: &str) -> HashMap<String, String> {
    form_urlencoded::parse(text.as_bytes())
        .into_owned()
        .collect()
}

impl Provider {
    fn discovery(&self) -> Value {
        let behaviour = self.behaviour.lock();
        let issuer = &self.issuer;
        json!({
            "issuer": behaviour.other_issuer.as_ref().unwrap_or(issuer),
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"),
            "jwks_uri": format!("{issuer}/keys"),
            "authorization_response_iss_parameter_supported": behaviour.names_issuer.is_some(),
        })
    }

    fn key_set(&self) -> Value {
        let key = self.behaviour.lock().key;
        let public = self.keys[key].public_key();
        let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({ "keys": [
            { "kty": "EC", "crv": "secp256k1", "alg": "ES256K", "kid": "odd",
              "x": "AA", "y": "AA" },
            { "kty": "RSA", "use": "sig", "alg": "RS256", "kid": key_id(key),
              "n": number(public.modulus().big_endian_without_leading_zero()),
              "e": number(public.exponent().big_endian_without_leading_zero()) },
        ] })
    }

    /// Where the browser goes next (OpenID Connect Core 1.0, section 3.1.2).
    fn authorize(&self, query: &HashMap<String, String>) -> Result<String, String> {
        let field = |name: &str| query.get(name).cloned().ok_or(format!("no {name}"));
        let redirect_uri = field("redirect_uri")?;
        if !self.redirect_uris.lock().contains(&redirect_uri) {
            return Err(format!("{redirect_uri} is not registered"));
        }
        for (name, expected) in [
            ("response_type", "code"),
            ("client_id", CLIENT_ID),
            ("code_challenge_method", "S256"),
        ] {
            if field(name)? != expected {
                return Err(format!("{name} is not {expected}"));
            }
        }
        if !field("scope")?.split(' ').any(|scope| scope == "openid") {
            return Err("scope is without openid".to_owned());
        }
        let behaviour = self.behaviour.lock();
        let mut answer = form_urlencoded::Serializer::new(String::new());
        answer.append_pair("state", &field("state")?);
        if let Some(issuer) = &behaviour.names_issuer {
            answer.append_pair("iss", issuer);
        }
        if !behaviour.agrees {
            answer.append_pair("error", "access_denied");
            return Ok(format!("{redirect_uri}?{}", answer.finish()));
        }
        let code = format!("code-{}", self.drawn.fetch_add(1, Ordering::Relaxed));
        let grant = Grant {
            redirect_uri: redirect_uri.clone(),
            nonce: field("nonce")?,
            challenge: field("code_challenge")?,
            person: behaviour.person.clone(),
        };
        self.grants.lock().insert(code.clone(), grant);
        answer.append_pair("code", &code);
        Ok(format!("{redirect_uri}?{}", answer.finish()))
    }

    /// Turns a code into an ID token, once (RFC 6749, section 4.1.3; RFC 7636, section 4.6).
    fn token(
        &self,
        headers: &HeaderMap,
        form: &HashMap<String, String>,
    ) -> Result<Value, (StatusCode, &'static str)> {
        let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect();
        let (id, secret): (String, String) = (encoded(CLIENT_ID), encoded(CLIENT_SECRET));
        let basic = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
        let has_basic = headers
            .get(header::AUTHORIZATION)
            .is_some_and(|own| *own == *basic);
        let field = |name: &str| form.get(name).map(String::as_str);
        let has_post =
            field("client_id") == Some(CLIENT_ID) && field("client_secret") == Some(CLIENT_SECRET);
        if has_basic == has_post {
            return Err((StatusCode::UNAUTHORIZED, "invalid_client"));
        }
        let invalid = (StatusCode::BAD_REQUEST, "invalid_grant");
        if field("grant_type") != Some("authorization_code") {
            return Err((StatusCode::BAD_REQUEST, "unsupported_grant_type"));
        }
        let grant = self.grants.lock().remove(field("code").unwrap_or_default());
        let grant = grant.ok_or(invalid)?;
        let verifier = field("code_verifier").unwrap_or_default();
        let challenge = digest::digest(&digest::SHA256, verifier.as_bytes());
        let is_verifier = URL_SAFE_NO_PAD.encode(challenge) == grant.challenge;
        let is_redirect = field("redirect_uri") == Some(&grant.redirect_uri);
        let checks_verifier = self.behaviour.lock().checks_verifier;
        if !is_redirect || (checks_verifier && !is_verifier) {
            return Err(invalid);
        }
        Ok(json!({
            "access_token": "unused", "token_type": "Bearer", "expires_in": 300,
            "id_token": self.id_token(&grant),
        }))
    }

    fn id_token(&self, grant: &Grant) -> String {
        let behaviour = self.behaviour.lock();
        let now_s = behaviour.clock.unwrap_or_else(UnixMs::now).0 / 1_000;
        let mut claims = json!({
            "iss": self.issuer, "aud": CLIENT_ID, "nonce": grant.nonce,
            "iat": now_s, "exp": now_s + 300,
        });
        let claims = claims.as_object_mut().unwrap();
        for changes in [&grant.person, &behaviour.claims] {
            apply(claims, changes);
        }
        self.signed(behaviour.signing, behaviour.key, claims)
    }

    fn signed(&self, signing: Signing, key: usize, claims: &Map<String, Value>) -> String {
        let (algorithm, id) = match signing {
            Signing::Published | Signing::AnotherKey | Signing::ThenChanged => {
                ("RS256", key_id(key))
            }
            Signing::None => ("none", key_id(key)),
            Signing::PublicKeyAsSecret => ("HS256", key_id(key)),
            Signing::UnknownId => ("RS256", "unknown".to_owned()),
        };
        let header = json!({ "alg": algorithm, "typ": "JWT", "kid": id });
        let part = |json: String| URL_SAFE_NO_PAD.encode(json);
        let claims_json = Value::Object(claims.clone()).to_string();
        let signed = format!("{}.{}", part(header.to_string()), part(claims_json.clone()));
        let signature = match signing {
            Signing::None => Vec::new(),
            Signing::PublicKeyAsSecret => {
                let secret =
                    hmac::Key::new(hmac::HMAC_SHA256, self.keys[key].public_key().as_ref());
                hmac::sign(&secret, signed.as_bytes()).as_ref().to_vec()
            }
            Signing::AnotherKey => rsa_signature(&self.keys[1 - key], &signed),
            Signing::Published | Signing::UnknownId | Signing::ThenChanged => {
                rsa_signature(&self.keys[key], &signed)
            }
        };
        let signature = URL_SAFE_NO_PAD.encode(signature);
        if signing == Signing::ThenChanged {
            let changed = claims_json.replace("person-1", "person-2");
            assert_ne!(changed, claims_json);
            return format!("{}.{}.{signature}", part(header.to_string()), part(changed));
        }
        format!("{signed}.{signature}")
    }
}

fn key_id(key: usize) -> String {
    format!("key-{key}")
}

fn rsa_signature(key: &RsaKeyPair, text: &str) -> Vec<u8> {
    let mut signature = vec![0; key.public_modulus_len()];
    let random = SystemRandom::new();
    key.sign(&RSA_PKCS1_SHA256, &random, text.as_bytes(), &mut signature)
        .unwrap();
    signature
}

fn apply(claims: &mut Map<String, Value>, changes: &Value) {
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            claims.remove(name);
        } else {
            claims.insert(name.clone(), value.clone());
        }
    }
}
