//! Who may do what.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What somebody may do; each role may do what those before it may.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Plays, and reports what is wrong.
    #[default]
    Player,
    /// Looks at reports and at players, answers, mutes.
    Helper,
    /// Puts right what was done to the canvas, and bans.
    Moderator,
    /// Opens and closes rounds, changes the canvas, and gives roles.
    Admin,
}

/// A word that is no role.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such role; write player, helper, moderator or admin")]
pub struct UnknownRole;

impl Role {
    /// The role's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Player => "player",
            Self::Helper => "helper",
            Self::Moderator => "moderator",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        let roles = [Self::Player, Self::Helper, Self::Moderator, Self::Admin];
        let known = roles.into_iter().find(|role| role.name() == text);
        known.ok_or(UnknownRole)
    }
}
