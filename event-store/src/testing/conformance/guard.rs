//! Appends that depend on the last event of their subject.

use super::*;
use crate::event::{CanvasLocked, CanvasUnlocked};

/// Of 64 appends with the same guard at the same time, one wins and 63 are told
/// [`AppendError::Conflict`]; the log holds the winner only.
pub async fn of_racing_appends_exactly_one_wins<E: Engine>() {
    const RACERS: u16 = 64;
    const ROUNDS: u16 = 5;
    let engine = E::start().await;
    let mut last = Version::ZERO;
    for round in 0..ROUNDS {
        let numbers = (round * RACERS)..((round + 1) * RACERS);
        let racers: Vec<_> = numbers
            .map(|number| guarded(placement(1, number), last))
            .collect();
        let answers = append_at_once(&engine, racers.clone()).await;
        let mut winners = Vec::new();
        for (racer, answer) in racers.iter().zip(answers) {
            match answer {
                Ok(appended) => winners.push(recorded(racer, appended.version)),
                Err(error) => assert!(matches!(error, AppendError::Conflict), "{error:?}"),
            }
        }
        assert_eq!(winners.len(), 1);
        assert_eq!(winners[0].version, last.next());
        let store = &engine.stores()[0];
        assert_eq!(store.read(last.next(), 10).await.unwrap(), winners);
        last = last.next();
    }
}

/// A conflict and a repeated id among appends at the same time are their own matter: the others are
/// stored.
pub async fn a_lost_race_leaves_other_appends_alone<E: Engine>() {
    const OTHERS: u64 = 64;
    let engine = E::start().await;
    let store = &engine.stores()[0];
    fill(store, 1, 2).await;
    let loser = guarded(placement(1, 9), Version::ZERO);
    let repeated = placement(1, 0);
    let others = (2..OTHERS + 2).map(|player| guarded(placement(player, 0), Version::ZERO));
    let mut appends: Vec<_> = others.collect();
    appends.insert(20, loser);
    appends.insert(40, repeated);
    let mut answers = append_at_once(&engine, appends).await;
    let repeated = answers.remove(40).unwrap();
    assert!(repeated.version <= Version(2));
    assert!(matches!(answers.remove(20), Err(AppendError::Conflict)));
    for answer in answers {
        assert!(answer.unwrap().version > Version(2));
    }
    assert_eq!(store.last().await.unwrap(), Version(OTHERS + 2));
}

/// `LastOnSubject(ZERO)` means that the subject has no event yet.
pub async fn a_guard_of_zero_holds_on_a_new_subject_only<E: Engine>() {
    let engine = E::start().await;
    let store = &engine.stores()[0];
    fill(store, 2, 3).await;
    let first = store.append(guarded(placement(1, 1), Version::ZERO)).await;
    assert_eq!(first.unwrap().version, Version(4));
    let second = store.append(guarded(placement(1, 2), Version::ZERO)).await;
    assert!(matches!(second, Err(AppendError::Conflict)));
    assert_eq!(store.last().await.unwrap(), Version(4));
}

/// A guard holds for the subject's last version and for no other, older or newer.
pub async fn a_guard_of_another_version_conflicts<E: Engine>() {
    let engine = E::start().await;
    let store = &engine.stores()[0];
    fill(store, 1, 1).await;
    fill(store, 2, 3).await;
    for wrong in [2, 4, 5, 1_000] {
        let answer = within(store.append(guarded(placement(1, 9), Version(wrong)))).await;
        assert!(matches!(answer, Err(AppendError::Conflict)), "{answer:?}");
    }
    let right = store.append(guarded(placement(1, 9), Version(1))).await;
    assert_eq!(right.unwrap().version, Version(5));
}

/// Writers on subjects of their own, each guarding on its last version, never conflict; the admin
/// subject is one more such subject.
pub async fn guards_of_different_subjects_do_not_conflict<E: Engine>() {
    const PLAYERS: u64 = 64;
    const EACH: u16 = 10;
    let engine = E::start().await;
    let stores = engine.stores();
    let admin = move |number: u16| {
        let event = if number.is_multiple_of(2) {
            let (by, reason) = (None, String::new());
            Event::CanvasLocked(CanvasLocked { by, reason })
        } else {
            let (by, reason) = (None, String::new());
            Event::CanvasUnlocked(CanvasUnlocked { by, reason })
        };
        Append {
            event,
            ..placement(0, number)
        }
    };
    let writers = (0..=PLAYERS).zip(stores.iter().cycle().cloned());
    let writers = writers.map(|(player, store)| {
        tokio::spawn(async move {
            let mut last = Version::ZERO;
            for number in 0..EACH {
                let append = if player == 0 {
                    admin(number)
                } else {
                    placement(player, number)
                };
                last = store.append(guarded(append, last)).await.unwrap().version;
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        within(writer).await.unwrap();
    }
    let events = read_all(&*stores[0]).await;
    assert_eq!(events.len() as u64, (PLAYERS + 1) * u64::from(EACH));
}

/// A conflict stores nothing, its id neither: the same act, decided again, can be appended.
pub async fn an_id_that_lost_its_race_can_be_used_again<E: Engine>() {
    let engine = E::start().await;
    let store = &engine.stores()[0];
    fill(store, 1, 1).await;
    let loser = guarded(placement(1, 9), Version::ZERO);
    let answer = store.append(loser.clone()).await;
    assert!(matches!(answer, Err(AppendError::Conflict)));
    let again = guarded(loser, Version(1));
    assert_eq!(store.append(again).await.unwrap().version, Version(2));
}

/// `last` and `last_on` follow the log; a subject without an event has [`Version::ZERO`].
pub async fn the_last_version_is_known_by_log_and_by_subject<E: Engine>() {
    let engine = E::start().await;
    let stores = engine.stores();
    for store in &stores {
        assert_eq!(store.last().await.unwrap(), Version::ZERO);
        assert_eq!(store.last_on(Subject::Admin).await.unwrap(), Version::ZERO);
    }
    for (player, number) in [(1, 0), (2, 0), (1, 1)] {
        stores[0].append(placement(player, number)).await.unwrap();
    }
    for store in &stores {
        assert_eq!(store.last().await.unwrap(), Version(3));
        assert_eq!(store.last_on(subject_of(1)).await.unwrap(), Version(3));
        assert_eq!(store.last_on(subject_of(2)).await.unwrap(), Version(2));
        assert_eq!(store.last_on(subject_of(3)).await.unwrap(), Version::ZERO);
        assert_eq!(store.last_on(Subject::Admin).await.unwrap(), Version::ZERO);
    }
}
