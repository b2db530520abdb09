//! Any way of getting to a version gives the same canvas, byte for byte.

use projections::{Canvas, Changes, Field};
use proptest::prelude::*;

use crate::support::{advanced, logs, replay};

proptest! {
    #[test]
    fn a_checkpoint_and_the_rest_give_the_same_state(
        log in logs(150), cut in any::<prop::sample::Index>(),
    ) {
        let cut = cut.index(log.events.len() + 1);
        let saved = log.canvas_after(cut).to_checkpoint();
        let restored = Canvas::from_checkpoint(&saved).expect("a good checkpoint");
        let rebuilt = advanced(restored, &log.events[cut..]);
        prop_assert_eq!(&rebuilt, &log.canvas);
        prop_assert_eq!(rebuilt.to_checkpoint(), log.canvas.to_checkpoint());
    }

    #[test]
    fn a_snapshot_and_the_rest_give_the_same_bytes(
        log in logs(150), cut in any::<prop::sample::Index>(),
    ) {
        let cut = cut.index(log.events.len()) + 1;
        let snapshot = log.canvas_after(cut).snapshot().expect("a round");
        let round = log.canvas.rounds().iter().find(|known| known.round == snapshot.round);
        let round = round.expect("a known round");
        let mut field = Field {
            round: snapshot.round,
            palette: round.palette_at(snapshot.version),
            background: round.background,
            is_open: round.was_open_at(snapshot.version),
            grid: snapshot.grid,
        };
        let mut canvas = log.canvas_after(cut);
        for recorded in &log.events[cut..] {
            canvas = advanced(canvas, std::slice::from_ref(recorded));
            if canvas.round().expect("a round").round != field.round {
                break;
            }
            field.apply(&recorded.event);
            prop_assert_eq!(Some(&field), canvas.field());
        }
    }

    #[test]
    fn the_changes_that_events_tell_of_make_the_grid(log in logs(150)) {
        let mut grid = None;
        replay(&log.events, |_, applied, canvas| {
            let now = canvas.grid().expect("a round");
            match &mut grid {
                Some(grid) if !applied.breaks_deltas() => {
                    let changes = Changes::coalesce(applied.cells().to_vec());
                    let sent = Changes::decode(&changes.encode(), now.cells().len());
                    projections::Grid::set(grid, sent.expect("a good delta").as_slice());
                    assert_eq!(grid, now);
                }
                _ => grid = Some(now.clone()),
            }
        });
    }
}
