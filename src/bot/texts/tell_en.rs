//! English, for those who may give orders.

use super::say_en::cooldown;
use super::tell::{Deed, Named, Plan, Status, Tell, list};
use crate::bot::language::Language;
use crate::bot::shown::quoted;
use crate::config::TelegramRole;
use crate::exchange::moment::rfc3339;
use crate::moderation::{Act, RollBack, RoundSettings};

const HERE: Language = Language::English;

pub(super) fn text(tell: &Tell) -> String {
    let fixed = match tell {
        Tell::NotAllowed => "You may not give orders here.",
        Tell::OnlyPrivate => "I take orders in a private chat only.",
        Tell::ConfirmButton => "Do it",
        Tell::CancelButton => "Cancel",
        Tell::UndoButton => "Undo",
        Tell::Cancelled => "Cancelled. Nothing was done.",
        Tell::Gone => "This button was used, is too old, or is not yours. Nothing was done.",
        Tell::Overtaken => "Somebody acted meanwhile, so nothing was done. Look again.",
        Tell::NothingToUndo => "There is no order of yours that can be undone.",
        Tell::NotYours => "That is not your order. Nothing was done.",
        Tell::ActFailed => "That failed on our side. /status tells what was done, if anything.",
        Tell::RoleNeeded(role) => return format!("That takes the role {}.", name_of(*role)),
        Tell::NoSuchPlayer(name) => return format!("There is no player called {name}."),
        Tell::Ambiguous(name, ids) => {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            return format!(
                "Several are called {name}. Write an id:\n{}",
                ids.join("\n")
            );
        }
        Tell::Confirm(plan) => return confirm(plan),
        Tell::TypeName { slug, seconds } => {
            return format!("To go on, send me the canvas's name within {seconds} s: {slug}");
        }
        Tell::WrongName { slug } => {
            return format!("That is not its name. Nothing was done; send me: {slug}");
        }
        Tell::Done(deed) => return done("Done", deed),
        Tell::Undone(deed) => return done("Undone", deed),
        Tell::Refused(problem) => return format!("Nothing was done: {problem}."),
        Tell::Status(status) => return status_text(status),
        Tell::Snapshot { version, link } => {
            let link = link
                .as_ref()
                .map_or(String::new(), |link| format!("\n{link}"));
            return format!("Version {}{link}", HERE.number(*version));
        }
    };
    fixed.to_owned()
}

fn name_of(role: TelegramRole) -> &'static str {
    match role {
        TelegramRole::Helper => "helper",
        TelegramRole::Moderator => "moderator",
        TelegramRole::Admin => "admin",
    }
}

fn cells(count: u64) -> String {
    HERE.count(count, ["cell", "cells", "cells"])
}

fn confirm(plan: &Plan) -> String {
    let mut text = format!(
        "{}?\nLeft: now, right: afterwards.\n\nChanges {}",
        describe(&plan.what),
        cells(plan.cells),
    );
    if plan.to_background > 0 {
        text.push_str(&format!(
            ", {} of them to nothing",
            HERE.number(plan.to_background)
        ));
    }
    text.push_str(&format!(" (version {}).", HERE.number(plan.version)));
    if plan.removed_players > 0 {
        let players = HERE.count(plan.removed_players, ["player", "players", "players"]);
        text.push_str(&format!("\nWork of {players} goes:"));
        for (name, count) in &plan.removed {
            text.push_str(&format!("\n{name} – {}", cells(*count)));
        }
    }
    text.push_str(&format!("\n\nThe buttons hold for {} s.", plan.seconds));
    text
}

fn done(word: &str, deed: &Deed) -> String {
    let mut text = format!("{word}: {} (no. {})", describe(&deed.what), deed.number);
    if deed.cells > 0 {
        text.push_str(&format!("\nChanged {}.", cells(deed.cells)));
    }
    if deed.kept_cells > 0 {
        let kept = cells(deed.kept_cells);
        text.push_str(&format!("\nLeft {kept} that others have placed on since."));
    }
    if let Some(after) = deed.after {
        let (before, after) = (HERE.number(deed.before), HERE.number(after));
        text.push_str(&format!("\nVersion {before} → {after}"));
    }
    if let Some(link) = &deed.link {
        text.push_str(&format!("\nBefore: {link}"));
    }
    text
}

