//! Signing in, staying signed in and signing out behave the same on SQLite and on Postgres.

use std::collections::HashSet;

use event_store::{PlayerId, UnixMs};
use pixelwars::accounts::{
    AccountStore, Identity, LinkError, MAX_IDENTITIES, MAX_LOGIN_SESSIONS, Provider,
    RevocationCursor, RevocationState, UnlinkError,
};
use pixelwars::auth::{
    GRACE_MS, KeyRing, LogoutError, RefreshError, RefreshToken, SessionRules, SignIn, SignInError,
    SignedIn, SigningKey, TokenRules, TokenSigner, TokenVerifier,
};
use pixelwars::players::{ImportedPlayer, InvalidPlayerName, PlayerStore, SessionNumber};
use tokio::sync::broadcast::error::TryRecvError;

use crate::players::{sqlite_store, store_at};
use crate::support::postgres::Postgres;

const NOW: UnixMs = UnixMs(1_800_000_000_000);
const SECOND: i64 = 1_000;
const DAY: i64 = 86_400 * SECOND;

/// A gateway's sign-in on a database, and what checks its tokens.
pub(crate) struct Gateway {
    players: PlayerStore,
    pub(crate) sign_in: SignIn,
    verifier: TokenVerifier,
}

impl Gateway {
    pub(crate) fn new(players: &PlayerStore, allows_anonymous: bool) -> Self {
        let rules = TokenRules {
            issuer: "pixelwars".to_owned(),
            audience: "pixelwars".to_owned(),
            ttl_s: 900,
        };
        let session_rules = SessionRules {
            allows_anonymous,
            refresh_ttl_s: 604_800,
            login_session_max_s: 2_592_000,
        };
        let keys = KeyRing::of(SigningKey::generate().unwrap(), None);
        let accounts = AccountStore::of(players);
        let signer = TokenSigner::new(keys.clone(), rules.clone());
        Self {
            players: players.clone(),
            sign_in: SignIn::new(accounts, signer, session_rules),
            verifier: TokenVerifier::new(keys, &rules),
        }
    }

    async fn ada(&self) -> SignedIn {
        self.sign_in.anonymous("Ada", NOW).await.unwrap()
    }

    async fn refresh(&self, token: &RefreshToken, at: UnixMs) -> Result<SignedIn, RefreshError> {
        self.sign_in.refresh(&token.expose(), at).await
    }

    fn state_of(&self, signed_in: &SignedIn, at: UnixMs) -> RevocationState {
        let revocations = self.sign_in.revocations();
        revocations.state_of(signed_in.login_session, at)
    }
}

/// Somebody whom a provider knows; different with each `subject`.
fn identity(provider: Provider, subject: &str) -> Identity {
    Identity {
        provider,
        issuer: String::new(),
        subject: subject.to_owned(),
        name: " Grace \u{202e}Hopper ".to_owned(),
    }
}

async fn a_name_gives_a_new_player_with_tokens(gateway: &Gateway) {
    let (ada, other) = (gateway.ada().await, gateway.ada().await);
    assert_ne!(ada.player.id, other.player.id, "a name is nobody's own");
    assert_eq!(ada.session, SessionNumber(1));
    assert_eq!(ada.refresh_expires_in_s, 604_800);
    let verified = gateway.verifier.verify(&ada.access_token.token, NOW);
    let verified = verified.unwrap();
    assert_eq!(verified.player, ada.player.id);
    assert_eq!(verified.login_session, ada.login_session);
    assert_eq!(verified.session, ada.session);
    let kept = gateway.players.name_of(verified.player).await.unwrap();
    assert_eq!(kept.as_deref(), Some("Ada"));

    let refused = gateway.sign_in.anonymous("\u{202e}", NOW).await;
    let invisible = InvalidPlayerName::Invisible {
        character: '\u{202e}',
    };
    assert!(matches!(refused.unwrap_err(), SignInError::Name(name) if name == invisible));
    let off = Gateway::new(&gateway.players, false).sign_in;
    let refused = off.anonymous("Ada", NOW).await.unwrap_err();
    assert!(matches!(refused, SignInError::AnonymousOff));
}

