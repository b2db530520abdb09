//! The staff answers.

use std::sync::Arc;

use event_store::UnixMs;
use sqlx::Row as _;

use super::Reports;
use super::error::{ReportsUnavailable, ResolveError};
use super::queue::Entry;
use super::report::{Kind, MAX_ANSWER_CHARS, Outcome};
use super::store::{EntryId, ReportStore, unavailable};
use crate::feedback::tidied;
use crate::moderation::{Act, ActError, ActId, Actor, Identity, Order, Role};

/// How long nobody else can answer an appeal while its ban is being lifted, in milliseconds: much
/// longer than that takes. Afterwards whoever was at it has failed.
const CLAIM_MS: i64 = 60_000;

/// What somebody of the staff decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What.
    pub outcome: Outcome,
    /// What those who told are told; it may break every rule.
    pub answer: String,
    /// The act that came of it.
    pub act: Option<ActId>,
}

impl Reports {
    /// Answers an entry and everybody who told of it. An appeal that is accepted lifts the ban or
    /// mute that it is against. It goes on when the caller gives up waiting.
    ///
    /// # Errors
    /// [`ResolveError`]
    pub async fn resolve(
        self: &Arc<Self>,
        actor: &Actor,
        id: EntryId,
        decision: Decision,
        now: UnixMs,
    ) -> Result<Entry, ResolveError> {
        let (this, actor) = (Arc::clone(self), *actor);
        let resolved = tokio::spawn(async move {
            let resolved = this.resolve_whole(&actor, id, decision, now).await?;
            let outcome = resolved.resolution.as_ref();
            let outcome = outcome.map_or("none", |resolution| resolution.outcome.name());
            metrics::counter!("canvas_report_answers_total", "outcome" => outcome).increment(1);
            Ok(resolved)
        });
        resolved.await.map_err(ActError::from)?
    }

    async fn resolve_whole(
        &self,
        actor: &Actor,
        id: EntryId,
        decision: Decision,
        now: UnixMs,
    ) -> Result<Entry, ResolveError> {
        let answer = tidied(&decision.answer, MAX_ANSWER_CHARS)?;
        let unknown = ResolveError::Unknown { id: id.0 };
        let entry = self.store.entry(id).await?.ok_or(unknown)?;
        may_decide(actor, &entry, decision.outcome)?;
        if let Some(act) = decision.act {
            self.moderation.acts().get(act).await?;
        }
        let by = actor.identity;
        let act = match decision.outcome {
            Outcome::Accepted => {
                self.store.claim(id, by, now).await?;
                match self.lift(actor, &entry, now).await {
                    Ok(act) => act,
                    Err(error) => {
                        self.store.release(id, by).await?;
                        return Err(error.into());
                    }
                }
            }
            Outcome::Acted | Outcome::Dismissed | Outcome::Denied => decision.act,
        };
        let decision = Decision {
            answer,
            act,
            ..decision
        };
        self.store.close(id, by, &decision, now).await?;
        let unknown = ResolveError::Unknown { id: id.0 };
        self.store.entry(id).await?.ok_or(unknown)
    }

