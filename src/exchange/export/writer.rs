//! An export on its way: pages of events in, text out.

use event_store::event::RoundOpened;
use event_store::{Cell, Event, Palette, PaletteIndex, Recorded, Rgb};

use super::form;
use super::format::ExportFormat;
use super::plan::ExportPlan;
use super::region::narrow;
use super::round_in_force::RoundInForce;
use super::row::{ExportRow, Painted, rows_of};
use super::sink::ExportSink;
use super::who::{Callers, Who};
use super::{ExportError, ExportSummary};
use crate::config::NamedPalette;
use crate::exchange::json::EventJson;
use crate::exchange::{rplace2017, rplace2022, rplace2023};

/// Text is handed on once there is this much of it.
const FLUSH_BYTES: usize = 64 * 1024;

/// After this many events, some 200 µs of work, others on the same core have their turn.
const EVENTS_PER_TURN: usize = 200;

/// An export on its way.
pub(super) struct Writer<'a> {
    plan: ExportPlan,
    open: Option<RoundInForce>,
    callers: Callers<'a>,
    palette_2017: Palette,
    text: String,
    out: &'a mut dyn ExportSink,
    summary: ExportSummary,
}

impl<'a> Writer<'a> {
    pub(super) fn new(mut plan: ExportPlan, who: Who<'a>, out: &'a mut dyn ExportSink) -> Self {
        let header = match plan.format {
            ExportFormat::Rplace2017 => Some(rplace2017::HEADER),
            ExportFormat::Rplace2022 => Some(rplace2022::HEADER),
            ExportFormat::Rplace2023 => Some(rplace2023::HEADER),
            ExportFormat::Pxls | ExportFormat::Ndjson => None,
        };
        let mut text = String::with_capacity(2 * FLUSH_BYTES);
        if let Some(header) = header {
            text.push_str(header);
            text.push('\n');
        }
        Self {
            open: plan.open.take(),
            summary: ExportSummary {
                round: plan.round,
                first_version: plan.first,
                last_version: plan.last,
                ..ExportSummary::default()
            },
            plan,
            callers: Callers::new(who),
            palette_2017: NamedPalette::Place2017.palette(),
            text,
            out,
        }
    }

    pub(super) async fn write_page(&mut self, page: Vec<Recorded>) -> Result<(), ExportError> {
        self.summary.events += page.len() as u64;
        if self.plan.format.has_rows() {
            self.callers.learn(&page).await?;
            self.write_rows(&page).await
        } else {
            self.write_events(page).await
        }
    }

    async fn write_rows(&mut self, page: &[Recorded]) -> Result<(), ExportError> {
        let mut rows = Vec::new();
        for (number, recorded) in page.iter().enumerate() {
            give_way(number).await;
            if let Some(opened) = self.opening(recorded) {
                self.open = Some(RoundInForce::opened(opened));
            } else if let Some(open) = &mut self.open {
                open.follow(&recorded.event);
            }
            if let Some(open) = &self.open {
                rows_of(recorded, open, self.plan.region, &mut rows);
            }
            for row in rows.drain(..) {
                self.write_row(&row).await?;
            }
        }
        Ok(())
    }

    /// The round that an event opens, when the fold takes it so.
    fn opening<'e>(&self, recorded: &'e Recorded) -> Option<&'e RoundOpened> {
        let Event::RoundOpened(opened) = &recorded.event else {
            return None;
        };
        self.plan.opening_at(recorded.version).map(|_| opened)
    }

    async fn write_events(&mut self, page: Vec<Recorded>) -> Result<(), ExportError> {
        for (number, mut recorded) in page.into_iter().enumerate() {
            give_way(number).await;
            let region = self.plan.region;
            if region.is_some_and(|region| !narrow(&mut recorded.event, region)) {
                continue;
            }
            let round = self.plan.round_at(recorded.version);
            self.callers.disguise(round, &mut recorded.event);
            let line = serde_json::to_string(&EventJson::from(&recorded))
                .expect("an event has no map keys, so it always has a JSON form");
            self.text.push_str(&line);
            self.text.push('\n');
            self.wrote_row().await?;
        }
        Ok(())
    }

    async fn write_row(&mut self, row: &ExportRow) -> Result<(), ExportError> {
        let has_rectangles = matches!(
            self.plan.format,
            ExportFormat::Rplace2022 | ExportFormat::Rplace2023
        );
        let has_closed_cells = self
            .open
            .as_ref()
            .is_some_and(RoundInForce::has_closed_cells);
        match row.painted {
            Painted::Rectangle(region) if !has_rectangles || has_closed_cells => {
                for cell in region.cells() {
                    let is_settable = |open: &RoundInForce| open.is_settable(cell);
                    if self.open.as_ref().is_some_and(is_settable) {
                        let painted = Painted::Cell(cell);
                        self.write_plain_row(&ExportRow { painted, ..*row });
                        self.wrote_row().await?;
                    }
                }
                Ok(())
            }
            Painted::Cell(_) | Painted::Rectangle(_) => {
                self.write_plain_row(row);
                self.wrote_row().await
            }
        }
    }

    /// Adds a row that the form has as it is.
    fn write_plain_row(&mut self, row: &ExportRow) {
        let Some(open) = &self.open else { return };
        let name = self.callers.of(open.round, row.actor);
        let (out, color) = (&mut self.text, color_of(&open.palette, row.color));
        let cell = match row.painted {
            Painted::Cell(cell) => cell,
            Painted::Rectangle(region) => Cell::new(region.x, region.y),
        };
        match self.plan.format {
            ExportFormat::Rplace2017 => {
                // A round in other colours is not planned in this form.
                let index = self.palette_2017.index_of(color).unwrap_or(PaletteIndex(0));
                form::write_rplace2017(out, row.at, &name, cell, index.0);
            }
            ExportFormat::Rplace2022 => form::write_rplace2022(out, row, &name, color),
            ExportFormat::Rplace2023 => {
                form::write_rplace2023(out, row, &name, color, self.plan.middle);
            }
            ExportFormat::Pxls => form::write_pxls(out, row, cell, &name),
            ExportFormat::Ndjson => {}
        }
    }

    async fn wrote_row(&mut self) -> Result<(), ExportError> {
        self.summary.rows += 1;
        if self.text.len() >= FLUSH_BYTES {
            self.hand_on().await?;
        }
        Ok(())
    }

    async fn hand_on(&mut self) -> Result<(), ExportError> {
        let taken = self.out.take(self.text.as_bytes()).await;
        taken.map_err(ExportError::Write)?;
        self.summary.bytes += self.text.len() as u64;
        self.text.clear();
        Ok(())
    }

    pub(super) async fn finish(mut self) -> Result<ExportSummary, ExportError> {
        self.hand_on().await?;
        self.out.finish().await.map_err(ExportError::Write)?;
        Ok(self.summary)
    }
}

/// Lets others have their turn now and then.
async fn give_way(number: usize) {
    if number.is_multiple_of(EVENTS_PER_TURN) {
        tokio::task::yield_now().await;
    }
}

/// A colour that [`rows_of`] has found in the palette.
fn color_of(palette: &Palette, index: PaletteIndex) -> Rgb {
    let color = palette.colors().get(usize::from(index.0));
    color.copied().unwrap_or(Rgb([0; 3]))
}
