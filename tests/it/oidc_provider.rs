//! The OpenID Connect client against a provider that misbehaves; the time is an argument.

use event_store::UnixMs;
use pixelwars::auth::oidc::{
    Callback, FetchError, FlowSecrets, IdTokenError, OidcError, OidcProvider, ProvenPerson,
};
use pixelwars::config::{
    ClientAuthentication, EmailRule, IdTokenAlgorithm, OidcClient, SecretText,
};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use url::Url;

use crate::support::fake_oidc::{Answers, Behaviour, CLIENT_ID, CLIENT_SECRET, FakeOidc, Signing};

const NOW: UnixMs = UnixMs(1_800_000_000_000);
const REDIRECT_URI: &str = "https://canvas.example.org/api/v1/auth/oidc/callback";
const MINUTE_MS: i64 = 60_000;

/// A provider, a client of it, and the time in which they act.
struct Scene {
    fake: FakeOidc,
    client: OidcProvider,
    runtime: Runtime,
}

impl Scene {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut OidcClient)) -> Self {
        let fake = FakeOidc::start();
        fake.register(REDIRECT_URI);
        fake.behave(|behaviour| behaviour.clock = Some(NOW));
        let mut client = OidcClient {
            name: "Example".to_owned(),
            issuer: fake.issuer().to_owned(),
            also_issued_as: None,
            client_id: CLIENT_ID.to_owned(),
            client_secret: SecretText::new(CLIENT_SECRET),
            client_authentication: ClientAuthentication::Basic,
            scopes: vec!["openid".to_owned()],
            id_claim: "sub".to_owned(),
            has_numeric_ids: false,
            algorithms: vec![IdTokenAlgorithm::Rs256, IdTokenAlgorithm::Es256],
            email: EmailRule::Verified,
        };
        change(&mut client);
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.enable_all().build().unwrap();
        Self {
            client: OidcProvider::new(client).unwrap(),
            fake,
            runtime,
        }
    }

    /// Goes to the provider and back, as a browser does: the parameters that come back.
    fn visit(
        &self,
        secrets: &FlowSecrets,
        now: UnixMs,
    ) -> Result<Vec<(String, String)>, OidcError> {
        let visit = async {
            let url = self
                .client
                .authorization_url(secrets, REDIRECT_URI, now)
                .await?;
            let no_redirects = reqwest::redirect::Policy::none();
            let browser = reqwest::Client::builder().redirect(no_redirects);
            let browser = browser.tls_certs_only([]).build().unwrap();
            let answer = browser.get(url).send().await.unwrap();
            let target = answer.headers().get("location").expect("a redirect");
            let target = Url::parse(target.to_str().unwrap()).unwrap();
            Ok(target.query_pairs().into_owned().collect())
        };
        self.runtime.block_on(visit)
    }

    fn prove(
        &self,
        secrets: &FlowSecrets,
        brought_back: &[(String, String)],
        now: UnixMs,
    ) -> Result<ProvenPerson, OidcError> {
        let parameter = |name: &str| {
            let mut all = brought_back.iter();
            all.find(|(known, _)| known == name)
                .map(|(_, value)| value.as_str())
        };
        let callback = Callback {
            code: parameter("code").expect("a code"),
            issuer: parameter("iss"),
            redirect_uri: REDIRECT_URI,
        };
        self.runtime
            .block_on(self.client.prove(callback, secrets, now))
    }

    /// A whole sign-in at `now`, which is also the provider's time unless a test set another.
    fn sign_in_at(&self, now: UnixMs) -> Result<ProvenPerson, OidcError> {
        let secrets = FlowSecrets::draw().unwrap();
        let brought_back = self.visit(&secrets, now)?;
        assert!(
            brought_back
                .iter()
                .any(|(name, value)| name == "state" && secrets.has_state(value))
        );
        self.prove(&secrets, &brought_back, now)
    }

    fn sign_in(&self) -> Result<ProvenPerson, OidcError> {
        self.sign_in_at(NOW)
    }

    /// Why a sign-in fails while the provider behaves like this.
    fn refusal(&self, change: impl FnOnce(&mut Behaviour)) -> OidcError {
        self.fake.behave(|behaviour| {
            *behaviour = Behaviour {
                clock: Some(NOW),
                ..Behaviour::default()
            };
            change(behaviour);
        });
        self.sign_in().expect_err("nobody is signed in")
    }

    fn token_refusal(&self, change: impl FnOnce(&mut Behaviour)) -> IdTokenError {
        token_error(self.refusal(change))
    }
}

