//! Where settings come from, and how the sources are laid over each other.

use std::fmt;
use std::path::{Path, PathBuf};

use config::{Config as Merged, File, FileFormat, Map, Source, Value, ValueKind};

use super::fault::Fault;

/// The beginning of the name of every environment variable that is a setting.
pub const ENVIRONMENT_PREFIX: &str = "PIXELWARS_";

/// The settings file that is read, when it is there and no other is named.
pub const DEFAULT_FILE: &str = "pixelwars.toml";

/// The environment variable that names the settings file; `--config` wins over it.
const FILE_VARIABLE: &str = "PIXELWARS_CONFIG";

/// The largest settings file that is read, in bytes.
const MAX_FILE_BYTES: usize = 1 << 20;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// A settings file.
    File(PathBuf),
    /// An environment variable, by name.
    Environment(String),
    /// An option of the command line, as in `--data-dir`.
    Option(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => formatter.write_str("default"),
            Self::File(path) => write!(formatter, "file {}", path.display()),
            Self::Environment(name) => write!(formatter, "environment variable {name}"),
            Self::Option(name) => write!(formatter, "option {name}"),
        }
    }
}

impl Origin {
    const ENVIRONMENT_MARK: &str = "environment:";
    const OPTION_MARK: &str = "option:";

    fn of_environment(name: &str) -> String {
        format!("{}{name}", Self::ENVIRONMENT_MARK)
    }

    fn of_option(key: &str) -> String {
        let name = key.replace(['_', '.'], "-");
        format!("{}--{name}", Self::OPTION_MARK)
    }

    /// The origin of a merged value: the text layers mark theirs, what has no mark is the file's.
    pub(super) fn of(value: &Value, file: Option<&Path>) -> Self {
        let mark = value.origin().unwrap_or_default();
        if let Some(name) = mark.strip_prefix(Self::ENVIRONMENT_MARK) {
            Self::Environment(name.to_owned())
        } else if let Some(name) = mark.strip_prefix(Self::OPTION_MARK) {
            Self::Option(name.to_owned())
        } else {
            file.map_or(Self::Default, |path| Self::File(path.to_owned()))
        }
    }

    /// Whether values from here are always text, so that numbers and lists are written as text too.
    pub(super) fn is_text(&self) -> bool {
        matches!(self, Self::Environment(_) | Self::Option(_))
    }

    /// How a setting is called where this value came from.
    pub(super) fn spelling_of(&self, key: &str) -> String {
        match self {
            Self::Environment(_) => environment_name(key),
            Self::Default | Self::File(_) | Self::Option(_) => key.to_owned(),
        }
    }
}

/// The environment variable of a setting, by its dotted key.
pub fn environment_name(key: &str) -> String {
    let name = key.replace('.', "__").to_ascii_uppercase();
    format!("{ENVIRONMENT_PREFIX}{name}")
}

/// Which settings file is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SettingsFile {
    /// None.
    #[default]
    None,
    /// This one; that it is missing is a fault.
    Required(PathBuf),
    /// This one when it is there.
    IfPresent(PathBuf),
}

/// Everything that settings are read from; a later field wins over an earlier one.
#[derive(Clone, Default)]
pub struct Sources {
    /// The settings file.
    pub file: SettingsFile,
    /// Environment variables: names (only those that begin with [`ENVIRONMENT_PREFIX`] count) and
    /// values. An empty value counts as not set.
    pub environment: Vec<(String, String)>,
    /// Options of the command line: dotted keys and values. A list is written with commas.
    pub options: Vec<(String, String)>,
}

impl fmt::Debug for Sources {
    /// Names only: values may be secret.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |pairs: &[(String, String)]| -> Vec<String> {
            pairs.iter().map(|(name, _)| name.clone()).collect()
        };
        formatter
            .debug_struct("Sources")
            .field("file", &self.file)
            .field("environment", &names(&self.environment))
            .field("options", &names(&self.options))
            .finish()
    }
}

impl Sources {
    /// The sources of this process: `config_file` as given by `--config`, else the file named by
    /// `PIXELWARS_CONFIG`, else [`DEFAULT_FILE`] in the working directory when it is there; the
    /// process's environment; and `options`, dotted keys with values.
    pub fn of_process(config_file: Option<PathBuf>, options: Vec<(String, String)>) -> Self {
        let mut environment: Vec<(String, String)> = std::env::vars_os()
            .map(|(name, value)| (lossy(name), lossy(value)))
            .filter(|(name, value)| name.starts_with(ENVIRONMENT_PREFIX) && !value.is_empty())
            .collect();
        // The order of the environment is not defined; faults are reported in this one.
        environment.sort();
        let named = environment
            .iter()
            .find(|(name, _)| name == FILE_VARIABLE)
            .map(|(_, path)| PathBuf::from(path));
        let file = match config_file.or(named) {
            Some(path) => SettingsFile::Required(path),
            None => SettingsFile::IfPresent(PathBuf::from(DEFAULT_FILE)),
        };
        Self {
            file,
            environment,
            options,
        }
    }

