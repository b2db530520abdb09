//! What an account may do on a canvas, as a pure function of what happened: `afk → queued →
//! playing → afk`, and nothing else.

use event_store::UnixMs;
use serde::Serialize;
use utoipa::ToSchema;

use super::SessionNumber;

/// What an account may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlayerStatus {
    /// Signed in, and neither playing nor waiting to.
    Afk,
    /// Waits for a seat; sees the live feed.
    Queued,
    /// Has a seat: may place.
    Playing,
}

impl PlayerStatus {
    /// The word for it in answers and frames.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Afk => "afk",
            Self::Queued => "queued",
            Self::Playing => "playing",
        }
    }
}

/// Where an account stands at a gateway.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// Not here. Nothing is kept of such an account.
    #[default]
    Afk,
    /// In the queue.
    Queued(Presence),
    /// In a seat.
    Playing(Presence),
}

/// What is kept of an account that plays or waits to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Presence {
    /// The session that asked to play last.
    pub session: SessionNumber,
    /// Whether a socket of the account is open.
    pub has_socket: bool,
    /// When the status ends by itself. A seat ends some time after the last game action, whatever
    /// the socket does. A place in the queue ends only while no socket is open.
    pub until: Option<UnixMs>,
}

/// What can happen to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// Play was pressed.
    Play {
        /// By which session.
        session: SessionNumber,
        /// Whether the account may sit down at once.
        seat_is_free: bool,
    },
    /// It is the account's turn to sit down.
    SeatFree,
    /// A placement or an undo of the account has become durable.
    Acted,
    /// The clock reached [`Presence::until`], as it was when the clock was set.
    Deadline,
    /// The account gives its seat or its place in the queue up.
    Leave,
    /// The account's socket is gone.
    SocketLost,
    /// A socket was opened, with the ticket of this session.
    SocketBack {
        /// Which.
        session: SessionNumber,
    },
    /// Play was pressed by a newer session than the one that is here.
    NewSession {
        /// Which.
        session: SessionNumber,
    },
    /// The account plays or waits at another gateway now.
    Moved,
    /// The account's seat at another gateway came with it.
    HandedOver {
        /// When the seat ends by itself.
        until: UnixMs,
    },
    /// A moderator banned the player.
    Banned,
    /// There are more seats than before, or fewer.
    CapacityChanged {
        /// Whether it is the account's turn to sit down because of it.
        seat_is_free: bool,
    },
    /// The gateway stops.
    Shutdown,
}

/// Why a socket is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// The seat, or the place in the queue, is over.
    Over,
    /// A newer socket took over, here or at another gateway.
    TakenOver,
    /// The player was banned.
    Banned,
}

/// What follows from an input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Where the account stands now.
    pub next: Standing,
    /// Whether the account's socket is told of its status.
    pub tell: bool,
    /// Why the socket that was open before the input is told a last time and closed, if it is.
    pub close: Option<Closing>,
}

impl Standing {
    /// The status.
    pub fn status(&self) -> PlayerStatus {
        match self {
            Self::Afk => PlayerStatus::Afk,
            Self::Queued(_) => PlayerStatus::Queued,
            Self::Playing(_) => PlayerStatus::Playing,
        }
    }

    /// What is kept of the account; nothing of one that is afk.
    pub fn presence(&self) -> Option<Presence> {
        match self {
            Self::Afk => None,
            Self::Queued(presence) | Self::Playing(presence) => Some(*presence),
        }
    }

    /// What follows from `input` at `now`, where a status lasts `afk_after_ms` without a game
    /// action.
    pub fn step(self, input: Input, now: UnixMs, afk_after_ms: u32) -> Step {
        let until = now.plus_ms(i64::from(afk_after_ms));
        match self {
            Self::Afk => step_afk(input, until),
            Self::Queued(presence) => step_queued(presence, input, now, until),
            Self::Playing(presence) => step_playing(presence, input, now, until),
        }
    }
}

/// Nothing changes.
fn stay(next: Standing) -> Step {
    Step {
        next,
        ..Step::default()
    }
}

/// Something changes that the socket is told of.
fn tell(next: Standing) -> Step {
    Step {
        next,
        tell: true,
        close: None,
    }
}

/// The account is afk from now on.
fn end(why: Closing) -> Step {
    Step {
        next: Standing::Afk,
        tell: false,
        close: Some(why),
    }
}