async fn an_identity_is_one_player_for_ever(gateway: &Gateway) {
    let google = identity(Provider::Google, "1");
    let first = gateway.sign_in.with_identity(&google, NOW).await.unwrap();
    assert_eq!(first.player.name.as_str(), "Grace Hopper");
    let renamed = Identity {
        name: "Rear Admiral".to_owned(),
        ..google.clone()
    };
    let again = gateway.sign_in.with_identity(&renamed, NOW).await.unwrap();
    assert_eq!(again.player, first.player, "the first name stays");
    assert_eq!(again.session, SessionNumber(2));
    assert_ne!(again.login_session, first.login_session);

    let of_issuer = |issuer: &str| Identity {
        issuer: issuer.to_owned(),
        ..identity(Provider::Oidc, "1")
    };
    let mut seen = HashSet::from([first.player.id]);
    for other in [
        identity(Provider::Telegram, "1"),
        identity(Provider::Google, "2"),
        of_issuer("https://a.example"),
        of_issuer("https://b.example"),
    ] {
        let other = gateway.sign_in.with_identity(&other, NOW).await.unwrap();
        assert!(seen.insert(other.player.id));
    }
    for wrong in ["", "a\0b", "a\nb", &"x".repeat(256)] {
        let wrong = identity(Provider::Google, wrong);
        assert!(gateway.sign_in.with_identity(&wrong, NOW).await.is_err());
    }
}

async fn a_new_identity_that_comes_many_times_at_once_is_one_player(gateway: &Gateway) {
    const TIMES: u64 = 24;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..TIMES {
        let sign_in = gateway.sign_in.clone();
        tasks.spawn(async move {
            let crowd = identity(Provider::Oidc, "crowd");
            sign_in.with_identity(&crowd, NOW).await.unwrap()
        });
    }
    let all = tasks.join_all().await;
    assert!(all.iter().all(|one| one.player == all[0].player));
    let mut numbers: Vec<u64> = all.iter().map(|one| one.session.0).collect();
    numbers.sort_unstable();
    let expected: Vec<u64> = (1..=TIMES).collect();
    assert_eq!(numbers, expected, "no number twice and none left out");
}

async fn an_identity_is_linked_to_one_account(gateway: &Gateway) {
    let sign_in = &gateway.sign_in;
    let ada = gateway.ada().await.player;
    let google = identity(Provider::Google, "of Ada");
    assert!(sign_in.identities_of(ada.id).await.unwrap().is_empty());
    for _ in 0..2 {
        sign_in.link(ada.id, &google, NOW).await.unwrap();
    }
    let linked = sign_in.identities_of(ada.id).await.unwrap();
    assert_eq!(linked.len(), 1);
    assert_eq!(linked[0].provider, Provider::Google);
    assert_eq!(linked[0].linked_at, NOW);
    let by_google = sign_in.with_identity(&google, NOW).await.unwrap();
    assert_eq!(by_google.player, ada);
    let accounts = sign_in.accounts();
    for (provider, subject, player) in [
        (Provider::Google, "of Ada", Some(ada.id)),
        (Provider::Telegram, "of Ada", None),
        (Provider::Google, "of nobody", None),
    ] {
        let found = accounts.player_of(provider, &google.issuer, subject).await;
        assert_eq!(found.unwrap(), player);
    }

    let other = gateway.ada().await.player.id;
    let taken = sign_in.link(other, &google, NOW).await.unwrap_err();
    assert!(matches!(taken, LinkError::IdentityTaken));
    for number in 1..MAX_IDENTITIES {
        let more = identity(Provider::Oidc, &format!("of Ada {number}"));
        sign_in.link(ada.id, &more, NOW).await.unwrap();
    }
    let one_too_many = identity(Provider::Oidc, "too many");
    let refused = sign_in.link(ada.id, &one_too_many, NOW).await.unwrap_err();
    assert!(matches!(refused, LinkError::TooManyIdentities));
    sign_in.link(other, &one_too_many, NOW).await.unwrap();

    let imported = PlayerId::of_name("imported");
    let row = ImportedPlayer {
        id: imported,
        source_name: "imported",
    };
    gateway.players.put_imported(&[row], NOW).await.unwrap();
    let theirs = identity(Provider::Google, "of an imported player");
    let refused = sign_in.link(imported, &theirs, NOW).await.unwrap_err();
    assert!(matches!(refused, LinkError::NoAccount));
}

