//! Which sign-in something comes from, and how new it is.

use std::fmt;
use std::str::FromStr;

/// How often an account has signed in or refreshed its tokens: 1 at the first sign-in, one more
/// with each after it, on whatever device. The larger of two numbers is the newer session, and the
/// newest one wins the seat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionNumber(pub u64);

impl fmt::Display for SessionNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// The session that a seat is taken by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlaySession {
    /// How new it is.
    pub number: SessionNumber,
    /// The sign-in that it comes from: when that is ended, so is the seat.
    pub login_session: LoginSessionId,
}

/// Names one sign-in on one device with all the tokens that follow from it: 128 bits, shown as 32
/// lower-case hexadecimal digits. Public: nothing can be signed in with it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LoginSessionId([u8; 16]);

/// A text that is no [`LoginSessionId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a login session is named by 32 lower-case hexadecimal digits")]
pub struct InvalidLoginSessionId;

impl LoginSessionId {
    /// The id of these bits.
    pub const fn from_bytes(bits: [u8; 16]) -> Self {
        Self(bits)
    }

    /// Its bits.
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0
    }
}

impl fmt::Display for LoginSessionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for LoginSessionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "LoginSessionId({self})")
    }
}

impl FromStr for LoginSessionId {
    type Err = InvalidLoginSessionId;

    fn from_str(text: &str) -> Result<Self, InvalidLoginSessionId> {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() != 32 || !text.bytes().all(is_digit) {
            return Err(InvalidLoginSessionId);
        }
        let bits = u128::from_str_radix(text, 16).map_err(|_| InvalidLoginSessionId)?;
        Ok(Self(bits.to_be_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_session_is_read_as_it_is_shown() {
        let id = LoginSessionId::from_bytes([0x0a; 16]);
        assert_eq!(id.to_string(), "0a".repeat(16));
        assert_eq!(id.to_string().parse(), Ok(id));
        for wrong in [
            "",
            "0a",
            &"0A".repeat(16),
            &"+a".repeat(16),
            &"é".repeat(16),
            &"0a".repeat(17),
        ] {
            let parsed = wrong.parse::<LoginSessionId>();
            assert_eq!(parsed, Err(InvalidLoginSessionId), "{wrong}");
        }
    }
}
