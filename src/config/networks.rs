//! Lists of networks, as in `["10.0.0.0/8", "::1"]`.

use std::net::IpAddr;

use ipnet::IpNet;

use super::fault::InvalidSetting;
use super::reader::{Given, Reader};

/// The most networks in one list.
const MAX_NETWORKS: usize = 256;

/// The networks of the setting `key`; an address alone is the network of that address. IPv4 is
/// written as IPv4, never as IPv6 that maps it.
pub(super) fn read(reader: &mut Reader, key: &'static str, default: &[IpNet]) -> Vec<IpNet> {
    let read = |given: &Given| {
        let words = given.list()?;
        if words.len() > MAX_NETWORKS {
            let problem = format!("the list has {} networks", words.len());
            let remedy = format!("name at most {MAX_NETWORKS}");
            return Err(InvalidSetting::new(problem, remedy));
        }
        words.into_iter().map(network).collect()
    };
    let show = |networks: &Vec<IpNet>| -> toml::Value {
        let words: Vec<String> = networks.iter().map(ToString::to_string).collect();
        words.into()
    };
    reader.setting(key, default.to_vec(), read, show)
}

fn network(word: &str) -> Result<IpNet, InvalidSetting> {
    let address = word.parse::<IpAddr>().map(IpNet::from).ok();
    let network = address.or_else(|| word.parse().ok());
    let network = network.map(|network| network.trunc()).ok_or_else(|| {
        InvalidSetting::new(
            format!("`{word}` is no network"),
            "write an address and the length of its prefix, as in 10.0.0.0/8 or 2001:db8::/32",
        )
    })?;
    let maps_ipv4 = match network {
        IpNet::V4(_) => false,
        IpNet::V6(network) => network.network().to_ipv4_mapped().is_some(),
    };
    match maps_ipv4 {
        true => Err(InvalidSetting::new(
            format!("`{word}` is IPv4 written as IPv6"),
            "write it as IPv4",
        )),
        false => Ok(network),
    }
}
