//! Who watches over the canvas.

use event_store::PlayerId;

use super::fault::InvalidSetting;
use super::reader::{Given, Reader};

/// The most moderators.
const MAX_MODERATORS: usize = 1_000;

/// Who watches over the canvas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moderation {
    /// `moderators`, `PIXELWARS_MODERATORS`: the ids of the players who may see how others behave,
    /// as `GET /me` tells them; none when not set.
    pub moderators: Vec<PlayerId>,
    /// `moderation_log_names`, `PIXELWARS_MODERATION_LOG_NAMES`: whether the moderation log that
    /// everybody can read names players and moderators; `false` when not set.
    pub log_names: bool,
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
            log_names: reader.setting("moderation_log_names", false, Given::bool, |names| (*names).into()),
        }
    }
}

fn player(word: &str) -> Result<PlayerId, InvalidSetting> {
    word.parse().map_err(|_| {
        InvalidSetting::new(
            format!("`{word}` is no player"),
            "write the id that GET /api/v1/me tells, 16 hexadecimal digits",
        )
    })
}
