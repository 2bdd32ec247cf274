//! Whom an institution's certificate names.

use crate::profile::{Dn, DnPart};
use crate::terms::{Attribute, Category, InstitutionCode, Prefecture, Subject};

/// The subject of an institution's certificate, with the profile's words in the profile's order.
pub fn subject(code: &InstitutionCode, prefecture: Prefecture, category: Category, dn: &Dn) -> Subject {
    let part = |part: &DnPart| match part {
        DnPart::Country => (Attribute::Country, dn.country.clone()),
        DnPart::Organization => (Attribute::Organization, dn.organization.clone()),
        DnPart::Prefecture => (Attribute::OrganizationalUnit, prefecture.name().to_owned()),
        DnPart::Category => (Attribute::OrganizationalUnit, dn.category(category).to_owned()),
        DnPart::CommonName => (Attribute::CommonName, code.as_str().to_owned()),
    };
    Subject::new(dn.order.iter().map(part).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subject_has_both_units_and_shows_the_most_specific_first() {
        let code: InstitutionCode = "0110119153".parse().unwrap();
        let prefecture = code.prefecture().unwrap();
        let named = subject(&code, prefecture, code.category(), &Dn::default());
        assert_eq!(named.to_string(), "CN=0110119153,OU=medical,OU=hokkaido,O=ReceiptOnline,C=JP");
    }
}
