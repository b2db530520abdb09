//! `pixelwars admin feedback` and `pixelwars admin forget-feedback`

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::Write as _;

use anyhow::Context;
use clap::Args;
use event_store::PlayerId;
use serde_json::{Value, json};

use crate::config::Config;
use crate::deployment::open_players;
use crate::feedback::{Feedback, FeedbackId, FeedbackStore, MAX_PAGE};
use crate::http::rfc3339;

/// Options of `admin feedback`.
#[derive(Args)]
pub(super) struct FeedbackArgs {
    /// Only what came after the message of this number
    #[arg(long, value_name = "ID", default_value_t = 0)]
    after: i64,
    /// The most messages, 1 to 1000
    #[arg(
        long,
        value_name = "N",
        default_value_t = 20,
        value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_PAGE))
    )]
    limit: u32,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Options of `admin forget-feedback`.
#[derive(Args)]
pub(super) struct ForgetArgs {
    /// The number of the last message to delete; all before it go as well
    #[arg(long, value_name = "ID", value_parser = clap::value_parser!(i64).range(1..))]
    up_to: i64,
}

/// The names of those who were signed in.
type Names = HashMap<PlayerId, String>;

pub(super) async fn show(config: &Config, args: &FeedbackArgs) -> anyhow::Result<()> {
    let players = open_players(config).await?;
    let feedback = FeedbackStore::of(&players);
    let page = feedback.page(FeedbackId(args.after), args.limit).await?;
    let mut senders: Vec<PlayerId> = page.iter().filter_map(|one| one.message.player).collect();
    senders.sort();
    senders.dedup();
    let names = players.names_of(&senders).await?;
    let shown = match args.json {
        true => {
            let all: Vec<Value> = page.iter().map(|one| as_json(one, &names)).collect();
            format!("{}\n", json!({ "feedback": all }))
        }
        false if page.is_empty() => format!("no feedback after number {}\n", args.after),
        false => page.iter().map(|one| as_text(one, &names)).collect(),
    };
    let written = std::io::stdout().write_all(shown.as_bytes());
    written.context("could not write to standard output")
}

pub(super) async fn forget(config: &Config, args: &ForgetArgs) -> anyhow::Result<()> {
    let players = open_players(config).await?;
    let feedback = FeedbackStore::of(&players);
    let forgotten = feedback.forget_up_to(FeedbackId(args.up_to)).await?;
    println!("deleted {forgotten} messages");
    Ok(())
}

fn name_of(player: PlayerId, names: &Names) -> String {
    let name = names.get(&player).cloned();
    name.unwrap_or_else(|| player.to_string())
}

fn as_json(one: &Feedback, names: &Names) -> Value {
    let message = &one.message;
    let player = message.player;
    let player =
        player.map(|player| json!({ "id": player.to_string(), "name": name_of(player, names) }));
    let (x, y) = message.place.cell.unzip();
    json!({
        "id": one.id.0,
        "at": rfc3339(one.at),
        "category": message.category.as_str(),
        "text": message.text,
        "contact": message.contact,
        "player": player,
        "canvas": message.place.canvas,
        "version": message.place.version,
        "x": x,
        "y": y,
    })
}

/// A line about the message, and the message below it.
fn as_text(one: &Feedback, names: &Names) -> String {
    let message = &one.message;
    let category = message.category.as_str();
    let sender = message
        .player
        .map_or_else(|| "a guest".to_owned(), |player| name_of(player, names));
    let mut text = format!("#{} {} {category}, {sender}", one.id.0, rfc3339(one.at));
    let place = &message.place;
    let mut add = |what: std::fmt::Arguments<'_>| {
        // Writing into a text cannot fail.
        let _ = text.write_fmt(what);
    };
    if let Some(canvas) = &place.canvas {
        add(format_args!(", canvas {canvas}"));
    }
    if let Some(version) = place.version {
        add(format_args!(", version {version}"));
    }
    if let Some((x, y)) = place.cell {
        add(format_args!(", cell ({x}, {y})"));
    }
    if let Some(contact) = &message.contact {
        add(format_args!(", contact {contact}"));
    }
    for line in message.text.lines() {
        add(format_args!("\n    {line}"));
    }
    add(format_args!("\n\n"));
    text
}