    /// The values of all sources, laid over each other, with the file that was read. Faults of the
    /// file go to `faults`, and the other sources still count.
    pub(super) fn merge(&self, faults: &mut Vec<Fault>) -> (Value, Option<PathBuf>) {
        let mut builder = Merged::builder();
        let mut file = None;
        match self.file_text() {
            Ok(None) => {}
            Ok(Some((path, text))) => match parse(&text) {
                Ok(()) => {
                    builder = builder.add_source(File::from_str(&text, FileFormat::Toml));
                    file = Some(path.to_owned());
                }
                Err(problem) => faults.push(unreadable(
                    path,
                    problem,
                    "write it as TOML, as in pixelwars.example.toml",
                )),
            },
            Err(fault) => faults.push(fault),
        }
        let merged = builder
            .add_source(Texts::of_environment(&self.environment))
            .add_source(Texts::of_options(&self.options))
            .build()
            .and_then(|merged| merged.collect())
            .unwrap_or_else(|error| {
                faults.push(unreadable(
                    file.as_deref().unwrap_or(Path::new(DEFAULT_FILE)),
                    error.to_string(),
                    "remove what is named here",
                ));
                Map::new()
            });
        (Value::new(None, merged), file)
    }

    fn file_text(&self) -> Result<Option<(&Path, String)>, Fault> {
        let (path, is_required) = match &self.file {
            SettingsFile::None => return Ok(None),
            SettingsFile::Required(path) => (path, true),
            SettingsFile::IfPresent(path) => (path, false),
        };
        match std::fs::read_to_string(path) {
            Ok(text) if text.len() > MAX_FILE_BYTES => Err(unreadable(
                path,
                format!("file has {} bytes", text.len()),
                "name a settings file of at most 1 MiB",
            )),
            Ok(text) => Ok(Some((path, text))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !is_required => Ok(None),
            Err(error) => Err(unreadable(
                path,
                format!("could not read file: {error}"),
                "name a settings file that this program may read, with --config",
            )),
        }
    }
}

fn lossy(text: std::ffi::OsString) -> String {
    text.to_string_lossy().into_owned()
}

fn unreadable(path: &Path, problem: String, remedy: &str) -> Fault {
    Fault {
        key: "settings".to_owned(),
        origin: Origin::File(path.to_owned()),
        problem,
        remedy: remedy.to_owned(),
    }
}

/// Checks that `text` is TOML that `config` can hold. The error quotes no line of the file, which
/// may hold a secret.
fn parse(text: &str) -> Result<(), String> {
    toml::from_str::<toml::Table>(text)
        .map(drop)
        .map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            let line = before.map_or(1, |before| before.matches('\n').count() + 1);
            format!("line {line} is no TOML: {}", error.message())
        })
}

/// A layer whose values are all text.
#[derive(Clone)]
struct Texts(Vec<(String, Value)>);

impl Texts {
    fn of_environment(variables: &[(String, String)]) -> Self {
        let entries = variables.iter().filter_map(|(name, value)| {
            let key = name.strip_prefix(ENVIRONMENT_PREFIX)?;
            let key = key.to_ascii_lowercase().replace("__", ".");
            let is_setting = name != FILE_VARIABLE && !value.is_empty();
            is_setting.then(|| (key, text(Origin::of_environment(name), value)))
        });
        Self(entries.collect())
    }

    fn of_options(options: &[(String, String)]) -> Self {
        let entries = options
            .iter()
            .map(|(key, value)| (key.clone(), text(Origin::of_option(key), value)));
        Self(entries.collect())
    }
}

fn text(mark: String, value: &str) -> Value {
    Value::new(Some(&mark), ValueKind::String(value.to_owned()))
}

impl fmt::Debug for Texts {
    /// Keys only: values may be secret.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self.0.iter().map(|(key, _)| key);
        formatter.debug_list().entries(keys).finish()
    }
}

impl Source for Texts {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, config::ConfigError> {
        Ok(self.0.iter().cloned().collect())
    }
}
