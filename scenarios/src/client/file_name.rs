//! Names of files as scenarios write them: files of the play's own folder, and no others.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// The name of a file right in the folder of a play.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct FileName(String);

impl TryFrom<String> for FileName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let is_special = |letter: char| letter.is_control() || matches!(letter, '/' | '\\' | ':');
        if name.is_empty() || name == "." || name == ".." || name.len() > 255 || name.contains(is_special) {
            return Err(format!("{name:?} is no name of a file in the folder of the play"));
        }
        Ok(Self(name))
    }
}

impl From<FileName> for String {
    fn from(name: FileName) -> Self {
        name.0
    }
}

impl Deref for FileName {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl JsonSchema for FileName {
    fn schema_name() -> Cow<'static, str> {
        "FileName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": r"^(?!\.{1,2}$)[^/\\:\x00-\x1f\x7f]+$", "maxLength": 255 })
    }

    fn inline_schema() -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_folder_itself_is_named() {
        for name in ["new.p12", "証明書.p12", "..x", "a b"] {
            assert!(FileName::try_from(name.to_owned()).is_ok(), "{name}");
        }
        for name in ["", ".", "..", "../x", "/etc/x", "a/b", r"..\x", "C:x", "a\0b", "a\nb"] {
            assert!(FileName::try_from(name.to_owned()).is_err(), "{name}");
        }
    }
}