fn fetch_error(error: OidcError) -> FetchError {
    let OidcError::Unavailable { source, .. } = error else {
        panic!("{error:?}");
    };
    source
}

fn token_error(error: OidcError) -> IdTokenError {
    let OidcError::IdToken { source, .. } = error else {
        panic!("{error:?}");
    };
    source
}

#[test]
fn a_person_is_proved_with_one_request_for_each_document() {
    let scene = Scene::new();
    let person = scene.sign_in().unwrap();
    assert_eq!(person.subject, "person-1");
    assert_eq!(person.name, "Ada");
    assert_eq!(scene.sign_in().unwrap(), person);
    assert_eq!(scene.fake.counts(), [1, 1, 2]);
}

#[test]
fn a_client_may_authenticate_in_the_form() {
    let scene = Scene::with(|client| client.client_authentication = ClientAuthentication::Post);
    scene.sign_in().unwrap();
    let stranger = Scene::with(|client| client.client_secret = SecretText::new("wrong"));
    let refused = stranger.sign_in().unwrap_err();
    assert!(matches!(refused, OidcError::Refused { reason, .. } if reason == "invalid_client"));
}

#[test]
fn forged_tokens_are_refused() {
    let scene = Scene::new();
    for (signing, reason) in [
        (Signing::None, IdTokenError::Malformed),
        (Signing::PublicKeyAsSecret, IdTokenError::Algorithm),
        (Signing::AnotherKey, IdTokenError::Signature),
        (Signing::UnknownId, IdTokenError::UnknownKey),
        (Signing::ThenChanged, IdTokenError::Signature),
    ] {
        let refused = scene.token_refusal(|behaviour| behaviour.signing = signing);
        assert_eq!(refused, reason, "{signing:?}");
    }
}

#[test]
fn tokens_with_wrong_claims_are_refused() {
    let scene = Scene::new();
    let now_s = NOW.0 / 1_000;
    for (claims, reason) in [
        (
            json!({ "iss": "https://accounts.google.com" }),
            IdTokenError::Issuer,
        ),
        (json!({ "aud": "another" }), IdTokenError::Audience),
        (
            json!({ "aud": [CLIENT_ID, "another"] }),
            IdTokenError::AuthorizedParty,
        ),
        (json!({ "nonce": "another" }), IdTokenError::Nonce),
        (json!({ "nonce": null }), IdTokenError::Nonce),
        (json!({ "exp": now_s - 61 }), IdTokenError::Expired),
        (json!({ "iat": now_s + 61 }), IdTokenError::IssuedInFuture),
        (json!({ "sub": "" }), IdTokenError::Subject),
        (json!({ "sub": null }), IdTokenError::Malformed),
    ] {
        let refused = scene.token_refusal(|behaviour| behaviour.claims = claims.clone());
        assert_eq!(refused, reason, "{claims}");
    }
}

#[test]
fn an_email_must_be_verified_where_the_settings_say_so() {
    let (strict, lax) = (
        Scene::new(),
        Scene::with(|client| client.email = EmailRule::Ignored),
    );
    for verified in [json!(false), json!("false"), Value::Null] {
        let refused = strict.refusal(|behaviour| {
            behaviour.claims = json!({ "email": "a@example.org", "email_verified": verified });
        });
        assert!(
            matches!(refused, OidcError::EmailNotVerified { .. }),
            "{refused:?}"
        );
    }
    lax.fake
        .behave(|behaviour| behaviour.person = json!({ "sub": "person-1" }));
    assert_eq!(lax.sign_in().unwrap().name, "Player");
}

#[test]
fn clocks_may_be_a_minute_apart() {
    let scene = Scene::new();
    let provider_at = |ms: i64| {
        scene
            .fake
            .behave(|behaviour| behaviour.clock = Some(NOW.plus_ms(ms)));
        scene.sign_in()
    };
    for ms in [-MINUTE_MS, MINUTE_MS] {
        provider_at(ms).unwrap();
    }
    // Its tokens hold for five minutes.
    provider_at(-6 * MINUTE_MS + 1_000).unwrap();
    let expired = provider_at(-6 * MINUTE_MS).unwrap_err();
    let early = provider_at(MINUTE_MS + 1_000).unwrap_err();
    assert_eq!(token_error(expired), IdTokenError::Expired);
    assert_eq!(token_error(early), IdTokenError::IssuedInFuture);
}

