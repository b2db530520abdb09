//! All that the server remembers.

use std::collections::{BTreeMap, BTreeSet};

use crate::Trouble;
use crate::messages::Chats;
use crate::registry::Registry;
use crate::rules::Sent;
use crate::updates::Updates;
use crate::webhook::Webhook;

/// All that the server remembers.
#[derive(Default)]
pub(crate) struct Books {
    pub(crate) trouble: Trouble,
    pub(crate) updates: Updates,
    pub(crate) chats: Chats,
    pub(crate) registry: Registry,
    pub(crate) webhook: Option<Webhook>,
    /// Taps that can still be answered.
    pub(crate) open_queries: BTreeSet<String>,
    /// What taps were answered, by their ids.
    pub(crate) answers: BTreeMap<String, String>,
    pub(crate) sent: Sent,
    /// How often each method was called.
    pub(crate) calls: BTreeMap<String, usize>,
}
