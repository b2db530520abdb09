//! What can be done to a canvas and its players.

use std::collections::BTreeSet;

use event_store::{PlayerId, Region, UnixMs, Version};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Role;
use super::json;

/// The most players of one roll-back.
pub const MAX_PLAYERS: usize = 100;

/// One act. In JSON an object whose `kind` is the act's name in snake case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    /// Opens the next round on a fresh canvas; a round that still runs ends.
    OpenRound(RoundSettings),
    /// Ends the round; its canvas stays as it is.
    CloseRound {},
    /// Gives every cell the round's background.
    ClearCanvas {},
    /// Makes the canvas larger, to the right and downwards.
    ExpandCanvas {
        /// Columns from now on.
        width: u16,
        /// Rows from now on.
        height: u16,
    },
    /// Puts colours after those of the palette.
    ExtendPalette {
        /// The new colours, each `#RRGGBB`.
        colors: Vec<String>,
    },
    /// Puts another cooldown rule in force.
    ChangeCooldown {
        /// The most charges one can hold, 1 to 1,000.
        max_charges: u16,
        /// Milliseconds until a spent charge is back, 0 to 86,400,000; 0 for no cooldown.
        regain_ms: u32,
    },
    /// Lets nobody place.
    LockCanvas {},
    /// Lets players place again.
    UnlockCanvas {},
    /// Gives every cell of a region one colour.
    EraseRegion {
        /// Where, `x,y,width,height`.
        #[serde(with = "json::region")]
        #[schema(value_type = String, example = "10,20,100,50")]
        region: Region,
        /// The palette index; the round's background when left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        color: Option<u8>,
    },
    /// Takes somebody's work off the canvas, and gives the cells back what they held before it.
    RollBack(RollBack),
    /// Lets nobody place in a region until the round ends.
    ProtectRegion {
        /// Where, `x,y,width,height`.
        #[serde(with = "json::region")]
        #[schema(value_type = String, example = "10,20,100,50")]
        region: Region,
    },
    /// Ends the protection of a region.
    UnprotectRegion {
        /// The version since which it is protected.
        #[serde(with = "json::version")]
        #[schema(value_type = u64)]
        protection: Version,
    },
    /// Lets a player not place.
    Ban {
        /// Who.
        #[serde(with = "json::player")]
        #[schema(value_type = String, example = "0123456789abcdef")]
        player: PlayerId,
        /// The end, RFC 3339; until it is lifted when left out.
        #[serde(default, with = "json::time", skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<String>)]
        until: Option<UnixMs>,
        /// Whether to take their work of this round off the canvas too.
        #[serde(default)]
        roll_back: bool,
    },
    /// Lifts a ban.
    Unban {
        /// Who.
        #[serde(with = "json::player")]
        #[schema(value_type = String, example = "0123456789abcdef")]
        player: PlayerId,
    },
    /// Takes no reports and no feedback of a player.
    Mute {
        /// Who.
        #[serde(with = "json::player")]
        #[schema(value_type = String, example = "0123456789abcdef")]
        player: PlayerId,
        /// The end, RFC 3339; until it is lifted when left out.
        #[serde(default, with = "json::time", skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<String>)]
        until: Option<UnixMs>,
    },
    /// Takes a player's reports and feedback again.
    Unmute {
        /// Who.
        #[serde(with = "json::player")]
        #[schema(value_type = String, example = "0123456789abcdef")]
        player: PlayerId,
    },
    /// Notes that a player is no script: nobody asks for a proof again.
    Verify {
        /// Who.
        #[serde(with = "json::player")]
        #[schema(value_type = String, example = "0123456789abcdef")]
        player: PlayerId,
    },
    /// Takes that note back.
    Unverify {
        /// Who.
        #[serde(with = "json::player")]
        #[schema(value_type = String, example = "0123456789abcdef")]
        player: PlayerId,
    },
    /// Gives a player a role.
    SetRole {
        /// Who.
        #[serde(with = "json::player")]
        #[schema(value_type = String, example = "0123456789abcdef")]
        player: PlayerId,
        /// Which one; `player` takes any other away.
        role: Role,
    },
    /// Tells everybody something, in place of what was told before.
    Announce {
        /// What, at most 1,000 bytes; empty for nothing any more.
        text: String,
        /// Until when it is shown, RFC 3339; until the next one when left out.
        #[serde(default, with = "json::time", skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<String>)]
        until: Option<UnixMs>,
    },
}

/// How a round is to begin; what is left out comes from the server's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoundSettings {
    /// The round's name, at most 200 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Columns, 1 to 8,192.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u16>,
    /// Rows, 1 to 8,192.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u16>,
    /// The colours by index, each `#RRGGBB`, 2 to 255.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub palette: Option<Vec<String>>,
    /// The palette index of every cell at the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub background: Option<u8>,
    /// The most charges one can hold, 1 to 1,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_charges: Option<u16>,
    /// Milliseconds until a spent charge is back, 0 to 86,400,000; 0 for no cooldown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regain_ms: Option<u32>,
    /// Which cells are open: base64 of the zstd frame of one bit a cell by rows, the first cell in
    /// the lowest bit; all when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mask: Option<String>,
}