#[test]
fn a_rotated_key_is_fetched_and_an_unknown_one_at_most_once_a_minute() {
    let scene = Scene::new();
    scene.sign_in().unwrap();
    scene.fake.behave(|behaviour| behaviour.key = 1);
    let too_early = scene.sign_in_at(NOW.plus_ms(1)).unwrap_err();
    assert!(matches!(
        too_early,
        OidcError::IdToken {
            source: IdTokenError::UnknownKey,
            ..
        }
    ));
    assert_eq!(scene.fake.counts()[1], 1);
    scene.sign_in_at(NOW.plus_ms(MINUTE_MS)).unwrap();
    assert_eq!(scene.fake.counts()[1], 2);
    scene
        .fake
        .behave(|behaviour| behaviour.signing = Signing::UnknownId);
    for ms in [1, 2, MINUTE_MS - 1] {
        scene.sign_in_at(NOW.plus_ms(MINUTE_MS + ms)).unwrap_err();
    }
    assert_eq!(scene.fake.counts()[1], 2);
    scene.sign_in_at(NOW.plus_ms(2 * MINUTE_MS)).unwrap_err();
    assert_eq!(scene.fake.counts()[1], 3);
}

#[test]
fn old_documents_serve_while_no_new_ones_can_be_had() {
    for answers in [
        Answers::Fails,
        Answers::Malformed,
        Answers::Huge,
        Answers::Redirects,
    ] {
        let scene = Scene::new();
        scene.sign_in().unwrap();
        // The documents say that they are good for an hour.
        let later = NOW.plus_ms(2 * 3_600_000);
        scene.fake.behave(|behaviour| {
            behaviour.clock = Some(later);
            (behaviour.discovery, behaviour.keys) = (answers, answers);
        });
        scene.sign_in_at(later).unwrap();
        scene.sign_in_at(later.plus_ms(1)).unwrap();
        assert_eq!(scene.fake.counts(), [2, 2, 3], "{answers:?}");
    }
}

#[test]
fn without_keys_nobody_is_let_in_and_later_somebody_is() {
    let scene = Scene::new();
    let mut now = NOW;
    for answers in [
        Answers::Fails,
        Answers::Malformed,
        Answers::Huge,
        Answers::Redirects,
    ] {
        now = now.plus_ms(10_000);
        scene.fake.behave(|behaviour| {
            behaviour.clock = Some(now);
            behaviour.keys = answers;
        });
        let refused = fetch_error(scene.sign_in_at(now).unwrap_err());
        let is_expected = match answers {
            Answers::Fails => matches!(refused, FetchError::Status { status: 500 }),
            Answers::Redirects => matches!(refused, FetchError::Status { status: 302 }),
            Answers::Malformed => matches!(refused, FetchError::Malformed { .. }),
            Answers::Huge => matches!(refused, FetchError::TooLarge { .. }),
            Answers::Well | Answers::Never => false,
        };
        assert!(is_expected, "{answers:?}: {refused:?}");
        let at_once = fetch_error(scene.sign_in_at(now.plus_ms(1)).unwrap_err());
        assert!(matches!(at_once, FetchError::TriedAlready));
    }
    scene
        .fake
        .behave(|behaviour| behaviour.keys = Answers::Well);
    scene.sign_in_at(now.plus_ms(10_000)).unwrap();
}

#[test]
fn a_provider_that_never_answers_is_given_up() {
    let changes: [fn(&mut Behaviour); 3] = [
        |behaviour| behaviour.discovery = Answers::Never,
        |behaviour| behaviour.token = Answers::Never,
        |behaviour| behaviour.keys = Answers::Never,
    ];
    let waiting = changes.map(|change| {
        std::thread::spawn(move || {
            let refused = fetch_error(Scene::new().refusal(change));
            assert!(matches!(refused, FetchError::Request(_)), "{refused:?}");
        })
    });
    for waiting in waiting {
        waiting.join().unwrap();
    }
}

