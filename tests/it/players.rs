//! The store of players behaves the same on SQLite and on Postgres.

use event_store::{PlayerId, UnixMs};
use pixelwars::config::DatabaseLocation;
use pixelwars::players::{ImportPlayersError, ImportedPlayer, MAX_SOURCE_NAME_BYTES, PlayerStore};
use tempfile::TempDir;

use crate::support::postgres::Postgres;

const NOW: UnixMs = UnixMs(1_800_000_000_000);

pub(crate) async fn store_at(url: &str) -> PlayerStore {
    let location: DatabaseLocation = url.parse().expect("the address is lawful");
    let store = PlayerStore::open(location).await;
    let store = store.expect("the database is there");
    store.migrate().await.expect("the tables can be made");
    store
}

/// A store in a file, in a folder that is not there yet.
pub(crate) async fn sqlite_store() -> (TempDir, PlayerStore) {
    let folder = TempDir::new().expect("there is a folder for temporary files");
    let file = folder.path().join("new").join("odd #% name.db");
    let store = store_at(&format!("sqlite:{}", file.display())).await;
    assert!(file.exists());
    (folder, store)
}

fn imported(names: &[String]) -> Vec<ImportedPlayer<'_>> {
    names
        .iter()
        .map(|name| ImportedPlayer {
            id: PlayerId::of_name(name),
            source_name: name,
        })
        .collect()
}

async fn migrating_again_changes_nothing(store: &PlayerStore) {
    let names = ["Ada".to_owned()];
    store.put_imported(&imported(&names), NOW).await.unwrap();
    let (first, second) = tokio::join!(store.migrate(), store.migrate());
    first.unwrap();
    second.unwrap();
    let ada = PlayerId::of_name("Ada");
    assert!(store.name_of(ada).await.unwrap().is_some());
}

async fn an_unknown_player_has_no_name(store: &PlayerStore) {
    let nobody = PlayerId::of_name("nobody");
    assert_eq!(store.name_of(nobody).await.unwrap(), None);
    assert!(store.names_of(&[]).await.unwrap().is_empty());
}

async fn ids_of_all_63_bits_come_back_as_they_were(store: &PlayerStore) {
    let ids = [0, 1, u64::from(u32::MAX), u64::MAX >> 1].map(PlayerId::from_bits);
    let players = ids.map(|id| ImportedPlayer {
        id,
        source_name: "edge",
    });
    store.put_imported(&players, NOW).await.unwrap();
    let names = store.names_of(&ids).await.unwrap();
    assert_eq!(names.len(), ids.len());
}

/// More players than go into one statement, and not a whole number of statements.
async fn imported_players_keep_their_names_however_often_they_come(store: &PlayerStore) {
    let names: Vec<String> = (0..1_234)
        .map(|number| format!("hash/{number}=="))
        .collect();
    let players = imported(&names);
    for _ in 0..2 {
        store.put_imported(&players, NOW).await.unwrap();
    }
    let renamed = [ImportedPlayer {
        source_name: "another",
        ..players[0]
    }];
    store.put_imported(&renamed, NOW).await.unwrap();

    let mut ids: Vec<PlayerId> = players.iter().map(|player| player.id).collect();
    ids.push(PlayerId::of_name("nobody"));
    let found = store.names_of(&ids).await.unwrap();
    assert_eq!(found.len(), players.len());
    for player in players {
        assert_eq!(found[&player.id], player.source_name);
    }
}

async fn a_batch_with_a_name_that_cannot_be_kept_is_refused_whole(store: &PlayerStore) {
    let too_long = "x".repeat(MAX_SOURCE_NAME_BYTES + 1);
    for wrong in ["", "a\0b", &too_long] {
        let names = ["a sound one".to_owned(), wrong.to_owned()];
        let refused = store.put_imported(&imported(&names), NOW).await;
        let refused = refused.unwrap_err();
        assert!(matches!(refused, ImportPlayersError::SourceName { .. }));
        let sound = PlayerId::of_name("a sound one");
        assert_eq!(store.name_of(sound).await.unwrap(), None);
    }
    store.put_imported(&[], NOW).await.unwrap();
}

async fn players_are_found_by_their_name(store: &PlayerStore) {
    let ids = [7_001, 7_002, 7_003].map(PlayerId::from_bits);
    let players = ids.map(|id| ImportedPlayer {
        id,
        source_name: "Ева <b>",
    });
    store.put_imported(&players, NOW).await.unwrap();
    assert_eq!(store.find_called("Ева <b>", 9).await.unwrap(), ids);
    assert_eq!(store.find_called("Ева <b>", 2).await.unwrap(), ids[..2]);
    for other in ["Ева", "ева <b>", "%", ""] {
        assert!(store.find_called(other, 9).await.unwrap().is_empty());
    }
}

async fn check_every_behaviour(store: &PlayerStore) {
    players_are_found_by_their_name(store).await;
    migrating_again_changes_nothing(store).await;
    an_unknown_player_has_no_name(store).await;
    ids_of_all_63_bits_come_back_as_they_were(store).await;
    imported_players_keep_their_names_however_often_they_come(store).await;
    a_batch_with_a_name_that_cannot_be_kept_is_refused_whole(store).await;
}

#[tokio::test]
async fn players_are_kept_in_sqlite() {
    let (_folder, store) = sqlite_store().await;
    check_every_behaviour(&store).await;
}

#[tokio::test]
async fn players_are_kept_in_postgres() {
    let postgres = Postgres::start();
    let store = store_at(&postgres.url()).await;
    check_every_behaviour(&store).await;
}

#[tokio::test]
async fn players_outlive_the_process() {
    let folder = TempDir::new().unwrap();
    let url = format!("sqlite:{}/pixelwars.db", folder.path().display());
    let store = store_at(&url).await;
    let names = ["Ada".to_owned()];
    store.put_imported(&imported(&names), NOW).await.unwrap();
    drop(store);
    let name = store_at(&url).await.name_of(PlayerId::of_name("Ada")).await;
    assert_eq!(name.unwrap().as_deref(), Some("Ada"));
}
