//! In which order the placements of a segment happened: a permutation, in close to the least room
//! there is for one (`docs/FORMATS.md`, "Segment").

use super::SegmentError;

/// Places in a block.
pub(super) const BLOCK: usize = 256;

/// Bits of precision of the number coder.
const PRECISION_BITS: u32 = 14;
const SCALE: u32 = 1 << PRECISION_BITS;
/// The coder's state stays at or above this between numbers.
const LOWEST_STATE: u32 = 1 << 16;

const _: () = assert!(SCALE as usize > BLOCK);

/// For each radix ⌈2^32 ÷ radix⌉: a division by it is a multiplication and a shift.
const RECIPROCALS: [u64; BLOCK + 1] = {
    let mut reciprocals = [0; BLOCK + 1];
    let mut radix = 1;
    while radix <= BLOCK {
        reciprocals[radix] = (1u64 << 32).div_ceil(radix as u64);
        radix += 1;
    }
    reciprocals
};

/// Where the share of `value` of `radix` begins on the coder's scale: ⌈value × 2^14 ÷ radix⌉.
///
/// Exact for all values up to the radix and all radixes up to [`BLOCK`]: the reciprocal is too
/// large by less than 2^-24 of its own, the dividend is below 2^23, and a quotient of a number by
/// at most 2^8 is no nearer to the next integer than 2^-8.
#[inline]
fn share(value: u32, radix: u32) -> u32 {
    let above = u64::from(value * SCALE + radix - 1);
    ((above * RECIPROCALS[radix as usize]) >> 32) as u32
}

/// For every placement in the order of versions its block; and the stream of all ranks. `places` is
/// for each placement, in the order of versions, its place: each below the count, none twice.
pub(super) fn encode(places: &[u32]) -> (Vec<u8>, Vec<u8>) {
    let blocks: Vec<u8> = places
        .iter()
        .map(|place| (place / BLOCK as u32) as u8)
        .collect();
    let mut within = by_block(&blocks);
    let mut cursor = within.begins.clone();
    for place in places {
        let block = *place as usize / BLOCK;
        within.order[cursor[block]] = (*place as usize % BLOCK) as u8;
        cursor[block] += 1;
    }
    let mut codes = Vec::with_capacity(places.len());
    for block in within.order.chunks(BLOCK) {
        let mut left: Vec<u8> = (0..=u8::MAX).take(block.len()).collect();
        for place in block {
            // Each place is there once, so it is among those that are left.
            let rank = left.partition_point(|other| other < place);
            if left.len() > 1 {
                codes.push((rank as u32, left.len() as u32));
            }
            left.remove(rank);
        }
    }
    (blocks, encode_numbers(&codes))
}

/// The places in the order of versions, of what [`encode`] made.
pub(super) fn decode(blocks: &[u8], ranks: &[u8]) -> Result<Vec<u16>, SegmentError> {
    let mut within = by_block(blocks);
    let is_full = |(block, window): (usize, &[usize])| {
        let size = blocks.len().saturating_sub(block * BLOCK).min(BLOCK);
        window[1] - window[0] == size
    };
    if !within.begins.windows(2).enumerate().all(is_full) {
        return Err(SegmentError::Section { section: "blocks" });
    }
    let mut numbers = NumberStream::new(ranks)?;
    for block in within.order.chunks_mut(BLOCK) {
        let mut left: [u8; BLOCK] = std::array::from_fn(|place| place as u8);
        let mut count = block.len();
        for place in block {
            let rank = match count {
                1 => 0,
                radix => numbers.next(radix as u32)? as usize,
            };
            *place = left[rank];
            left.copy_within(rank + 1..count, rank);
            count -= 1;
        }
    }
    numbers.end()?;
    let mut cursor = within.begins;
    let place_of = |block: &u8| {
        let at = &mut cursor[usize::from(*block)];
        let place = within.order[*at];
        *at += 1;
        u16::from(*block) << 8 | u16::from(place)
    };
    Ok(blocks.iter().map(place_of).collect())
}

/// The places within each block, in the order of versions, block by block; and where each block
/// begins.
struct ByBlock {
    order: Vec<u8>,
    begins: Vec<usize>,
}

fn by_block(blocks: &[u8]) -> ByBlock {
    let mut begins = vec![0usize; usize::from(u8::MAX) + 2];
    for block in blocks {
        begins[usize::from(*block) + 1] += 1;
    }
    for block in 1..begins.len() {
        begins[block] += begins[block - 1];
    }
    ByBlock {
        order: vec![0; blocks.len()],
        begins,
    }
}