#[test]
fn a_provider_that_is_slow_is_not_asked_by_everybody_at_once() {
    const MOST: usize = 64;
    let scene = Scene::new();
    scene
        .fake
        .behave(|behaviour| behaviour.token = Answers::Never);
    let secrets = FlowSecrets::draw().unwrap();
    let visits: Vec<_> = (0..=MOST)
        .map(|_| scene.visit(&secrets, NOW).unwrap())
        .collect();
    let prove = |visit: &[(String, String)]| {
        let code = visit.iter().find(|(name, _)| name == "code");
        let code = code.unwrap().1.clone();
        let (client, secrets) = (&scene.client, &secrets);
        async move {
            let callback = Callback {
                code: &code,
                issuer: None,
                redirect_uri: REDIRECT_URI,
            };
            client.prove(callback, secrets, NOW).await
        }
    };
    let all = visits.iter().map(|visit| Box::pin(prove(visit)));
    // The one that is refused is the only one that ends.
    let ended = futures_util::future::select_all(all);
    let (first, ..) = scene.runtime.block_on(ended);
    assert!(matches!(first, Err(OidcError::Busy { .. })), "{first:?}");
}

#[test]
fn a_token_endpoint_that_fails_is_told_from_one_that_refuses() {
    let scene = Scene::new();
    for answers in [
        Answers::Fails,
        Answers::Malformed,
        Answers::Huge,
        Answers::Redirects,
    ] {
        let refused = scene.refusal(|behaviour| behaviour.token = answers);
        assert!(
            matches!(refused, OidcError::Unavailable { .. }),
            "{answers:?}"
        );
    }
    scene
        .fake
        .behave(|behaviour| behaviour.token = Answers::Well);
    let secrets = FlowSecrets::draw().unwrap();
    let brought_back = scene.visit(&secrets, NOW).unwrap();
    scene.prove(&secrets, &brought_back, NOW).unwrap();
    let again = scene.prove(&secrets, &brought_back, NOW).unwrap_err();
    assert!(matches!(&again, OidcError::Refused { reason, .. } if reason == "invalid_grant"));
    let text = format!("{again:?} {again}");
    assert!(!text.contains("secret detail"), "{text}");
}

#[test]
fn a_stolen_code_is_of_no_use_in_another_sign_in() {
    let scene = Scene::new();
    let (mine, theirs) = (FlowSecrets::draw().unwrap(), FlowSecrets::draw().unwrap());
    let stolen = scene.visit(&theirs, NOW).unwrap();
    let refused = scene.prove(&mine, &stolen, NOW).unwrap_err();
    assert!(
        matches!(refused, OidcError::Refused { .. }),
        "by the code verifier"
    );
    scene
        .fake
        .behave(|behaviour| behaviour.checks_verifier = false);
    let stolen = scene.visit(&theirs, NOW).unwrap();
    let refused = scene.prove(&mine, &stolen, NOW).unwrap_err();
    assert!(matches!(
        refused,
        OidcError::IdToken {
            source: IdTokenError::Nonce,
            ..
        }
    ));
}

#[test]
fn a_document_of_another_issuer_is_refused() {
    let scene = Scene::new();
    let other = format!("{}/", scene.fake.issuer());
    let refused = scene.refusal(|behaviour| behaviour.other_issuer = Some(other));
    assert!(matches!(fetch_error(refused), FetchError::Issuer { .. }));
}

#[test]
fn an_answer_that_names_another_issuer_is_refused_before_its_code_is_used() {
    let scene = Scene::new();
    let own = scene.fake.issuer().to_owned();
    scene
        .fake
        .behave(|behaviour| behaviour.names_issuer = Some(own));
    scene.sign_in().unwrap();
    let other = "https://another.example".to_owned();
    let mixed_up = scene.refusal(|behaviour| behaviour.names_issuer = Some(other));
    assert!(matches!(mixed_up, OidcError::MixedUp { .. }));
    let silent = scene.refusal(|behaviour| behaviour.names_issuer = None);
    assert!(
        matches!(silent, OidcError::MixedUp { .. }),
        "its document says that it names one"
    );
    assert_eq!(scene.fake.counts()[2], 1);
}

#[test]
fn a_numeric_id_claim_is_the_subject() {
    let scene = Scene::with(|client| {
        client.id_claim = "id".to_owned();
        client.has_numeric_ids = true;
    });
    let with_id = |id: Value| {
        let person = json!({ "sub": "other", "id": id, "email_verified": true });
        scene.fake.behave(|behaviour| behaviour.person = person);
        scene.sign_in().map(|person| person.subject)
    };
    assert_eq!(with_id(json!(279_058_397)).unwrap(), "279058397");
    assert_eq!(with_id(json!("279058397")).unwrap(), "279058397");
    for wrong in [json!("0279058397"), json!(0), json!("x"), Value::Null] {
        with_id(wrong).unwrap_err();
    }
}
