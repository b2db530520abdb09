//! How many new names one device and one address prefix may take in a day, where anybody may sign
//! in with nothing but a name.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::hash::Hash;
use std::net::IpAddr;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use event_store::UnixMs;
use parking_lot::Mutex;

use super::prefix::{Prefix, Prefixes};

/// How long a name counts, in milliseconds.
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// The most devices and the most prefixes that are remembered, some 20 MB each.
const MAX_KEYS: usize = 1 << 17;

/// A browser, as far as it keeps its cookies: 128 random bits, shown as base64url. `Debug` does not
/// show it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DeviceId([u8; 16]);

impl DeviceId {
    /// One that nobody has.
    ///
    /// # Errors
    /// When the operating system gives no random numbers.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bits = [0; 16];
        getrandom::fill(&mut bits)?;
        Ok(Self(bits))
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for DeviceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("DeviceId")
    }
}

/// A text that is no device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("text is no device id")]
pub struct InvalidDeviceId;

impl FromStr for DeviceId {
    type Err = InvalidDeviceId;

    fn from_str(text: &str) -> Result<Self, InvalidDeviceId> {
        let mut bits = [0; 16];
        match URL_SAFE_NO_PAD.decode_slice(text, &mut bits) {
            Ok(16) => Ok(Self(bits)),
            Ok(_) | Err(_) => Err(InvalidDeviceId),
        }
    }
}

/// A client has taken as many new names as it may for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyNames {
    /// When it may take another one.
    pub retry_at: UnixMs,
}

/// How many new names one device and one address prefix may take in a day.
#[derive(Debug)]
pub struct NewNames {
    per_device: u32,
    per_prefix: u32,
    taken: Mutex<Taken>,
}

/// When names were taken, oldest first, by whom.
#[derive(Debug, Default)]
struct Taken {
    devices: HashMap<DeviceId, VecDeque<UnixMs>>,
    prefixes: HashMap<Prefix, VecDeque<UnixMs>>,
}

/// A name that may be taken. It counts, unless it is dropped before [`NameReservation::keep`]: then
/// none was taken.
#[derive(Debug)]
#[must_use = "dropping it gives the name up"]
pub struct NameReservation<'a> {
    names: &'a NewNames,
    device: DeviceId,
    prefixes: Prefixes,
    is_kept: bool,
}

impl NewNames {
    /// At most so many names a day for a device, and for an IPv4 address or an IPv6 subnet; more
    /// for a wider prefix.
    pub fn new(per_device: u32, per_prefix: u32) -> Self {
        Self {
            per_device,
            per_prefix,
            taken: Mutex::default(),
        }
    }

    /// Counts a new name of a device at an address.
    ///
    /// # Errors
    /// [`TooManyNames`]; nothing is counted.
    pub fn reserve(
        &self,
        device: DeviceId,
        address: IpAddr,
        now: UnixMs,
    ) -> Result<NameReservation<'_>, TooManyNames> {
        let prefixes = Prefixes::of(address);
        let mut taken = self.taken.lock();
        let mut retry_at = may_take(&mut taken.devices, device, self.per_device, now);
        for prefix in prefixes.as_slice() {
            let most = self.per_prefix.saturating_mul(prefix.width.factor());
            retry_at = retry_at.max(may_take(&mut taken.prefixes, *prefix, most, now));
        }
        if let Some(retry_at) = retry_at {
            return Err(TooManyNames { retry_at });
        }
        take(&mut taken.devices, device, now);
        for prefix in prefixes.as_slice() {
            take(&mut taken.prefixes, *prefix, now);
        }
        Ok(NameReservation {
            names: self,
            device,
            prefixes,
            is_kept: false,
        })
    }

    /// Forgets names that were taken more than a day ago.
    pub fn clean(&self, now: UnixMs) {
        let mut taken = self.taken.lock();
        forget_old(&mut taken.devices, now);
        forget_old(&mut taken.prefixes, now);
    }
}

impl NameReservation<'_> {
    /// The name was taken.
    pub fn keep(mut self) {
        self.is_kept = true;
    }
}

impl Drop for NameReservation<'_> {
    fn drop(&mut self) {
        if self.is_kept {
            return;
        }
        let mut taken = self.names.taken.lock();
        give_back(&mut taken.devices, self.device);
        for prefix in self.prefixes.as_slice() {
            give_back(&mut taken.prefixes, *prefix);
        }
    }
}