async fn an_identity_is_taken_away_but_not_the_last(gateway: &Gateway) {
    let accounts = gateway.sign_in.accounts();
    let kept = identity(Provider::Google, "unlink-1");
    let player = gateway.sign_in.with_identity(&kept, NOW).await.unwrap();
    let player = player.player.id;
    let unlinked = accounts.unlink(player, Provider::Google).await;
    assert!(matches!(unlinked, Err(UnlinkError::LastIdentity)));
    let unlinked = accounts.unlink(player, Provider::Oidc).await;
    assert!(matches!(unlinked, Err(UnlinkError::NotLinked)));
    for subject in ["unlink-2", "unlink-3"] {
        let other = identity(Provider::Oidc, subject);
        gateway.sign_in.link(player, &other, NOW).await.unwrap();
    }
    // Of two that take one each at once, one comes too late.
    let (one, other) = tokio::join!(
        accounts.unlink(player, Provider::Oidc),
        accounts.unlink(player, Provider::Google)
    );
    assert_ne!(one.is_ok(), other.is_ok());
    let left = accounts.identities_of(player).await.unwrap();
    assert!(!left.is_empty());
    let unlinked = accounts.unlink(player, left[0].provider).await;
    assert!(matches!(unlinked, Err(UnlinkError::LastIdentity)));
}

async fn a_launch_is_claimed_once_until_it_is_forgotten(gateway: &Gateway) {
    let accounts = gateway.sign_in.accounts();
    let until = NOW.plus_ms(DAY);
    let claim = |now| accounts.claim_launch("launch-1", until, now);
    let at_once = futures_util::future::join_all((0..8).map(|_| claim(NOW))).await;
    let first = at_once
        .into_iter()
        .filter(|claimed| *claimed.as_ref().unwrap());
    assert_eq!(first.count(), 1);
    // One that has opened nothing may be handed in again.
    accounts.release_launch("launch-1").await.unwrap();
    assert!(claim(NOW).await.unwrap());
    let opened = gateway.ada().await.login_session;
    accounts.bind_launch("launch-1", opened).await.unwrap();
    accounts.release_launch("launch-1").await.unwrap();
    assert!(!claim(until.plus_ms(-1)).await.unwrap());
    let found = accounts.session_of_launch("launch-1").await.unwrap();
    assert_eq!(found, Some(opened));
    assert!(claim(until).await.unwrap(), "it is forgotten");
    let found = accounts.session_of_launch("launch-1").await.unwrap();
    assert_eq!(found, None);
}

async fn a_refresh_token_gives_its_successor(gateway: &Gateway) {
    let first = gateway.ada().await;
    let later = NOW.plus_ms(DAY);
    let second = gateway.refresh(&first.refresh_token, later).await.unwrap();
    assert_eq!(second.player, first.player);
    assert_eq!(second.login_session, first.login_session);
    assert_eq!(second.session, SessionNumber(2));
    assert_ne!(second.refresh_token, first.refresh_token);
    let verified = gateway.verifier.verify(&second.access_token.token, later);
    assert_eq!(verified.unwrap().session, SessionNumber(2));
    let third = gateway.refresh(&second.refresh_token, later).await.unwrap();
    assert_eq!(third.session, SessionNumber(3));
}

async fn the_immediate_predecessor_gives_the_same_successor_for_ten_seconds(gateway: &Gateway) {
    let first = gateway.ada().await;
    let second = gateway.refresh(&first.refresh_token, NOW).await.unwrap();
    for ms in [0, 1, GRACE_MS] {
        let again = gateway.refresh(&first.refresh_token, NOW.plus_ms(ms)).await;
        let again = again.unwrap();
        assert_eq!(again.refresh_token, second.refresh_token);
        assert_eq!(again.session, second.session);
    }
    assert_eq!(gateway.state_of(&first, NOW), RevocationState::Live);

    let late = NOW.plus_ms(GRACE_MS + 1);
    let reused = gateway.refresh(&first.refresh_token, late).await;
    assert!(matches!(reused.unwrap_err(), RefreshError::Reused));
    let refused = gateway.refresh(&second.refresh_token, late).await;
    assert!(matches!(refused.unwrap_err(), RefreshError::Revoked));
    assert_eq!(gateway.state_of(&first, NOW), RevocationState::Revoked);
}

async fn an_older_refresh_token_ends_the_login_session(gateway: &Gateway) {
    let first = gateway.ada().await;
    let other = gateway.ada().await;
    let second = gateway.refresh(&first.refresh_token, NOW).await.unwrap();
    gateway.refresh(&second.refresh_token, NOW).await.unwrap();
    // Not even within the ten seconds.
    let reused = gateway.refresh(&first.refresh_token, NOW).await;
    assert!(matches!(reused.unwrap_err(), RefreshError::Reused));
    assert_eq!(gateway.state_of(&first, NOW), RevocationState::Revoked);
    gateway.refresh(&other.refresh_token, NOW).await.unwrap();
}

