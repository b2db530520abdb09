//! What the process does and where it listens.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};

use url::{Host, Url};

use super::fault::InvalidSetting;
use super::reader::{Choice, Given, Reader};
use super::template_hosts::{self, TemplateHost};

/// A part of the work that a process can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Serves players and viewers: `gateway`.
    Gateway,
    /// Writes what is derived from the log, such as snapshots: `projector`.
    Projector,
    /// Runs the Telegram bot, if there is one: `bot`.
    Bot,
}

impl Choice for Role {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("gateway", Self::Gateway),
        ("projector", Self::Projector),
        ("bot", Self::Bot),
    ];
}

/// The names of roles that this program knows of and does not offer yet.
const ROLES_TO_COME: [&str; 1] = ["livestream"];

/// What the process does and where it listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// `listen`, `PIXELWARS_LISTEN`: address and port of the HTTP server; 127.0.0.1:8080 when not
    /// set, so that only this machine can reach it. Port 0 takes any free port.
    pub listen: SocketAddr,
    /// `metrics_listen`, `PIXELWARS_METRICS_LISTEN`: address and port of a second listener for
    /// `/metrics`; none when not set.
    pub metrics_listen: Option<SocketAddr>,
    /// `public_url`, `PIXELWARS_PUBLIC_URL`: the address that browsers see, when a proxy stands
    /// before the server; none when not set.
    pub public_url: Option<PublicUrl>,
    /// `max_players`, `PIXELWARS_MAX_PLAYERS`: the most players with a seat at this process, 1 to
    /// 1 000 000; 10 000 when not set. Others wait in the queue.
    pub max_players: u32,
    /// `allowed_origins`, `PIXELWARS_ALLOWED_ORIGINS`: the addresses of further pages that may open
    /// the feed and send what a page of this server's own may; none when not set.
    pub further_origins: Vec<PublicUrl>,
    /// `template_hosts`, `PIXELWARS_TEMPLATE_HOSTS`: the addresses from which the page may read the
    /// pictures of templates; none when not set, so that it reads from this server alone.
    pub template_hosts: Vec<TemplateHost>,
    /// `roles`, `PIXELWARS_ROLES`: what this process does, sorted, at least one; all that there are
    /// when not set.
    pub roles: Vec<Role>,
}

impl Server {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let localhost = SocketAddr::from((Ipv4Addr::LOCALHOST, 8080));
        let shown = |address: &SocketAddr| address.to_string().into();
        Self {
            listen: reader.setting("listen", localhost, socket_address, shown),
            metrics_listen: reader.optional("metrics_listen", socket_address, shown),
            public_url: reader
                .optional("public_url", PublicUrl::read, |url| url.to_string().into()),
            max_players: reader.number("max_players", 10_000, 1..=1_000_000),
            further_origins: read_origins(reader),
            template_hosts: template_hosts::read(reader),
            roles: read_roles(reader),
        }
    }

    /// Whether this process does the work of `role`.
    pub fn has_role(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Whether the HTTP server listens for programs on this machine only. One of them may be a
    /// proxy that lets the world in.
    pub fn is_loopback(&self) -> bool {
        self.listen.ip().to_canonical().is_loopback()
    }

    /// Whether only people at this machine come to the server: it listens on loopback, and has no
    /// public address, or one that is of this machine too.
    pub fn is_private(&self) -> bool {
        self.is_loopback() && self.public_url.as_ref().is_none_or(PublicUrl::is_local)
    }

    /// Whether browsers take cookies that are for secure pages only: over TLS, and from a server
    /// under a name of this machine (W3C "Secure Contexts", section 3.1).
    pub fn has_secure_cookies(&self) -> bool {
        match &self.public_url {
            Some(url) => url.is_https() || url.is_local(),
            None => self.is_loopback(),
        }
    }

    /// The origins whose pages may open the feed, as browsers write them in the header `Origin`
    /// (RFC 6454): that of `public_url`, and those of `allowed_origins`. Without a `public_url`
    /// they are the names of `bound`, the address that the listener has got, in which port 0 has
    /// become a port.
    pub fn allowed_origins(&self, bound: SocketAddr) -> Vec<String> {
        let mut origins = match &self.public_url {
            Some(url) => vec![url.origin()],
            None => Self::own_origins(bound),
        };
        origins.extend(self.further_origins.iter().map(PublicUrl::origin));
        origins
    }

    /// The origins of pages that come straight from the listener at `bound`.
    fn own_origins(bound: SocketAddr) -> Vec<String> {
        let mut names = vec![bound.to_string()];
        if bound.ip().is_loopback() || bound.ip().is_unspecified() {
            let port = bound.port();
            let local = ["127.0.0.1", "[::1]", "localhost"];
            names.extend(local.map(|host| format!("{host}:{port}")));
        }
        names.sort();
        names.dedup();
        let origin = |name: &String| Url::parse(&format!("http://{name}")).ok();
        let urls = names.iter().filter_map(origin);
        urls.map(|url| url.origin().ascii_serialization()).collect()
    }

    /// Whether `/metrics` is on the main listener: only when it has no listener of its own and
    /// strangers cannot reach the main one.
    pub fn has_metrics_on_main_listener(&self) -> bool {
        self.metrics_listen.is_none() && self.is_private()
    }
}

