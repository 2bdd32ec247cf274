//! A distinguished name and what this service puts into it.

use std::fmt;

use x509_parser::oid_registry;
use x509_parser::x509::X509Name;

use crate::pki::prefecture::Prefecture;

/// A distinguished name. Two are equal if all their attributes are, in order.
#[derive(Clone, PartialEq, Eq)]
pub struct Name {
    /// In the order of the encoding, which lists the most general first.
    attributes: Vec<(String, String)>,
}

impl Name {
    pub(crate) fn of(name: &X509Name<'_>) -> Self {
        let attributes = name.iter_attributes().map(|attribute| {
            let oid = attribute.attr_type();
            let value = match attribute.as_str() {
                Ok(text) => text.to_owned(),
                Err(_) => attribute.as_slice().iter().map(|byte| format!("{byte:02X}")).collect(),
            };
            (short_name(oid), value)
        });
        Self { attributes: attributes.collect() }
    }

    /// The last common name: for a client certificate the institution code.
    pub fn common_name(&self) -> Option<&str> {
        self.values("CN").last()
    }

    /// The organizational units, the most general first: prefecture, then category (manual 2.2 shows them reversed).
    pub fn organizational_units(&self) -> impl Iterator<Item = &str> {
        self.values("OU")
    }

    /// The 10-digit institution code, if the common name is one.
    pub fn institution_code(&self) -> Option<&str> {
        self.common_name().filter(|name| name.len() == 10 && name.bytes().all(|b| b.is_ascii_digit()))
    }

    /// The prefecture, as an organizational unit names it.
    pub fn prefecture(&self) -> Option<Prefecture> {
        self.organizational_units().find_map(Prefecture::of_romaji)
    }

    /// The category: the organizational unit that is no prefecture, such as `medical`.
    pub fn category(&self) -> Option<&str> {
        self.organizational_units().find(|unit| Prefecture::of_romaji(unit).is_none())
    }

    fn values<'a>(&'a self, attribute: &'static str) -> impl Iterator<Item = &'a str> {
        self.attributes.iter().filter(move |(name, _)| name == attribute).map(|(_, value)| value.as_str())
    }
}

/// RFC 4514 writes the most specific attribute first, as the manual's screens do.
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (name, value)) in self.attributes.iter().rev().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{name}={}", value.replace('\\', "\\\\").replace(',', "\\,"))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({self})")
    }
}

fn short_name(oid: &x509_parser::der_parser::oid::Oid<'_>) -> String {
    let known = [
        (oid_registry::OID_X509_COMMON_NAME, "CN"),
        (oid_registry::OID_X509_ORGANIZATIONAL_UNIT, "OU"),
        (oid_registry::OID_X509_ORGANIZATION_NAME, "O"),
        (oid_registry::OID_X509_COUNTRY_NAME, "C"),
        (oid_registry::OID_X509_LOCALITY_NAME, "L"),
        (oid_registry::OID_X509_STATE_OR_PROVINCE_NAME, "ST"),
        (oid_registry::OID_X509_SERIALNUMBER, "serialNumber"),
        (oid_registry::OID_PKCS9_EMAIL_ADDRESS, "emailAddress"),
        (oid_registry::OID_X509_DESCRIPTION, "description"),
    ];
    match known.iter().find(|(known, _)| known == oid) {
        Some((_, name)) => (*name).to_owned(),
        None => oid.to_id_string(),
    }
}