async fn a_made_up_secret_of_a_family_ends_its_login_session(gateway: &Gateway) {
    let ada = gateway.ada().await;
    let made_up = ada.refresh_token.draw_successor().unwrap();
    let reused = gateway.refresh(&made_up, NOW).await;
    assert!(matches!(reused.unwrap_err(), RefreshError::Reused));
    let refused = gateway.refresh(&ada.refresh_token, NOW).await;
    assert!(matches!(refused.unwrap_err(), RefreshError::Revoked));
}

async fn a_refresh_token_that_was_never_issued_is_unknown(gateway: &Gateway) {
    let stranger = RefreshToken::draw().unwrap();
    let refused = gateway.refresh(&stranger, NOW).await.unwrap_err();
    assert!(matches!(refused, RefreshError::Unknown));
    let refused = gateway.sign_in.refresh("a.b", NOW).await.unwrap_err();
    assert!(matches!(refused, RefreshError::Malformed(_)));
}

async fn refreshes_at_once_agree_on_one_successor(gateway: &Gateway) {
    let first = gateway.ada().await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let (sign_in, token) = (gateway.sign_in.clone(), first.refresh_token.expose());
        tasks.spawn(async move { sign_in.refresh(&token, NOW).await.unwrap() });
    }
    for one in tasks.join_all().await {
        assert_eq!(one.session, SessionNumber(2));
        let next = gateway.refresh(&one.refresh_token, NOW).await.unwrap();
        assert_eq!(next.session, SessionNumber(3), "the same successor");
    }
}

async fn a_refresh_token_ends_after_a_week_and_a_login_session_after_thirty_days(
    gateway: &Gateway,
) {
    let unused = gateway.ada().await;
    let too_late = gateway.refresh(&unused.refresh_token, NOW.plus_ms(7 * DAY));
    assert!(matches!(too_late.await.unwrap_err(), RefreshError::Expired));
    let in_time = NOW.plus_ms(7 * DAY - 1);
    gateway
        .refresh(&unused.refresh_token, in_time)
        .await
        .unwrap();

    let mut ada = gateway.ada().await;
    for day in [6, 12, 18, 24, 29] {
        let at = NOW.plus_ms(day * DAY);
        ada = gateway.refresh(&ada.refresh_token, at).await.unwrap();
    }
    assert_eq!(ada.refresh_expires_in_s, 86_400, "of the thirty days");
    let too_late = gateway.refresh(&ada.refresh_token, NOW.plus_ms(30 * DAY));
    assert!(matches!(too_late.await.unwrap_err(), RefreshError::Expired));
}

async fn a_logout_ends_one_login_session(gateway: &Gateway) {
    let sign_in = &gateway.sign_in;
    let google = identity(Provider::Google, "two devices");
    let phone = sign_in.with_identity(&google, NOW).await.unwrap();
    let desk = sign_in.with_identity(&google, NOW).await.unwrap();
    for _ in 0..2 {
        let token = phone.refresh_token.expose();
        sign_in.logout(&token, NOW).await.unwrap();
    }
    assert_eq!(gateway.state_of(&phone, NOW), RevocationState::Revoked);
    let refused = gateway.refresh(&phone.refresh_token, NOW).await;
    assert!(matches!(refused.unwrap_err(), RefreshError::Revoked));
    assert_eq!(gateway.state_of(&desk, NOW), RevocationState::Live);
    gateway.refresh(&desk.refresh_token, NOW).await.unwrap();

    let stranger = RefreshToken::draw().unwrap().expose();
    sign_in.logout(&stranger, NOW).await.unwrap();
    let refused = sign_in.logout("no token", NOW).await.unwrap_err();
    assert!(matches!(refused, LogoutError::Malformed(_)));
}

