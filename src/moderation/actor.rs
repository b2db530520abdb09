//! Who acts.

use std::fmt;
use std::str::FromStr;

use event_store::PlayerId;

use super::Role;

/// By what somebody is known who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Identity {
    /// A player, in the console.
    Player(PlayerId),
    /// A Telegram account, by its number, in the bot's private chat.
    Telegram(i64),
    /// Whoever has a shell on the server.
    Operator,
}

/// Somebody who acts, and by which role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Who.
    pub identity: Identity,
    /// What they may do.
    pub role: Role,
    /// The player who stands in the log's events; none for somebody who is no player.
    pub player: Option<PlayerId>,
}

/// A text that is no identity: the table of acts holds something that this program did not write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no identity of somebody who acts")]
pub struct InvalidIdentity;

impl Actor {
    /// Whoever has a shell on the server.
    pub const OPERATOR: Self = Self {
        identity: Identity::Operator,
        role: Role::Admin,
        player: None,
    };

    /// A player of this role.
    pub fn player(player: PlayerId, role: Role) -> Self {
        Self {
            identity: Identity::Player(player),
            role,
            player: Some(player),
        }
    }
}

impl fmt::Display for Identity {
    /// As the table of acts holds it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Player(player) => write!(formatter, "player:{player}"),
            Self::Telegram(account) => write!(formatter, "telegram:{account}"),
            Self::Operator => formatter.write_str("operator"),
        }
    }
}

impl FromStr for Identity {
    type Err = InvalidIdentity;

    fn from_str(text: &str) -> Result<Self, InvalidIdentity> {
        match text.split_once(':') {
            None if text == "operator" => Ok(Self::Operator),
            Some(("player", id)) => id.parse().map(Self::Player).map_err(|_| InvalidIdentity),
            Some(("telegram", id)) => id.parse().map(Self::Telegram).map_err(|_| InvalidIdentity),
            _ => Err(InvalidIdentity),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_are_read_as_they_are_written() {
        let all = [
            Identity::Player(PlayerId::from_bits(0xabc)),
            Identity::Telegram(-42),
            Identity::Operator,
        ];
        for identity in all {
            assert_eq!(identity.to_string().parse(), Ok(identity));
        }
        for wrong in ["", "player:", "player:zz", "telegram:x", "admin:1"] {
            assert_eq!(wrong.parse::<Identity>(), Err(InvalidIdentity), "{wrong}");
        }
    }
}
