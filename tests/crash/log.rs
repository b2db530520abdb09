//! The log, as the server tells it.

use hyper::StatusCode;
use serde::Deserialize;

use crate::client::{API, Client};

/// The most events of one page.
const PAGE: usize = 10_000;

/// One event.
#[derive(Debug, Deserialize)]
pub(crate) struct LoggedEvent {
    pub(crate) version: u64,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) player: Option<String>,
    pub(crate) x: Option<u16>,
    pub(crate) y: Option<u16>,
    pub(crate) color: Option<u8>,
}

#[derive(Deserialize)]
struct Page {
    events: Vec<LoggedEvent>,
    next_after: u64,
    last: u64,
}

/// All events, whose versions must have no gap.
pub(crate) async fn read_all(client: &mut Client) -> Vec<LoggedEvent> {
    let mut events: Vec<LoggedEvent> = Vec::new();
    let mut after = 0;
    loop {
        let path = format!("{API}/canvases/main/events?after={after}&limit={PAGE}");
        let page: Page = client.get(&path).await.json(StatusCode::OK);
        for event in page.events {
            assert_eq!(event.version, events.len() as u64 + 1, "a gap in the log");
            events.push(event);
        }
        after = page.next_after;
        if after >= page.last {
            return events;
        }
    }
}