    /// Lifts the ban or mute that an appeal is against, if it is still in force.
    async fn lift(
        &self,
        actor: &Actor,
        entry: &Entry,
        now: UnixMs,
    ) -> Result<Option<ActId>, ActError> {
        let Some(player) = entry.player else {
            return Ok(None);
        };
        let sanctions = self.sanctions(player, now).await?;
        let mut subjects = sanctions.subjects(player).into_iter();
        if !subjects.any(|(_, subject, _)| subject == entry.subject) {
            return Ok(None);
        }
        let act = match entry.kind {
            Kind::BanAppeal => Act::Unban { player },
            Kind::MuteAppeal => Act::Unmute { player },
            Kind::Cell | Kind::Player => return Ok(None),
        };
        let order = Order {
            act,
            reason: format!("appeal {} was accepted", entry.id.0),
            preview: None,
        };
        match self.moderation.perform(actor, order, now).await {
            Ok(record) => Ok(Some(record.id)),
            Err(ActError::Nothing { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Whether somebody may answer an entry so.
fn may_decide(actor: &Actor, entry: &Entry, outcome: Outcome) -> Result<(), ResolveError> {
    let is_appeal = entry.kind.is_appeal();
    let needed = match is_appeal {
        true => Role::Moderator,
        false => Role::Helper,
    };
    let role = actor.role;
    if role < needed {
        return Err(ActError::Forbidden { role, needed }.into());
    }
    if outcome.is_of_appeal() != is_appeal {
        let to = if is_appeal { "an appeal" } else { "a report" };
        return Err(ResolveError::Outcome { outcome, to });
    }
    if actor.player.is_some() && actor.player == entry.player {
        return Err(ResolveError::Oneself);
    }
    Ok(())
}

impl ReportStore {
    /// Keeps others from answering an entry for [`CLAIM_MS`].
    async fn claim(&self, id: EntryId, by: Identity, now: UnixMs) -> Result<(), ResolveError> {
        const CLAIM: &str = "update report_entries set claimed_by = $3, claimed_at = $4 \
            where canvas = $1 and id = $2 and state = 'open' \
            and (claimed_at is null or claimed_at <= $5)";
        let failed = unavailable("claim an appeal");
        let claimed = sqlx::query(CLAIM)
            .bind(&self.canvas)
            .bind(id.0)
            .bind(by.to_string())
            .bind(now.0)
            .bind(now.0 - CLAIM_MS)
            .execute(&self.connections.writers)
            .await
            .map_err(failed)?;
        match claimed.rows_affected() {
            0 => Err(self.overtaken(id).await?),
            _ => Ok(()),
        }
    }

    /// Lets others answer again.
    async fn release(&self, id: EntryId, by: Identity) -> Result<(), ReportsUnavailable> {
        const RELEASE: &str = "update report_entries set claimed_by = null, claimed_at = null \
            where canvas = $1 and id = $2 and claimed_by = $3";
        let released = sqlx::query(RELEASE)
            .bind(&self.canvas)
            .bind(id.0)
            .bind(by.to_string())
            .execute(&self.connections.writers)
            .await;
        released.map(drop).map_err(unavailable("release an appeal"))
    }

    /// Answers an entry and its reports, once.
    async fn close(
        &self,
        id: EntryId,
        by: Identity,
        decision: &Decision,
        now: UnixMs,
    ) -> Result<(), ResolveError> {
        const CLOSE: &str = "update report_entries set state = 'done', outcome = $3, \
            answer = $4, act = $5, resolved_by = $6, resolved_at = $7, \
            claimed_by = null, claimed_at = null \
            where canvas = $1 and id = $2 and state = 'open' \
            and (claimed_at is null or claimed_at <= $8 or claimed_by = $6)";
        const ANSWER: &str = "update reports set outcome = $2, answer = $3, act = $4, \
            answered_at = $5 where entry_id = $1 and answered_at is null";
        let failed = unavailable("answer a report");
        let act = decision.act.map(|act| act.0);
        let mut transaction = self.connections.writers.begin().await.map_err(&failed)?;
        let closed = sqlx::query(CLOSE)
            .bind(&self.canvas)
            .bind(id.0)
            .bind(decision.outcome.name())
            .bind(&decision.answer)
            .bind(act)
            .bind(by.to_string())
            .bind(now.0)
            .bind(now.0 - CLAIM_MS)
            .execute(&mut *transaction)
            .await
            .map_err(&failed)?;
        if closed.rows_affected() == 0 {
            transaction.rollback().await.map_err(&failed)?;
            return Err(self.overtaken(id).await?);
        }
        sqlx::query(ANSWER)
            .bind(id.0)
            .bind(decision.outcome.name())
            .bind(&decision.answer)
            .bind(act)
            .bind(now.0)
            .execute(&mut *transaction)
            .await
            .map_err(&failed)?;
        transaction.commit().await.map_err(&failed)?;
        Ok(())
    }

    /// Who was faster.
    async fn overtaken(&self, id: EntryId) -> Result<ResolveError, ReportsUnavailable> {
        const SELECT: &str = "select outcome, coalesce(resolved_by, claimed_by) as decided_by, \
            coalesce(resolved_at, claimed_at) as decided_at from report_entries \
            where canvas = $1 and id = $2";
        let failed = unavailable("look who answered a report");
        let row = sqlx::query(SELECT)
            .bind(&self.canvas)
            .bind(id.0)
            .fetch_optional(&self.connections.readers)
            .await
            .map_err(&failed)?;
        let Some(row) = row else {
            return Ok(ResolveError::Unknown { id: id.0 });
        };
        let read = || -> Result<ResolveError, sqlx::Error> {
            let outcome: Option<String> = row.try_get("outcome")?;
            let by: Option<String> = row.try_get("decided_by")?;
            let at: Option<i64> = row.try_get("decided_at")?;
            Ok(ResolveError::Overtaken {
                by: by.unwrap_or_default(),
                outcome: outcome.as_deref().and_then(Outcome::of_name),
                at: UnixMs(at.unwrap_or_default()),
            })
        };
        read().map_err(failed)
    }
}
