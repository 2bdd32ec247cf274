//! Expectations in words.

use serde::Serialize;
use serde_json::{Map, Value};

/// What is asked, as the scenario writes it: `private_key = true, root = true`.
pub(super) fn asked(expectation: &impl Serialize) -> String {
    let mut parts = Vec::new();
    if let Ok(Value::Object(members)) = serde_json::to_value(expectation) {
        gather(members, &mut parts);
    }
    if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) }
}

fn gather(members: Map<String, Value>, parts: &mut Vec<String>) {
    for (key, value) in members {
        match value {
            Value::Null => {}
            Value::Object(inner) => gather(inner, parts),
            value => parts.push(format!("{key} = {value}")),
        }
    }
}
