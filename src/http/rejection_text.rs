//! What a client is told of a lawful "no": a code for programs, a sentence for people.

use super::error::ErrorCode;
use super::timestamp::rfc3339;
use crate::placements::Rejection;
use crate::players::PlayerStatus;

/// The code.
pub(super) fn code(rejection: &Rejection) -> ErrorCode {
    match rejection {
        Rejection::NotPlaying { .. } => ErrorCode::NotPlaying,
        Rejection::NoRound => ErrorCode::NoRound,
        Rejection::RoundClosed => ErrorCode::RoundClosed,
        Rejection::CanvasLocked { .. } => ErrorCode::CanvasLocked,
        Rejection::Banned { .. } => ErrorCode::Banned,
        Rejection::OutOfBounds { .. } => ErrorCode::OutOfBounds,
        Rejection::NotOpen { .. } => ErrorCode::NotOpen,
        Rejection::Protected { .. } => ErrorCode::Protected,
        Rejection::NotInPalette { .. } => ErrorCode::NotInPalette,
        Rejection::Unchanged { .. } => ErrorCode::Unchanged,
        Rejection::CoolingDown { .. } => ErrorCode::CoolingDown,
        Rejection::RepeatedCell { .. } => ErrorCode::RepeatedCell,
        Rejection::BatchOverCharges { .. } => ErrorCode::BatchTooLarge,
        Rejection::UndoUnknown { .. } => ErrorCode::UndoUnknown,
        Rejection::NotYours { .. } => ErrorCode::NotYours,
        Rejection::UndoTooLate { .. } => ErrorCode::UndoTooLate,
        Rejection::UndoOverwritten { .. } => ErrorCode::UndoOverwritten,
    }
}

/// A sentence that says what happened and what to do.
#[expect(
    clippy::too_many_lines,
    reason = "one sentence a rejection, in one list"
)]
pub(super) fn sentence(rejection: &Rejection) -> String {
    match rejection {
        Rejection::NotPlaying {
            status: PlayerStatus::Queued,
        } => "you wait in the queue; place when it is your turn".to_owned(),
        Rejection::NotPlaying { .. } => "take a seat first, with POST …/play".to_owned(),
        Rejection::NoRound => "no round has been opened yet; wait until one is".to_owned(),
        Rejection::RoundClosed => "the round is over; wait for the next one".to_owned(),
        Rejection::CanvasLocked { reason } => {
            format!(
                "the canvas is locked{}; wait until it is unlocked",
                because(reason)
            )
        }
        Rejection::Banned {
            until: None,
            reason,
        } => {
            format!(
                "you are banned until a moderator lifts it{}",
                because(reason)
            )
        }
        Rejection::Banned {
            until: Some(until),
            reason,
        } => {
            format!(
                "you are banned until {}{}",
                rfc3339(*until),
                because(reason)
            )
        }
        Rejection::OutOfBounds {
            cell,
            width,
            height,
        } => {
            let (x, y) = (cell.x, cell.y);
            let (right, bottom) = (width.saturating_sub(1), height.saturating_sub(1));
            format!(
                "cell ({x}, {y}) is outside the canvas; \
                 x goes from 0 to {right}, y from 0 to {bottom}"
            )
        }
        Rejection::NotOpen { cell } => {
            format!(
                "cell ({}, {}) is not part of the playing field",
                cell.x, cell.y
            )
        }
        Rejection::Protected { cell, reason } => {
            format!(
                "cell ({}, {}) is in a region that moderators protect{}; place elsewhere",
                cell.x,
                cell.y,
                because(reason)
            )
        }
        Rejection::NotInPalette { color, colors } => {
            let last = colors.saturating_sub(1);
            format!("color {} is not in the palette; use 0 to {last}", color.0)
        }
        Rejection::Unchanged { cell } => {
            let (x, y) = (cell.x, cell.y);
            format!("cell ({x}, {y}) has that color already; no charge was spent")
        }
        Rejection::CoolingDown { ready_at } => {
            format!("no charge left; place again at {}", rfc3339(*ready_at))
        }
        Rejection::RepeatedCell { cell } => {
            let (x, y) = (cell.x, cell.y);
            format!("the batch names cell ({x}, {y}) twice; send each cell once")
        }
        Rejection::BatchOverCharges {
            placements,
            max_charges,
        } => {
            format!("{placements} placements need more than the {max_charges} charges one can hold")
        }
        Rejection::UndoUnknown { placement } => {
            format!("version {placement} is no placement that can be undone now")
        }
        Rejection::NotYours { placement } => {
            format!("placement {placement} is another player's")
        }
        Rejection::UndoTooLate { until } => {
            format!("the time to undo ended at {}", rfc3339(*until))
        }
        Rejection::UndoOverwritten { cell } => {
            format!(
                "somebody has placed over cell ({}, {}) since",
                cell.x, cell.y
            )
        }
    }
}

/// The moderator's reason, when there is one.
fn because(reason: &str) -> String {
    match reason {
        "" => String::new(),
        reason => format!(": {reason}"),
    }
}
