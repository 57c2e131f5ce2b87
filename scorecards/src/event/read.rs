//! Kinds to and from JSON, whichever family they are of.

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, value::MapDeserializer},
};
use serde_json::Value;
use serde_path_to_error::Track;

use super::{Kind, Unknown, work::Work};

impl Kind {
    /// Its tag: `ticket_closed`.
    #[must_use]
    pub fn tag(&self) -> String {
        let whole = serde_json::to_value(self).unwrap_or_default();
        whole.get("kind").and_then(Value::as_str).unwrap_or_default().to_string()
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Work(work) => work.serialize(serializer),
            Self::Unknown(unknown) => unknown.serialize(serializer),
            known => Self::serialize(known, serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Unknown { kind, data } = Unknown::deserialize(deserializer)?;
        if Self::tags().any(|tag| tag == kind) {
            return known(&kind, data, |whole| Self::deserialize(whole)).map_err(D::Error::custom);
        }
        match Work::read(&kind, data) {
            Ok(work) => work.map(Self::Work).map_err(D::Error::custom),
            Err(data) => Ok(Self::Unknown(Unknown { kind, data })),
        }
    }
}

/// The one map that a kind is read from: its tag first, so that what is wrong in its data can be named by its path.
pub(super) type Whole<'a, 'b> = serde_path_to_error::Deserializer<
    'a,
    'b,
    MapDeserializer<'static, std::array::IntoIter<(&'static str, Value), 2>, serde_json::Error>,
>;

/// Reads a kind that is known. What does not fit is said with kind and field.
pub(super) fn known<T>(
    kind: &str,
    data: Value,
    read: impl FnOnce(Whole<'_, '_>) -> Result<T, serde_json::Error>,
) -> Result<T, String> {
    let whole = [("kind", Value::from(kind)), ("data", data)];
    let mut track = Track::new();
    read(serde_path_to_error::Deserializer::new(MapDeserializer::new(whole.into_iter()), &mut track)).map_err(|error| {
        let path = track.path().to_string();
        match path.strip_prefix("data.") {
            Some(field) => format!("an event of the kind {kind}: {field}: {error}"),
            None => format!("an event of the kind {kind}: {error}"),
        }
    })
}