/// None when `key` may take a name now, else when it may.
fn may_take<K: Eq + Hash>(
    taken: &mut HashMap<K, VecDeque<UnixMs>>,
    key: K,
    most: u32,
    now: UnixMs,
) -> Option<UnixMs> {
    let times = taken.get_mut(&key)?;
    while times.front().is_some_and(|at| is_old(*at, now)) {
        times.pop_front();
    }
    let is_full = times.len() >= most as usize;
    let oldest = times.front().copied().filter(|_| is_full);
    oldest.map(|oldest| oldest.plus_ms(DAY_MS))
}

fn take<K: Eq + Hash>(taken: &mut HashMap<K, VecDeque<UnixMs>>, key: K, now: UnixMs) {
    if taken.len() >= MAX_KEYS && !taken.contains_key(&key) {
        forget_old(taken, now);
        if taken.len() >= MAX_KEYS {
            // So many clients are no single one: memory is bounded, and nobody is locked out.
            taken.clear();
            metrics::counter!("canvas_limits_forgotten_total").increment(1);
        }
    }
    taken.entry(key).or_default().push_back(now);
}

fn give_back<K: Eq + Hash>(taken: &mut HashMap<K, VecDeque<UnixMs>>, key: K) {
    if let Some(times) = taken.get_mut(&key) {
        times.pop_back();
        if times.is_empty() {
            taken.remove(&key);
        }
    }
}

fn forget_old<K: Eq + Hash>(taken: &mut HashMap<K, VecDeque<UnixMs>>, now: UnixMs) {
    taken.retain(|_, times| times.back().is_some_and(|at| !is_old(*at, now)));
}

fn is_old(at: UnixMs, now: UnixMs) -> bool {
    now.ms_since(at) >= DAY_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMs = UnixMs(1_800_000_000_000);

    fn device(number: u8) -> DeviceId {
        DeviceId([number; 16])
    }

    fn take_at(names: &NewNames, device: DeviceId, address: &str, now: UnixMs) -> bool {
        let reserved = names.reserve(device, address.parse().unwrap(), now);
        reserved.map(NameReservation::keep).is_ok()
    }

    #[test]
    fn a_device_takes_so_many_a_day() {
        let names = NewNames::new(2, 100);
        let (first, later) = (NOW, NOW.plus_ms(1_000));
        assert!(take_at(&names, device(1), "192.0.2.1", first));
        assert!(take_at(&names, device(1), "192.0.2.2", later));
        let refused = names.reserve(device(1), "192.0.2.3".parse().unwrap(), later);
        let retry_at = refused.unwrap_err().retry_at;
        assert_eq!(retry_at, first.plus_ms(DAY_MS));
        assert!(take_at(&names, device(2), "192.0.2.1", later));
        assert!(!take_at(
            &names,
            device(1),
            "192.0.2.1",
            retry_at.plus_ms(-1)
        ));
        assert!(take_at(&names, device(1), "192.0.2.1", retry_at));
        assert!(!take_at(&names, device(1), "192.0.2.1", retry_at));
    }

    #[test]
    fn an_address_takes_so_many_a_day_however_many_devices_it_names() {
        let names = NewNames::new(9, 3);
        let taken = (0..100).filter(|number| take_at(&names, device(*number), "192.0.2.1", NOW));
        assert_eq!(taken.count(), 3);
        let subnets = (0..100).filter(|number| {
            let address = format!("2001:db8:1:{number:x}::1");
            take_at(&names, device(100 + number), &address, NOW)
        });
        assert_eq!(subnets.count(), 6, "all of one /56");
    }

    #[test]
    fn a_name_that_was_not_taken_does_not_count() {
        let names = NewNames::new(1, 1);
        let address = "192.0.2.1".parse().unwrap();
        for _ in 0..10 {
            drop(names.reserve(device(1), address, NOW).unwrap());
        }
        assert!(take_at(&names, device(1), "192.0.2.1", NOW));
        assert!(!take_at(&names, device(2), "192.0.2.1", NOW));
        names.clean(NOW.plus_ms(DAY_MS));
        let taken = names.taken.lock();
        assert!(taken.devices.is_empty() && taken.prefixes.is_empty());
    }

    #[test]
    fn a_device_is_known_by_its_text_alone() {
        let id = DeviceId::random().unwrap();
        let text = id.to_string();
        assert_eq!(text.parse(), Ok(id));
        assert!(!format!("{id:?}").contains(&text));
        for wrong in ["", "AAAA", &"A".repeat(23), &"%".repeat(22)] {
            assert_eq!(wrong.parse::<DeviceId>(), Err(InvalidDeviceId));
        }
    }
}
