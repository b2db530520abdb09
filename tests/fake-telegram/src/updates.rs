//! The queue of updates.

use std::collections::VecDeque;

use serde_json::{Value, json};

/// The queue of updates.
#[derive(Default)]
pub(crate) struct Updates {
    queue: VecDeque<Value>,
    confirmed: Vec<Value>,
    newest: i64,
    allowed: Option<Vec<String>>,
    /// Rises with every poll: an older one ends when there is a newer one.
    pub(crate) polls: u64,
}

impl Updates {
    /// Puts an update in the queue, with the next number if it has none, if the bot wants such.
    pub(crate) fn push(&mut self, mut update: Value) {
        let is_wanted = |kind: &String| update.get(kind).is_some();
        let is_allowed = self.allowed.as_ref();
        if !is_allowed.is_none_or(|kinds| kinds.iter().any(is_wanted)) {
            return;
        }
        if update.get("update_id").is_none() {
            self.newest += 1;
            update["update_id"] = json!(1_000 + self.newest);
        }
        self.queue.push_back(update);
    }

    pub(crate) fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// From now on only updates of these kinds are put in the queue.
    pub(crate) fn allow(&mut self, kinds: Option<&Value>) {
        if let Some(kinds) = kinds.and_then(Value::as_array) {
            let words = kinds.iter().filter_map(Value::as_str);
            self.allowed = Some(words.map(str::to_owned).collect());
        }
    }

    /// Forgets what lies before `offset`: it has been received.
    pub(crate) fn confirm(&mut self, offset: Option<i64>) {
        while let Some(first) = self.queue.front()
            && let Some(offset) = offset
            && number_of(first) < offset
        {
            self.confirmed.extend(self.queue.pop_front());
        }
    }

    /// What waits, at most 100 of it.
    pub(crate) fn page(&self, repeats: bool) -> Vec<Value> {
        let again = self.confirmed.iter().filter(|_| repeats);
        again.chain(&self.queue).take(100).cloned().collect()
    }

    /// The oldest that waits.
    pub(crate) fn first(&self) -> Option<Value> {
        self.queue.front().cloned()
    }

    /// Takes it out, if it is still this one.
    pub(crate) fn delivered(&mut self, update: &Value) {
        if self.queue.front() == Some(update) {
            self.confirmed.extend(self.queue.pop_front());
        }
    }
}

fn number_of(update: &Value) -> i64 {
    update["update_id"].as_i64().unwrap_or_default()
}
