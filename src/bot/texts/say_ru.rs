//! Russian, for everybody.

use super::{Me, Say, Stats, titled, usage};
use crate::bot::language::Language;

const HERE: Language = Language::Russian;

pub(super) fn text(say: &Say) -> String {
    match say {
        Say::Welcome {
            size,
            account,
            page,
            has_role,
        } => welcome(*size, *account, page.as_deref(), *has_role),
        Say::Open => "Открыть полотно".to_owned(),
        Say::Canvas {
            slug,
            round,
            title,
            version,
        } => {
            let title = titled(title, '«', '»');
            let version = HERE.number(*version);
            format!("{slug} · раунд {round}{title} · версия {version}")
        }
        Say::Cell {
            x,
            y,
            color,
            author,
            version,
        } => match author {
            Some(author) => {
                let version = HERE.number(*version);
                format!("Клетка {x}, {y} · {color} · поставил(а) {author} (версия {version})")
            }
            None => format!("Клетка {x}, {y} · {color} · здесь ещё никто не рисовал"),
        },
        Say::Outside { width, height } => {
            let (right, bottom) = (width.saturating_sub(1), height.saturating_sub(1));
            format!("Такой клетки нет: x от 0 до {right}, y от 0 до {bottom}.")
        }
        Say::NoRound => "Ещё не было ни одного раунда.".to_owned(),
        Say::Me(me) => about(me),
        Say::Stranger => "Вы ещё не играли: откройте полотно, и вы в игре.".to_owned(),
        Say::Top {
            round,
            title,
            players,
        } => top(*round, title, players),
        Say::TopEmpty => "В этом раунде ещё никто ничего не поставил.".to_owned(),
        Say::NotReady => "После запуска читается журнал. Спросите через минуту.".to_owned(),
        Say::Stats(stats) => numbers(stats),
        Say::UnknownCommand => "Такой команды нет. Список команд: /start".to_owned(),
        Say::Usage(command) => format!("Напишите так:\n{}", usage(command)),
        Say::TooFast => "Помедленнее, пожалуйста: отвечу через минуту.".to_owned(),
        Say::Failed => "Не получилось, и это не ваша вина. Попробуйте позже.".to_owned(),
    }
}

fn welcome(size: Option<(u16, u16)>, account: i64, page: Option<&str>, has_role: bool) -> String {
    let canvas = match size {
        Some((width, height)) => {
            format!("Полотно {width}×{height} клеток, которое все рисуют вместе.")
        }
        None => "Полотно, которое все рисуют вместе.".to_owned(),
    };
    let page = page.map_or(String::new(), |page| format!("\n{page}"));
    let mut text = format!(
        "{canvas}{page}\n\n\
         /canvas – полотно сейчас; /canvas 120 45 – вокруг клетки\n\
         /me – ваши клетки и заряды\n\
         /top – кто больше всех поставил в этом раунде\n\
         /stats – раунд в числах\n\n\
         Ваш номер в Telegram: {account}"
    );
    if has_role {
        text.push_str(
            "\n\nВаши команды: /status /snapshot /newgame /clear /lock /unlock /cooldown /ban \
             /unban /rollback /announce /undo",
        );
    }
    text
}

fn about(me: &Me) -> String {
    let mut lines = vec![me.name.clone()];
    match me.placements {
        Some(count) => lines.push(format!("Поставлено в этом раунде: {}", HERE.number(count))),
        None => lines.push("Поставлено в этом раунде: ещё считается".to_owned()),
    }
    let next = me.next_s.map_or(String::new(), |seconds| {
        format!(", следующий через {}", seconds_of(seconds))
    });
    lines.push(format!(
        "Заряды: {} из {}{next}",
        me.charges, me.max_charges
    ));
    if let Some((reason, until)) = &me.ban {
        let until = until
            .as_ref()
            .map_or("навсегда".to_owned(), |until| format!("до {until}"));
        lines.push(format!("Вы забанены {until}: {reason}"));
    }
    lines.join("\n")
}

fn top(round: u32, title: &str, players: &[(String, u64)]) -> String {
    let mut text = format!(
        "Больше всех поставили в раунде {round}{}\n",
        titled(title, '«', '»')
    );
    for (at, (name, count)) in players.iter().enumerate() {
        text.push_str(&format!("\n{}. {name} – {}", at + 1, HERE.number(*count)));
    }
    text
}

fn numbers(stats: &Stats) -> String {
    let state = match (stats.is_open, stats.is_locked) {
        (false, _) => "окончен",
        (true, true) => "заблокирован",
        (true, false) => "идёт",
    };
    let totals = stats.totals.map_or(String::new(), |(players, placements)| {
        let players = HERE.count(players, ["игрок", "игрока", "игроков"]);
        format!("\nПоставлено: {}, всего {players}", HERE.number(placements))
    });
    let colors = HERE.count(stats.colors, ["цвет", "цвета", "цветов"]);
    format!(
        "{} · раунд {}{} ({state})\n\
         {}×{} клеток, {colors}, открыт {}\n\
         Перезарядка: {} на заряд, всего до {}\n\
         Версия: {}{totals}\n\
         Сейчас здесь: играют {}, ждут {}, смотрят {}",
        stats.slug,
        stats.round,
        titled(&stats.title, '«', '»'),
        stats.width,
        stats.height,
        stats.opened_at,
        cooldown(stats.regain_ms),
        stats.max_charges,
        HERE.number(stats.version),
        HERE.number(stats.playing),
        HERE.number(stats.queued),
        HERE.number(stats.watching),
    )
}

/// A wait between two charges.
pub(super) fn cooldown(regain_ms: u32) -> String {
    match regain_ms {
        0 => "без ожидания".to_owned(),
        ms if ms % 1_000 == 0 => seconds_of(u64::from(ms) / 1_000),
        ms => format!("{} с", f64::from(ms) / 1_000.0).replace('.', ","),
    }
}

fn seconds_of(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} с"),
        120..7_200 => format!("{} мин", seconds.div_ceil(60)),
        _ => format!("{} ч", seconds.div_ceil(3_600)),
    }
}

pub(super) fn description(command: &str) -> &'static str {
    match command {
        "start" => "Что это такое",
        "canvas" => "Полотно сейчас или вокруг клетки: /canvas 120 45",
        "me" => "Ваши клетки и заряды",
        "top" => "Кто больше всех поставил в этом раунде",
        "stats" => "Раунд в числах",
        "newgame" => "Новый раунд: /newgame 1000x500 Название",
        "clear" => "Очистить полотно",
        "lock" => "Запретить ставить клетки",
        "unlock" => "Снова разрешить ставить клетки",
        "cooldown" => "Сменить перезарядку: секунды, заряды",
        "ban" => "Забанить: имя или номер, часы, причина",
        "unban" => "Снять бан",
        "rollback" => "Откатить: игроки, x,y,w,h, минуты",
        "announce" => "Объявить всем",
        "status" => "Что с полотном и сервером",
        "snapshot" => "Картинка с версией и ссылкой",
        _ => "Отменить свою последнюю команду",
    }
}
