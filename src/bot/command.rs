//! What people order, read from what they write.

use event_store::{Cell, Region};

/// The most regions and players that one roll-back names.
const MAX_ROLLBACK_WORDS: usize = 100;

/// The longest ban that is given in hours, and the longest look back in minutes: a year.
const MAX_HOURS: u32 = 366 * 24;
const MAX_MINUTES: u32 = MAX_HOURS * 60;

/// The longest wait between two placements, in milliseconds: a day.
const MAX_REGAIN_MS: u32 = 86_400_000;

/// Something that a player asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// `/start`, `/help`: what this is.
    Start,
    /// `/canvas [x y]`: a picture.
    Canvas(Option<Cell>),
    /// `/me`: about themselves.
    Me,
    /// `/top`: who places most.
    Top,
    /// `/stats`: the round in numbers.
    Stats,
}

/// Something that somebody with a role orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// `/newgame [WxH] [title…]`
    NewGame {
        size: Option<(u16, u16)>,
        title: Option<String>,
    },
    /// `/clear`
    Clear,
    /// `/lock [reason]`
    Lock { reason: String },
    /// `/unlock`
    Unlock,
    /// `/cooldown seconds [charges]`
    Cooldown {
        regain_ms: u32,
        max_charges: Option<u16>,
    },
    /// `/ban player [hours] reason`
    Ban {
        player: String,
        hours: Option<u32>,
        reason: String,
    },
    /// `/unban player`
    Unban { player: String },
    /// `/rollback player|x,y,w,h… [minutes]`
    RollBack {
        players: Vec<String>,
        region: Option<Region>,
        minutes: Option<u32>,
    },
    /// `/announce text`
    Announce { text: String },
    /// `/status`
    Status,
    /// `/snapshot`
    Snapshot,
    /// `/undo`
    Undo,
}

/// What a text is to the bot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// A player's.
    Ask(Ask),
    /// Somebody's with a role.
    Order(Order),
    /// A command that is written wrongly: its name.
    Wrong(&'static str),
    /// A command that there is not.
    Unknown,
    /// A command to another bot, in a group.
    Elsewhere,
    /// No command.
    Text,
}

/// The commands for those who have a role.
pub(super) const ORDERS: [&str; 12] = [
    "newgame", "clear", "lock", "unlock", "cooldown", "ban", "unban", "rollback", "announce",
    "status", "snapshot", "undo",
];

/// The commands for everybody.
pub(super) const ASKS: [&str; 5] = ["start", "canvas", "me", "top", "stats"];

impl Command {
    /// Reads a text that was written to the bot called `bot_name`.
    pub(super) fn read(text: &str, bot_name: &str) -> Self {
        let Some(rest) = text.trim_start().strip_prefix('/') else {
            return Self::Text;
        };
        let (word, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let (name, addressee) = word.split_once('@').unwrap_or((word, bot_name));
        if !addressee.eq_ignore_ascii_case(bot_name) {
            return Self::Elsewhere;
        }
        let name = name.to_ascii_lowercase();
        let name = match name.as_str() {
            "help" => "start",
            name => name,
        };
        let rest = rest.trim();
        if let Some(known) = ASKS.iter().find(|known| **known == name) {
            return Self::ask(known, rest);
        }
        match ORDERS.iter().find(|known| **known == name) {
            Some(known) => Self::order(known, rest).map_or(Self::Wrong(known), Self::Order),
            None => Self::Unknown,
        }
    }

    fn ask(name: &'static str, rest: &str) -> Self {
        let ask = match name {
            "canvas" => match cell(rest) {
                Some(cell) => Ask::Canvas(cell),
                None => return Self::Wrong(name),
            },
            "me" => Ask::Me,
            "top" => Ask::Top,
            "stats" => Ask::Stats,
            _ => Ask::Start,
        };
        Self::Ask(ask)
    }

    fn order(name: &str, rest: &str) -> Option<Order> {
        let text = || rest.to_owned();
        let alone = |order| rest.is_empty().then_some(order);
        match name {
            "newgame" => Some(new_game(rest)),
            "clear" => alone(Order::Clear),
            "lock" => Some(Order::Lock { reason: text() }),
            "unlock" => alone(Order::Unlock),
            "cooldown" => cooldown(rest),
            "ban" => ban(rest),
            "unban" => {
                let (player, rest) = word(rest)?;
                rest.is_empty().then_some(Order::Unban { player })
            }
            "rollback" => roll_back(rest),
            "announce" => (!rest.is_empty()).then(|| Order::Announce { text: text() }),
            "status" => alone(Order::Status),
            "snapshot" => alone(Order::Snapshot),
            _ => alone(Order::Undo),
        }
    }
}

/// A cell, or none at all; none when it is no cell.
#[expect(
    clippy::option_option,
    reason = "nothing, a cell, or neither: read at one place"
)]
fn cell(text: &str) -> Option<Option<Cell>> {
    let parts = text.split(|c: char| c.is_whitespace() || c == ',');
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    match parts[..] {
        [] => Some(None),
        [x, y] => Some(Some(Cell::new(x.parse().ok()?, y.parse().ok()?))),
        _ => None,
    }
}