/// Whose work of the running round to take off the canvas: all conditions have to hold, and at
/// least one has to be there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RollBack {
    /// Of these players, at most 100; of anybody when empty.
    #[serde(
        default,
        with = "json::players",
        skip_serializing_if = "BTreeSet::is_empty"
    )]
    #[schema(value_type = Vec<String>)]
    pub players: BTreeSet<PlayerId>,
    /// In this region, `x,y,width,height`; anywhere when left out.
    #[serde(
        default,
        with = "json::some_region",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<String>)]
    pub region: Option<Region>,
    /// Since this version; since the round's beginning when left out.
    #[serde(
        default,
        with = "json::some_version",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<u64>)]
    pub from: Option<Version>,
    /// Up to this version; up to now when left out.
    #[serde(
        default,
        with = "json::some_version",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<u64>)]
    pub to: Option<Version>,
}

impl Act {
    /// The act's name.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::OpenRound(_) => "open_round",
            Self::CloseRound {} => "close_round",
            Self::ClearCanvas {} => "clear_canvas",
            Self::ExpandCanvas { .. } => "expand_canvas",
            Self::ExtendPalette { .. } => "extend_palette",
            Self::ChangeCooldown { .. } => "change_cooldown",
            Self::LockCanvas {} => "lock_canvas",
            Self::UnlockCanvas {} => "unlock_canvas",
            Self::EraseRegion { .. } => "erase_region",
            Self::RollBack(_) => "roll_back",
            Self::ProtectRegion { .. } => "protect_region",
            Self::UnprotectRegion { .. } => "unprotect_region",
            Self::Ban { .. } => "ban",
            Self::Unban { .. } => "unban",
            Self::Mute { .. } => "mute",
            Self::Unmute { .. } => "unmute",
            Self::Verify { .. } => "verify",
            Self::Unverify { .. } => "unverify",
            Self::SetRole { .. } => "set_role",
            Self::Announce { .. } => "announce",
        }
    }

    /// The least role that may do it.
    pub const fn least_role(&self) -> Role {
        match self {
            Self::Mute { .. } | Self::Unmute { .. } => Role::Helper,
            Self::LockCanvas {}
            | Self::UnlockCanvas {}
            | Self::EraseRegion { .. }
            | Self::RollBack(_)
            | Self::ProtectRegion { .. }
            | Self::UnprotectRegion { .. }
            | Self::Ban { .. }
            | Self::Unban { .. }
            | Self::Verify { .. }
            | Self::Unverify { .. }
            | Self::Announce { .. } => Role::Moderator,
            Self::OpenRound(_)
            | Self::CloseRound {}
            | Self::ClearCanvas {}
            | Self::ExpandCanvas { .. }
            | Self::ExtendPalette { .. }
            | Self::ChangeCooldown { .. }
            | Self::SetRole { .. } => Role::Admin,
        }
    }

    /// Whether it has to be previewed and confirmed: it takes away what players made.
    pub const fn needs_preview(&self) -> bool {
        match self {
            Self::OpenRound(_)
            | Self::CloseRound {}
            | Self::ClearCanvas {}
            | Self::EraseRegion { .. }
            | Self::RollBack(_)
            | Self::Ban {
                roll_back: true, ..
            } => true,
            Self::ExpandCanvas { .. }
            | Self::ExtendPalette { .. }
            | Self::ChangeCooldown { .. }
            | Self::LockCanvas {}
            | Self::UnlockCanvas {}
            | Self::ProtectRegion { .. }
            | Self::UnprotectRegion { .. }
            | Self::Ban {
                roll_back: false, ..
            }
            | Self::Unban { .. }
            | Self::Mute { .. }
            | Self::Unmute { .. }
            | Self::Verify { .. }
            | Self::Unverify { .. }
            | Self::SetRole { .. }
            | Self::Announce { .. } => false,
        }
    }

    /// The work that it takes off the canvas, where it gives cells back what they held.
    pub fn work(&self) -> Option<RollBack> {
        if let Self::RollBack(roll_back) = self {
            return Some(roll_back.clone());
        }
        let Self::Ban {
            player,
            roll_back: true,
            ..
        } = self
        else {
            return None;
        };
        Some(RollBack {
            players: [*player].into(),
            ..RollBack::default()
        })
    }

    /// The player whom it concerns.
    pub const fn player(&self) -> Option<PlayerId> {
        match self {
            Self::Ban { player, .. }
            | Self::Unban { player }
            | Self::Mute { player, .. }
            | Self::Unmute { player }
            | Self::Verify { player }
            | Self::Unverify { player }
            | Self::SetRole { player, .. } => Some(*player),
            Self::OpenRound(_)
            | Self::CloseRound {}
            | Self::ClearCanvas {}
            | Self::ExpandCanvas { .. }
            | Self::ExtendPalette { .. }
            | Self::ChangeCooldown { .. }
            | Self::LockCanvas {}
            | Self::UnlockCanvas {}
            | Self::EraseRegion { .. }
            | Self::RollBack(_)
            | Self::ProtectRegion { .. }
            | Self::UnprotectRegion { .. }
            | Self::Announce { .. } => None,
        }
    }
}
