//! Delivering updates.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::Server;
use crate::rules::Refusal;

/// How long after a failed delivery the next try is made. Telegram takes longer.
const RETRY_AFTER: Duration = Duration::from_millis(50);

/// Where updates are delivered.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Webhook {
    pub(crate) url: String,
    pub(crate) secret: String,
}

impl Webhook {
    pub(crate) fn read(body: &Value) -> Result<Self, Refusal> {
        let url = body["url"].as_str().unwrap_or_default().to_owned();
        // A Bot API server on one's own machine takes http too.
        if !url.starts_with("https://") && !url.starts_with("http://127.0.0.1:") {
            let description = "bad webhook: HTTPS url must be provided for webhook";
            return Err(Refusal::bad(description));
        }
        let secret = body["secret_token"].as_str().unwrap_or_default().to_owned();
        let is_lawful = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if secret.len() > 256 || !secret.bytes().all(is_lawful) {
            return Err(Refusal::bad("secret token contains unallowed characters"));
        }
        Ok(Self { url, secret })
    }
}

/// Delivers what waits, oldest first, each until it is taken.
pub(crate) async fn deliver(server: Arc<Server>) {
    let client = reqwest::Client::builder().tls_certs_only([]);
    let client = client.build().expect("a client without certificates");
    loop {
        let changed = server.changed.notified();
        tokio::pin!(changed);
        changed.as_mut().enable();
        let next = {
            let books = server.books.lock();
            books.webhook.clone().zip(books.updates.first())
        };
        let Some((webhook, update)) = next else {
            changed.await;
            continue;
        };
        let request = client.post(&webhook.url);
        let request = request.header("x-telegram-bot-api-secret-token", &webhook.secret);
        let request = request.header("content-type", "application/json");
        let sent = request.body(update.to_string()).send().await;
        match sent.is_ok_and(|answer| answer.status().is_success()) {
            true => server.books.lock().updates.delivered(&update),
            false => pause().await,
        }
    }
}

async fn pause() {
    // Time is what trying again is about.
    tokio::time::sleep(RETRY_AFTER).await;
}
