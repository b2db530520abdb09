//! What the bot says to those who may give orders.

use event_store::PlayerId;

use super::{tell_en, tell_ru};
use crate::bot::language::Language;
use crate::config::TelegramRole;
use crate::moderation::Act;

/// What the bot says to those who may give orders. Names in it are
/// [quoted](super::super::shown::quoted).
#[derive(Clone, Debug)]
pub(in crate::bot) enum Tell {
    /// The reader may not give orders.
    NotAllowed,
    /// Orders are taken where nobody else reads.
    OnlyPrivate,
    /// It takes another role.
    RoleNeeded(TelegramRole),
    /// Nobody is called so.
    NoSuchPlayer(String),
    /// Several are called so: their ids.
    Ambiguous(String, Vec<PlayerId>),
    /// What would be done, below its picture.
    Confirm(Plan),
    /// On the buttons.
    ConfirmButton,
    CancelButton,
    UndoButton,
    /// The canvas's name is to be sent.
    TypeName {
        slug: String,
        seconds: i64,
    },
    /// What was sent is not the name.
    WrongName {
        slug: String,
    },
    /// Nothing is done.
    Cancelled,
    /// The button was used, is too old, or somebody else's.
    Gone,
    /// Somebody acted meanwhile.
    Overtaken,
    /// It was done.
    Done(Deed),
    /// It was undone.
    Undone(Deed),
    /// There is nothing of the reader's to undo.
    NothingToUndo,
    /// The act is somebody else's.
    NotYours,
    /// It is not lawful, or changes nothing: why, in English.
    Refused(String),
    /// It failed on our side.
    ActFailed,
    /// Beside the round in numbers.
    Status(Status),
    /// Under a picture: the version, and a link to it.
    Snapshot {
        version: u64,
        link: Option<String>,
    },
}

/// An act with the names of those it is about.
#[derive(Clone, Debug)]
pub(in crate::bot) struct Named {
    pub(in crate::bot) act: Act,
    pub(in crate::bot) players: Vec<String>,
}

/// What would be done.
#[derive(Clone, Debug)]
pub(in crate::bot) struct Plan {
    pub(in crate::bot) what: Named,
    pub(in crate::bot) cells: u64,
    pub(in crate::bot) to_background: u64,
    /// Whose work would go, by how many cells; not all of them.
    pub(in crate::bot) removed: Vec<(String, u64)>,
    pub(in crate::bot) removed_players: u64,
    pub(in crate::bot) version: u64,
    pub(in crate::bot) seconds: i64,
}

/// What was done.
#[derive(Clone, Debug)]
pub(in crate::bot) struct Deed {
    pub(in crate::bot) what: Named,
    pub(in crate::bot) number: i64,
    pub(in crate::bot) cells: u64,
    pub(in crate::bot) kept_cells: u64,
    pub(in crate::bot) before: u64,
    pub(in crate::bot) after: Option<u64>,
    /// Where the canvas before can be seen.
    pub(in crate::bot) link: Option<String>,
}

/// How the canvas is.
#[derive(Clone, Debug)]
pub(in crate::bot) struct Status {
    /// Why it is locked.
    pub(in crate::bot) lock: Option<String>,
    pub(in crate::bot) bans: u64,
    pub(in crate::bot) protections: u64,
    pub(in crate::bot) announcement: Option<String>,
    /// The newest acts, newest first: when, by whom, what.
    pub(in crate::bot) acts: Vec<(String, String, Named)>,
}

impl Tell {
    /// The text.
    pub(in crate::bot) fn text(&self, language: Language) -> String {
        match language {
            Language::English => tell_en::text(self),
            Language::Russian => tell_ru::text(self),
        }
    }
}

/// Names with commas between them.
pub(super) fn list(names: &[String]) -> String {
    names.join(", ")
}
