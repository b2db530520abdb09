//! The canvas, and the rules that its rounds open with.

use event_store::event::{InvalidPalette, MAX_SIDE, MAX_TITLE_BYTES, Size};
use event_store::{CanvasSlug, CooldownRule, Palette, PaletteIndex};

use super::fault::InvalidSetting;
use super::palettes::{NamedPalette, background_of};
use super::reader::{Choice, Given, Reader};

/// The longest time until a charge is back: a day, in milliseconds.
const MAX_REGAIN_MS: u32 = 86_400_000;

/// The canvas, and what a round opens with when nothing else is said. A round that is open keeps
/// what it opened with, whatever is set here later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canvas {
    /// `canvas.slug`, `PIXELWARS_CANVAS__SLUG`: the canvas's short name; `main` when not set.
    pub slug: CanvasSlug,
    /// `canvas.width` and `canvas.height`, `PIXELWARS_CANVAS__WIDTH` and `…__HEIGHT`: cells, each 1
    /// to 8192; 1000 when not set.
    pub size: Size,
    /// `canvas.palette`, `PIXELWARS_CANVAS__PALETTE`: the colours, by a name or as a list;
    /// `place2022` when not set.
    pub palette: Palette,
    /// The colour of cells that nobody placed on: white where the palette has it, else its first.
    pub background: PaletteIndex,
    /// `canvas.max_charges` (1 to 1000; 1 when not set) and `canvas.regain_ms` (0 to a day; 5000
    /// when not set), `PIXELWARS_CANVAS__MAX_CHARGES` and `…__REGAIN_MS`.
    pub cooldown: CooldownRule,
    /// `canvas.title`, `PIXELWARS_CANVAS__TITLE`: the round's name, at most 200 bytes; empty when
    /// not set.
    pub title: String,
}

impl Canvas {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let slug = reader.setting("canvas.slug", CanvasSlug::default(), slug, |slug| {
            slug.as_str().into()
        });
        let width = reader.number("canvas.width", 1_000, 1..=MAX_SIDE);
        let height = reader.number("canvas.height", 1_000, 1..=MAX_SIDE);
        let default = Colors::Named(NamedPalette::Place2022);
        let colors = reader.setting("canvas.palette", default, Colors::read, Colors::shown);
        let palette = match colors {
            Colors::Named(name) => name.palette(),
            Colors::Listed(palette) => palette,
        };
        Self {
            slug,
            size: Size { width, height },
            background: background_of(&palette),
            palette,
            cooldown: CooldownRule {
                max_charges: reader.number("canvas.max_charges", 1, 1..=1_000),
                regain_ms: reader.number("canvas.regain_ms", 5_000, 0..=MAX_REGAIN_MS),
            },
            title: reader.setting("canvas.title", String::new(), title, |title| {
                title.as_str().into()
            }),
        }
    }
}

fn slug(given: &Given) -> Result<CanvasSlug, InvalidSetting> {
    let text = given.text()?;
    text.parse()
        .map_err(|error: event_store::event::InvalidName| {
            let problem = format!("`{}` is no short name", error.given);
            InvalidSetting::new(problem, format!("write {}", error.rule))
        })
}

fn title(given: &Given) -> Result<String, InvalidSetting> {
    let text = given.text()?;
    match text.len() {
        0..=MAX_TITLE_BYTES => Ok(text.to_owned()),
        bytes => Err(InvalidSetting::new(
            format!("the title has {bytes} bytes"),
            format!("write at most {MAX_TITLE_BYTES} bytes"),
        )),
    }
}

/// A palette as written in settings.
enum Colors {
    Named(NamedPalette),
    Listed(Palette),
}

impl Colors {
    fn read(given: &Given) -> Result<Self, InvalidSetting> {
        let words = given.list().or_else(|wrong| match given.text() {
            Ok(name) => Ok(vec![name]),
            Err(_) => Err(wrong),
        })?;
        match words.as_slice() {
            [name] if !given.is_list() && !name.starts_with('#') => Self::named(name),
            colors => Self::listed(colors).map_err(|error| {
                InvalidSetting::new(
                    error.to_string(),
                    "list 1 to 255 different colours, as in #FFFFFF",
                )
            }),
        }
    }

    fn named(name: &str) -> Result<Self, InvalidSetting> {
        NamedPalette::of_word(name)
            .map(Self::Named)
            .map_err(|wrong| InvalidSetting {
                problem: format!("there is no palette `{name}`"),
                remedy: format!("{}; or list colours, as in #FFFFFF", wrong.remedy),
            })
    }

    fn listed(colors: &[&str]) -> Result<Self, InvalidPalette> {
        let colors = colors
            .iter()
            .map(|color| color.parse())
            .collect::<Result<_, _>>()?;
        Palette::new(colors).map(Self::Listed)
    }

    fn shown(&self) -> toml::Value {
        match self {
            Self::Named(name) => name.name().into(),
            Self::Listed(palette) => {
                let colors: Vec<String> =
                    palette.colors().iter().map(ToString::to_string).collect();
                colors.into()
            }
        }
    }
}
