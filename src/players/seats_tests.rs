//! Accounts, seats and the queue together.

use std::collections::{HashMap, HashSet, VecDeque};

use proptest::prelude::*;

use super::*;
use crate::players::SessionNumber;

const AFK_AFTER_MS: u32 = 1_000;
const START: UnixMs = UnixMs(1_000_000);
const FIRST: PlaySession = session(1);

const fn session(number: u64) -> PlaySession {
    PlaySession {
        number: SessionNumber(number),
        login_session: LoginSessionId::from_bytes([number as u8; 16]),
    }
}

fn seats(max_players: u32) -> Seats {
    Seats::new(SeatRules {
        max_players,
        max_queued: 4,
        afk_after_ms: AFK_AFTER_MS,
    })
}

fn player(number: u64) -> PlayerId {
    PlayerId::from_bits(number)
}

fn socket(number: u64) -> ConnectionId {
    ConnectionId::of(number)
}

fn at(ms: i64) -> UnixMs {
    START.plus_ms(ms)
}

/// What is to be done about sockets.
fn socket_effects(seats: &mut Seats) -> Vec<Effect> {
    let mut effects = seats.take_effects();
    effects.retain(|effect| !matches!(effect, Effect::Ended(_)));
    effects
}

/// Presses Play and opens a socket of the player's own number.
fn enter(seats: &mut Seats, number: u64, ms: i64) -> StatusReport {
    seats.play(player(number), FIRST, at(ms)).unwrap();
    seats.socket_opened(player(number), FIRST, socket(number), at(ms));
    seats.take_effects();
    seats.report(player(number))
}

fn playing(until: i64) -> StatusReport {
    StatusReport {
        status: PlayerStatus::Playing,
        position: 0,
        until: Some(at(until)),
    }
}

fn queued(position: u32, until: Option<i64>) -> StatusReport {
    StatusReport {
        status: PlayerStatus::Queued,
        position,
        until: until.map(at),
    }
}

#[test]
fn who_waits_longest_gets_the_next_seat() {
    let mut seats = seats(2);
    assert_eq!(enter(&mut seats, 1, 0), playing(1_000));
    assert_eq!(enter(&mut seats, 2, 0), playing(1_000));
    assert_eq!(enter(&mut seats, 3, 0), queued(1, None));
    assert_eq!(enter(&mut seats, 4, 0), queued(2, None));
    assert_eq!((seats.playing(), seats.queued()), (2, 2));
    seats.apply(player(2), Input::Leave, at(500));
    let told = [
        Effect::Close(socket(2), Closing::Over),
        Effect::Tell(socket(3), playing(1_500)),
    ];
    assert_eq!(socket_effects(&mut seats), told);
    assert!(seats.positions_changed());
    seats.tell_positions();
    assert_eq!(
        socket_effects(&mut seats),
        [Effect::Tell(socket(4), queued(1, None))]
    );
    seats.tell_positions();
    assert_eq!(socket_effects(&mut seats), [], "everybody knows");
}

#[test]
fn a_seat_is_kept_by_game_actions_and_by_nothing_else() {
    let mut seats = seats(2);
    enter(&mut seats, 1, 0);
    seats.apply(player(1), Input::Acted, at(900));
    seats.socket_closed(player(1), socket(1), at(1_000));
    seats.play(player(1), FIRST, at(1_100)).unwrap();
    seats.socket_opened(player(1), FIRST, socket(9), at(1_200));
    socket_effects(&mut seats);
    assert_eq!(seats.next_deadline(), Some(at(1_000)), "found out later");
    assert_eq!(seats.pass_deadlines(at(1_000), 10), []);
    assert_eq!(seats.next_deadline(), Some(at(1_900)));
    assert_eq!(seats.pass_deadlines(at(1_899), 10), []);
    assert_eq!(seats.pass_deadlines(at(1_900), 10), [at(1_900)]);
    assert_eq!(
        socket_effects(&mut seats),
        [Effect::Close(socket(9), Closing::Over)]
    );
    assert_eq!(seats.next_deadline(), None);
    assert_eq!(seats.report(player(1)), AFK);
}

#[test]
fn a_place_in_the_queue_is_lost_without_a_socket() {
    let mut seats = seats(1);
    enter(&mut seats, 1, 0);
    seats.play(player(2), FIRST, at(0)).unwrap();
    enter(&mut seats, 3, 0);
    seats.apply(player(1), Input::Acted, at(900));
    assert_eq!(seats.report(player(2)), queued(1, Some(1_000)));
    assert_eq!(seats.pass_deadlines(at(1_500), 10), [at(1_000)]);
    assert_eq!(seats.report(player(3)), queued(1, None));
    seats.socket_closed(player(3), socket(3), at(1_500));
    seats.play(player(3), FIRST, at(1_800)).unwrap();
    assert_eq!(seats.report(player(3)), queued(1, Some(2_800)));
}

