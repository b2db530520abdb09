//! What a client may send: control frames, strictly read.

use super::{
    EndReason,
    frame::{CONTROL_PAYLOAD_MAX, CloseCode, Frame},
};

/// Two bytes of header and four of mask stand before a client's control payload.
const HEADER_BYTES: usize = 6;

/// The longest frame that a client may send, in bytes.
const CLIENT_FRAME_BYTES_MAX: usize = HEADER_BYTES + CONTROL_PAYLOAD_MAX;

/// A control frame of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ClientFrame {
    /// To be answered with this pong.
    Ping { pong: Frame },
    /// The client lives.
    Pong,
    /// To be answered with this close frame, which repeats the client's code.
    Close { answer: Frame },
}

/// Why a connection must be closed for what its client sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Violation {
    /// Not RFC 6455; the text says how.
    Protocol(&'static str),
    /// A close reason that is not UTF-8, RFC 6455 §5.5.1.
    NotText,
    /// A text, binary or continuation frame.
    Message,
    /// More control frames than [`super::CLIENT_FRAMES_MAX`].
    TooMany,
}

impl Violation {
    /// The close frame that tells the client.
    pub(super) fn frame(self) -> Frame {
        match self {
            Self::Protocol(how) => Frame::close(CloseCode::PROTOCOL_ERROR, how),
            Self::NotText => Frame::close(CloseCode::INVALID_PAYLOAD, "the reason is not UTF-8"),
            Self::Message => {
                Frame::close(CloseCode::POLICY_VIOLATION, "this feed takes no messages")
            }
            Self::TooMany => Frame::close(CloseCode::POLICY_VIOLATION, "too many control frames"),
        }
    }

    /// What the owner of the connection is told.
    pub(super) fn end(self) -> EndReason {
        match self {
            Self::Protocol(_) | Self::NotText => EndReason::ProtocolError,
            Self::Message | Self::TooMany => EndReason::PolicyViolation,
        }
    }
}

/// Cuts one client's bytes into frames. Between frames it holds no memory.
#[derive(Debug, Default)]
pub(super) struct ClientFrames {
    /// The start of a frame whose rest has not come.
    held: Option<Box<Held>>,
}

#[derive(Debug)]
struct Held {
    bytes: [u8; CLIENT_FRAME_BYTES_MAX],
    length: u8,
}

impl ClientFrames {
    /// The next frame of `input`, which is moved behind it. `None`: `input` is used up, and the
    /// start of a frame that it ends with is held until the rest comes.
    pub(super) fn next(&mut self, input: &mut &[u8]) -> Result<Option<ClientFrame>, Violation> {
        let Some(held) = &mut self.held else {
            if let Some((frame, used)) = parse(input)? {
                *input = &input[used..];
                return Ok(Some(frame));
            }
            if !input.is_empty() {
                let mut bytes = [0; CLIENT_FRAME_BYTES_MAX];
                bytes[..input.len()].copy_from_slice(input);
                self.held = Some(Box::new(Held {
                    bytes,
                    length: input.len() as u8,
                }));
                *input = &[];
            }
            return Ok(None);
        };
        let before = usize::from(held.length);
        let added = input.len().min(CLIENT_FRAME_BYTES_MAX - before);
        held.bytes[before..before + added].copy_from_slice(&input[..added]);
        match parse(&held.bytes[..before + added])? {
            Some((frame, used)) => {
                *input = &input[used - before..];
                self.held = None;
                Ok(Some(frame))
            }
            None => {
                held.length = (before + added) as u8;
                *input = &input[added..];
                Ok(None)
            }
        }
    }
}

/// The frame at the start of `input` and its length. `None` when its end has not come, which is
/// so only for fewer than [`CLIENT_FRAME_BYTES_MAX`] bytes.
fn parse(input: &[u8]) -> Result<Option<(ClientFrame, usize)>, Violation> {
    let &[first, second, ..] = input else {
        return Ok(None);
    };
    let fin = first & 0x80 != 0;
    if first & 0x70 != 0 {
        return Err(Violation::Protocol("reserved bits are set"));
    }
    if second & 0x80 == 0 {
        return Err(Violation::Protocol("the frame is not masked"));
    }
    let opcode = first & 0x0F;
    match opcode {
        0x0..=0x2 => return Err(Violation::Message),
        0x8..=0xA if !fin => return Err(Violation::Protocol("a control frame is fragmented")),
        0x8..=0xA => {}
        _ => return Err(Violation::Protocol("the opcode is reserved")),
    }
    let length = usize::from(second & 0x7F);
    if length > CONTROL_PAYLOAD_MAX {
        return Err(Violation::Protocol("a control frame is over 125 bytes"));
    }
    let Some(frame) = input.get(..HEADER_BYTES + length) else {
        return Ok(None);
    };
    let (header, masked) = frame.split_at(HEADER_BYTES);
    let mut payload = [0; CONTROL_PAYLOAD_MAX];
    let payload = &mut payload[..length];
    for (index, (byte, masked)) in payload.iter_mut().zip(masked).enumerate() {
        *byte = masked ^ header[2 + index % 4];
    }
    let read = match opcode {
        0x8 => ClientFrame::Close {
            answer: answer_to_close(payload)?,
        },
        0x9 => ClientFrame::Ping {
            pong: Frame::pong(payload),
        },
        _ => ClientFrame::Pong,
    };
    Ok(Some((read, frame.len())))
}

