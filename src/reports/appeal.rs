//! Somebody who is banned or muted asks for another look.

use event_store::{PlayerId, UnixMs};
use projections::canvas::Ban;

use super::error::AppealError;
use super::report::{Category, Kind, MAX_TEXT_CHARS};
use super::store::{ReportStore, unavailable};
use super::submit::{Telling, add, is_full};
use super::{Kept, Reports};
use crate::feedback::tidied;
use crate::moderation::{Act, ActError, ActRecord, ActState};

/// How many of the newest acts about a player are looked through for the one that is in force.
const MAX_ACTS: u32 = 100;

/// What keeps a player from something now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sanctions {
    /// From placing.
    pub ban: Option<BanInForce>,
    /// From being heard: until when, and why.
    pub mute: Option<(UnixMs, String)>,
    /// The act that muted.
    pub mute_act: Option<ActRecord>,
}

/// A ban that is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BanInForce {
    /// Its end and reason.
    pub ban: Ban,
    /// The act that it came by; none for one that was not made by an act, or too long ago.
    pub act: Option<ActRecord>,
}

impl Sanctions {
    /// What can be appealed against, the ban first: what kind of appeal, in words that are the same
    /// for the same ban or mute, and the act.
    pub(super) fn subjects(&self, player: PlayerId) -> Vec<(Kind, String, Option<i64>)> {
        let ban = self.ban.as_ref().map(|in_force| {
            let act = in_force.act.as_ref().map(|act| act.id.0);
            let until = in_force.ban.until.map_or(0, |until| until.0);
            let subject = format!("ban:{player}:{}:{until}", act.unwrap_or_default());
            (Kind::BanAppeal, subject, act)
        });
        let mute = self.mute.as_ref().map(|(until, _)| {
            let act = self.mute_act.as_ref().map(|act| act.id.0);
            (Kind::MuteAppeal, format!("mute:{player}:{}", until.0), act)
        });
        ban.into_iter().chain(mute).collect()
    }
}

impl Reports {
    /// What keeps a player from something at `now`.
    ///
    /// # Errors
    /// [`ActError::Store`]
    pub async fn sanctions(&self, player: PlayerId, now: UnixMs) -> Result<Sanctions, ActError> {
        let ban = self
            .live
            .read(|state| state.canvas.ban(player, now).cloned());
        let standing = self.moderation.standings().standing(player).await?;
        let mute = standing.muted.filter(|(until, _)| now < *until);
        if ban.is_none() && mute.is_none() {
            return Ok(Sanctions::default());
        }
        let acts = self.moderation.acts().about(player, MAX_ACTS).await?;
        let newest = |is_meant: fn(&ActRecord) -> bool| {
            let mut done = acts.iter().filter(|record| is_in_force(record));
            done.find(|record| is_meant(record)).cloned()
        };
        Ok(Sanctions {
            ban: ban.map(|ban| BanInForce {
                ban,
                act: newest(bans),
            }),
            mute_act: mute.as_ref().and_then(|_| newest(mutes)),
            mute,
        })
    }

    /// Keeps an appeal against the player's ban, or against the mute when there is no ban or an
    /// appeal against it already. One is heard for each.
    ///
    /// # Errors
    /// [`AppealError`]
    pub async fn appeal(
        &self,
        player: PlayerId,
        text: &str,
        now: UnixMs,
    ) -> Result<(Kind, Kept), AppealError> {
        let text = tidied(text, MAX_TEXT_CHARS)?;
        let sanctions = self.sanctions(player, now).await;
        let subjects = sanctions.map_err(AppealError::Standing)?.subjects(player);
        if subjects.is_empty() {
            return Err(AppealError::Nothing);
        }
        for (kind, subject, appealed_act) in subjects {
            let telling = Telling {
                kind,
                subject: &subject,
                player: Some(player),
                place: None,
                appealed_act,
                reporter: player,
                category: Category::Appeal,
                version: self.live.version(),
                text: Some(&text),
            };
            if let Some(kept) = self.store.appeal(&telling, now).await? {
                metrics::counter!("canvas_appeals_total", "kind" => kind.name()).increment(1);
                return Ok((kind, kept));
            }
        }
        Err(AppealError::Twice)
    }
}

impl ReportStore {
    /// Keeps an appeal; none when there is one already.
    async fn appeal(
        &self,
        telling: &Telling<'_>,
        now: UnixMs,
    ) -> Result<Option<Kept>, AppealError> {
        const MAKE: &str = "insert into report_entries \
            (canvas, kind, subject, player_id, x, y, version, region, appealed_act, state, \
             newest_report, opened_at, reopened_count) \
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open', 0, $10, 0) \
            on conflict (canvas, subject) do nothing returning id";
        let failed = unavailable("keep an appeal");
        let mut transaction = self.connections.writers.begin().await.map_err(&failed)?;
        let made = self.making(MAKE, telling, now);
        let made = made.fetch_optional(&mut *transaction).await;
        let Some(entry) = made.map_err(&failed)? else {
            transaction.rollback().await.map_err(&failed)?;
            return Ok(None);
        };
        if is_full(&mut transaction).await.map_err(&failed)? {
            return Err(AppealError::Full);
        }
        let added = add(&mut transaction, super::EntryId(entry), telling, now).await;
        let id = added.map_err(&failed)?;
        transaction.commit().await.map_err(&failed)?;
        Ok(Some(Kept {
            id,
            at: now,
            is_new: true,
        }))
    }
}

/// Whether an act was done, as far as its record tells.
fn is_in_force(record: &ActRecord) -> bool {
    record.state == ActState::Done || record.versions.is_some()
}

/// Whether an act bans: also the undo of what lifted a ban does.
pub fn bans(record: &ActRecord) -> bool {
    match record.undoes {
        None => matches!(record.act, Act::Ban { .. }),
        Some(_) => matches!(record.act, Act::Unban { .. }),
    }
}

fn mutes(record: &ActRecord) -> bool {
    match record.undoes {
        None => matches!(record.act, Act::Mute { .. }),
        Some(_) => matches!(record.act, Act::Unmute { .. }),
    }
}
