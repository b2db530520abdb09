//! The one task that writes: it commits whatever waits as one row, in one transaction, with one
//! fsync.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use sqlx::{Connection, SqliteConnection, SqlitePool};
use tokio::sync::{broadcast, mpsc, oneshot};

use super::group::{MAX_GROUP_BYTES, MAX_GROUP_EVENTS, checksum, pack};
use super::index::Index;
use super::open::replay;
use super::reader;
use crate::error::{AppendError, BoxError, ReadError};
use crate::event::{EventId, Subject, UnixMs, Version};
use crate::store::{Append, Appended, Guard, Recorded};

/// The most appends that wait for the writer; more wait for a place.
pub(super) const MAX_WAITING_APPENDS: usize = 8_192;

/// How often an idle writer looks for events that another process has committed to the same file.
const FOREIGN_COMMIT_POLL: Duration = Duration::from_millis(100);

/// How often a group is decided anew because another process was faster. Each turn means that the
/// log has grown; after so many the callers are told to try again.
const MAX_COMMIT_TURNS: usize = 64;

/// A subject checkpoint is written after this many events, or four times the subjects if that is
/// more, so that its cost stays a small part of the events' own.
const CHECKPOINT_EVENTS: u64 = 1 << 18;

/// Inserts the group only where the log still ends right before it: another process may have
/// committed since. One statement is one transaction.
const INSERT_GROUP: &str = "
    insert into commit_groups (first_version, event_count, committed_at, checksum, events)
    select ?1, ?2, ?3, ?4, ?5
    where ?1 = 1 + coalesce(
        (select first_version + event_count - 1
         from commit_groups order by first_version desc limit 1), 0)";

const INSERT_CHECKPOINT: &str =
    "insert or replace into subject_checkpoints (version, subjects) values (?1, ?2)";

const DELETE_OLD_CHECKPOINTS: &str = "delete from subject_checkpoints where version < ?1";

/// Another process kept being faster.
#[derive(Debug, thiserror::Error)]
#[error("another process committed {MAX_COMMIT_TURNS} times in a row")]
struct LostEveryTurn;

/// What followers are told after a commit.
#[derive(Clone)]
pub(super) enum Committed {
    /// These events were committed, consecutive.
    Events(Arc<[Recorded]>),
    /// Another process committed; the log has to be read.
    Elsewhere,
}

/// An append on its way.
pub(super) struct Request {
    pub(super) append: Append,
    pub(super) encoded: Vec<u8>,
    pub(super) reply: oneshot::Sender<Result<Appended, AppendError>>,
}

/// What the writer is asked to do, in order.
pub(super) enum Command {
    Append(Request),
    LastOn(Subject, oneshot::Sender<Result<Version, ReadError>>),
    Close(oneshot::Sender<()>),
}

/// The writer's state.
pub(super) struct Writer {
    pub(super) connection: SqliteConnection,
    /// For the rare reads: the first append of a reused id, and what another process committed.
    pub(super) readers: SqlitePool,
    pub(super) index: Index,
    pub(super) checkpoint: Version,
    pub(super) commands: mpsc::Receiver<Command>,
    pub(super) committed: broadcast::Sender<Committed>,
}

/// What is decided about a request, before the commit makes it true.
#[derive(Clone, Copy)]
enum Decision {
    Append(Version),
    Repeat(Version),
    Conflict,
}

/// A group that is decided but not committed.
#[derive(Default)]
struct Staged {
    decisions: Vec<Decision>,
    events: Vec<(Version, usize)>,
    packed: Vec<u8>,
    ids: HashMap<EventId, Version>,
    subjects: HashMap<Subject, Version>,
}

impl Writer {
    /// Runs until closed or until every handle to the store is gone.
    pub(super) async fn run(mut self) {
        let mut waiting = Vec::with_capacity(MAX_GROUP_EVENTS);
        loop {
            let received = tokio::time::timeout(
                FOREIGN_COMMIT_POLL,
                self.commands.recv_many(&mut waiting, MAX_GROUP_EVENTS),
            );
            match received.await {
                Ok(0) => break,
                Ok(_) => {
                    if let Some(closed) = self.serve(&mut waiting).await {
                        self.finish().await;
                        // Nobody waits for the answer when the closing task was dropped.
                        let _ = closed.send(());
                        return;
                    }
                }
                Err(_idle) => {
                    if let Err(error) = self.notice_foreign_commits().await {
                        tracing::warn!(
                            error = &error as &dyn std::error::Error,
                            "could not look for events of other processes"
                        );
                    }
                }
            }
        }
        self.finish().await;
    }

