//! How the parts of an act are written in JSON.

/// A part that is written as text, and read as its `FromStr` says.
macro_rules! as_text {
    ($name:ident, $type:ty) => {
        pub(super) mod $name {
            use serde::{Deserialize as _, Deserializer, Serializer, de};

            pub fn serialize<S: Serializer>(value: &$type, out: S) -> Result<S::Ok, S::Error> {
                out.collect_str(&super::Shown(value))
            }

            pub fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<$type, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(input)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    };
}

/// A value in the form that its `FromStr` reads.
struct Shown<'a, T>(&'a T);

impl std::fmt::Display for Shown<'_, event_store::PlayerId> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

impl std::fmt::Display for Shown<'_, event_store::Region> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let event_store::Region {
            x,
            y,
            width,
            height,
        } = self.0;
        write!(formatter, "{x},{y},{width},{height}")
    }
}

as_text!(player, event_store::PlayerId);
as_text!(region, event_store::Region);

pub(super) mod players {
    use std::collections::BTreeSet;

    use event_store::PlayerId;
    use serde::{Deserialize as _, Deserializer, Serializer, de};

    pub fn serialize<S: Serializer>(
        players: &BTreeSet<PlayerId>,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        out.collect_seq(players.iter().map(ToString::to_string))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        input: D,
    ) -> Result<BTreeSet<PlayerId>, D::Error> {
        let texts = Vec::<String>::deserialize(input)?;
        let players = texts.iter().map(|text| text.parse());
        players.collect::<Result<_, _>>().map_err(de::Error::custom)
    }
}

pub(super) mod some_region {
    use event_store::Region;
    use serde::{Deserialize as _, Deserializer, Serializer, de};

    pub fn serialize<S: Serializer>(region: &Option<Region>, out: S) -> Result<S::Ok, S::Error> {
        match region {
            None => out.serialize_none(),
            Some(region) => super::region::serialize(region, out),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Region>, D::Error> {
        let text = Option::<String>::deserialize(input)?;
        let region = text.map(|text| text.parse());
        region.transpose().map_err(de::Error::custom)
    }
}

pub(super) mod version {
    use event_store::Version;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(version: &Version, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_u64(version.0)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Version, D::Error> {
        u64::deserialize(input).map(Version)
    }
}

pub(super) mod some_version {
    use event_store::Version;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    pub fn serialize<S: Serializer>(version: &Option<Version>, out: S) -> Result<S::Ok, S::Error> {
        version.map(|version| version.0).serialize(out)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Version>, D::Error> {
        Ok(Option::<u64>::deserialize(input)?.map(Version))
    }
}

pub(super) mod time {
    use event_store::UnixMs;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer, de};

    use crate::exchange::moment::{parse_rfc3339, rfc3339};

    pub fn serialize<S: Serializer>(time: &Option<UnixMs>, out: S) -> Result<S::Ok, S::Error> {
        time.map(rfc3339).serialize(out)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Option<UnixMs>, D::Error> {
        let text = Option::<String>::deserialize(input)?;
        let time = |text: String| {
            let wrong = || de::Error::custom("no time; write it as in 2026-01-31T12:00:00Z");
            parse_rfc3339(&text).ok_or_else(wrong)
        };
        text.map(time).transpose()
    }
}
