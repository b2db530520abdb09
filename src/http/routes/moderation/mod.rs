//! Looking after a canvas: previews, acts, roles, and the log of it that everybody can read.

pub mod acts;
pub mod log;
pub mod previews;
pub mod roles;
pub(super) mod shape;

use crate::http::error::{ApiError, ErrorCode};
use crate::moderation::ActError;

impl From<ActError> for ApiError {
    fn from(error: ActError) -> Self {
        let code = match &error {
            ActError::Forbidden { .. } => ErrorCode::NotAModerator,
            ActError::Invalid { .. } => ErrorCode::InvalidAct,
            ActError::NoRound => ErrorCode::NoRound,
            ActError::Nothing { .. } => ErrorCode::NothingToDo,
            ActError::PreviewNeeded => ErrorCode::PreviewNeeded,
            ActError::PreviewGone => ErrorCode::PreviewGone,
            ActError::Overtaken | ActError::Busy => ErrorCode::Overtaken,
            ActError::UnknownAct { .. } => ErrorCode::ActNotFound,
            ActError::NotUndoable { .. } => ErrorCode::NotUndoable,
            ActError::History(history) => return crate::http::past::no_answer(history),
            ActError::Append(_)
            | ActError::Lagging(_)
            | ActError::CatchUp(_)
            | ActError::Log(_)
            | ActError::Store { .. } => return Self::fault(ErrorCode::Unavailable, &error),
            ActError::Picture { .. }
            | ActError::Work(_)
            | ActError::AdminCode(_)
            | ActError::Random(_) => {
                return Self::fault(ErrorCode::Internal, &error);
            }
        };
        Self::new(code, error.to_string())
    }
}