/// The stream of numbers, each with its radix, for reading in the same order.
fn encode_numbers(codes: &[(u32, u32)]) -> Vec<u8> {
    let mut state = LOWEST_STATE;
    let mut words = Vec::with_capacity(codes.len());
    for (value, radix) in codes.iter().rev() {
        let (begin, end) = (share(*value, *radix), share(*value + 1, *radix));
        let width = end - begin;
        // The state after this number must stay below 2^32.
        let limit = u64::from(width) << (32 - PRECISION_BITS);
        if u64::from(state) >= limit {
            words.push(state as u16);
            state >>= 16;
        }
        state = (state / width) * SCALE + begin + state % width;
    }
    let mut bytes = Vec::with_capacity(4 + words.len() * 2);
    bytes.extend_from_slice(&state.to_le_bytes());
    bytes.extend(words.iter().rev().flat_map(|word| word.to_le_bytes()));
    bytes
}

/// Reads what [`encode_numbers`] wrote.
struct NumberStream<'a> {
    state: u32,
    words: std::slice::Iter<'a, [u8; 2]>,
}

const FAULT: SegmentError = SegmentError::Section { section: "ranks" };

impl<'a> NumberStream<'a> {
    fn new(bytes: &'a [u8]) -> Result<Self, SegmentError> {
        let (state, words) = bytes.split_first_chunk::<4>().ok_or(FAULT)?;
        let (words, odd) = words.as_chunks::<2>();
        let state = u32::from_le_bytes(*state);
        if !odd.is_empty() || state < LOWEST_STATE {
            return Err(FAULT);
        }
        Ok(Self {
            state,
            words: words.iter(),
        })
    }

    /// The next number, below `radix`.
    #[inline]
    fn next(&mut self, radix: u32) -> Result<u32, SegmentError> {
        let slot = self.state & (SCALE - 1);
        let value = (slot * radix) >> PRECISION_BITS;
        let (begin, end) = (share(value, radix), share(value + 1, radix));
        self.state = (end - begin) * (self.state >> PRECISION_BITS) + slot - begin;
        if self.state < LOWEST_STATE {
            let word = self.words.next().ok_or(FAULT)?;
            self.state = self.state << 16 | u32::from(u16::from_le_bytes(*word));
        }
        Ok(value)
    }

    fn end(mut self) -> Result<(), SegmentError> {
        let is_used_up = self.words.next().is_none() && self.state == LOWEST_STATE;
        is_used_up.then_some(()).ok_or(FAULT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(places: &[u32]) -> Vec<u8> {
        let (blocks, ranks) = encode(places);
        let decoded = decode(&blocks, &ranks).unwrap();
        assert!(
            decoded
                .iter()
                .map(|place| u32::from(*place))
                .eq(places.iter().copied())
        );
        ranks
    }

    #[test]
    fn every_order_comes_back_in_close_to_the_least_room() {
        round_trip(&[]);
        round_trip(&[0]);
        round_trip(&[1, 0]);
        round_trip(&Vec::from_iter((0..257).rev()));
        // A multiplicative walk visits every place once: 40503 and 65536 have no common divisor.
        let mixed: Vec<u32> = (0u32..65_536)
            .map(|n| n.wrapping_mul(40_503) % 65_536)
            .collect();
        let bits = round_trip(&mixed).len() as f64 * 8.0 / 65_536.0;
        // log2(256!) / 256 = 6.578 bits.
        assert!(bits < 6.6, "{bits} bits a rank");
    }

    #[test]
    fn shares_are_exact() {
        for radix in 1..=BLOCK as u32 {
            for value in 0..=radix {
                assert_eq!(share(value, radix), (value * SCALE).div_ceil(radix));
            }
        }
    }

    #[test]
    fn streams_that_were_not_written_so_are_refused() {
        let (blocks, ranks) = encode(&[2, 0, 1, 3]);
        assert!(decode(&[0, 0, 1, 0], &ranks).is_err());
        assert!(decode(&[], &ranks).is_err());
        assert!(decode(&blocks, &ranks[..3]).is_err());
        assert!(decode(&blocks, &[]).is_err());
        let longer = [&ranks[..], &[0, 0]].concat();
        assert!(decode(&blocks, &longer).is_err());
    }
}