/// The first word, or what stands in quotation marks, and the rest.
fn word(text: &str) -> Option<(String, &str)> {
    const MARKS: [(char, char); 3] = [('"', '"'), ('«', '»'), ('“', '”')];
    let text = text.trim_start();
    for (opening, closing) in MARKS {
        if let Some(rest) = text.strip_prefix(opening) {
            let (inside, rest) = rest.split_once(closing)?;
            return Some((inside.to_owned(), rest.trim_start()));
        }
    }
    let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (!first.is_empty()).then(|| (first.to_owned(), rest.trim_start()))
}

fn new_game(text: &str) -> Order {
    let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let size = sides(first);
    let title = match size {
        Some(_) => rest.trim(),
        None => text,
    };
    Order::NewGame {
        size,
        title: (!title.is_empty()).then(|| title.to_owned()),
    }
}

/// A size as people write it: with an x, also a Cyrillic one, or a ×.
fn sides(word: &str) -> Option<(u16, u16)> {
    let (width, height) = word.split_once(['x', 'X', 'х', 'Х', '×', '*'])?;
    Some((width.parse().ok()?, height.parse().ok()?))
}

fn cooldown(text: &str) -> Option<Order> {
    let parts: Vec<&str> = text.split_whitespace().collect();
    let (seconds, max_charges) = match parts[..] {
        [seconds] => (seconds, None),
        [seconds, charges] => (seconds, Some(charges.parse().ok()?)),
        _ => return None,
    };
    let seconds: f64 = seconds.replace(',', ".").parse().ok()?;
    let ms = (seconds * 1_000.0).round();
    // The range leaves nothing out that a `u32` cannot hold, and no number that is none.
    let regain_ms = (0.0..=f64::from(MAX_REGAIN_MS)).contains(&ms);
    regain_ms.then_some(Order::Cooldown {
        regain_ms: ms as u32,
        max_charges,
    })
}

fn ban(text: &str) -> Option<Order> {
    let (player, rest) = word(text)?;
    let (hours, reason) = match word(rest) {
        Some((first, after)) => match first.parse::<u32>() {
            Ok(hours) => (Some(hours), after),
            Err(_) => (None, rest),
        },
        None => (None, rest),
    };
    let is_lawful = hours.is_none_or(|hours| (1..=MAX_HOURS).contains(&hours));
    (is_lawful && !reason.is_empty()).then(|| Order::Ban {
        player,
        hours,
        reason: reason.to_owned(),
    })
}

fn roll_back(text: &str) -> Option<Order> {
    let (mut players, mut region, mut minutes) = (Vec::new(), None, None);
    let mut rest = text;
    while let Some((next, after)) = word(rest) {
        // Sixteen digits are a player's id.
        let is_number = next.len() <= 6 && next.bytes().all(|byte| byte.is_ascii_digit());
        if next.contains(',') {
            let read: Region = next.parse().ok()?;
            region.is_none().then_some(())?;
            region = Some(read);
        } else if is_number && after.is_empty() {
            let read = next.parse().ok();
            minutes = Some(read.filter(|minutes| (1..=MAX_MINUTES).contains(minutes))?);
        } else if players.len() < MAX_ROLLBACK_WORDS {
            players.push(next);
        } else {
            return None;
        }
        rest = after;
    }
    let is_any = !players.is_empty() || region.is_some() || minutes.is_some();
    (rest.is_empty() && is_any).then_some(Order::RollBack {
        players,
        region,
        minutes,
    })
}

#[cfg(test)]
#[path = "command_tests.rs"]
mod tests;
