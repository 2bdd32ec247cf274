//! The same for programs.

use serde_json::json;

use crate::learn::learned::Learned;

/// Writes what was learnt as JSON.
pub fn learned_to_json(learned: &Learned) -> String {
    let next: Vec<_> =
        learned.next().into_iter().map(|(record, keys)| json!({ "record": record, "keys": keys })).collect();
    let mut value = serde_json::to_value(learned).unwrap_or_default();
    value["next"] = json!(next);
    format!("{value:#}\n")
}