    /// Carries out the waiting commands in order; gives back the sender of a close command.
    async fn serve(&mut self, waiting: &mut Vec<Command>) -> Option<oneshot::Sender<()>> {
        let mut group = Vec::new();
        let mut group_bytes = 0;
        for command in waiting.drain(..) {
            match command {
                Command::Append(request) => {
                    group_bytes += request.encoded.len();
                    group.push(request);
                    if group_bytes >= MAX_GROUP_BYTES {
                        self.commit(std::mem::take(&mut group)).await;
                        group_bytes = 0;
                    }
                }
                Command::LastOn(subject, reply) => {
                    self.commit(std::mem::take(&mut group)).await;
                    group_bytes = 0;
                    // The asker may have gone: then nobody needs the answer.
                    let _ = reply.send(self.last_on(subject).await);
                }
                Command::Close(closed) => {
                    self.commit(group).await;
                    return Some(closed);
                }
            }
        }
        self.commit(group).await;
        None
    }

    /// Decides, commits and answers one group.
    async fn commit(&mut self, group: Vec<Request>) {
        if group.is_empty() {
            return;
        }
        let now = UnixMs::now();
        self.index.forget_old_ids(now);
        let mut turns = 0;
        let outcome = loop {
            let staged = self.stage(&group);
            turns += 1;
            if staged.events.is_empty() {
                break Ok(staged);
            }
            match self.insert(&staged, now).await {
                Ok(true) => break Ok(staged),
                Ok(false) if turns == MAX_COMMIT_TURNS => break Err(LostEveryTurn.into()),
                // Another process was faster: take in what it wrote, and decide again.
                Ok(false) => {
                    if let Err(source) = self.take_in_foreign_commits().await {
                        break Err(source.into());
                    }
                }
                Err(source) => break Err(source.into()),
            }
        };
        match outcome {
            Ok(staged) => self.settle(group, staged, now).await,
            Err(source) => refuse(group, source),
        }
    }

    /// Decides about every request in order, as if the ones before it were committed.
    fn stage(&self, group: &[Request]) -> Staged {
        let mut staged = Staged::default();
        let mut next = self.index.last().next();
        for (position, request) in group.iter().enumerate() {
            let append = &request.append;
            let subject = append.event.subject();
            let known = staged.ids.get(&append.id).copied();
            if let Some(version) = known.or_else(|| self.index.version_of(append.id)) {
                staged.decisions.push(Decision::Repeat(version));
                continue;
            }
            let last = staged.subjects.get(&subject).copied();
            let last = last.unwrap_or_else(|| self.index.last_on(subject));
            let holds = match append.guard {
                Guard::None => true,
                Guard::LastOnSubject(expected) => expected == last,
            };
            if !holds {
                staged.decisions.push(Decision::Conflict);
                continue;
            }
            staged.decisions.push(Decision::Append(next));
            staged.events.push((next, position));
            staged.ids.insert(append.id, next);
            staged.subjects.insert(subject, next);
            pack(&mut staged.packed, append.id, &request.encoded);
            next = next.next();
        }
        staged
    }

