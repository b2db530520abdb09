//! Names for players in exports: the same throughout a round, and another one in the next.
//!
//! A pseudonym is lawful as a player id, so a published log is a log. Without the key nobody can
//! tell whose it is, nor that two of different rounds, or of different canvases, are one player's.

use std::fmt;

use event_store::{CanvasSlug, Event, PlayerId, RoundId};

/// How many bytes the secret of a deployment has.
pub const SECRET_BYTES: usize = 32;

/// What the pseudonyms of one canvas are made with. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct PseudonymKey([u8; blake3::KEY_LEN]);

impl PseudonymKey {
    /// The key of a canvas: BLAKE3 of its slug, keyed by the deployment's secret.
    pub fn of_canvas(secret: &[u8; SECRET_BYTES], canvas: &CanvasSlug) -> Self {
        let base = blake3::derive_key("pixelwars player pseudonyms 1", secret);
        Self(*blake3::keyed_hash(&base, canvas.as_str().as_bytes()).as_bytes())
    }

    /// The pseudonym of a player in a round: the first 63 bits of BLAKE3 over the round (u32
    /// little-endian) and the player's id (u64 little-endian), keyed. Among ten million players
    /// the chance that any two have the same is below one in 100 000.
    pub fn of_player(&self, round: RoundId, player: PlayerId) -> PlayerId {
        let mut named = [0; 12];
        named[..4].copy_from_slice(&round.0.to_le_bytes());
        named[4..].copy_from_slice(&player.bits().to_le_bytes());
        PlayerId::from_bits(first_bits(&blake3::keyed_hash(&self.0, &named)))
    }

    /// Puts pseudonyms in the place of everybody whom an event names. `round` is the one whose
    /// opening was the last before the event, or the event itself; 0 before the first.
    pub fn disguise(&self, round: RoundId, event: &mut Event) {
        event.rename_players(|player| self.of_player(round, player));
    }

    /// Tells keys apart without telling anything of them.
    pub fn fingerprint(&self) -> u64 {
        first_bits(&blake3::keyed_hash(&self.0, b"fingerprint"))
    }
}

fn first_bits(hash: &blake3::Hash) -> u64 {
    let mut bits = [0; 8];
    bits.copy_from_slice(&hash.as_bytes()[..8]);
    u64::from_le_bytes(bits)
}

impl fmt::Debug for PseudonymKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PseudonymKey")
    }
}

#[cfg(test)]
mod tests {
    use event_store::Cell;
    use event_store::PaletteIndex;
    use event_store::event::PlacementMade;

    use super::*;

    fn key(secret: u8, canvas: &str) -> PseudonymKey {
        let slug = canvas.parse().expect("a lawful slug");
        PseudonymKey::of_canvas(&[secret; SECRET_BYTES], &slug)
    }

    #[test]
    fn a_player_has_one_name_in_a_round_and_others_elsewhere() {
        let ann = PlayerId::from_bits(7);
        let named = |secret, canvas, round| key(secret, canvas).of_player(RoundId(round), ann);
        assert_eq!(named(1, "main", 1), named(1, "main", 1));
        let others = [
            named(1, "main", 2),
            named(1, "other", 1),
            named(2, "main", 1),
            ann,
            key(1, "main").of_player(RoundId(1), PlayerId::from_bits(8)),
        ];
        assert!(others.iter().all(|other| *other != named(1, "main", 1)));
    }

    #[test]
    fn an_event_is_disguised_and_the_key_is_shown_to_nobody() {
        let key = key(1, "main");
        let made = |player| {
            Event::PlacementMade(PlacementMade {
                round: RoundId(3),
                player,
                cell: Cell::new(1, 2),
                color: PaletteIndex(0),
            })
        };
        let ann = PlayerId::from_bits(7);
        let mut event = made(ann);
        key.disguise(RoundId(3), &mut event);
        assert_eq!(event, made(key.of_player(RoundId(3), ann)));
        assert_eq!(format!("{key:?}"), "PseudonymKey");
        assert_ne!(
            key.fingerprint(),
            super::tests::key(2, "main").fingerprint()
        );
    }
}
