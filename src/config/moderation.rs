//! Who watches over the canvas.

use event_store::PlayerId;

use super::fault::InvalidSetting;
use super::reader::{Choice, Given, Reader};

/// The most moderators.
const MAX_MODERATORS: usize = 1_000;

/// Who watches over the canvas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moderation {
    /// `moderators`, `PIXELWARS_MODERATORS`: the ids of the players who may see how others behave,
    /// as `GET /me` tells them; none when not set.
    pub moderators: Vec<PlayerId>,
    /// `moderation_log_names`, `PIXELWARS_MODERATION_LOG_NAMES`: `shown` or `hidden`: whether the
    /// moderation log that everybody can read names players and moderators; `hidden` when not set.
    pub log_names: LogNames,
}

impl Moderation {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let read = |given: &Given| {
            let words = given.list()?;
            if words.len() > MAX_MODERATORS {
                let problem = format!("the list has {} players", words.len());
                let remedy = format!("name at most {MAX_MODERATORS}");
                return Err(InvalidSetting::new(problem, remedy));
            }
            words.into_iter().map(player).collect()
        };
        let show = |players: &Vec<PlayerId>| -> toml::Value {
            let words: Vec<String> = players.iter().map(ToString::to_string).collect();
            words.into()
        };
        Self {
            moderators: reader.setting("moderators", Vec::new(), read, show),
            log_names: reader.choice("moderation_log_names", LogNames::Hidden),
        }
    }
}

/// Whether the public moderation log names people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogNames {
    /// It does not.
    Hidden,
    /// It names players and moderators.
    Shown,
}

impl Choice for LogNames {
    const WORDS: &'static [(&'static str, Self)] =
        &[("hidden", Self::Hidden), ("shown", Self::Shown)];
}

fn player(word: &str) -> Result<PlayerId, InvalidSetting> {
    word.parse().map_err(|_| {
        InvalidSetting::new(
            format!("`{word}` is no player"),
            "write the id that GET /api/v1/me tells, 16 hexadecimal digits",
        )
    })
}
