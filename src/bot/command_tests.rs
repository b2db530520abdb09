//! What people write, and what is read from it.

use super::*;

fn read(text: &str) -> Command {
    Command::read(text, "pixel_bot")
}

fn order(text: &str) -> Order {
    let Command::Order(order) = read(text) else {
        panic!("`{text}` is no order");
    };
    order
}

#[test]
fn players_commands_are_read() {
    let cases = [
        ("/start", Ask::Start),
        ("/start deep_link", Ask::Start),
        ("/help", Ask::Start),
        ("/START", Ask::Start),
        ("/canvas", Ask::Canvas(None)),
        ("/canvas@pixel_bot", Ask::Canvas(None)),
        ("/canvas 3 4", Ask::Canvas(Some(Cell::new(3, 4)))),
        ("/canvas 3,4", Ask::Canvas(Some(Cell::new(3, 4)))),
        ("/canvas   3,  4 ", Ask::Canvas(Some(Cell::new(3, 4)))),
        ("/me", Ask::Me),
        ("/top@Pixel_Bot", Ask::Top),
        ("/stats\n", Ask::Stats),
    ];
    for (text, ask) in cases {
        assert_eq!(read(text), Command::Ask(ask), "{text}");
    }
    for wrong in [
        "/canvas 1",
        "/canvas a b",
        "/canvas 1 2 3",
        "/canvas 65536 0",
    ] {
        assert_eq!(read(wrong), Command::Wrong("canvas"), "{wrong}");
    }
}

#[test]
fn what_is_no_command_of_this_bot_is_told_apart() {
    assert_eq!(read("main"), Command::Text);
    assert_eq!(read(""), Command::Text);
    assert_eq!(read("/"), Command::Unknown);
    assert_eq!(read("/nothing"), Command::Unknown);
    assert_eq!(read("/start@other_bot"), Command::Elsewhere);
    assert_eq!(read("/\u{202e}start"), Command::Unknown);
}

#[test]
fn a_new_game_may_have_a_size_and_a_title() {
    let game = |size, title: Option<&str>| Order::NewGame {
        size,
        title: title.map(str::to_owned),
    };
    let cases = [
        ("/newgame", game(None, None)),
        ("/newgame 10x20", game(Some((10, 20)), None)),
        (
            "/newgame 10×20 Second  try",
            game(Some((10, 20)), Some("Second  try")),
        ),
        (
            "/newgame 10х20 Вторая",
            game(Some((10, 20)), Some("Вторая")),
        ),
        (
            "/newgame Spring x Summer",
            game(None, Some("Spring x Summer")),
        ),
        ("/newgame 99999x5", game(None, Some("99999x5"))),
    ];
    for (text, expected) in cases {
        assert_eq!(order(text), expected, "{text}");
    }
}

#[test]
fn cooldowns_are_seconds_with_or_without_a_fraction() {
    let rule = |regain_ms, max_charges| Order::Cooldown {
        regain_ms,
        max_charges,
    };
    assert_eq!(order("/cooldown 30"), rule(30_000, None));
    assert_eq!(order("/cooldown 0,5 60"), rule(500, Some(60)));
    assert_eq!(order("/cooldown 0"), rule(0, None));
    assert_eq!(order("/cooldown 86400"), rule(86_400_000, None));
    for wrong in ["", "-1", "86401", "NaN", "inf", "1 2 3", "1 x", "soon"] {
        let text = format!("/cooldown {wrong}");
        assert_eq!(read(&text), Command::Wrong("cooldown"), "{text}");
    }
}

#[test]
fn bans_need_somebody_and_a_reason() {
    let ban = |player: &str, hours, reason: &str| Order::Ban {
        player: player.to_owned(),
        hours,
        reason: reason.to_owned(),
    };
    assert_eq!(
        order("/ban Eve 24 for a script"),
        ban("Eve", Some(24), "for a script")
    );
    assert_eq!(
        order("/ban \"Eve S.\" script"),
        ban("Eve S.", None, "script")
    );
    assert_eq!(
        order("/ban «Ева С.» 5 скрипт"),
        ban("Ева С.", Some(5), "скрипт")
    );
    assert_eq!(
        order("/ban 0123456789abcdef x"),
        ban("0123456789abcdef", None, "x")
    );
    for wrong in ["", "Eve", "Eve 24", "Eve 0 x", "Eve 99999 x", "\"Eve x"] {
        let text = format!("/ban {wrong}");
        assert_eq!(read(&text), Command::Wrong("ban"), "{text}");
    }
    assert_eq!(read("/unban a b"), Command::Wrong("unban"));
}

#[test]
fn a_roll_back_names_players_a_region_and_minutes() {
    let region = Region {
        x: 1,
        y: 2,
        width: 3,
        height: 4,
    };
    let roll_back = |players: &[&str], region, minutes| Order::RollBack {
        players: players.iter().map(|player| (*player).to_owned()).collect(),
        region,
        minutes,
    };
    assert_eq!(order("/rollback Eve"), roll_back(&["Eve"], None, None));
    assert_eq!(
        order("/rollback Eve Mal 60"),
        roll_back(&["Eve", "Mal"], None, Some(60))
    );
    assert_eq!(
        order("/rollback 1,2,3,4"),
        roll_back(&[], Some(region), None)
    );
    assert_eq!(
        order("/rollback 1,2,3,4 \"Eve 2\" 5"),
        roll_back(&["Eve 2"], Some(region), Some(5))
    );
    assert_eq!(order("/rollback 10"), roll_back(&[], None, Some(10)));
    assert_eq!(
        order("/rollback 0123456789012345"),
        roll_back(&["0123456789012345"], None, None)
    );
    for wrong in ["", "1,2,3", "1,2,3,4 1,2,3,4", "Eve 0", "\"Eve"] {
        let text = format!("/rollback {wrong}");
        assert_eq!(read(&text), Command::Wrong("rollback"), "{text}");
    }
}

#[test]
fn no_text_is_too_long_or_too_odd_to_read() {
    let long = "я".repeat(4_096);
    for name in ORDERS.iter().chain(&ASKS) {
        for rest in [
            long.as_str(),
            "\u{0}",
            "\u{202e}\u{2066}",
            "\"",
            "«",
            "\u{1f468}\u{200d}",
        ] {
            read(&format!("/{name} {rest}"));
        }
    }
    let many = "x ".repeat(2_000);
    assert_eq!(
        read(&format!("/rollback {many}")),
        Command::Wrong("rollback")
    );
}