async fn a_logout_everywhere_ends_all_of_one_player(gateway: &Gateway) {
    let sign_in = &gateway.sign_in;
    let google = identity(Provider::Google, "many devices");
    let phone = sign_in.with_identity(&google, NOW).await.unwrap();
    let desk = sign_in.with_identity(&google, NOW).await.unwrap();
    let other = gateway.ada().await;
    let player = phone.player.id;
    sign_in.logout_everywhere(player, NOW).await.unwrap();
    for gone in [&phone, &desk] {
        assert_eq!(gateway.state_of(gone, NOW), RevocationState::Revoked);
        let refused = gateway.refresh(&gone.refresh_token, NOW).await;
        assert!(matches!(refused.unwrap_err(), RefreshError::Revoked));
    }
    gateway.refresh(&other.refresh_token, NOW).await.unwrap();
    let back = sign_in.with_identity(&google, NOW).await.unwrap();
    assert_eq!(back.session, SessionNumber(3));
    sign_in
        .logout_everywhere(PlayerId::of_name("nobody"), NOW)
        .await
        .unwrap();
}

async fn one_login_session_too_many_ends_the_least_recently_used(gateway: &Gateway) {
    let google = identity(Provider::Google, "collector");
    let mut sessions = Vec::new();
    for _ in 0..MAX_LOGIN_SESSIONS {
        let opened = gateway.sign_in.with_identity(&google, NOW).await;
        sessions.push(opened.unwrap());
    }
    gateway
        .refresh(&sessions[0].refresh_token, NOW)
        .await
        .unwrap();
    gateway.sign_in.with_identity(&google, NOW).await.unwrap();
    let states = sessions.iter().map(|one| gateway.state_of(one, NOW));
    let revoked: Vec<usize> = states
        .enumerate()
        .filter(|(_, state)| *state == RevocationState::Revoked)
        .map(|(index, _)| index)
        .collect();
    assert_eq!(revoked, [1], "the first was refreshed since");
}

async fn other_gateways_learn_of_each_revocation_once(gateway: &Gateway) {
    let elsewhere = Gateway::new(&gateway.players, true);
    let revocations = elsewhere.sign_in.revocations();
    let accounts = elsewhere.sign_in.accounts();
    let beginning = RevocationCursor::default();
    let known = revocations
        .catch_up(accounts, beginning, NOW)
        .await
        .unwrap();
    let mut told = revocations.subscribe();

    let ada = gateway.ada().await;
    let token = ada.refresh_token.expose();
    gateway.sign_in.logout(&token, NOW).await.unwrap();
    assert_eq!(elsewhere.state_of(&ada, NOW), RevocationState::Live);
    let further = revocations.catch_up(accounts, known.clone(), NOW).await;
    assert_ne!(further.unwrap(), known);
    assert_eq!(elsewhere.state_of(&ada, NOW), RevocationState::Revoked);
    let first = told.try_recv().unwrap();
    assert_eq!(first.login_session, ada.login_session);
    assert_eq!(first.player, ada.player.id);
    // What was read before is not told again.
    revocations.catch_up(accounts, known, NOW).await.unwrap();
    assert_eq!(told.try_recv(), Err(TryRecvError::Empty));

    // A gateway that starts now reads it too.
    let restarted = Gateway::new(&gateway.players, true);
    let beginning = RevocationCursor::default();
    let revocations = restarted.sign_in.revocations();
    revocations
        .catch_up(accounts, beginning, NOW)
        .await
        .unwrap();
    assert_eq!(restarted.state_of(&ada, NOW), RevocationState::Revoked);
}

async fn login_sessions_that_are_over_are_deleted(gateway: &Gateway) {
    let accounts = gateway.sign_in.accounts();
    let [expired, revoked, live] = [
        gateway.ada().await,
        gateway.ada().await,
        gateway.ada().await,
    ];
    let token = revoked.refresh_token.expose();
    gateway.sign_in.logout(&token, NOW).await.unwrap();
    let later = NOW.plus_ms(5 * DAY);
    gateway.refresh(&live.refresh_token, later).await.unwrap();
    // Both bounds are beyond all that the other checks have left behind.
    let expired_before = NOW.plus_ms(7 * DAY + 1);
    let revoked_before = NOW.plus_ms(1);
    let one = accounts.purge(expired_before, revoked_before, 1).await;
    assert_eq!(one.unwrap(), 2, "one of each kind");
    // The others have left some, too, so that one pass is not enough.
    let more = [gateway.ada().await, gateway.ada().await];
    let all = accounts.purge_all(expired_before, revoked_before, 1).await;
    assert!(all.unwrap() > 2);
    for session in &more {
        let found = accounts.login_session(session.login_session).await.unwrap();
        assert!(found.is_none());
    }
    let none = accounts.purge(expired_before, revoked_before, 1_000).await;
    assert_eq!(none.unwrap(), 0);
    for (session, is_there) in [(&expired, false), (&revoked, false), (&live, true)] {
        let found = accounts.login_session(session.login_session).await.unwrap();
        assert_eq!(found.is_some(), is_there);
    }
    let refused = gateway.refresh(&expired.refresh_token, NOW).await;
    assert!(matches!(refused.unwrap_err(), RefreshError::Unknown));
}

