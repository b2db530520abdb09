//! Where things are kept.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use url::Url;

use super::SecretUrl;
use super::blobs::BlobLocation;
use super::fault::InvalidSetting;
use super::reader::{Given, Reader};

/// The port of a NATS server when its address names none (NATS documentation, "Ports").
const NATS_PORT: u16 = 4222;

/// The most NATS servers that can be named.
const MAX_NATS_SERVERS: usize = 64;

/// Where things are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Storage {
    /// `data_dir`, `PIXELWARS_DATA_DIR`: the directory of everything this process keeps by itself:
    /// the embedded log, keys, and the defaults of the settings below; `./data` when not set.
    pub data_dir: PathBuf,
    /// `event_store`, `PIXELWARS_EVENT_STORE`: where the logs are; `embedded` when not set.
    pub event_store: EventStoreLocation,
    /// `database`, `PIXELWARS_DATABASE`: the relational store; a SQLite file in `data_dir` when not
    /// set.
    pub database: DatabaseLocation,
    /// `blobs`, `PIXELWARS_BLOBS`: where snapshots, history and other large objects are; the
    /// directory `blobs` in `data_dir` when not set.
    pub blobs: BlobLocation,
}

impl Storage {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let data_dir = reader.setting("data_dir", PathBuf::from("./data"), directory, |path| {
            path.display().to_string().into()
        });
        let database = DatabaseLocation::Sqlite(data_dir.join("pixelwars.db"));
        let blobs = BlobLocation::Directory(data_dir.join("blobs"));
        Self {
            event_store: reader.setting(
                "event_store",
                EventStoreLocation::Embedded,
                EventStoreLocation::read,
                |location| location.to_string().into(),
            ),
            database: reader.setting("database", database, DatabaseLocation::read, |location| {
                location.to_string().into()
            }),
            blobs: reader.setting("blobs", blobs, BlobLocation::read, |location| {
                location.to_string().into()
            }),
            data_dir,
        }
    }
}

fn directory(given: &Given) -> Result<PathBuf, InvalidSetting> {
    match given.text()? {
        "" => Err(InvalidSetting::new("the path is empty", "name a directory")),
        path => Ok(PathBuf::from(path)),
    }
}

/// Where the logs of the canvases are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventStoreLocation {
    /// In files in `data_dir`.
    Embedded,
    /// On NATS servers with JetStream.
    Nats(NatsServers),
}

impl EventStoreLocation {
    fn read(given: &Given) -> Result<Self, InvalidSetting> {
        let text = given.text()?;
        if text == "embedded" {
            return Ok(Self::Embedded);
        }
        NatsServers::parse(text).map(Self::Nats)
    }
}

impl fmt::Display for EventStoreLocation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded => formatter.write_str("embedded"),
            Self::Nats(servers) => servers.fmt(formatter),
        }
    }
}

/// The addresses of the servers of one NATS cluster: 1 to 64.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NatsServers(Vec<SecretUrl>);

impl NatsServers {
    /// The addresses, each with scheme and port, with their secrets: only for the client that
    /// connects to them.
    pub fn expose(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(SecretUrl::expose)
    }

    fn parse(text: &str) -> Result<Self, InvalidSetting> {
        let wrong = |problem: String| {
            let remedy = "write `embedded`, or nats://host:4222 (more hosts after commas)";
            InvalidSetting::new(problem, remedy)
        };
        let scheme = match text.split_once("://") {
            Some((scheme @ ("nats" | "tls"), _)) => scheme,
            _ => return Err(wrong("the value does not begin with nats://".to_owned())),
        };
        let addresses: Vec<&str> = text.split(',').map(str::trim).collect();
        if addresses.len() > MAX_NATS_SERVERS {
            return Err(wrong(format!(
                "{} servers are more than {MAX_NATS_SERVERS}",
                addresses.len()
            )));
        }
        let read = |(index, address): (usize, &&str)| {
            let full = match address.contains("://") {
                true => (*address).to_owned(),
                false => format!("{scheme}://{address}"),
            };
            nats_url(&full).map_err(|problem| wrong(format!("server {}: {problem}", index + 1)))
        };
        let urls = addresses.iter().enumerate().map(read);
        urls.collect::<Result<_, _>>().map(Self)
    }
}

/// The address with its port. The error does not quote the address: it may hold a password.
fn nats_url(text: &str) -> Result<SecretUrl, String> {
    let mut url = Url::parse(text).map_err(|error| format!("no address: {error}"))?;
    if !matches!(url.scheme(), "nats" | "tls") {
        return Err("the scheme is neither nats nor tls".to_owned());
    }
    if url.host_str().unwrap_or_default().is_empty() {
        return Err("no host".to_owned());
    }
    if !matches!(url.path(), "" | "/") || url.query().is_some() {
        return Err("the address holds more than user, host and port".to_owned());
    }
    if url.port().is_none() {
        url.set_port(Some(NATS_PORT))
            .map_err(|()| "no host".to_owned())?;
    }
    Ok(SecretUrl::new(url))
}

impl fmt::Display for NatsServers {
    /// The addresses with commas between them, user names and passwords masked.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: Vec<String> = self.0.iter().map(SecretUrl::to_string).collect();
        formatter.write_str(&shown.join(","))
    }
}

/// Where the relational store is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseLocation {
    /// In this file, made when missing.
    Sqlite(PathBuf),
    /// On a Postgres server.
    Postgres(SecretUrl),
}

impl DatabaseLocation {
    /// The address that sqlx takes, with its secrets: only for connecting.
    pub fn expose(&self) -> String {
        match self {
            Self::Sqlite(path) => sqlite_url(path),
            Self::Postgres(url) => url.expose().to_owned(),
        }
    }

    fn read(given: &Given) -> Result<Self, InvalidSetting> {
        given.text()?.parse()
    }
}

impl FromStr for DatabaseLocation {
    type Err = InvalidSetting;

    /// Reads `sqlite:FILE` or `postgres://…/database`.
    fn from_str(text: &str) -> Result<Self, InvalidSetting> {
        let wrong = |problem: &str| {
            let remedy = "write sqlite:FILE, or postgres://user:password@host/database";
            InvalidSetting::new(problem, remedy)
        };
        match text.split_once(':') {
            Some(("sqlite", file)) => match file.strip_prefix("//").unwrap_or(file) {
                "" => Err(wrong("the path is empty")),
                ":memory:" => Err(wrong("a database in memory would forget every player")),
                path if path.contains('?') => Err(wrong("a path with a query is not a file")),
                path => Ok(Self::Sqlite(PathBuf::from(path))),
            },
            Some(("postgres" | "postgresql", _)) => match Url::parse(text) {
                Ok(url) if url.path().len() > 1 => Ok(Self::Postgres(SecretUrl::new(url))),
                Ok(_) => Err(wrong("the address names no database")),
                Err(_) => Err(wrong("the value is no address")),
            },
            _ => Err(wrong(
                "the value begins with neither sqlite: nor postgres://",
            )),
        }
    }
}

/// `sqlite:` and the path, with the characters escaped that would end a path in sqlx's reading.
fn sqlite_url(path: &Path) -> String {
    let path = path.display().to_string();
    let path = path.replace('%', "%25").replace('?', "%3F");
    format!("sqlite:{}", path.replace('#', "%23"))
}

impl fmt::Display for DatabaseLocation {
    /// The address with user name, password and query masked.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(formatter, "sqlite:{}", path.display()),
            Self::Postgres(url) => url.fmt(formatter),
        }
    }
}
