//! Distinguished names, in the order in which they are encoded.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A distinguished name as a list, because X.509 knows an order and repeated types, and this
/// subject has two organizational units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject(Vec<(Attribute, String)>);

impl Subject {
    /// The name of these parts, first encoded first.
    pub fn new(parts: Vec<(Attribute, String)>) -> Self {
        Self(parts)
    }

    /// The attributes, first encoded first.
    pub fn attributes(&self) -> &[(Attribute, String)] {
        &self.0
    }
}

/// RFC 4514: the most specific attribute first.
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (attribute, value)) in self.0.iter().rev().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{}={}", attribute.short_name(), escape(value))?;
        }
        Ok(())
    }
}

/// An attribute type of a distinguished name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Attribute {
    /// 2.5.4.6
    Country,
    /// 2.5.4.10
    Organization,
    /// 2.5.4.11
    OrganizationalUnit,
    /// 2.5.4.3
    CommonName,
    /// 2.5.4.13, in which the simulator's own CAs say what they are.
    Description,
}

impl Attribute {
    /// The name by which the pages show it (manual 2.2).
    pub fn screen_name(self) -> &'static str {
        match self {
            Self::Country => "Country",
            Self::Organization => "Organization",
            Self::OrganizationalUnit => "Organizational Unit",
            Self::CommonName => "Common Name",
            Self::Description => "Description",
        }
    }

    /// All of them.
    pub(crate) const ALL: [Self; 5] =
        [Self::Country, Self::Organization, Self::OrganizationalUnit, Self::CommonName, Self::Description];

    /// Its object identifier.
    pub(crate) fn oid(self) -> &'static str {
        match self {
            Self::Country => "2.5.4.6",
            Self::Organization => "2.5.4.10",
            Self::OrganizationalUnit => "2.5.4.11",
            Self::CommonName => "2.5.4.3",
            Self::Description => "2.5.4.13",
        }
    }

    pub(crate) fn short_name(self) -> &'static str {
        match self {
            Self::Country => "C",
            Self::Organization => "O",
            Self::OrganizationalUnit => "OU",
            Self::CommonName => "CN",
            Self::Description => "2.5.4.13",
        }
    }
}

/// A value as it stands in the text of a name (RFC 4514, 2.4).
pub(crate) fn escape(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    let last = value.chars().count().saturating_sub(1);
    for (index, letter) in value.chars().enumerate() {
        let special = matches!(letter, ',' | '+' | '"' | '\\' | '<' | '>' | ';' | '=');
        let edge = (letter == ' ' && (index == 0 || index == last)) || (letter == '#' && index == 0);
        if special || edge {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_characters_are_escaped() {
        let subject =
            Subject::new(vec![(Attribute::Organization, "SECOM Trust Systems CO.,LTD.".to_owned())]);
        assert_eq!(subject.to_string(), r"O=SECOM Trust Systems CO.\,LTD.");
    }
}
