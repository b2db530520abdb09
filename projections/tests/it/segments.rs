//! Segments hold exactly what the log holds, but for who is who.

use projections::history::segment::{SegmentFile, Step};
use projections::history::{Closed, Packer};
use proptest::prelude::*;

use crate::support::logs;

proptest! {
    #[test]
    fn a_log_in_segments_folds_to_the_same_canvas(log in logs(300)) {
        let mut packer = Packer::of_empty_log();
        let mut closed: Vec<Closed> = Vec::new();
        for recorded in &log.events {
            closed.extend(packer.push(recorded).expect("the next event"));
        }
        let open = packer.open_segment().expect("a log has events");
        let segments = closed.iter().map(|closed| &closed.segment).chain([&open]);
        let mut field: Option<projections::Field> = None;
        let mut version = 0;
        for segment in segments {
            let (bytes, hash) = segment.encode().expect("a lawful segment");
            let file = SegmentFile::read(&bytes).expect("a segment");
            prop_assert_eq!(file.content_hash().expect("sections"), hash);
            let decoded = file.decode().expect("a segment");
            prop_assert_eq!(&decoded, segment);
            for (offset, step) in decoded.steps() {
                version += 1;
                let recorded = &log.events[version - 1];
                prop_assert_eq!(decoded.first.plus(offset.into()), recorded.version);
                prop_assert_eq!(decoded.times[offset as usize], recorded.at);
                match step {
                    Step::Placed(placed) => {
                        let field = field.as_mut().expect("a placement lies in a round");
                        let index = field.settable(placed.cell, placed.color);
                        let index = index.expect("a placement of a segment has effect");
                        field.grid.set(&[projections::CellChange { index, color: placed.color }]);
                    }
                    Step::Other(event) => {
                        prop_assert_eq!(event.kind(), recorded.event.kind());
                        if let event_store::Event::RoundOpened(opened) = event
                            && opened.round == decoded.round
                            && offset == 0
                        {
                            field = projections::Field::opened(opened);
                        } else if let Some(field) = &mut field {
                            field.apply(event);
                        }
                    }
                }
                let canvas = log.canvas_after(version);
                prop_assert_eq!(field.as_ref(), canvas.field());
            }
        }
        prop_assert_eq!(version, log.events.len());
        prop_assert_eq!(packer.field(), log.canvas.field());
    }
}