    /// Makes a staged group durable; false when the log no longer ends where it did.
    async fn insert(&mut self, staged: &Staged, now: UnixMs) -> Result<bool, sqlx::Error> {
        let Some((first, _)) = staged.events.first() else {
            return Ok(true);
        };
        let done = sqlx::query(INSERT_GROUP)
            .bind(reader::signed(*first))
            .bind(i64::try_from(staged.events.len()).unwrap_or(i64::MAX))
            .bind(now.0)
            .bind(checksum(&staged.packed).as_slice())
            .bind(staged.packed.as_slice())
            .execute(&mut self.connection)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// After the commit: updates the index, tells followers, answers.
    async fn settle(&mut self, group: Vec<Request>, staged: Staged, now: UnixMs) {
        for (version, position) in &staged.events {
            let append = &group[*position].append;
            let subject = append.event.subject();
            self.index.add(*version, subject, append.id, now);
        }
        let mut committed = Vec::with_capacity(staged.events.len());
        let mut answers = Vec::with_capacity(group.len());
        for (request, decision) in group.into_iter().zip(staged.decisions) {
            let Append { id, at, event, .. } = request.append;
            answers.push((request.reply, decision, at));
            if let Decision::Append(version) = decision {
                committed.push(Recorded {
                    version,
                    at,
                    id,
                    event,
                });
            }
        }
        let committed: Arc<[Recorded]> = committed.into();
        if !committed.is_empty() {
            // Before the answers: who is answered often waits for its own follower next. No
            // follower is no fault.
            let events = Committed::Events(Arc::clone(&committed));
            let _ = self.committed.send(events);
        }
        for (reply, decision, at) in answers {
            let answer = match decision {
                Decision::Conflict => Err(AppendError::Conflict),
                Decision::Append(version) => Ok(Appended { version, at }),
                // Its answer needs the first append's time, which only the log holds. Those are
                // rare, so the other answers may wait for it.
                Decision::Repeat(version) => self.first_append(version, &committed).await,
            };
            // A caller that has gone away needs no answer; the event is durable all the same.
            let _ = reply.send(answer);
        }
        if !committed.is_empty() {
            self.checkpoint_when_due().await;
        }
    }

    /// The answer to an append whose id was appended as `version` before.
    async fn first_append(
        &self,
        version: Version,
        committed: &[Recorded],
    ) -> Result<Appended, AppendError> {
        let in_group = committed.iter().find(|event| event.version == version);
        let at = match in_group {
            Some(event) => event.at,
            None => {
                let events = reader::read(&self.readers, version, 1)
                    .await
                    .map_err(|source| unavailable(source.into()))?;
                let first = events.first();
                first.map(|event| event.at).ok_or_else(|| {
                    unavailable(format!("version {version} cannot be read back").into())
                })?
            }
        };
        Ok(Appended { version, at })
    }

    /// Answers for the whole log, what other processes appended included.
    async fn last_on(&mut self, subject: Subject) -> Result<Version, ReadError> {
        self.notice_foreign_commits().await?;
        Ok(self.index.last_on(subject))
    }

    async fn notice_foreign_commits(&mut self) -> Result<(), ReadError> {
        if reader::last(&mut self.connection).await? > self.index.last() {
            self.take_in_foreign_commits().await?;
        }
        Ok(())
    }

    /// Reads what another process has committed into the index, and tells followers to read it.
    async fn take_in_foreign_commits(&mut self) -> Result<(), ReadError> {
        let covered = self.index.last();
        replay(&self.readers, &mut self.index, covered).await?;
        // No follower is no fault.
        let _ = self.committed.send(Committed::Elsewhere);
        Ok(())
    }

    async fn checkpoint_when_due(&mut self) {
        let due = CHECKPOINT_EVENTS.max(4 * self.index.subject_count() as u64);
        if self.index.last().events_since(self.checkpoint) >= due {
            self.write_checkpoint().await;
        }
    }

    /// Writes a subject checkpoint. Its failure costs the next start some time and nothing else.
    async fn write_checkpoint(&mut self) {
        let version = self.index.last();
        let written = async {
            let subjects = self.index.to_checkpoint()?;
            sqlx::query(INSERT_CHECKPOINT)
                .bind(reader::signed(version))
                .bind(subjects)
                .execute(&mut self.connection)
                .await?;
            sqlx::query(DELETE_OLD_CHECKPOINTS)
                .bind(reader::signed(version))
                .execute(&mut self.connection)
                .await?;
            Ok::<_, BoxError>(())
        };
        match written.await {
            Ok(()) => self.checkpoint = version,
            Err(error) => tracing::warn!(error = &*error, "could not write subject checkpoint"),
        }
    }

    async fn finish(mut self) {
        self.commands.close();
        if self.index.last() > self.checkpoint {
            self.write_checkpoint().await;
        }
        self.readers.close().await;
        if let Err(error) = self.connection.close().await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "could not close log cleanly"
            );
        }
    }
}

/// Answers a whole group whose commit failed: nobody knows what the disk holds.
fn refuse(group: Vec<Request>, source: BoxError) {
    let shared: Arc<dyn std::error::Error + Send + Sync> = source.into();
    for request in group {
        let answer = Err(unavailable(Box::new(Arc::clone(&shared))));
        // A caller that has gone away does not need its answer.
        let _ = request.reply.send(answer);
    }
}

fn unavailable(source: BoxError) -> AppendError {
    AppendError::Unavailable { source }
}