#[test]
fn the_newest_session_takes_over_and_older_ones_are_refused() {
    let mut seats = seats(2);
    let second = session(2);
    enter(&mut seats, 1, 0);
    seats.play(player(1), second, at(100)).unwrap();
    let told = [Effect::Close(socket(1), Closing::TakenOver)];
    assert_eq!(socket_effects(&mut seats), told);
    assert_eq!(seats.report(player(1)), playing(1_000), "the same seat");
    let refused = seats.play(player(1), FIRST, at(200));
    assert_eq!(refused, Err(PlayRefusal::Superseded));
    // A ticket of the older session was on its way.
    seats.socket_opened(player(1), FIRST, socket(5), at(200));
    let told = [Effect::Close(socket(5), Closing::TakenOver)];
    assert_eq!(socket_effects(&mut seats), told);
    seats.socket_opened(player(1), second, socket(6), at(300));
    assert_eq!(
        socket_effects(&mut seats),
        [Effect::Tell(socket(6), playing(1_000))]
    );
    // The end of the socket that was replaced means nothing to the one that is open.
    seats.socket_closed(player(1), socket(1), at(300));
    seats.socket_opened(player(1), second, socket(7), at(400));
    let told = [
        Effect::Close(socket(6), Closing::TakenOver),
        Effect::Tell(socket(7), playing(1_000)),
    ];
    assert_eq!(socket_effects(&mut seats), told);
}

#[test]
fn a_ticket_that_outlived_its_seat_opens_nothing() {
    let mut seats = seats(1);
    seats.play(player(1), FIRST, at(0)).unwrap();
    seats.apply(player(1), Input::Leave, at(10));
    seats.socket_opened(player(1), FIRST, socket(1), at(20));
    let told = [Effect::Close(socket(1), Closing::Over)];
    assert_eq!(socket_effects(&mut seats), told);
    assert_eq!(seats.players().count(), 0);
}

#[test]
fn the_queue_has_a_bound() {
    let mut seats = seats(1);
    for number in 1..=5 {
        enter(&mut seats, number, 0);
    }
    let refused = seats.play(player(6), FIRST, at(0));
    assert_eq!(refused, Err(PlayRefusal::QueueFull));
    assert_eq!(seats.report(player(6)), AFK);
    assert_eq!(seats.players().count(), 5);
}

#[test]
fn fewer_seats_take_nobodys_and_more_are_given_at_once() {
    let mut seats = seats(3);
    for number in 1..=5 {
        enter(&mut seats, number, 0);
    }
    seats.set_capacity(1, at(10));
    assert_eq!(seats.playing(), 3);
    seats.apply(player(1), Input::Leave, at(20));
    seats.apply(player(2), Input::Leave, at(20));
    assert_eq!((seats.playing(), seats.queued()), (1, 2));
    seats.set_capacity(99, at(30));
    assert_eq!((seats.playing(), seats.queued()), (3, 0));
    assert_eq!(seats.report(player(5)), playing(1_030));
}

#[test]
fn a_seat_that_comes_from_another_gateway_keeps_its_time() {
    let mut seats = seats(1);
    enter(&mut seats, 1, 0);
    enter(&mut seats, 2, 0);
    let until = at(300);
    seats.apply(player(2), Input::HandedOver { until }, at(100));
    assert_eq!(seats.report(player(2)), playing(300));
    assert_eq!(seats.playing(), 2, "one more than there are");
    assert_eq!(seats.next_deadline(), Some(until));
    assert_eq!(seats.pass_deadlines(until, 10), [until]);
}

#[test]
fn a_ban_ends_seats_and_places_in_the_queue() {
    let mut seats = seats(1);
    enter(&mut seats, 1, 0);
    enter(&mut seats, 2, 0);
    seats.apply(player(1), Input::Banned, at(10));
    let told = [
        Effect::Close(socket(1), Closing::Banned),
        Effect::Tell(socket(2), playing(1_010)),
    ];
    assert_eq!(socket_effects(&mut seats), told);
    seats.apply(player(3), Input::Banned, at(10));
    assert_eq!(socket_effects(&mut seats), []);
}

