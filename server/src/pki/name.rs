//! Distinguished names for rcgen, whose own are maps and would lose the second organizational unit.

use rcgen::{DistinguishedName, DnType, DnValue};

use super::PkiError;
use crate::profile::StringType;
use crate::terms::{Attribute, Subject};

/// Encodes a subject in its own order.
///
/// # Errors
/// [`PkiError`] if a value has characters that the string type doesn't have.
pub(super) fn encode(subject: &Subject, strings: StringType) -> Result<DistinguishedName, PkiError> {
    let mut name = DistinguishedName::new();
    let mut units = 0;
    for (attribute, value) in subject.attributes() {
        let kind = match attribute {
            Attribute::Country => DnType::CountryName,
            Attribute::Organization => DnType::OrganizationName,
            Attribute::CommonName => DnType::CommonName,
            Attribute::Description => DnType::CustomDnType(vec![2, 5, 4, 13]),
            Attribute::OrganizationalUnit => {
                units += 1;
                match units {
                    1 => DnType::OrganizationalUnitName,
                    // The same type under another name of rcgen's; a third would overwrite it.
                    2 => DnType::CustomDnType(vec![2, 5, 4, 11]),
                    _ => {
                        let what = "a name with three organizational units";
                        return Err(PkiError::making(what)("two are supported"));
                    }
                }
            }
        };
        let printable = strings == StringType::Printable || *attribute == Attribute::Country;
        let value = if printable {
            DnValue::PrintableString(
                value.as_str().try_into().map_err(PkiError::making("a PrintableString"))?,
            )
        } else {
            DnValue::Utf8String(value.clone())
        };
        name.push(kind, value);
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_organizational_units_stay_in_order() {
        let part = |attribute, value: &str| (attribute, value.to_owned());
        let subject = Subject::new(vec![
            part(Attribute::Country, "JP"),
            part(Attribute::OrganizationalUnit, "hokkaido"),
            part(Attribute::OrganizationalUnit, "medical"),
            part(Attribute::CommonName, "0110119153"),
        ]);
        let name = encode(&subject, StringType::Printable).unwrap();
        let values: Vec<_> = name
            .iter()
            .map(|(_, value)| match value {
                DnValue::PrintableString(text) => text.as_str().to_owned(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(values, ["JP", "hokkaido", "medical", "0110119153"]);
    }
}
