//! How things are, for those who run the canvas.

use super::desk::{AnswerError, Desk};
use super::incoming::Incoming;
use super::shown::quoted;
use super::texts::{Say, Status, Tell};
use crate::exchange::moment::rfc3339;
use crate::moderation::Identity;
use event_store::UnixMs;

/// How many of the newest acts `/status` tells.
const NEWEST_ACTS: u32 = 5;

impl Desk {
    pub(super) async fn tell_status(&self, to: &Incoming) -> Result<(), AnswerError> {
        let Some(stats) = self.stats() else {
            return self.say(to, &Say::NoRound).await;
        };
        let mut acts = Vec::new();
        for record in self.moderation.acts().page(None, NEWEST_ACTS).await? {
            let by = match record.actor.identity {
                Identity::Player(player) => self.name_of(player).await?,
                by @ (Identity::Telegram(_) | Identity::Operator) => by.to_string(),
            };
            acts.push((rfc3339(record.at), by, self.named(record.act).await?));
        }
        let now = UnixMs::now();
        let status = self.live.read(|state| {
            let canvas = &state.canvas;
            let bans = canvas
                .bans()
                .filter(|(player, _)| canvas.ban(*player, now).is_some());
            Status {
                lock: canvas.lock().map(|lock| quoted(&lock.reason)),
                bans: bans.count() as u64,
                protections: canvas.protections().len() as u64,
                announcement: canvas.announcement(now).map(|told| quoted(&told.text)),
                acts,
            }
        });
        let language = to.sender.language;
        let numbers = Say::Stats(stats).text(language);
        let text = format!("{numbers}\n\n{}", Tell::Status(status).text(language));
        self.send(to.chat, &text, None).await?;
        Ok(())
    }

    pub(super) async fn show_snapshot(&self, to: &Incoming) -> Result<(), AnswerError> {
        if self.round().is_none() {
            return self.say(to, &Say::NoRound).await;
        }
        let drawn = self.pictures.whole().await?;
        let (slug, version) = (self.live.slug(), drawn.version.0);
        let link = format!("/api/v1/canvases/{slug}/image.png?version={version}");
        let tell = Tell::Snapshot {
            version,
            link: self.link(&link),
        };
        let caption = tell.text(to.sender.language);
        self.show(to.chat, &drawn, &caption, None).await?;
        Ok(())
    }
}