#[test]
fn the_seat_of_a_sign_in_that_is_ended_ends() {
    let mut seats = seats(1);
    enter(&mut seats, 1, 0);
    seats.play(player(2), session(2), at(0)).unwrap();
    seats.end_sessions(|held| held == session(3).login_session, at(10));
    assert_eq!(seats.players().count(), 2);
    seats.end_sessions(|held| held == FIRST.login_session, at(10));
    let told = [Effect::Close(socket(1), Closing::Over)];
    assert_eq!(socket_effects(&mut seats), told);
    assert_eq!(seats.report(player(2)), playing(1_010));
}

/// What a stranger can do, in any order.
#[derive(Clone, Debug)]
enum Act {
    Play(u64, u64),
    Open(u64, u64),
    Close(u64),
    Acted(u64),
    Leave(u64),
    Ban(u64),
    Wait(i64),
    Capacity(u32),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let who = 1..8_u64;
    let act = prop_oneof![
        (who.clone(), 1..4_u64).prop_map(|(player, session)| Act::Play(player, session)),
        (who.clone(), 1..4_u64).prop_map(|(player, session)| Act::Open(player, session)),
        who.clone().prop_map(Act::Close),
        who.clone().prop_map(Act::Acted),
        who.clone().prop_map(Act::Leave),
        who.prop_map(Act::Ban),
        (0..700_i64).prop_map(Act::Wait),
        (0..5_u32).prop_map(Act::Capacity),
    ];
    prop::collection::vec(act, 0..120)
}

/// Checks the seats from outside, by the effects alone.
#[derive(Default)]
struct Witness {
    sockets: HashMap<u64, ConnectionId>,
    closed: HashSet<ConnectionId>,
    line: VecDeque<PlayerId>,
}

impl Witness {
    fn check(&mut self, seats: &mut Seats, now: UnixMs) {
        for effect in socket_effects(seats) {
            let (Effect::Tell(socket, _) | Effect::Close(socket, _)) = effect else {
                continue;
            };
            assert!(!self.closed.contains(&socket), "told a closed socket");
            if let Effect::Close(socket, _) = effect {
                self.closed.insert(socket);
            }
        }
        let standings: Vec<_> = seats.players().map(|(id, at)| (id, at.status())).collect();
        let with = |status| standings.iter().filter(|(_, at)| *at == status).count();
        assert_eq!(with(PlayerStatus::Playing), seats.playing() as usize);
        assert_eq!(with(PlayerStatus::Queued), seats.queued() as usize);
        assert_eq!(with(PlayerStatus::Afk), 0, "nothing is kept of those");
        if seats.queued() > 0 {
            assert!(seats.playing() >= seats.capacity, "a free seat is given");
        }
        let line: Vec<_> = seats.queue.positions().map(|(_, player)| player).collect();
        self.line.retain(|player| line.contains(player));
        let newcomers = line.iter().skip(self.line.len());
        self.line.extend(newcomers);
        assert_eq!(self.line, line, "first in, first out");
        for (player, _) in &standings {
            let presence = seats.standing(*player).presence().unwrap();
            let has_alarm = presence.until.is_none_or(|until| {
                assert!(until > now, "a deadline was missed");
                let account = &seats.accounts[player];
                account.alarm.is_some_and(|alarm| alarm <= until)
            });
            assert!(has_alarm, "nobody is forgotten");
        }
    }
}

proptest! {
    #[test]
    fn whatever_happens_the_books_are_right(acts in acts()) {
        let mut seats = seats(3);
        let mut witness = Witness::default();
        let mut now = START;
        let mut sockets = 0;
        for act in acts {
            match act {
                Act::Play(number, session) => {
                    let _ = seats.play(player(number), self::session(session), now);
                }
                Act::Open(number, session) => {
                    sockets += 1;
                    let id = socket(sockets);
                    seats.socket_opened(player(number), self::session(session), id, now);
                    witness.sockets.insert(number, id);
                }
                Act::Close(number) => {
                    if let Some(socket) = witness.sockets.remove(&number) {
                        seats.socket_closed(player(number), socket, now);
                        let effects = socket_effects(&mut seats);
                        prop_assert!(effects.is_empty(), "{effects:?}");
                        witness.closed.insert(socket);
                    }
                }
                Act::Acted(number) => seats.apply(player(number), Input::Acted, now),
                Act::Leave(number) => seats.apply(player(number), Input::Leave, now),
                Act::Ban(number) => seats.apply(player(number), Input::Banned, now),
                Act::Capacity(capacity) => seats.set_capacity(capacity, now),
                Act::Wait(ms) => {
                    now = now.plus_ms(ms);
                    seats.pass_deadlines(now, usize::MAX);
                }
            }
            witness.check(&mut seats, now);
        }
    }
}
