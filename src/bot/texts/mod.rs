//! Everything that the bot says, in every language: what it says is an enum, so that no language
//! can lack a sentence. Texts are plain, without markup.

mod say_en;
mod say_ru;
mod tell;
mod tell_en;
mod tell_ru;

use event_store::Region;

use super::language::Language;
pub(super) use tell::{Deed, Named, Plan, Status, Tell};

/// What the bot says to anybody. Names in it are [quoted](super::shown::quoted).
#[derive(Clone, Debug)]
pub(super) enum Say {
    /// What this is.
    Welcome {
        /// Columns and rows; none before the first round.
        size: Option<(u16, u16)>,
        /// The number of the reader's account.
        account: i64,
        /// The page's address, if it is known.
        page: Option<String>,
        /// Whether the reader may give orders.
        has_role: bool,
    },
    /// On the button that opens the canvas.
    Open,
    /// Under a picture of the whole canvas.
    Canvas {
        slug: String,
        round: u32,
        title: String,
        version: u64,
    },
    /// Under a picture of what is around a cell.
    Cell {
        x: u16,
        y: u16,
        color: String,
        /// Who set it; none when nobody did.
        author: Option<String>,
        version: u64,
    },
    /// The cell is none of the canvas.
    Outside { width: u16, height: u16 },
    /// There is no round yet.
    NoRound,
    /// About the reader.
    Me(Me),
    /// The reader has no player.
    Stranger,
    /// Who placed most.
    Top {
        round: u32,
        title: String,
        players: Vec<(String, u64)>,
    },
    /// Nobody has placed.
    TopEmpty,
    /// The log is still being read.
    NotReady,
    /// The round in numbers.
    Stats(Stats),
    /// There is no such command.
    UnknownCommand,
    /// The command is written like this.
    Usage(&'static str),
    /// The reader writes more than is answered.
    TooFast,
    /// Something failed on our side.
    Failed,
}

/// About a player.
#[derive(Clone, Debug)]
pub(super) struct Me {
    pub(super) name: String,
    /// In this round; none while that is not known.
    pub(super) placements: Option<u64>,
    pub(super) charges: u16,
    pub(super) max_charges: u16,
    /// Seconds until the next charge.
    pub(super) next_s: Option<u64>,
    /// Why, when the player is banned, and until when.
    pub(super) ban: Option<(String, Option<String>)>,
}

/// A round in numbers.
#[derive(Clone, Debug)]
pub(super) struct Stats {
    pub(super) slug: String,
    pub(super) round: u32,
    pub(super) title: String,
    pub(super) is_open: bool,
    pub(super) is_locked: bool,
    pub(super) width: u16,
    pub(super) height: u16,
    pub(super) colors: u64,
    pub(super) opened_at: String,
    pub(super) version: u64,
    /// Players and placements of this round; none while that is not known.
    pub(super) totals: Option<(u64, u64)>,
    pub(super) playing: u64,
    pub(super) queued: u64,
    pub(super) watching: u64,
    pub(super) max_charges: u16,
    pub(super) regain_ms: u32,
}

impl Say {
    /// The text.
    pub(super) fn text(&self, language: Language) -> String {
        match language {
            Language::English => say_en::text(self),
            Language::Russian => say_ru::text(self),
        }
    }
}

/// What a command is for, as the list of commands shows it.
pub(super) fn description(command: &str, language: Language) -> &'static str {
    match language {
        Language::English => say_en::description(command),
        Language::Russian => say_ru::description(command),
    }
}

/// How a command is written.
fn usage(command: &str) -> &'static str {
    match command {
        "canvas" => "/canvas\n/canvas 120 45",
        "newgame" => "/newgame\n/newgame 1000x500 Spring 2027",
        "lock" => "/lock\n/lock maintenance",
        "cooldown" => "/cooldown 30\n/cooldown 30 6",
        "ban" => "/ban Eve draws hate\n/ban \"Eve S.\" 24 a script\n/ban 0123456789abcdef spam",
        "unban" => "/unban Eve",
        "rollback" => "/rollback Eve\n/rollback \"Eve S.\" 60\n/rollback 100,200,50,50 30",
        "announce" => "/announce The round ends on Sunday.",
        "clear" => "/clear",
        "unlock" => "/unlock",
        "status" => "/status",
        "snapshot" => "/snapshot",
        "undo" => "/undo",
        _ => "/start",
    }
}

/// A title in brackets of the language, and nothing for none.
fn titled(title: &str, opening: char, closing: char) -> String {
    match title.is_empty() {
        true => String::new(),
        false => format!(" {opening}{title}{closing}"),
    }
}

/// A region as it is written in orders.
fn region(region: Region) -> String {
    let Region {
        x,
        y,
        width,
        height,
    } = region;
    format!("{x},{y},{width},{height}")
}
