//! How fast messages may be sent.

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::Mutex;
use teloxide_core::types::ChatId;
use tokio::time::Instant;

/// The time between two messages to one chat, and between any two: Telegram asks for one a second
/// to a chat and 30 a second in all (Telegram, "Bots FAQ", "My bot is hitting limits"); a tenth
/// more, because messages do not arrive as evenly as they are sent.
const BETWEEN_TWO_TO_A_CHAT: Duration = Duration::from_millis(1_100);
const BETWEEN_ANY_TWO: Duration = Duration::from_millis(37);

/// The most chats whose turns are remembered; those that have no turn to wait for are forgotten
/// then.
const MAX_CHATS: usize = 4_096;

/// Gives out turns.
#[derive(Default)]
pub(super) struct Pace {
    next_of: Mutex<HashMap<ChatId, Instant>>,
    next: Mutex<Option<Instant>>,
}

impl Pace {
    /// Waits until a message may be sent to `chat`: first for the chat's turn, so that one to which
    /// much is said holds up nobody else, then for a turn among all.
    pub(super) async fn turn_of(&self, chat: ChatId) {
        let of_chat = self.take_turn_of(chat, Instant::now());
        tokio::time::sleep_until(of_chat).await;
        let among_all = self.take_turn(Instant::now());
        tokio::time::sleep_until(among_all).await;
    }

    fn take_turn_of(&self, chat: ChatId, now: Instant) -> Instant {
        let mut next_of = self.next_of.lock();
        if next_of.len() >= MAX_CHATS {
            next_of.retain(|_, next| *next > now);
        }
        let at = next_of.get(&chat).map_or(now, |next| now.max(*next));
        next_of.insert(chat, at + BETWEEN_TWO_TO_A_CHAT);
        at
    }

    fn take_turn(&self, now: Instant) -> Instant {
        let mut next = self.next.lock();
        let at = next.map_or(now, |next| now.max(next));
        *next = Some(at + BETWEEN_ANY_TWO);
        at
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_chat_gets_one_a_second_and_all_together_thirty() {
        let pace = Pace::default();
        let pace = &pace;
        let sent = |chat: i64| async move {
            pace.turn_of(ChatId(chat)).await;
            Instant::now()
        };
        let to_one = join_all([sent(1), sent(1), sent(1)]).await;
        let apart = |pair: &[Instant]| pair[1] - pair[0] >= Duration::from_secs(1);
        assert!(to_one.windows(2).all(apart), "{to_one:?}");

        let mut to_many = join_all((100..190).map(sent)).await;
        to_many.sort();
        let in_one_second = |from: &Instant| {
            let until = *from + Duration::from_secs(1);
            to_many
                .iter()
                .filter(|at| (*from..until).contains(at))
                .count()
        };
        assert!(to_many.iter().all(|from| in_one_second(from) <= 30));
    }

    #[test]
    fn chats_that_wait_for_nothing_are_forgotten() {
        let now = Instant::now();
        let pace = Pace::default();
        for id in 0..3 * MAX_CHATS as u64 {
            let at = now + Duration::from_secs(2 * id);
            pace.take_turn_of(ChatId(id as i64), at);
        }
        assert!(pace.next_of.lock().len() <= MAX_CHATS);
    }
}
