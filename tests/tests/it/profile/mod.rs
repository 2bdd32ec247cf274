//! Every unknown of the real site is a key of the profile, with a default and a comment, and here each key is turned:
//! what is seen from outside changes as the comment says.

mod charset;
mod ground;
mod table;

mod application;
mod certificates;
mod crl;
mod files;
mod messages;
mod pages;
mod rcd;
mod relying;
mod reminders;
mod renewal;
mod revocation;
mod serials;
mod tls;

use std::collections::BTreeSet;

use obn_ca::profile::{KEYS, Profile, describe};

use self::table::Row;

fn all_rows() -> Vec<Row> {
    [
        application::rows(),
        certificates::rows(),
        crl::rows(),
        files::rows(),
        messages::rows(),
        pages::rows(),
        rcd::rows(),
        relying::rows(),
        reminders::rows(),
        renewal::rows(),
        revocation::rows(),
        tls::rows(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[test]
fn every_key_is_turned_and_every_turn_is_of_a_key() {
    let keys: BTreeSet<&str> = KEYS.iter().map(|key| key.path).collect();
    let turned: BTreeSet<&str> = all_rows().iter().map(|row| row.key).chain(messages::UNSEEN).collect();
    let untested: Vec<_> = keys.difference(&turned).collect();
    let unknown: Vec<_> = turned.difference(&keys).collect();
    assert!(untested.is_empty(), "no check turns {untested:?}");
    assert!(unknown.is_empty(), "there are no keys {unknown:?}");
}

#[test]
fn every_key_has_a_comment_and_a_default() {
    for key in describe(&Profile::default()) {
        assert!(!key.comment.is_empty(), "{} has no comment", key.key);
        assert_eq!(key.value, key.default, "{}", key.key);
    }
}
