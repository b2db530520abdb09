//! Where the page may read pictures from, beside its own server.

use std::fmt;

use super::fault::InvalidSetting;
use super::reader::{Given, Reader};
use super::server::PublicUrl;

/// The most hosts: each is part of the header of every page.
const MAX_HOSTS: usize = 32;

/// A host that the page may read the pictures of templates from: `https`, a host and perhaps a
/// port; `http` for hosts of this machine alone. `Display` gives the origin (RFC 6454).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateHost(PublicUrl);

impl TemplateHost {
    fn parse(text: &str) -> Result<Self, InvalidSetting> {
        let url = PublicUrl::parse(text)?;
        let is_name = |name: &str| {
            let mut characters = name.chars();
            // What else a URL's host may hold has a meaning of its own in the page's policy.
            characters.all(|character| {
                character.is_ascii_alphanumeric() || matches!(character, '-' | '.' | '_')
            })
        };
        let problem = if !(url.is_https() || url.is_local()) {
            "the scheme is not https"
        } else if url.domain().is_some_and(|domain| !is_name(domain)) {
            "the host holds more than letters, digits, dots, hyphens and underscores"
        } else {
            return Ok(Self(url));
        };
        Err(InvalidSetting::new(problem, REMEDY))
    }
}

/// What to do about a wrong host.
const REMEDY: &str = "write scheme, host and port of each, as in https://i.example.org";

impl fmt::Display for TemplateHost {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// The setting `template_hosts`. A fault names every wrong host of the list.
pub(super) fn read(reader: &mut Reader) -> Vec<TemplateHost> {
    let show = |hosts: &Vec<TemplateHost>| -> toml::Value {
        let words: Vec<String> = hosts.iter().map(ToString::to_string).collect();
        words.into()
    };
    reader.setting("template_hosts", Vec::new(), read_list, show)
}

fn read_list(given: &Given) -> Result<Vec<TemplateHost>, InvalidSetting> {
    let words = given.list()?;
    if words.len() > MAX_HOSTS {
        let problem = format!("the list has {} addresses", words.len());
        return Err(InvalidSetting::new(
            problem,
            format!("name at most {MAX_HOSTS}"),
        ));
    }
    let mut hosts = Vec::with_capacity(words.len());
    let mut problems = Vec::new();
    for word in words {
        match TemplateHost::parse(word) {
            Ok(host) => hosts.push(host),
            Err(wrong) => problems.push(format!("`{word}`: {}", wrong.problem)),
        }
    }
    match problems.is_empty() {
        true => Ok(hosts),
        false => Err(InvalidSetting::new(problems.join(", "), REMEDY)),
    }
}
