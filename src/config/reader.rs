//! Takes settings one by one out of the merged sources, and notes every fault on the way.
//!
//! A setting exists because a section reads it: its key, default and range stand at that one place.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use config::{Value, ValueKind};

use super::fault::{ConfigFaults, Fault, InvalidSetting};
use super::sources::{Origin, Sources};

/// A setting in force.
#[derive(Clone, Debug, PartialEq)]
pub struct EffectiveSetting {
    /// Its dotted key.
    pub key: &'static str,
    /// Its value with secrets masked; `None` when it has no default and nobody set it.
    pub value: Option<toml::Value>,
    /// Where the value came from.
    pub origin: Origin,
}

/// A value as given by a source.
pub(super) struct Given<'a> {
    kind: &'a ValueKind,
    is_text: bool,
}

impl Given<'_> {
    /// A whole number.
    pub(super) fn whole(&self) -> Result<i128, InvalidSetting> {
        let wrong = |problem| InvalidSetting::new(problem, "write a whole number without quotes");
        if let ValueKind::I64(number) = self.kind {
            Ok(i128::from(*number))
        } else if let (ValueKind::String(text), true) = (self.kind, self.is_text) {
            let number = text.trim().parse();
            number.map_err(|_| wrong(format!("`{text}` is no whole number")))
        } else {
            Err(wrong(describe(self.kind)))
        }
    }

    /// A text.
    pub(super) fn text(&self) -> Result<&str, InvalidSetting> {
        text_of(self.kind)
            .ok_or_else(|| InvalidSetting::new(describe(self.kind), "write a text in quotes"))
    }

    /// A list of texts; with commas between them where all values are text.
    pub(super) fn list(&self) -> Result<Vec<&str>, InvalidSetting> {
        let wrong = |problem| {
            let remedy = "write a list of texts, as in [\"one\", \"two\"]";
            InvalidSetting::new(problem, remedy)
        };
        if let ValueKind::Array(items) = self.kind {
            let wrong_item = |kind| wrong(format!("an item of the list {}", describe(kind)));
            items
                .iter()
                .map(|item| text_of(&item.kind).ok_or_else(|| wrong_item(&item.kind)))
                .collect()
        } else if let (ValueKind::String(text), true) = (self.kind, self.is_text) {
            Ok(text.split(',').map(str::trim).collect())
        } else {
            Err(wrong(describe(self.kind)))
        }
    }

    /// Whether a list was written as one, rather than as a text.
    pub(super) fn is_list(&self) -> bool {
        matches!(self.kind, ValueKind::Array(_))
    }
}

fn text_of(kind: &ValueKind) -> Option<&str> {
    if let ValueKind::String(text) = kind {
        Some(text)
    } else {
        None
    }
}

/// What a value is, without the value: it may be secret.
fn describe(kind: &ValueKind) -> String {
    let what = match kind {
        ValueKind::Nil => "nothing",
        ValueKind::Boolean(_) => "true or false",
        ValueKind::I64(_) | ValueKind::I128(_) | ValueKind::U64(_) | ValueKind::U128(_) => {
            "a whole number"
        }
        ValueKind::Float(_) => "a number with a fraction",
        ValueKind::String(_) => "a text",
        ValueKind::Table(_) => "a section",
        ValueKind::Array(_) => "a list",
    };
    format!("is {what}")
}

/// A setting whose value is one of a few words.
pub(super) trait Choice: Copy + PartialEq + 'static {
    /// Each word with its value.
    const WORDS: &'static [(&'static str, Self)];

    /// The word of this value.
    fn word(self) -> &'static str {
        Self::WORDS
            .iter()
            .find(|(_, value)| *value == self)
            .map_or("", |(word, _)| word)
    }

    /// The value of `word`.
    fn of_word(word: &str) -> Result<Self, InvalidSetting> {
        let found = Self::WORDS.iter().find(|(known, _)| *known == word);
        found.map(|(_, value)| *value).ok_or_else(|| {
            let words: Vec<_> = Self::WORDS.iter().map(|(word, _)| *word).collect();
            InvalidSetting::new(
                format!("`{word}` is not one of its words"),
                format!("write one of: {}", words.join(", ")),
            )
        })
    }
}

/// The merged sources, being read.
pub(super) struct Reader {
    root: Value,
    file: Option<PathBuf>,
    faults: Vec<Fault>,
    settings: Vec<EffectiveSetting>,
}

impl Reader {
    pub(super) fn new(sources: &Sources) -> Self {
        let mut faults = Vec::new();
        let (root, file) = sources.merge(&mut faults);
        Self {
            root,
            file,
            faults,
            settings: Vec::new(),
        }
    }

    /// The setting `key`, or `default` when nobody set it, or when what was set is wrong, which is
    /// noted. `show` gives the value as TOML with secrets masked.
    pub(super) fn setting<T>(
        &mut self,
        key: &'static str,
        default: T,
        read: impl FnOnce(&Given) -> Result<T, InvalidSetting>,
        show: impl FnOnce(&T) -> toml::Value,
    ) -> T {
        let (value, origin) = self.take(key, read);
        let value = value.unwrap_or(default);
        self.note(key, Some(show(&value)), origin);
        value
    }

