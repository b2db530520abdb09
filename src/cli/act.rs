//! `pixelwars admin …`: what admins and moderators do, by whoever has a shell.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use anyhow::Context;
use clap::{Args, Subcommand};
use event_store::event::Size;
use event_store::{PlayerId, Region, UnixMs, Version};

use super::round::parse_size;
use crate::config::Config;
use crate::exchange::moment::{parse_rfc3339, rfc3339};
use crate::moderation::{Act, ActId, ActRecord, Actor, Order, Preview, Role, RollBack};
use crate::server::Alone;

/// Milliseconds of an hour.
const HOUR_MS: i64 = 3_600_000;

/// Why, and whether to ask first.
#[derive(Args)]
pub(super) struct How {
    /// Why; players see the reason of what concerns them
    #[arg(long, default_value = "", global = true)]
    reason: String,
    /// Do it without asking
    #[arg(long, global = true)]
    yes: bool,
}

impl How {
    /// Somebody who has spelt it out already.
    pub(super) fn without_asking() -> Self {
        Self {
            reason: String::new(),
            yes: true,
        }
    }
}

#[derive(Subcommand)]
pub(super) enum What {
    /// Give every cell the round's background
    Clear,
    /// Make the canvas larger, to the right and downwards
    Expand {
        /// The new size
        #[arg(value_name = "WIDTHxHEIGHT", value_parser = parse_size)]
        size: Size,
    },
    /// Put colours after those of the palette
    ExtendPalette {
        /// The new colours
        #[arg(required = true, value_name = "#RRGGBB")]
        colors: Vec<String>,
    },
    /// Put another cooldown rule in force
    Cooldown {
        /// Milliseconds until a spent charge is back; 0 for no cooldown
        #[arg(value_name = "MS")]
        regain_ms: u32,
        /// The most charges one can hold
        #[arg(long, default_value_t = 1)]
        max_charges: u16,
    },
    /// Let nobody place
    Lock,
    /// Let players place again
    Unlock,
    /// Give every cell of a region one colour
    Erase {
        /// Where
        #[arg(value_name = "X,Y,WIDTH,HEIGHT")]
        region: Region,
        /// The palette index; the round's background when left out
        #[arg(long)]
        color: Option<u8>,
    },
    /// Take somebody's work off the canvas; all conditions have to hold
    RollBack {
        /// Of this player; more than one can be named
        #[arg(long = "player", value_name = "ID")]
        players: Vec<PlayerId>,
        /// In this region
        #[arg(long, value_name = "X,Y,WIDTH,HEIGHT")]
        region: Option<Region>,
        /// Since this version
        #[arg(long, value_name = "VERSION")]
        from: Option<u64>,
        /// Up to this version
        #[arg(long, value_name = "VERSION")]
        to: Option<u64>,
    },
    /// Let nobody place in a region until the round ends
    Protect {
        /// Where
        #[arg(value_name = "X,Y,WIDTH,HEIGHT")]
        region: Region,
    },
    /// End the protection of a region
    Unprotect {
        /// The version since which it is protected
        version: u64,
    },
    /// Let a player not place
    Ban {
        /// Who
        player: PlayerId,
        /// For so many hours
        #[arg(long, conflicts_with = "until")]
        hours: Option<u32>,
        /// Until then, RFC 3339; until it is lifted when neither is given
        #[arg(long, value_parser = parse_time)]
        until: Option<UnixMs>,
        /// Take their work of this round off the canvas too
        #[arg(long)]
        roll_back: bool,
    },
    /// Lift a ban
    Unban {
        /// Who
        player: PlayerId,
    },
    /// Take no reports and no feedback of a player
    Mute {
        /// Who
        player: PlayerId,
        /// For so many hours; until it is lifted when left out
        #[arg(long)]
        hours: Option<u32>,
    },
    /// Take a player's reports and feedback again
    Unmute {
        /// Who
        player: PlayerId,
    },
    /// Note that a player is no script
    Verify {
        /// Who
        player: PlayerId,
    },
    /// Take that note back
    Unverify {
        /// Who
        player: PlayerId,
    },
    /// Give a player a role: player, helper, moderator or admin
    Role {
        /// Who
        player: PlayerId,
        /// Which one
        role: Role,
    },
    /// Tell everybody something, in place of what was told before
    Announce {
        /// What; empty for nothing any more
        text: String,
        /// For so many minutes; until the next one when left out
        #[arg(long)]
        minutes: Option<u32>,
    },
    /// Undo an act
    Undo {
        /// The act's number
        act: i64,
    },
    /// Show what was done, newest first
    Acts {
        /// Only acts with a lower number
        #[arg(long)]
        before: Option<i64>,
        /// The most acts
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
}

fn parse_time(text: &str) -> Result<UnixMs, String> {
    parse_rfc3339(text).ok_or_else(|| "write it as in 2026-01-31T12:00:00Z".to_owned())
}

impl What {
    /// The act; none for what is no act of its own.
    fn act(&self, now: UnixMs) -> Option<Act> {
        let in_hours = |hours: &u32| now.plus_ms(i64::from(*hours) * HOUR_MS);
        Some(match self {
            Self::Clear => Act::ClearCanvas {},
            Self::Expand { size } => Act::ExpandCanvas {
                width: size.width,
                height: size.height,
            },
            Self::ExtendPalette { colors } => Act::ExtendPalette {
                colors: colors.clone(),
            },
            Self::Cooldown {
                regain_ms,
                max_charges,
            } => Act::ChangeCooldown {
                max_charges: *max_charges,
                regain_ms: *regain_ms,
            },
            Self::Lock => Act::LockCanvas {},
            Self::Unlock => Act::UnlockCanvas {},
            Self::Erase { region, color } => Act::EraseRegion {
                region: *region,
                color: *color,
            },
            Self::RollBack {
                players,
                region,
                from,
                to,
            } => Act::RollBack(RollBack {
                players: players.iter().copied().collect(),
                region: *region,
                from: from.map(Version),
                to: to.map(Version),
            }),
            Self::Protect { region } => Act::ProtectRegion { region: *region },
            Self::Unprotect { version } => Act::UnprotectRegion {
                protection: Version(*version),
            },
            Self::Ban {
                player,
                hours,
                until,
                roll_back,
            } => Act::Ban {
                player: *player,
                until: until.or(hours.as_ref().map(in_hours)),
                roll_back: *roll_back,
            },
            Self::Unban { player } => Act::Unban { player: *player },
            Self::Mute { player, hours } => Act::Mute {
                player: *player,
                until: hours.as_ref().map(in_hours),
            },
            Self::Unmute { player } => Act::Unmute { player: *player },
            Self::Verify { player } => Act::Verify { player: *player },
            Self::Unverify { player } => Act::Unverify { player: *player },
            Self::Role { player, role } => Act::SetRole {
                player: *player,
                role: *role,
            },
            Self::Announce { text, minutes } => Act::Announce {
                text: text.clone(),
                until: minutes.map(|minutes| now.plus_ms(i64::from(minutes) * 60_000)),
            },
            Self::Undo { .. } | Self::Acts { .. } => return None,
        })
    }
}

/// Does it, and says what came of it.
pub(super) async fn run(config: &Config, what: &What, how: &How) -> anyhow::Result<()> {
    let alone = Alone::open(config).await?;
    let done = run_with(&alone, what, how).await;
    alone.close().await;
    done
}

async fn run_with(alone: &Alone, what: &What, how: &How) -> anyhow::Result<()> {
    let moderation = &alone.moderation;
    let now = UnixMs::now();
    let reason = how.reason.clone();
    let records = if let What::Acts { before, limit } = what {
        moderation.acts().page(before.map(ActId), *limit).await?
    } else if let What::Undo { act } = what {
        let undone = moderation.undo(&Actor::OPERATOR, ActId(*act), reason, now);
        vec![undone.await?]
    } else if let Some(act) = what.act(now) {
        vec![perform(alone, act, how).await?]
    } else {
        Vec::new()
    };
    for record in records {
        println!("{}", line(&record));
    }
    Ok(())
}

/// Does an act; one that takes away what players made only after a look at it.
pub(super) async fn perform(alone: &Alone, act: Act, how: &How) -> anyhow::Result<ActRecord> {
    let moderation = &alone.moderation;
    let preview = match act.needs_preview() {
        false => None,
        true => {
            let preview = moderation.preview(&Actor::OPERATOR, act.clone(), UnixMs::now());
            let preview = preview.await?;
            if !how.yes {
                println!("{}", described(&preview));
                anyhow::ensure!(confirmed()?, "nothing was done");
            }
            Some(preview.id)
        }
    };
    let order = Order {
        act,
        reason: how.reason.clone(),
        preview,
    };
    let record = moderation.perform(&Actor::OPERATOR, order, UnixMs::now());
    Ok(record.await?)
}

fn described(preview: &Preview) -> String {
    let mut lines = vec![format!(
        "{}: {} cells change, {} of them to nobody's, of {} players",
        preview.act.kind(),
        preview.cells,
        preview.to_background,
        preview.removed_players
    )];
    let removed = preview.removed.iter();
    lines.extend(removed.map(|(player, cells)| format!("  {player} loses {cells}")));
    let restored = preview.restored.iter();
    lines.extend(restored.map(|(player, cells)| format!("  {player} gets back {cells}")));
    lines.join("\n")
}

fn confirmed() -> anyhow::Result<bool> {
    let input = std::io::stdin();
    anyhow::ensure!(
        input.is_terminal(),
        "this takes away what players made; look at it above, and say --yes"
    );
    print!("do it? [y/N] ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    input
        .lock()
        .read_line(&mut answer)
        .context("could not read the answer")?;
    Ok(answer.trim().eq_ignore_ascii_case("y"))
}

fn line(record: &ActRecord) -> String {
    let versions = record.versions.map_or(String::new(), |(first, last)| {
        format!(", versions {first} to {last}")
    });
    let undoes = record
        .undoes
        .map_or(String::new(), |id| format!(" (undo of {})", id.0));
    let undone = record
        .undone_by
        .map_or(String::new(), |id| format!(", undone by {}", id.0));
    let error = record.outcome.error.as_ref();
    let error = error.map_or(String::new(), |error| format!(", failed: {error}"));
    let reason = match record.reason.as_str() {
        "" => String::new(),
        reason => format!(", because: {reason}"),
    };
    format!(
        "{} {} {}{undoes} by {}: {} cells{versions}{reason}{undone}{error}",
        record.id.0,
        rfc3339(record.at),
        record.act.kind(),
        record.actor.identity,
        record.outcome.cells,
    )
}
