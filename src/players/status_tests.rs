//! Every state with every input, in one table.

use super::*;

const AFK_AFTER_MS: u32 = 120_000;
const NOW: UnixMs = UnixMs(1_000_000);
/// Before the next deadline; not reached at `NOW`.
const LATER: UnixMs = UnixMs(1_050_000);
/// When a status ends that is renewed at `NOW`.
const RENEWED: UnixMs = UnixMs(1_120_000);
const ELSEWHERE: UnixMs = UnixMs(1_030_000);
const OLD: SessionNumber = SessionNumber(3);
const NEW: SessionNumber = SessionNumber(4);

const AFK: Standing = Standing::Afk;

fn presence(session: SessionNumber, has_socket: bool, until: Option<UnixMs>) -> Presence {
    Presence {
        session,
        has_socket,
        until,
    }
}

fn queued(session: SessionNumber, has_socket: bool, until: Option<UnixMs>) -> Standing {
    Standing::Queued(presence(session, has_socket, until))
}

fn playing(session: SessionNumber, has_socket: bool, until: UnixMs) -> Standing {
    Standing::Playing(presence(session, has_socket, Some(until)))
}

/// The inputs in the order of the table's columns.
fn inputs() -> [Input; 16] {
    [
        Input::Play {
            session: OLD,
            seat_is_free: true,
        },
        Input::Play {
            session: OLD,
            seat_is_free: false,
        },
        Input::SeatFree,
        Input::Acted,
        Input::Deadline,
        Input::Leave,
        Input::SocketLost,
        Input::SocketBack { session: OLD },
        Input::SocketBack { session: NEW },
        Input::NewSession { session: NEW },
        Input::Moved,
        Input::HandedOver { until: ELSEWHERE },
        Input::Banned,
        Input::CapacityChanged {
            seat_is_free: false,
        },
        Input::CapacityChanged { seat_is_free: true },
        Input::Shutdown,
    ]
}

type Row = (Standing, [Step; 16]);

fn from_afk() -> Row {
    let nothing = stay(AFK);
    let steps = [
        stay(playing(OLD, false, RENEWED)),
        stay(queued(OLD, false, Some(RENEWED))),
        nothing,
        nothing,
        nothing,
        nothing,
        nothing,
        end(Closing::Over),
        end(Closing::Over),
        nothing,
        nothing,
        nothing,
        nothing,
        nothing,
        nothing,
        nothing,
    ];
    (AFK, steps)
}

fn from_queue_with_socket() -> Row {
    let state = queued(OLD, true, None);
    let taken_over = |next, tell| Step {
        next,
        tell,
        close: Some(Closing::TakenOver),
    };
    let steps = [
        stay(state),
        stay(state),
        tell(playing(OLD, true, RENEWED)),
        stay(state),
        stay(state),
        end(Closing::Over),
        stay(queued(OLD, false, Some(RENEWED))),
        taken_over(queued(OLD, true, None), true),
        taken_over(queued(NEW, true, None), true),
        taken_over(queued(NEW, false, Some(RENEWED)), false),
        end(Closing::TakenOver),
        tell(playing(OLD, true, ELSEWHERE)),
        end(Closing::Banned),
        stay(state),
        tell(playing(OLD, true, RENEWED)),
        stay(AFK),
    ];
    (state, steps)
}

fn from_queue_without_socket(until: UnixMs) -> Row {
    let state = queued(OLD, false, Some(until));
    let at_deadline = match until <= NOW {
        true => end(Closing::Over),
        false => stay(state),
    };
    let steps = [
        stay(queued(OLD, false, Some(RENEWED))),
        stay(queued(OLD, false, Some(RENEWED))),
        tell(playing(OLD, false, RENEWED)),
        stay(state),
        at_deadline,
        end(Closing::Over),
        stay(queued(OLD, false, Some(RENEWED))),
        tell(queued(OLD, true, None)),
        tell(queued(NEW, true, None)),
        stay(queued(NEW, false, Some(RENEWED))),
        end(Closing::TakenOver),
        tell(playing(OLD, false, ELSEWHERE)),
        end(Closing::Banned),
        stay(state),
        tell(playing(OLD, false, RENEWED)),
        stay(AFK),
    ];
    (state, steps)
}

fn from_seat(has_socket: bool, until: UnixMs) -> Row {
    let state = playing(OLD, has_socket, until);
    let at_deadline = match until <= NOW {
        true => end(Closing::Over),
        false => stay(state),
    };
    let close = has_socket.then_some(Closing::TakenOver);
    let taken_over = |next, tell| Step { next, tell, close };
    let steps = [
        stay(state),
        stay(state),
        stay(state),
        stay(playing(OLD, has_socket, RENEWED)),
        at_deadline,
        end(Closing::Over),
        stay(playing(OLD, false, until)),
        taken_over(playing(OLD, true, until), true),
        taken_over(playing(NEW, true, until), true),
        taken_over(playing(NEW, false, until), false),
        end(Closing::TakenOver),
        tell(playing(OLD, has_socket, ELSEWHERE)),
        end(Closing::Banned),
        stay(state),
        stay(state),
        stay(AFK),
    ];
    (state, steps)
}

#[test]
fn every_state_answers_every_input() {
    let table = [
        from_afk(),
        from_queue_with_socket(),
        from_queue_without_socket(LATER),
        from_queue_without_socket(NOW),
        from_seat(true, LATER),
        from_seat(true, NOW),
        from_seat(false, LATER),
        from_seat(false, NOW),
    ];
    for (state, steps) in table {
        for (input, expected) in inputs().into_iter().zip(steps) {
            let step = state.step(input, NOW, AFK_AFTER_MS);
            assert_eq!(step, expected, "{state:?} with {input:?}");
        }
    }
}

#[test]
fn only_the_three_transitions_of_the_machine_exist() {
    let states = [
        AFK,
        queued(OLD, true, None),
        queued(OLD, false, Some(NOW)),
        playing(OLD, true, NOW),
        playing(OLD, false, LATER),
    ];
    for state in states {
        for input in inputs() {
            let next = state.step(input, NOW, AFK_AFTER_MS).next;
            let is_lawful = match (state.status(), next.status()) {
                // Sitting down at once is passing through a queue that is empty.
                (PlayerStatus::Afk, PlayerStatus::Queued | PlayerStatus::Playing)
                | (PlayerStatus::Queued, PlayerStatus::Playing) => true,
                (_, PlayerStatus::Afk) => true,
                (before, after) => before == after,
            };
            assert!(is_lawful, "{state:?} with {input:?} to {next:?}");
        }
    }
}