async fn check_every_behaviour(players: &PlayerStore) {
    let gateway = &Gateway::new(players, true);
    a_name_gives_a_new_player_with_tokens(gateway).await;
    an_identity_is_one_player_for_ever(gateway).await;
    a_new_identity_that_comes_many_times_at_once_is_one_player(gateway).await;
    an_identity_is_linked_to_one_account(gateway).await;
    an_identity_is_taken_away_but_not_the_last(gateway).await;
    a_launch_is_claimed_once_until_it_is_forgotten(gateway).await;
    a_refresh_token_gives_its_successor(gateway).await;
    the_immediate_predecessor_gives_the_same_successor_for_ten_seconds(gateway).await;
    an_older_refresh_token_ends_the_login_session(gateway).await;
    a_made_up_secret_of_a_family_ends_its_login_session(gateway).await;
    a_refresh_token_that_was_never_issued_is_unknown(gateway).await;
    refreshes_at_once_agree_on_one_successor(gateway).await;
    a_refresh_token_ends_after_a_week_and_a_login_session_after_thirty_days(gateway).await;
    a_logout_ends_one_login_session(gateway).await;
    a_logout_everywhere_ends_all_of_one_player(gateway).await;
    one_login_session_too_many_ends_the_least_recently_used(gateway).await;
    other_gateways_learn_of_each_revocation_once(gateway).await;
    login_sessions_that_are_over_are_deleted(gateway).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_kept_in_sqlite() {
    let (_folder, players) = sqlite_store().await;
    check_every_behaviour(&players).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_kept_in_postgres() {
    let postgres = Postgres::start();
    let players = store_at(&postgres.url()).await;
    check_every_behaviour(&players).await;
}

#[tokio::test]
async fn a_logout_with_a_token_of_no_session_that_goes_on_writes_nothing() {
    use sqlx::Connection as _;
    let folder = tempfile::TempDir::new().unwrap();
    let url = format!("sqlite:{}", folder.path().join("pixelwars.db").display());
    let gateway = Gateway::new(&store_at(&url).await, true);
    let mut database = sqlx::AnyConnection::connect(&url).await.unwrap();
    let ada = gateway.ada().await.refresh_token.expose();
    let made_up = RefreshToken::draw().unwrap().expose();
    for (token, revocations) in [(&made_up, 0), (&ada, 1), (&ada, 1), (&made_up, 1)] {
        gateway.sign_in.logout(token, NOW).await.unwrap();
        let count = sqlx::query_scalar::<_, i64>("select last_number from revocation_count");
        let count = count.fetch_one(&mut database).await.unwrap();
        assert_eq!(count, revocations);
    }
}

#[tokio::test]
async fn a_refresh_token_outlives_the_process_and_is_not_in_the_database() {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("pixelwars.db");
    let url = format!("sqlite:{}", file.display());
    let players = store_at(&url).await;
    let gateway = Gateway::new(&players, true);
    let first = gateway.ada().await;
    let second = gateway.refresh(&first.refresh_token, NOW).await.unwrap();
    drop((gateway, players));

    let mut kept = Vec::new();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        kept.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    let is_kept = |text: &[u8]| kept.windows(text.len()).any(|window| window == text);
    let hash = second.refresh_token.hash();
    assert!(is_kept(hash.as_bytes()), "this finds what is there");
    for token in [&first.refresh_token, &second.refresh_token] {
        use base64::Engine as _;
        for part in token.expose().split('.') {
            let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part);
            assert!(!is_kept(part.as_bytes()) && !is_kept(&bytes.unwrap()));
        }
    }

    let gateway = Gateway::new(&store_at(&url).await, true);
    let again = gateway.refresh(&first.refresh_token, NOW).await.unwrap();
    assert_eq!(again.refresh_token, second.refresh_token);
    let third = gateway.refresh(&second.refresh_token, NOW).await.unwrap();
    assert_eq!(third.session, SessionNumber(3));
}