fn step_afk(input: Input, until: UnixMs) -> Step {
    match input {
        Input::Play {
            session,
            seat_is_free,
        } => {
            let presence = Presence {
                session,
                has_socket: false,
                until: Some(until),
            };
            stay(match seat_is_free {
                true => Standing::Playing(presence),
                false => Standing::Queued(presence),
            })
        }
        // The ticket outlived the seat: the socket that comes with it is told so.
        Input::SocketBack { .. } => end(Closing::Over),
        Input::SeatFree
        | Input::Acted
        | Input::Deadline
        | Input::Leave
        | Input::SocketLost
        | Input::NewSession { .. }
        | Input::Moved
        | Input::HandedOver { .. }
        | Input::Banned
        | Input::CapacityChanged { .. }
        | Input::Shutdown => stay(Standing::Afk),
    }
}

fn step_queued(presence: Presence, input: Input, now: UnixMs, until: UnixMs) -> Step {
    let same = Standing::Queued(presence);
    // Without a socket, asking again is the only sign that somebody still waits.
    let waiting = |has_socket: bool| (!has_socket).then_some(until);
    match input {
        Input::Play { .. } => stay(Standing::Queued(Presence {
            until: waiting(presence.has_socket),
            ..presence
        })),
        Input::SeatFree | Input::CapacityChanged { seat_is_free: true } => {
            tell(Standing::Playing(Presence {
                until: Some(until),
                ..presence
            }))
        }
        // A seat that comes along may be one more than there are here; elsewhere it is one less.
        Input::HandedOver { until } => tell(Standing::Playing(Presence {
            until: Some(until),
            ..presence
        })),
        Input::Deadline if is_reached(presence.until, now) => end(Closing::Over),
        Input::Leave => end(Closing::Over),
        Input::Moved => end(Closing::TakenOver),
        Input::Banned => end(Closing::Banned),
        Input::SocketLost => stay(Standing::Queued(Presence {
            has_socket: false,
            until: waiting(false),
            ..presence
        })),
        Input::SocketBack { session } => Step {
            next: Standing::Queued(Presence {
                session,
                has_socket: true,
                until: None,
            }),
            tell: true,
            close: presence.has_socket.then_some(Closing::TakenOver),
        },
        Input::NewSession { session } => Step {
            next: Standing::Queued(Presence {
                session,
                has_socket: false,
                until: waiting(false),
            }),
            tell: false,
            close: presence.has_socket.then_some(Closing::TakenOver),
        },
        Input::Shutdown => stay(Standing::Afk),
        Input::Acted
        | Input::Deadline
        | Input::CapacityChanged {
            seat_is_free: false,
        } => stay(same),
    }
}

fn step_playing(presence: Presence, input: Input, now: UnixMs, until: UnixMs) -> Step {
    let same = Standing::Playing(presence);
    match input {
        Input::Acted => stay(Standing::Playing(Presence {
            until: Some(until),
            ..presence
        })),
        Input::HandedOver { until } => tell(Standing::Playing(Presence {
            until: Some(until),
            ..presence
        })),
        Input::Deadline if is_reached(presence.until, now) => end(Closing::Over),
        Input::Leave => end(Closing::Over),
        Input::Moved => end(Closing::TakenOver),
        Input::Banned => end(Closing::Banned),
        Input::SocketLost => stay(Standing::Playing(Presence {
            has_socket: false,
            ..presence
        })),
        Input::SocketBack { session } => Step {
            next: Standing::Playing(Presence {
                session,
                has_socket: true,
                ..presence
            }),
            tell: true,
            close: presence.has_socket.then_some(Closing::TakenOver),
        },
        Input::NewSession { session } => Step {
            next: Standing::Playing(Presence {
                session,
                has_socket: false,
                ..presence
            }),
            tell: false,
            close: presence.has_socket.then_some(Closing::TakenOver),
        },
        Input::Shutdown => stay(Standing::Afk),
        // A gateway with fewer seats than players takes none away: they become free soon enough.
        Input::Play { .. } | Input::SeatFree | Input::Deadline | Input::CapacityChanged { .. } => {
            stay(same)
        }
    }
}

fn is_reached(until: Option<UnixMs>, now: UnixMs) -> bool {
    until.is_some_and(|until| until <= now)
}

#[cfg(test)]
#[path = "status_tests.rs"]
mod tests;