/// RFC 6455 §5.5.1: the payload is empty, or a code and a reason in UTF-8.
fn answer_to_close(payload: &[u8]) -> Result<Frame, Violation> {
    let (code, reason) = match payload {
        [] => return Ok(Frame::close_empty()),
        [_] => return Err(Violation::Protocol("a close frame has half a code")),
        [high, low, reason @ ..] => (u16::from_be_bytes([*high, *low]), reason),
    };
    let code = CloseCode::new(code).ok_or(Violation::Protocol("the close code is reserved"))?;
    str::from_utf8(reason).map_err(|_| Violation::NotText)?;
    Ok(Frame::close(code, ""))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A client frame as it is on the wire.
    fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
        let mask = [0x11, 0x22, 0x33, 0x44];
        let mut bytes = vec![first, 0x80 | payload.len() as u8];
        bytes.extend(mask);
        bytes.extend(
            payload
                .iter()
                .enumerate()
                .map(|(i, byte)| byte ^ mask[i % 4]),
        );
        bytes
    }

    /// All frames of `input`, given in pieces of `piece` bytes.
    fn read(input: &[u8], piece: usize) -> Result<Vec<ClientFrame>, Violation> {
        let mut frames = ClientFrames::default();
        let mut read = Vec::new();
        for mut piece in input.chunks(piece) {
            while let Some(frame) = frames.next(&mut piece)? {
                read.push(frame);
            }
        }
        Ok(read)
    }

    #[test]
    fn frames_are_read_whole_and_in_pieces() {
        let mut input = masked(0x89, b"ping");
        input.extend(masked(0x8A, &[7; CONTROL_PAYLOAD_MAX]));
        input.extend(masked(0x89, b""));
        input.extend(masked(0x88, &[0x03, 0xE8, b'b', b'y', b'e']));
        let expected = vec![
            ClientFrame::Ping {
                pong: Frame::pong(b"ping"),
            },
            ClientFrame::Pong,
            ClientFrame::Ping {
                pong: Frame::pong(b""),
            },
            ClientFrame::Close {
                answer: Frame::close(CloseCode::NORMAL, ""),
            },
        ];
        for piece in 1..=input.len() {
            assert_eq!(
                read(&input, piece),
                Ok(expected.clone()),
                "in pieces of {piece}"
            );
        }
    }

    #[test]
    fn messages_are_against_the_policy() {
        for first in [0x81, 0x82, 0x80, 0x01, 0x02, 0x00] {
            assert_eq!(
                read(&masked(first, b"hi"), 64),
                Err(Violation::Message),
                "{first:#x}"
            );
        }
    }

    #[test]
    fn broken_frames_are_protocol_errors() {
        let oversized = [0x89, 0x80 | 126, 0, 200];
        for (input, what) in [
            (&[0x89, 0x00][..], "unmasked ping"),
            (&[0x81, 0x02, b'h', b'i'], "unmasked text"),
            (&masked(0xC9, b""), "reserved bit"),
            (&masked(0x09, b""), "fragmented ping"),
            (&masked(0x83, b""), "reserved data opcode"),
            (&masked(0x8B, b""), "reserved control opcode"),
            (&oversized, "oversized ping"),
            (&masked(0x88, &[3]), "half a close code"),
            (&masked(0x88, &[0x03, 0xED]), "close code 1005"),
        ] {
            let result = read(input, 64);
            assert!(
                matches!(result, Err(Violation::Protocol(_))),
                "{what}: {result:?}"
            );
        }
    }

    #[test]
    fn a_close_reason_must_be_text() {
        let input = masked(0x88, &[0x03, 0xE8, 0xFF]);
        assert_eq!(read(&input, 64), Err(Violation::NotText));
    }

    proptest! {
        #[test]
        fn junk_never_panics_and_reads_the_same_in_any_pieces(
            input in proptest::collection::vec(any::<u8>(), 0..400),
            piece in 1usize..200,
        ) {
            prop_assert_eq!(read(&input, piece), read(&input, input.len().max(1)));
        }

        #[test]
        fn almost_frames_never_panic(
            first in any::<u8>(), second in any::<u8>(), rest in any::<[u8; 160]>(),
            piece in 1usize..200,
        ) {
            let mut input = vec![first | 0x88, second | 0x80];
            input.extend(rest);
            prop_assert_eq!(read(&input, piece), read(&input, input.len()));
        }
    }
}
