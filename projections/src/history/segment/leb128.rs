//! Unsigned LEB128: 7 bits a byte, lowest first, the highest bit set on all but the last byte.

use super::SegmentError;

/// The most bytes of a number of 64 bits.
const MAX_BYTES: u32 = 10;

/// Adds `value` in its shortest form.
pub(super) fn write(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// The numbers of a section, in order.
pub(super) struct Numbers<'a> {
    rest: &'a [u8],
    section: &'static str,
}

impl<'a> Numbers<'a> {
    pub(super) fn new(section: &'static str, bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            section,
        }
    }

    /// The next number.
    #[inline]
    pub(super) fn next(&mut self) -> Result<u64, SegmentError> {
        match self.rest {
            [byte, rest @ ..] if *byte < 0x80 => {
                self.rest = rest;
                Ok(u64::from(*byte))
            }
            _ => self.next_long(),
        }
    }

    fn next_long(&mut self) -> Result<u64, SegmentError> {
        let mut value = 0u64;
        for place in 0..MAX_BYTES {
            let (byte, rest) = self.rest.split_first().ok_or_else(|| self.fault())?;
            self.rest = rest;
            let bits = u64::from(byte & 0x7f);
            if bits.leading_zeros() < 7 * place {
                return Err(self.fault());
            }
            value |= bits << (7 * place);
            if byte & 0x80 == 0 {
                let is_shortest = *byte != 0 || place == 0;
                return is_shortest.then_some(value).ok_or_else(|| self.fault());
            }
        }
        Err(self.fault())
    }

    /// The next number, below 2^32.
    pub(super) fn next_u32(&mut self) -> Result<u32, SegmentError> {
        u32::try_from(self.next()?).map_err(|_| self.fault())
    }

    /// The next `count` bytes.
    pub(super) fn bytes(&mut self, count: usize) -> Result<&'a [u8], SegmentError> {
        let (bytes, rest) = self
            .rest
            .split_at_checked(count)
            .ok_or_else(|| self.fault())?;
        self.rest = rest;
        Ok(bytes)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Everything has to be used up by now.
    pub(super) fn end(self) -> Result<(), SegmentError> {
        match self.rest.is_empty() {
            true => Ok(()),
            false => Err(self.fault()),
        }
    }

    pub(super) fn fault(&self) -> SegmentError {
        SegmentError::Section {
            section: self.section,
        }
    }
}
