//! Russian, for those who may give orders.

use super::say_ru::cooldown;
use super::tell::{Deed, Named, Plan, Status, Tell, list};
use crate::bot::language::Language;
use crate::bot::shown::quoted;
use crate::config::TelegramRole;
use crate::exchange::moment::rfc3339;
use crate::moderation::{Act, RollBack, RoundSettings};

const HERE: Language = Language::Russian;

pub(super) fn text(tell: &Tell) -> String {
    let fixed = match tell {
        Tell::NotAllowed => "Вам здесь нельзя отдавать команды.",
        Tell::OnlyPrivate => "Такие команды я принимаю только в личном чате.",
        Tell::ConfirmButton => "Выполнить",
        Tell::CancelButton => "Отмена",
        Tell::UndoButton => "Вернуть как было",
        Tell::Cancelled => "Отменено. Ничего не сделано.",
        Tell::Gone => "Эта кнопка уже нажата, устарела или не ваша. Ничего не сделано.",
        Tell::Overtaken => "Кто-то успел раньше, ничего не сделано. Посмотрите ещё раз.",
        Tell::NothingToUndo => "Нет вашей команды, которую можно отменить.",
        Tell::NotYours => "Это не ваша команда. Ничего не сделано.",
        Tell::ActFailed => "Сбой на нашей стороне. Что сделано, покажет /status.",
        Tell::RoleNeeded(role) => return format!("Для этого нужна роль: {}.", name_of(*role)),
        Tell::NoSuchPlayer(name) => return format!("Игрока с именем {name} нет."),
        Tell::Ambiguous(name, ids) => {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            return format!(
                "Имя {name} носят несколько игроков. Напишите номер:\n{}",
                ids.join("\n")
            );
        }
        Tell::Confirm(plan) => return confirm(plan),
        Tell::TypeName { slug, seconds } => {
            return format!("Чтобы продолжить, пришлите за {seconds} с имя полотна: {slug}");
        }
        Tell::WrongName { slug } => {
            return format!("Это не его имя. Ничего не сделано; пришлите: {slug}");
        }
        Tell::Done(deed) => return done("Сделано", deed),
        Tell::Undone(deed) => return done("Отменено", deed),
        Tell::Refused(problem) => return format!("Ничего не сделано: {problem}."),
        Tell::Status(status) => return status_text(status),
        Tell::Snapshot { version, link } => {
            let link = link
                .as_ref()
                .map_or(String::new(), |link| format!("\n{link}"));
            return format!("Версия {}{link}", HERE.number(*version));
        }
    };
    fixed.to_owned()
}

fn name_of(role: TelegramRole) -> &'static str {
    match role {
        TelegramRole::Helper => "помощник",
        TelegramRole::Moderator => "модератор",
        TelegramRole::Admin => "администратор",
    }
}

fn cells(count: u64) -> String {
    HERE.count(count, ["клетка", "клетки", "клеток"])
}

fn confirm(plan: &Plan) -> String {
    let mut text = format!(
        "{}?\nСлева – сейчас, справа – после.\n\nИзменится: {}",
        describe(&plan.what),
        cells(plan.cells),
    );
    if plan.to_background > 0 {
        text.push_str(&format!(
            ", из них до фона: {}",
            HERE.number(plan.to_background)
        ));
    }
    text.push_str(&format!(" (версия {}).", HERE.number(plan.version)));
    if plan.removed_players > 0 {
        let players = HERE.count(plan.removed_players, ["игрок", "игрока", "игроков"]);
        text.push_str(&format!("\nЧья работа уйдёт ({players}):"));
        for (name, count) in &plan.removed {
            text.push_str(&format!("\n{name} – {}", cells(*count)));
        }
    }
    text.push_str(&format!("\n\nКнопки действуют {} с.", plan.seconds));
    text
}