/// An act in one line.
fn describe(named: &Named) -> String {
    let players = list(&named.players);
    let until = |until: &Option<event_store::UnixMs>| {
        until.map_or(String::new(), |until| format!(" until {}", rfc3339(until)))
    };
    match &named.act {
        Act::OpenRound(settings) => open_round(settings),
        Act::CloseRound {} => "Close the round".to_owned(),
        Act::ClearCanvas {} => "Clear the canvas".to_owned(),
        Act::ExpandCanvas { width, height } => format!("Expand the canvas to {width}×{height}"),
        Act::ExtendPalette { colors } => format!("Add {} colours", colors.len()),
        Act::ChangeCooldown {
            max_charges,
            regain_ms,
        } => {
            let wait = cooldown(*regain_ms);
            format!("Cooldown: {wait} for a charge, up to {max_charges}")
        }
        Act::LockCanvas {} => "Lock the canvas".to_owned(),
        Act::UnlockCanvas {} => "Unlock the canvas".to_owned(),
        Act::EraseRegion { region, .. } => format!("Erase {}", super::region(*region)),
        Act::RollBack(roll_back) => roll_back_text(roll_back, &players),
        Act::ProtectRegion { region } => format!("Protect {}", super::region(*region)),
        Act::UnprotectRegion { protection } => format!("End the protection of {protection}"),
        Act::Ban {
            until: end,
            roll_back,
            ..
        } => {
            let and = if *roll_back {
                ", and take the work off"
            } else {
                ""
            };
            format!("Ban {players}{}{and}", until(end))
        }
        Act::Unban { .. } => format!("Lift the ban of {players}"),
        Act::Mute { until: end, .. } => format!("Mute {players}{}", until(end)),
        Act::Unmute { .. } => format!("Unmute {players}"),
        Act::Verify { .. } => format!("Verify {players}"),
        Act::Unverify { .. } => format!("Unverify {players}"),
        Act::SetRole { role, .. } => format!("Make {players} a {role}"),
        Act::Announce { text, .. } if text.is_empty() => "Announce nothing any more".to_owned(),
        Act::Announce { text, .. } => format!("Announce {}", quoted(text)),
    }
}

fn open_round(settings: &RoundSettings) -> String {
    let size = settings.width.zip(settings.height);
    let size = size.map_or(String::new(), |(width, height)| {
        format!(" of {width}×{height}")
    });
    let title = settings.title.as_deref().map(quoted);
    let title = title.map_or(String::new(), |title| format!(" “{title}”"));
    format!("Open a new round{size}{title}")
}

fn roll_back_text(roll_back: &RollBack, players: &str) -> String {
    let mut text = "Roll back".to_owned();
    if !players.is_empty() {
        text.push_str(&format!(" the work of {players}"));
    }
    if let Some(region) = roll_back.region {
        text.push_str(&format!(" in {}", super::region(region)));
    }
    if let Some(from) = roll_back.from {
        text.push_str(&format!(" since version {}", HERE.number(from.0)));
    }
    text
}

fn status_text(status: &Status) -> String {
    let mut lines = Vec::new();
    if let Some(reason) = &status.lock {
        lines.push(format!("Locked: {reason}"));
    }
    if let Some(text) = &status.announcement {
        lines.push(format!("Announced: {text}"));
    }
    lines.push(format!(
        "Bans: {}, protected regions: {}",
        HERE.number(status.bans),
        HERE.number(status.protections)
    ));
    if !status.acts.is_empty() {
        lines.push("\nLast orders:".to_owned());
    }
    for (at, by, what) in &status.acts {
        lines.push(format!("{at} {by}: {}", describe(what)));
    }
    lines.join("\n")
}
