//! Server frames of RFC 6455: unmasked, never fragmented, header and payload in one buffer.

use bytes::Bytes;

/// FIN bit and opcode, RFC 6455 §5.2.
const FIN_BINARY: u8 = 0x82;
const FIN_CLOSE: u8 = 0x88;
const FIN_PING: u8 = 0x89;
const FIN_PONG: u8 = 0x8A;

/// The longest payload of a control frame, in bytes, RFC 6455 §5.5.
pub(super) const CONTROL_PAYLOAD_MAX: usize = 125;

/// The longest reason in a close frame, in bytes: a control payload less the code.
const CLOSE_REASON_MAX: usize = CONTROL_PAYLOAD_MAX - 2;

/// One encoded server frame, header included. A clone shares the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame(Bytes);

impl Frame {
    /// A binary message around `payload`.
    pub fn binary(payload: &[u8]) -> Self {
        Self::encode(FIN_BINARY, payload)
    }

    /// An empty ping.
    pub fn ping() -> Self {
        Self(Bytes::from_static(&[FIN_PING, 0]))
    }

    /// A close frame. A `reason` over 123 bytes is cut at a character.
    pub fn close(code: CloseCode, reason: &str) -> Self {
        let reason = &reason[..reason.floor_char_boundary(CLOSE_REASON_MAX)];
        let mut payload = Vec::with_capacity(2 + reason.len());
        payload.extend_from_slice(&code.0.to_be_bytes());
        payload.extend_from_slice(reason.as_bytes());
        Self::encode(FIN_CLOSE, &payload)
    }

    /// A close frame without a code, the answer to one without a code.
    pub(super) fn close_empty() -> Self {
        Self(Bytes::from_static(&[FIN_CLOSE, 0]))
    }

    /// The answer to a ping with `payload`, at most [`CONTROL_PAYLOAD_MAX`] bytes.
    pub(super) fn pong(payload: &[u8]) -> Self {
        debug_assert!(
            payload.len() <= CONTROL_PAYLOAD_MAX,
            "a pong is a control frame"
        );
        Self::encode(FIN_PONG, payload)
    }

    /// The bytes on the wire.
    pub fn as_bytes(&self) -> &Bytes {
        &self.0
    }

    /// Length on the wire in bytes, header included; never 0.
    #[expect(
        clippy::len_without_is_empty,
        reason = "a frame has a header, so is never empty"
    )]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Length forms of RFC 6455 §5.2: 7 bits, or 126 and 16 bits, or 127 and 64 bits.
    fn encode(first: u8, payload: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(10 + payload.len());
        bytes.push(first);
        if payload.len() <= CONTROL_PAYLOAD_MAX {
            bytes.push(payload.len() as u8);
        } else if let Ok(length) = u16::try_from(payload.len()) {
            bytes.push(126);
            bytes.extend_from_slice(&length.to_be_bytes());
        } else {
            bytes.push(127);
            bytes.extend_from_slice(&(payload.len() as u64).to_be_bytes());
        }
        bytes.extend_from_slice(payload);
        Self(bytes.into())
    }
}

/// Why a WebSocket is closed, RFC 6455 §7.4 and its registry at IANA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CloseCode(u16);

impl CloseCode {
    /// The purpose is fulfilled.
    pub const NORMAL: Self = Self(1000);
    /// The server goes away.
    pub const GOING_AWAY: Self = Self(1001);
    /// The client broke RFC 6455.
    pub const PROTOCOL_ERROR: Self = Self(1002);
    /// Text that is not UTF-8.
    pub const INVALID_PAYLOAD: Self = Self(1007);
    /// The client sent what it may not send.
    pub const POLICY_VIOLATION: Self = Self(1008);
    /// The server met a condition it did not expect.
    pub const INTERNAL_ERROR: Self = Self(1011);
    /// The server restarts; the client comes back after a random wait.
    pub const SERVICE_RESTART: Self = Self(1012);
    /// The server is full; the client comes back later.
    pub const TRY_AGAIN_LATER: Self = Self(1013);
    /// Our own: another socket of the same account took over.
    pub const TAKEN_OVER: Self = Self(4001);
    /// Our own: the player was banned.
    pub const BANNED: Self = Self(4003);

    /// A code that may be sent: 1000-1003, 1007-1014, 3000-4999.
    pub const fn new(code: u16) -> Option<Self> {
        match code {
            1000..=1003 | 1007..=1014 | 3000..=4999 => Some(Self(code)),
            _ => None,
        }
    }

    /// The bare number.
    pub const fn get(self) -> u16 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;
    use tungstenite::{Message, protocol::Role};

    use super::*;

    /// What the reference implementation reads, as a client, from `frame`.
    fn read(frame: &Frame) -> Message {
        let io = Cursor::new(frame.as_bytes().to_vec());
        tungstenite::WebSocket::from_raw_socket(io, Role::Client, None)
            .read()
            .unwrap()
    }

    #[test]
    fn a_binary_frame_is_read_back_at_every_length_form() {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536, 200_000] {
            let payload: Vec<u8> = (0..length).map(|i| i as u8).collect();
            let frame = Frame::binary(&payload);
            assert_eq!(read(&frame), Message::binary(payload), "{length} bytes");
        }
    }

    #[test]
    fn control_frames_are_read_back() {
        assert_eq!(read(&Frame::ping()), Message::Ping(Bytes::new()));
        assert_eq!(
            read(&Frame::pong(b"now")),
            Message::Pong(Bytes::from_static(b"now"))
        );
        assert_eq!(read(&Frame::close_empty()), Message::Close(None));
        let Message::Close(Some(close)) = read(&Frame::close(CloseCode::NORMAL, "bye")) else {
            panic!("not a close frame with a code");
        };
        assert_eq!(
            (u16::from(close.code), close.reason.as_str()),
            (1000, "bye")
        );
    }

    #[test]
    fn a_long_close_reason_is_cut_at_a_character() {
        let frame = Frame::close(CloseCode::POLICY_VIOLATION, &"é".repeat(100));
        let Message::Close(Some(close)) = read(&frame) else {
            panic!("not a close frame with a code");
        };
        assert_eq!(close.reason.as_str(), "é".repeat(61));
    }

    proptest! {
        #[test]
        fn any_payload_survives(payload in proptest::collection::vec(any::<u8>(), 0..70_000)) {
            prop_assert_eq!(read(&Frame::binary(&payload)), Message::binary(payload));
        }
    }
}