fn done(word: &str, deed: &Deed) -> String {
    let mut text = format!("{word}: {} (№ {})", describe(&deed.what), deed.number);
    if deed.cells > 0 {
        text.push_str(&format!("\nИзменено: {}.", cells(deed.cells)));
    }
    if deed.kept_cells > 0 {
        let kept = cells(deed.kept_cells);
        text.push_str(&format!("\nОставлено: {kept} – там уже рисовали другие."));
    }
    if let Some(after) = deed.after {
        let (before, after) = (HERE.number(deed.before), HERE.number(after));
        text.push_str(&format!("\nВерсия {before} → {after}"));
    }
    if let Some(link) = &deed.link {
        text.push_str(&format!("\nБыло: {link}"));
    }
    text
}

/// An act in one line.
fn describe(named: &Named) -> String {
    let players = list(&named.players);
    let until = |until: &Option<event_store::UnixMs>| {
        until.map_or(String::new(), |until| format!(" до {}", rfc3339(until)))
    };
    match &named.act {
        Act::OpenRound(settings) => open_round(settings),
        Act::CloseRound {} => "Закончить раунд".to_owned(),
        Act::ClearCanvas {} => "Очистить полотно".to_owned(),
        Act::ExpandCanvas { width, height } => format!("Расширить полотно до {width}×{height}"),
        Act::ExtendPalette { colors } => format!("Добавить цвета: {}", colors.len()),
        Act::ChangeCooldown {
            max_charges,
            regain_ms,
        } => {
            let wait = cooldown(*regain_ms);
            format!("Перезарядка: {wait} на заряд, всего до {max_charges}")
        }
        Act::LockCanvas {} => "Заблокировать полотно".to_owned(),
        Act::UnlockCanvas {} => "Разблокировать полотно".to_owned(),
        Act::EraseRegion { region, .. } => format!("Стереть {}", super::region(*region)),
        Act::RollBack(roll_back) => roll_back_text(roll_back, &players),
        Act::ProtectRegion { region } => format!("Защитить {}", super::region(*region)),
        Act::UnprotectRegion { protection } => format!("Снять защиту {protection}"),
        Act::Ban {
            until: end,
            roll_back,
            ..
        } => {
            let and = if *roll_back {
                " и убрать нарисованное"
            } else {
                ""
            };
            format!("Забанить {players}{}{and}", until(end))
        }
        Act::Unban { .. } => format!("Снять бан с {players}"),
        Act::Mute { until: end, .. } => format!("Заглушить {players}{}", until(end)),
        Act::Unmute { .. } => format!("Снова слушать {players}"),
        Act::Verify { .. } => format!("Подтвердить {players}"),
        Act::Unverify { .. } => format!("Снять подтверждение с {players}"),
        Act::SetRole { role, .. } => format!("Дать {players} роль {role}"),
        Act::Announce { text, .. } if text.is_empty() => "Убрать объявление".to_owned(),
        Act::Announce { text, .. } => format!("Объявить: {}", quoted(text)),
    }
}

fn open_round(settings: &RoundSettings) -> String {
    let size = settings.width.zip(settings.height);
    let size = size.map_or(String::new(), |(width, height)| {
        format!(" {width}×{height}")
    });
    let title = settings.title.as_deref().map(quoted);
    let title = title.map_or(String::new(), |title| format!(" «{title}»"));
    format!("Открыть новый раунд{size}{title}")
}

fn roll_back_text(roll_back: &RollBack, players: &str) -> String {
    let mut text = "Откатить".to_owned();
    if !players.is_empty() {
        text.push_str(&format!(" работу: {players}"));
    }
    if let Some(region) = roll_back.region {
        text.push_str(&format!(" в {}", super::region(region)));
    }
    if let Some(from) = roll_back.from {
        text.push_str(&format!(" с версии {}", HERE.number(from.0)));
    }
    text
}

fn status_text(status: &Status) -> String {
    let mut lines = Vec::new();
    if let Some(reason) = &status.lock {
        lines.push(format!("Заблокировано: {reason}"));
    }
    if let Some(text) = &status.announcement {
        lines.push(format!("Объявлено: {text}"));
    }
    lines.push(format!(
        "Баны: {}, защищённые области: {}",
        HERE.number(status.bans),
        HERE.number(status.protections)
    ));
    if !status.acts.is_empty() {
        lines.push("\nПоследние команды:".to_owned());
    }
    for (at, by, what) in &status.acts {
        lines.push(format!("{at} {by}: {}", describe(what)));
    }
    lines.join("\n")
}