    /// The setting `key`, which has no default.
    pub(super) fn optional<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&Given) -> Result<T, InvalidSetting>,
        show: impl FnOnce(&T) -> toml::Value,
    ) -> Option<T> {
        let (value, origin) = self.take(key, read);
        self.note(key, value.as_ref().map(show), origin);
        value
    }

    /// A whole number inside `range`, both ends included.
    pub(super) fn number<N>(&mut self, key: &'static str, default: N, range: RangeInclusive<N>) -> N
    where
        N: Copy + PartialOrd + Display + TryFrom<i128> + TryInto<i64>,
    {
        let read = |given: &Given| {
            let (low, high) = (range.start(), range.end());
            let remedy = format!("write a whole number from {low} to {high}");
            let number = given.whole().map_err(|wrong| InvalidSetting {
                remedy: remedy.clone(),
                ..wrong
            })?;
            N::try_from(number)
                .ok()
                .filter(|number| range.contains(number))
                .ok_or_else(|| InvalidSetting::new(format!("{number} is out of range"), remedy))
        };
        let show = |number: &N| toml::Value::Integer((*number).try_into().unwrap_or(i64::MAX));
        self.setting(key, default, read, show)
    }

    /// One of the words of `C`.
    pub(super) fn choice<C: Choice>(&mut self, key: &'static str, default: C) -> C {
        let read = |given: &Given| C::of_word(given.text()?);
        self.setting(key, default, read, |choice| choice.word().into())
    }

    /// Notes a fault that only several settings together show, at the setting `key`.
    pub(super) fn fault(&mut self, key: &'static str, wrong: InvalidSetting) {
        let origin = self.origin_of(key);
        self.push(key, origin, wrong);
    }

    /// Whether a fault of the setting `key` was noted.
    pub(super) fn is_faulty(&self, key: &str) -> bool {
        self.faults.iter().any(|fault| fault.key == key)
    }

    /// The settings in force, in the order they were read.
    ///
    /// # Errors
    /// Every fault noted, and one for each key that no section has read.
    pub(super) fn finish(mut self) -> Result<Vec<EffectiveSetting>, ConfigFaults> {
        let root = std::mem::replace(&mut self.root, Value::new(None, ValueKind::Nil));
        self.note_unknown("", &root);
        if self.faults.is_empty() {
            Ok(self.settings)
        } else {
            Err(ConfigFaults {
                faults: self.faults,
            })
        }
    }

    fn take<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&Given) -> Result<T, InvalidSetting>,
    ) -> (Option<T>, Origin) {
        let Some(value) = find(&self.root, key) else {
            return (None, Origin::Default);
        };
        let origin = Origin::of(value, self.file.as_deref());
        let given = Given {
            kind: &value.kind,
            is_text: origin.is_text(),
        };
        match read(&given) {
            Ok(value) => (Some(value), origin),
            Err(wrong) => {
                self.push(key, origin.clone(), wrong);
                (None, origin)
            }
        }
    }

    fn note(&mut self, key: &'static str, value: Option<toml::Value>, origin: Origin) {
        self.settings.push(EffectiveSetting { key, value, origin });
    }

    fn push(&mut self, key: &str, origin: Origin, wrong: InvalidSetting) {
        self.faults.push(Fault {
            key: key.to_owned(),
            origin,
            problem: wrong.problem,
            remedy: wrong.remedy,
        });
    }

    fn origin_of(&self, key: &str) -> Origin {
        find(&self.root, key).map_or(Origin::Default, |value| {
            Origin::of(value, self.file.as_deref())
        })
    }

    fn note_unknown(&mut self, path: &str, value: &Value) {
        if self.settings.iter().any(|setting| setting.key == path) {
            return;
        }
        let section = format!("{path}.");
        let is_section = path.is_empty() || self.keys().any(|key| key.starts_with(&section));
        if let ValueKind::Table(table) = &value.kind
            && is_section
        {
            let mut entries: Vec<_> = table.iter().collect();
            // The order of a table is not defined; faults are reported in this one.
            entries.sort_by_key(|(name, _)| *name);
            for (name, value) in entries {
                let inner = match path {
                    "" => name.clone(),
                    section => format!("{section}.{name}"),
                };
                self.note_unknown(&inner, value);
            }
            return;
        }
        let origin = Origin::of(value, self.file.as_deref());
        let wrong = if is_section {
            let example = self.keys().find(|key| key.starts_with(&section));
            let example = origin.spelling_of(example.unwrap_or(path));
            InvalidSetting::new(
                format!("{}, but the key is a section's", describe(&value.kind)),
                format!("write its settings, as in `{example}`"),
            )
        } else {
            InvalidSetting::new("there is no such setting", self.hint(path, &origin))
        };
        self.push(path, origin, wrong);
    }

    fn keys(&self) -> impl Iterator<Item = &'static str> {
        self.settings.iter().map(|setting| setting.key)
    }

    /// What to do about a key that does not exist: the nearest one that does, if any is near.
    fn hint(&self, path: &str, origin: &Origin) -> String {
        /// Below this similarity (Jaro-Winkler, 0 to 1) a suggestion would be noise.
        const LEAST_SIMILARITY: f64 = 0.84;
        let last = |key: &str| key.rsplit('.').next().unwrap_or_default().to_owned();
        let same_name = self.keys().find(|key| last(key) == last(path));
        let sections = self
            .keys()
            .filter_map(|key| key.split_once('.').map(|(name, _)| name));
        let nearest = || {
            self.keys()
                .chain(sections)
                .map(|key| (strsim::jaro_winkler(key, path), key))
                .filter(|(similarity, _)| *similarity >= LEAST_SIMILARITY)
                .max_by(|left, right| left.0.total_cmp(&right.0))
                .map(|(_, key)| key)
        };
        match same_name.or_else(nearest) {
            Some(key) => format!("did you mean `{}`?", origin.spelling_of(key)),
            None => "remove it; pixelwars.example.toml lists every setting".to_owned(),
        }
    }
}

fn find<'a>(root: &'a Value, key: &str) -> Option<&'a Value> {
    key.split('.').try_fold(root, |at, name| {
        if let ValueKind::Table(table) = &at.kind {
            table.get(name)
        } else {
            None
        }
    })
}
