//! What counts as one client, by its address.
//!
//! An IPv4 address is one. A host has the whole of an IPv6 subnet (/64) to choose addresses from, a
//! customer often a /56 and a site a /48 (RFC 6177), so these are counted side by side: a wider one
//! has a larger limit, for it may be many customers.

use std::net::IpAddr;

/// How much of an address counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Width {
    /// All of an IPv4 address.
    Ipv4,
    /// The first 48 bits of an IPv6 address.
    Ipv6Site,
    /// The first 56 bits.
    Ipv6Customer,
    /// The first 64 bits.
    Ipv6Subnet,
}

impl Width {
    /// Every width, in the order of [`Width::index`].
    pub const ALL: [Self; 4] = [
        Self::Ipv4,
        Self::Ipv6Site,
        Self::Ipv6Customer,
        Self::Ipv6Subnet,
    ];

    /// By how much the limit of a prefix of this width is multiplied.
    pub const fn factor(self) -> u32 {
        match self {
            Self::Ipv4 | Self::Ipv6Subnet => 1,
            Self::Ipv6Customer => 2,
            Self::Ipv6Site => 4,
        }
    }

    /// Its place in [`Width::ALL`].
    pub const fn index(self) -> usize {
        match self {
            Self::Ipv4 => 0,
            Self::Ipv6Site => 1,
            Self::Ipv6Customer => 2,
            Self::Ipv6Subnet => 3,
        }
    }
}

/// The part of an address that counts as one client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Prefix {
    /// How much of the address counts.
    pub width: Width,
    /// Its bits: the low 32 of IPv4, else the high 64 of IPv6 with what does not count cleared.
    pub bits: u64,
}

/// The prefixes that one address counts for.
#[derive(Clone, Copy, Debug)]
pub enum Prefixes {
    /// An IPv4 address.
    Ipv4([Prefix; 1]),
    /// An IPv6 address: the site, the customer, the subnet.
    Ipv6([Prefix; 3]),
}

impl Prefixes {
    /// Those of `address`; IPv4 in IPv6 is IPv4.
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::Ipv4([Prefix {
                width: Width::Ipv4,
                bits: address.to_bits().into(),
            }]),
            IpAddr::V6(address) => {
                let high = (address.to_bits() >> 64) as u64;
                let prefix = |width, cleared: u32| Prefix {
                    width,
                    bits: high >> cleared << cleared,
                };
                Self::Ipv6([
                    prefix(Width::Ipv6Site, 16),
                    prefix(Width::Ipv6Customer, 8),
                    prefix(Width::Ipv6Subnet, 0),
                ])
            }
        }
    }

    /// The widest one first.
    pub fn as_slice(&self) -> &[Prefix] {
        match self {
            Self::Ipv4(one) => one,
            Self::Ipv6(three) => three,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(left: &str, right: &str) -> Vec<Width> {
        let [left, right] = [left, right].map(|text| Prefixes::of(text.parse().unwrap()));
        let both = left.as_slice().iter().zip(right.as_slice());
        both.filter(|(left, right)| left == right)
            .map(|(left, _)| left.width)
            .collect()
    }

    #[test]
    fn neighbours_share_what_is_wide_enough() {
        use Width::{Ipv4, Ipv6Customer, Ipv6Site, Ipv6Subnet};
        assert_eq!(shared("192.0.2.1", "192.0.2.1"), [Ipv4]);
        assert_eq!(shared("192.0.2.1", "::ffff:192.0.2.1"), [Ipv4]);
        assert_eq!(shared("192.0.2.1", "192.0.2.2"), []);
        assert_eq!(
            shared("2001:db8:1:203::1", "2001:db8:1:203:ff::9"),
            [Ipv6Site, Ipv6Customer, Ipv6Subnet]
        );
        assert_eq!(
            shared("2001:db8:1:203::1", "2001:db8:1:2ff::1"),
            [Ipv6Site, Ipv6Customer]
        );
        assert_eq!(shared("2001:db8:1:203::1", "2001:db8:1:303::1"), [Ipv6Site]);
        assert_eq!(shared("2001:db8:1:203::1", "2001:db8:2:203::1"), []);
        assert_eq!(shared("::1", "0.0.0.1"), []);
    }

    #[test]
    fn a_width_knows_its_place() {
        for (index, width) in Width::ALL.into_iter().enumerate() {
            assert_eq!(width.index(), index);
        }
    }
}
