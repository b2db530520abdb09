//! Handing updates on: those of one chat one after the other, those of different chats side by
//! side, and none twice.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use parking_lot::Mutex;
use teloxide_core::types::{Update, UpdateKind};
use tokio::sync::mpsc;

use super::desk::Desk;
use super::incoming::Incoming;

/// How many chats are answered at a time.
const LANES: usize = 8;

/// How many updates wait in each lane. When one is full, no more are taken from Telegram.
const MAX_WAITING: usize = 64;

/// How many of the newest updates are known by their numbers.
const MAX_KNOWN: usize = 4_096;

/// The lanes. Their tasks end when this is dropped and they are empty.
pub(super) struct Lanes {
    lanes: Vec<mpsc::Sender<Incoming>>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    numbers: HashSet<u32>,
    order: VecDeque<u32>,
}

impl Lanes {
    /// Lanes to `desk`, on tasks of this runtime.
    pub(super) fn to(desk: &Arc<Desk>) -> Self {
        let lane = |_| {
            let (sender, waiting) = mpsc::channel(MAX_WAITING);
            tokio::spawn(run(Arc::clone(desk), waiting));
            sender
        };
        Self {
            lanes: (0..LANES).map(lane).collect(),
            known: Mutex::default(),
        }
    }

    /// Hands an update on, once there is room.
    pub(super) async fn hand_on(&self, update: Update) {
        let (number, kind) = (update.id.0, kind_of(&update));
        let is_new = self.known.lock().note(number);
        let incoming = is_new.then(|| Incoming::of(update)).flatten();
        let outcome = match (is_new, &incoming) {
            (false, _) => "repeated",
            (true, Some(_)) => "taken",
            (true, None) => "ignored",
        };
        let labels = [("kind", kind), ("outcome", outcome)];
        metrics::counter!("telegram_updates_total", &labels).increment(1);
        let Some(incoming) = incoming else {
            return;
        };
        let lane = incoming.chat.0.unsigned_abs() % LANES as u64;
        if let Some(lane) = self.lanes.get(lane as usize) {
            // A lane ends only with the process.
            let _ = lane.send(incoming).await;
        }
    }
}

async fn run(desk: Arc<Desk>, mut waiting: mpsc::Receiver<Incoming>) {
    while let Some(incoming) = waiting.recv().await {
        let desk = Arc::clone(&desk);
        // In a task of its own: a fault of one answer ends neither the lane nor the process.
        if let Err(panicked) = tokio::spawn(async move { desk.answer(incoming).await }).await {
            tracing::error!(error = %panicked, "the bot could not answer");
        }
    }
}

impl Known {
    /// Whether an update was not known yet.
    fn note(&mut self, number: u32) -> bool {
        if !self.numbers.insert(number) {
            return false;
        }
        self.order.push_back(number);
        if self.order.len() > MAX_KNOWN
            && let Some(oldest) = self.order.pop_front()
        {
            self.numbers.remove(&oldest);
        }
        true
    }
}

fn kind_of(update: &Update) -> &'static str {
    if let UpdateKind::Message(_) = update.kind {
        "message"
    } else if let UpdateKind::CallbackQuery(_) = update.kind {
        "tap"
    } else {
        "other"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_updates_are_known_by_their_numbers() {
        let mut known = Known::default();
        assert!(known.note(7));
        assert!(!known.note(7));
        for number in 100..100 + MAX_KNOWN as u32 {
            assert!(known.note(number));
            assert!(!known.note(number));
        }
        assert_eq!(known.numbers.len(), MAX_KNOWN);
        assert_eq!(known.order.len(), MAX_KNOWN);
    }
}