fn socket_address(given: &Given) -> Result<SocketAddr, InvalidSetting> {
    let text = given.text()?;
    text.parse().map_err(|_| {
        InvalidSetting::new(
            format!("`{text}` is no address with a port"),
            "write an IP address and a port, as in 127.0.0.1:8080 or [::1]:8080",
        )
    })
}

fn read_roles(reader: &mut Reader) -> Vec<Role> {
    let read = |given: &Given| {
        let words = given.list()?;
        let mut roles = words
            .iter()
            .map(|word| match ROLES_TO_COME.contains(word) {
                true => Err(InvalidSetting::new(
                    format!("the role `{word}` is not offered yet"),
                    "leave it out",
                )),
                false => Role::of_word(word),
            })
            .collect::<Result<Vec<_>, _>>()?;
        roles.sort();
        roles.dedup();
        match roles.is_empty() {
            true => Err(InvalidSetting::new(
                "the list is empty",
                "name at least one role",
            )),
            false => Ok(roles),
        }
    };
    let all: Vec<Role> = Role::WORDS.iter().map(|(_, role)| *role).collect();
    let show = |roles: &Vec<Role>| -> toml::Value {
        let words: Vec<&str> = roles.iter().map(|role| role.word()).collect();
        words.into()
    };
    reader.setting("roles", all, read, show)
}

fn read_origins(reader: &mut Reader) -> Vec<PublicUrl> {
    /// The most further origins.
    const MAX_ORIGINS: usize = 64;
    let read = |given: &Given| {
        let words = given.list()?;
        if words.len() > MAX_ORIGINS {
            let problem = format!("the list has {} addresses", words.len());
            let remedy = format!("name at most {MAX_ORIGINS}");
            return Err(InvalidSetting::new(problem, remedy));
        }
        words.into_iter().map(PublicUrl::parse).collect()
    };
    let show = |origins: &Vec<PublicUrl>| -> toml::Value {
        let words: Vec<String> = origins.iter().map(PublicUrl::origin).collect();
        words.into()
    };
    reader.setting("allowed_origins", Vec::new(), read, show)
}

/// The address that browsers see: `http` or `https`, a host and perhaps a port, without a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(Url);

impl PublicUrl {
    fn read(given: &Given) -> Result<Self, InvalidSetting> {
        Self::parse(given.text()?)
    }

    pub(super) fn parse(text: &str) -> Result<Self, InvalidSetting> {
        let remedy = "write it as in https://canvas.example.org";
        let url = Url::parse(text).map_err(|error| {
            InvalidSetting::new(format!("the value is no address: {error}"), remedy)
        })?;
        let problem = if !matches!(url.scheme(), "http" | "https") {
            Some("the scheme is neither http nor https")
        } else if !url.username().is_empty() || url.password().is_some() {
            Some("the address holds a user name or password")
        } else if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            Some("the address holds more than scheme, host and port")
        } else {
            None
        };
        match problem {
            Some(problem) => Err(InvalidSetting::new(problem, remedy)),
            None => Ok(Self(url)),
        }
    }

    /// The origin of pages at this address, as browsers write it in the `Origin` header (RFC 6454):
    /// no slash at the end, no default port.
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// Whether browsers reach the address over TLS.
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// The host, if it is a name; in lower case and without what is not ASCII.
    pub(super) fn domain(&self) -> Option<&str> {
        self.0.domain()
    }

    /// The port; that of the scheme when the address names none.
    pub(super) fn port(&self) -> u16 {
        self.0.port_or_known_default().unwrap_or_default()
    }

    /// Whether the address is one of the machine that the browser runs on.
    pub(super) fn is_local(&self) -> bool {
        match self.0.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            None => false,
        }
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.origin())
    }
}
