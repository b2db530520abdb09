//! `fake-telegram [PORT]`: a Bot API server on loopback, and people who are written as on standard
//! input: `7 /start` is what person 7 writes, `7 tap 12 Do it` a tap of theirs on a button under
//! message 12. What the bot does is printed.

use std::collections::BTreeMap;
use std::io::BufRead as _;
use std::time::Duration;

use fake_telegram::{FakeTelegram, Person, Shown, TOKEN};

/// How long the bot is given to answer a line.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);

fn main() {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok());
    let telegram = FakeTelegram::start_on(port.unwrap_or_default());
    println!("telegram.api_url = \"{}\"", telegram.url());
    println!("auth.telegram_bot_token = \"{TOKEN}\"");
    let mut people: BTreeMap<i64, Person> = BTreeMap::new();
    let mut shown: BTreeMap<(i64, i64), Shown> = BTreeMap::new();
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let Some((account, text)) = line.split_once(' ') else {
            println!("write a number and a text, as in: 7 /start");
            continue;
        };
        let Ok(account) = account.parse::<i64>() else {
            println!("`{account}` is no number");
            continue;
        };
        let person = people
            .entry(account)
            .or_insert_with(|| telegram.person(account, "en"));
        match text
            .strip_prefix("tap ")
            .and_then(|tap| tap.split_once(' '))
        {
            Some((message, button)) => {
                let message = message.parse().unwrap_or_default();
                let under = shown.get(&(account, message));
                let mut buttons = under.into_iter().flat_map(|shown| &shown.buttons);
                let found = buttons.find(|found| found.text == button);
                match found.and_then(|found| found.data.as_deref()) {
                    Some(data) => println!("answered: {}", person.taps_data(message, data)),
                    None => println!("there is no such button"),
                }
            }
            None => person.writes(text),
        }
        while let Some(seen) = person.reads_within(ANSWER_WITHIN) {
            print(&seen);
            shown.insert((account, seen.message), seen);
        }
    }
}

fn print(shown: &Shown) {
    let edited = if shown.is_edit { ", edited" } else { "" };
    println!("message {}{edited}:", shown.message);
    if let Some(picture) = &shown.picture {
        println!("  [picture of {} bytes]", picture.len());
    }
    for line in shown.text.lines() {
        println!("  {line}");
    }
    let buttons: Vec<String> = shown
        .buttons
        .iter()
        .map(|button| format!("[{}]", button.text))
        .collect();
    if !buttons.is_empty() {
        println!("  {}", buttons.join(" "));
    }
}
