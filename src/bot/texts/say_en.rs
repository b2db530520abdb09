//! English, for everybody.

use super::{Me, Say, Stats, titled, usage};
use crate::bot::language::Language;

const HERE: Language = Language::English;

pub(super) fn text(say: &Say) -> String {
    match say {
        Say::Welcome {
            size,
            account,
            page,
            has_role,
        } => welcome(*size, *account, page.as_deref(), *has_role),
        Say::Open => "Open the canvas".to_owned(),
        Say::Canvas {
            slug,
            round,
            title,
            version,
        } => {
            let title = titled(title, '“', '”');
            let version = HERE.number(*version);
            format!("{slug} · round {round}{title} · version {version}")
        }
        Say::Cell {
            x,
            y,
            color,
            author,
            version,
        } => match author {
            Some(author) => {
                let version = HERE.number(*version);
                format!("Cell {x}, {y} · {color} · placed by {author} (version {version})")
            }
            None => format!("Cell {x}, {y} · {color} · nobody has placed here"),
        },
        Say::Outside { width, height } => {
            let (right, bottom) = (width.saturating_sub(1), height.saturating_sub(1));
            format!("There is no such cell: x goes from 0 to {right}, y from 0 to {bottom}.")
        }
        Say::NoRound => "No round has been opened yet.".to_owned(),
        Say::Me(me) => about(me),
        Say::Stranger => "You have not played yet: open the canvas, and you are in.".to_owned(),
        Say::Top {
            round,
            title,
            players,
        } => top(*round, title, players),
        Say::TopEmpty => "Nobody has placed anything in this round yet.".to_owned(),
        Say::NotReady => "The log is being read after a start. Ask again in a minute.".to_owned(),
        Say::Stats(stats) => numbers(stats),
        Say::UnknownCommand => "There is no such command. /start lists those there are.".to_owned(),
        Say::Usage(command) => format!("Write it like this:\n{}", usage(command)),
        Say::TooFast => "Slower, please: I answer again in a minute.".to_owned(),
        Say::Failed => "That did not work, and it is not your fault. Try again later.".to_owned(),
    }
}

fn welcome(size: Option<(u16, u16)>, account: i64, page: Option<&str>, has_role: bool) -> String {
    let canvas = match size {
        Some((width, height)) => {
            format!("A canvas of {width}×{height} cells that everybody paints together.")
        }
        None => "A canvas that everybody paints together.".to_owned(),
    };
    let page = page.map_or(String::new(), |page| format!("\n{page}"));
    let mut text = format!(
        "{canvas}{page}\n\n\
         /canvas – the canvas now; /canvas 120 45 – around a cell\n\
         /me – your placements and charges\n\
         /top – who placed most in this round\n\
         /stats – the round in numbers\n\n\
         Your Telegram number: {account}"
    );
    if has_role {
        text.push_str(
            "\n\nYour orders: /status /snapshot /newgame /clear /lock /unlock /cooldown /ban \
             /unban /rollback /announce /undo",
        );
    }
    text
}

fn about(me: &Me) -> String {
    let mut lines = vec![me.name.clone()];
    match me.placements {
        Some(count) => lines.push(format!("Placements in this round: {}", HERE.number(count))),
        None => lines.push("Placements in this round: still being counted".to_owned()),
    }
    let next = me.next_s.map_or(String::new(), |seconds| {
        format!(", the next in {}", seconds_of(seconds))
    });
    lines.push(format!(
        "Charges: {} of {}{next}",
        me.charges, me.max_charges
    ));
    if let Some((reason, until)) = &me.ban {
        let until = until
            .as_ref()
            .map_or("for good".to_owned(), |until| format!("until {until}"));
        lines.push(format!("You are banned {until}: {reason}"));
    }
    lines.join("\n")
}

fn top(round: u32, title: &str, players: &[(String, u64)]) -> String {
    let mut text = format!(
        "Most placements in round {round}{}\n",
        titled(title, '“', '”')
    );
    for (at, (name, count)) in players.iter().enumerate() {
        text.push_str(&format!("\n{}. {name} – {}", at + 1, HERE.number(*count)));
    }
    text
}

fn numbers(stats: &Stats) -> String {
    let state = match (stats.is_open, stats.is_locked) {
        (false, _) => "over",
        (true, true) => "locked",
        (true, false) => "open",
    };
    let totals = stats.totals.map_or(String::new(), |(players, placements)| {
        let players = HERE.count(players, ["player", "players", "players"]);
        format!("\nPlacements: {} by {players}", HERE.number(placements))
    });
    format!(
        "{} · round {}{} ({state})\n\
         {}×{} cells, {} colours, opened {}\n\
         Cooldown: {} for a charge, up to {}\n\
         Version: {}{totals}\n\
         Here now: {} playing, {} waiting, {} watching",
        stats.slug,
        stats.round,
        titled(&stats.title, '“', '”'),
        stats.width,
        stats.height,
        stats.colors,
        stats.opened_at,
        cooldown(stats.regain_ms),
        stats.max_charges,
        HERE.number(stats.version),
        HERE.number(stats.playing),
        HERE.number(stats.queued),
        HERE.number(stats.watching),
    )
}

/// A wait between two charges.
pub(super) fn cooldown(regain_ms: u32) -> String {
    match regain_ms {
        0 => "no wait".to_owned(),
        ms if ms % 1_000 == 0 => seconds_of(u64::from(ms) / 1_000),
        ms => format!("{} s", f64::from(ms) / 1_000.0),
    }
}

fn seconds_of(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3_600)),
    }
}

pub(super) fn description(command: &str) -> &'static str {
    match command {
        "start" => "What this is",
        "canvas" => "The canvas now, or around a cell: /canvas 120 45",
        "me" => "Your placements and charges",
        "top" => "Who placed most in this round",
        "stats" => "The round in numbers",
        "newgame" => "Open a new round: /newgame 1000x500 Title",
        "clear" => "Clear the canvas",
        "lock" => "Let nobody place",
        "unlock" => "Let players place again",
        "cooldown" => "Change the cooldown: seconds, charges",
        "ban" => "Ban a player: name or id, hours, reason",
        "unban" => "Lift a ban",
        "rollback" => "Take work off: players, x,y,w,h, minutes",
        "announce" => "Tell everybody something",
        "status" => "How the canvas and the server are",
        "snapshot" => "A picture with its version and link",
        _ => "Undo your last order",
    }
}
