//! The settings of the bot.

use super::*;
use crate::config::tests::{Given, NOTHING, file};

fn telegram(text: &str) -> Telegram {
    file(&format!("[telegram]\n{text}"))
        .load()
        .unwrap()
        .telegram
}

#[test]
fn admins_are_numbers_with_roles() {
    let read = telegram("admins = [\"5:helper\", \"6:moderator\", \"7:admin\", \"8\"]\n").admins;
    let roles = [
        (5, TelegramRole::Helper),
        (6, TelegramRole::Moderator),
        (7, TelegramRole::Admin),
        (8, TelegramRole::Admin),
    ];
    assert_eq!(read, roles.map(|(id, role)| TelegramAdmin { id, role }));
    let given = Given {
        environment: &[("PIXELWARS_TELEGRAM__ADMINS", "5:helper, 6")],
        ..NOTHING
    };
    assert_eq!(given.load().unwrap().telegram.admins.len(), 2);
    for wrong in [
        "\"@ada\"",
        "\"0\"",
        "\"-5:admin\"",
        "\"5:\"",
        "\"5:owner\"",
        "\"5:admin:helper\"",
        "\"5\", \"5:helper\"",
        "\"99999999999999999999\"",
        "5",
    ] {
        let text = format!("[telegram]\nadmins = [{wrong}]\n");
        assert_eq!(file(&text).fault().key, "telegram.admins", "{wrong}");
    }
}

#[test]
fn the_bot_api_is_reached_over_tls_or_on_this_machine() {
    assert_eq!(telegram("").api_url, "https://api.telegram.org");
    let local = telegram("api_url = \"http://127.0.0.1:8081\"\n");
    assert!(local.has_local_api());
    for wrong in [
        "",
        "api.telegram.org",
        "http://api.telegram.org",
        "https://api.telegram.org/",
        "https://u:p@api.telegram.org",
        "https://api.telegram.org?x=1",
        "ftp://127.0.0.1",
    ] {
        let text = format!("[telegram]\napi_url = \"{wrong}\"\n");
        assert_eq!(file(&text).fault().key, "telegram.api_url", "{wrong}");
    }
}

#[test]
fn a_webhook_needs_an_address_that_telegram_delivers_to() {
    let text = |first: &str, url: &str| {
        format!(
            "{first}\n[auth]\ntelegram_bot_token = \"1:x\"\n\
             [telegram]\nupdates = \"webhook\"\napi_url = \"{url}\"\n"
        )
    };
    let good = "public_url = \"https://canvas.example.org\"";
    assert!(file(&text(good, API_URL)).load().is_ok());
    for wrong in [
        "",
        "public_url = \"http://canvas.example.org\"",
        "public_url = \"https://canvas.example.org:9000\"",
        "public_url = \"https://canvas.example.org\"\nroles = [\"bot\"]",
    ] {
        let fault = file(&text(wrong, API_URL)).fault();
        assert_eq!(fault.key, "telegram.updates", "{wrong}");
    }
    let local = "public_url = \"http://127.0.0.1:9000\"";
    assert!(file(&text(local, "http://127.0.0.1:8081")).load().is_ok());
    let elsewhere = "roles = [\"gateway\"]";
    assert!(file(&text(elsewhere, API_URL)).load().is_ok());
}
