//! Whom an institution's certificate names.

use crate::profile::{Dn, DnPart};
use crate::terms::{Attribute, Category, Holder, Prefecture, Subject};

/// The subject of an institution's certificate, with the profile's words in the profile's order. Without a prefecture,
/// which no 受付番号 tells, it has no such unit.
pub fn subject(holder: &Holder, prefecture: Option<Prefecture>, category: Category, dn: &Dn) -> Subject {
    let part = |part: &DnPart| match part {
        DnPart::Country => Some((Attribute::Country, dn.country.clone())),
        DnPart::Organization => Some((Attribute::Organization, dn.organization.clone())),
        DnPart::Prefecture => prefecture.map(|it| (Attribute::OrganizationalUnit, it.name().to_owned())),
        DnPart::Category => Some((Attribute::OrganizationalUnit, dn.category(category).to_owned())),
        DnPart::CommonName => Some((Attribute::CommonName, common_name(holder, dn))),
    };
    Subject::new(dn.order.iter().filter_map(part).collect())
}

fn common_name(holder: &Holder, dn: &Dn) -> String {
    match holder {
        Holder::Institution(code) => code.to_string(),
        Holder::Insurer(number) => number.to_string(),
        Holder::Reception(number) => format!("{}{number}", dn.reception_prefix),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subject_has_both_units_and_shows_the_most_specific_first() {
        assert_eq!(named("0110119153"), "CN=0110119153,OU=medical,OU=hokkaido,O=ReceiptOnline,C=JP");
    }

    #[test]
    fn an_insurer_is_named_by_its_number_and_a_reception_number_without_a_prefecture() {
        assert_eq!(named("33120015"), "CN=33120015,OU=insurer,OU=chiba,O=ReceiptOnline,C=JP");
        assert_eq!(named("202611230001"), "CN=202611230001,OU=medical,O=ReceiptOnline,C=JP");
    }

    fn named(holder: &str) -> String {
        let holder: Holder = holder.parse().unwrap();
        subject(&holder, holder.prefecture(), holder.category(), &Dn::default()).to_string()
    }
}
