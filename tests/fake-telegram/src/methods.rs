//! The methods of the Bot API.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};

use crate::books::Books;
use crate::messages::bot;
use crate::multipart::Form;
use crate::registry::chat_of;
use crate::rules::Refusal;
use crate::webhook::Webhook;
use crate::{Server, TOKEN};

/// The largest request: a photo and a little more.
const MAX_BODY_BYTES: usize = 64 << 20;

pub(crate) fn router(server: Arc<Server>) -> Router {
    Router::new()
        .route("/{bot}/{method}", post(call).get(call))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(server)
}

async fn call(
    State(server): State<Arc<Server>>,
    Path((token, method)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let trouble = server.books.lock().trouble.clone();
    *server.books.lock().calls.entry(method.clone()).or_default() += 1;
    if trouble.hangs {
        return std::future::pending().await;
    }
    if let Some(status) = trouble.status {
        return Refusal::with(status, "Bad Gateway").into_response();
    }
    if token != format!("bot{TOKEN}") || trouble.is_revoked {
        return Refusal::with(401, "Unauthorized").into_response();
    }
    let content_type = headers.get(header::CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok());
    let content_type = content_type.unwrap_or_default();
    let answered = if method == "getUpdates" {
        get_updates(&server, &read_json(&body)).await
    } else if content_type.starts_with("multipart/form-data") {
        let form = Form::read(content_type, &body);
        let form = form.ok_or_else(|| Refusal::bad("the form cannot be read"));
        form.and_then(|form| with_file(&mut server.books.lock(), &method, &form))
    } else {
        with_json(&mut server.books.lock(), &method, &read_json(&body))
    };
    server.changed.notify_waiters();
    match answered {
        Ok(result) => Json(json!({ "ok": true, "result": result })).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

fn read_json(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_else(|_| json!({}))
}

fn with_file(books: &mut Books, method: &str, form: &Form) -> Result<Value, Refusal> {
    let is_photo = match method {
        "sendPhoto" => true,
        "sendDocument" => false,
        _ => return Err(Refusal::with(404, "Not Found")),
    };
    let chat = books.chats.target(&form.as_json())?;
    count(books, chat)?;
    books.chats.send_file(form, is_photo)
}

fn with_json(books: &mut Books, method: &str, body: &Value) -> Result<Value, Refusal> {
    match method {
        "getMe" => Ok(me()),
        "sendMessage" => {
            let chat = books.chats.target(body)?;
            count(books, chat)?;
            books.chats.send(body)
        }
        "editMessageText" => books.chats.edit(body, "text"),
        "editMessageCaption" => books.chats.edit(body, "caption"),
        "editMessageReplyMarkup" => books.chats.edit(body, "reply_markup"),
        "answerCallbackQuery" => answer_query(books, body),
        "setMyCommands" | "deleteMyCommands" => {
            if let Some(chat) = chat_of(body)
                && !books.chats.all.contains_key(&chat)
            {
                return Err(Refusal::bad("chat not found"));
            }
            match method {
                "setMyCommands" => books.registry.set(body)?,
                _ => books.registry.delete(body),
            }
            Ok(json!(true))
        }
        "setChatMenuButton" => {
            books.registry.menu_button = body["menu_button"].clone();
            Ok(json!(true))
        }
        "setWebhook" => {
            books.webhook = Some(Webhook::read(body)?);
            books.updates.allow(body.get("allowed_updates"));
            // Whoever polls is told that somebody else gets the updates.
            books.updates.polls += 1;
            Ok(json!(true))
        }
        "deleteWebhook" => {
            books.webhook = None;
            Ok(json!(true))
        }
        _ => Err(Refusal::with(404, "Not Found")),
    }
}

/// Counts a message to `chat`, and refuses it when it comes too fast.
fn count(books: &mut Books, chat: i64) -> Result<(), Refusal> {
    let (refused, retry_after) = &mut books.trouble.too_fast;
    if *refused > 0 {
        *refused -= 1;
        return Err(Refusal::too_fast(*retry_after));
    }
    match books.trouble.has_limits {
        true => books.sent.count(chat),
        false => Ok(()),
    }
}

fn answer_query(books: &mut Books, body: &Value) -> Result<Value, Refusal> {
    let id = body["callback_query_id"].as_str().unwrap_or_default();
    if !books.open_queries.remove(id) {
        let description = "query is too old and response timeout expired or query id is invalid";
        return Err(Refusal::bad(description));
    }
    let text = body["text"].as_str().unwrap_or_default();
    if text.encode_utf16().count() > 200 {
        return Err(Refusal::bad("MESSAGE_TOO_LONG"));
    }
    books.answers.insert(id.to_owned(), text.to_owned());
    Ok(json!(true))
}

async fn get_updates(server: &Server, body: &Value) -> Result<Value, Refusal> {
    let seconds = body["timeout"].as_u64().unwrap_or_default();
    let until = tokio::time::Instant::now() + Duration::from_secs(seconds);
    let own = {
        let mut books = server.books.lock();
        books.updates.allow(body.get("allowed_updates"));
        books.updates.confirm(body["offset"].as_i64());
        books.updates.polls += 1;
        books.updates.polls
    };
    // Whoever polled before is told so.
    server.changed.notify_waiters();
    loop {
        let changed = server.changed.notified();
        tokio::pin!(changed);
        changed.as_mut().enable();
        {
            let books = server.books.lock();
            if books.webhook.is_some() {
                let description = "Conflict: can't use getUpdates method while webhook is active; \
                    use deleteWebhook to delete the webhook first";
                return Err(Refusal::with(409, description));
            }
            if books.updates.polls != own {
                let description = "Conflict: terminated by other getUpdates request; make sure \
                    that only one bot instance is running";
                return Err(Refusal::with(409, description));
            }
            if books.trouble.is_revoked {
                return Err(Refusal::with(401, "Unauthorized"));
            }
            let page = books.updates.page(books.trouble.repeats_updates);
            if !page.is_empty() || tokio::time::Instant::now() >= until {
                return Ok(Value::Array(page));
            }
        }
        // Time is what a long poll is about.
        let _ = tokio::time::timeout_at(until, changed).await;
    }
}

fn me() -> Value {
    let mut me = bot();
    for (field, value) in [
        ("can_join_groups", true),
        ("can_read_all_group_messages", false),
        ("supports_inline_queries", false),
        ("can_connect_to_business", false),
        ("has_main_web_app", false),
    ] {
        me[field] = json!(value);
    }
    me
}
