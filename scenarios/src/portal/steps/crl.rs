//! The revocation list: fetching it, and looking into it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::asked::asked;
use crate::bilingual::Verbatim;
use crate::difference::Differences;
use crate::error::Error;
use crate::eyes::{Identity, RevocationList};
use crate::play::{Check, Do, Done, Reader, Trouble, step, steps};
use crate::portal::scene::{Scene, USUAL_PASSWORD};
use crate::portal::wording::{Expected, Seen};

pub(super) const STEPS: &[Reader<Scene>] = steps![act FetchList; look LookIntoList];

step! {
    /// Fetch the revocation list from where the certificate of a saved file says, under a name.
    pub(in crate::portal) struct FetchList {
        fetch_list: String,
        /// Whose certificate says where it is
        of: String,
    }
    "fetch the revocation list of {of:?} as {fetch_list:?}"; "{of:?} の失効リストを {fetch_list:?} として取得する"
}

impl Do<Scene> for FetchList {
    fn usually_breaks(&self) -> Option<&'static str> {
        Some("CRL-001")
    }

    /// By way of the target's own address for the host that the certificate names.
    async fn run(&self, scene: &mut Scene) -> Done {
        let identity = scene.identity(&self.of, USUAL_PASSWORD)?;
        let places = identity.certificate()?.crl_places();
        let place = places.first().and_then(|place| Url::parse(place).ok());
        let mut url = place.ok_or_else(|| Trouble::halt(Expected::ListPlace, Seen::None))?;
        let host = url.host_str().unwrap_or_default().to_owned();
        if let Some(http) = &scene.stage.http {
            let _ = url.set_host(http.host_str());
            let _ = url.set_port(http.port());
        }
        scene.now = match &scene.stage.control {
            Some(control) => Some(control.now().await?),
            None => None,
        };
        let answer = scene.browser.fetch_plain(url, &host).await;
        scene.came(answer)?;
        let list = scene.last_file(Expected::List)?;
        let answer = scene.last(Expected::List)?;
        if answer.status != 200 {
            return Err(Trouble::halt(Expected::List, answer.summary()));
        }
        scene.files.insert(self.fetch_list.clone(), list);
        Ok(())
    }
}

step! {
    /// A saved revocation list says this.
    struct LookIntoList { list: ListExpectation } "look into a revocation list{}", asked(list); "失効リストの中を見る{}", asked(list)
}

/// What a saved revocation list must say.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct ListExpectation {
    /// The name under which it was saved.
    file: String,
    /// It is binary, not PEM.
    der: Option<bool>,
    /// Signed by the root in this saved PFX file, which opens with the usual password.
    signed_by_root_of: Option<String>,
    /// Names the key of that root as its signer's.
    names_key_of_root_of: Option<String>,
    /// The certificates of these notices are on it.
    lists: Option<Vec<String>>,
    /// The certificates of these notices are not.
    lists_not: Option<Vec<String>>,
    /// The certificates on it were revoked at this moment.
    revoked_at: Option<String>,
    /// The reason that is given for each; `none` if none shall be.
    reason: Option<String>,
    /// It is in force at this moment.
    current: Option<bool>,
    /// Its number is higher than that of this saved list, and it came out later or at the same time.
    newer_than: Option<String>,
    /// It is this saved list.
    same_as: Option<String>,
}

impl Check<Scene> for LookIntoList {
    async fn check(&self, scene: &Scene) -> Done {
        let expected = &self.list;
        let bytes = &scene.file(&expected.file)?.bytes;
        let der = binary(bytes);
        let list = parsed(&der)?;
        let mut differences = Differences::default();
        if expected.der == Some(true) && der != *bytes {
            differences.add(Expected::ListInDer, Seen::Pem);
        }
        if let Some(name) = &expected.signed_by_root_of {
            let (identity, root) = with_root(scene, name)?;
            let result = list.check_signature(&identity, root);
            differences.check(Expected::SignedList, result);
        }
        if let Some(name) = &expected.names_key_of_root_of {
            let (_, root) = with_root(scene, name)?;
            differences.check(Expected::ListKey, list.check_key_identifier(&root));
        }
        let entries = list.entries();
        for (names, wanted) in [(&expected.lists, true), (&expected.lists_not, false)] {
            for name in names.iter().flatten() {
                let serial = scene.identity(name, USUAL_PASSWORD)?.certificate()?.serial();
                if entries.iter().any(|entry| entry.serial == serial) != wanted {
                    let name = name.clone();
                    let expected =
                        if wanted { Expected::OnList { name } } else { Expected::NotOnList { name } };
                    differences.add(expected, Seen::OnIt { count: entries.len() });
                }
            }
        }
        for entry in &entries {
            if let Some(at) = &expected.revoked_at
                && at.parse().ok() != Some(entry.revoked_at)
            {
                differences
                    .add(Expected::RevokedAt { at: at.clone() }, Verbatim(entry.revoked_at.to_string()));
            }
            if let Some(reason) = &expected.reason
                && *reason != entry.reason
            {
                differences.add(Expected::Reason { reason: reason.clone() }, Verbatim(entry.reason.clone()));
            }
        }
        if expected.current == Some(true) {
            let now = scene.now.ok_or_else(|| Error::Scenario("no time is known".to_owned()))?;
            differences.check(Expected::ListInForce, list.check_current(now));
        }
        if let Some(other) = &expected.newer_than {
            let other = binary(&scene.file(other)?.bytes);
            let other = parsed(&other)?;
            let (one, before) = (list.number(), other.number());
            if one <= before || list.this_update() < other.this_update() {
                let told = |number: Option<String>| {
                    number.map_or("-".to_owned(), |n| n.trim_start_matches('0').to_owned())
                };
                let seen = Seen::NumberAfter { now: told(one), before: told(before) };
                differences.add(Expected::NewerList, seen);
            }
        }
        if let Some(other) = &expected.same_as
            && scene.file(other)?.bytes != *bytes
        {
            differences.add(Expected::SameList { other: other.clone() }, Seen::OtherList);
        }
        differences.done()
    }
}

fn parsed(der: &[u8]) -> Result<RevocationList<'_>, Trouble> {
    RevocationList::parse(der).map_err(|flaw| Trouble::halt(Expected::List, flaw).breaking(&["CRL-002"]))
}

fn with_root(scene: &Scene, name: &str) -> Result<(Identity, Vec<u8>), Trouble> {
    let identity = scene.identity(name, USUAL_PASSWORD)?;
    match identity.root() {
        Ok(root) => Ok((identity, root)),
        Err(flaw) => Err(Trouble::halt(Expected::Root, flaw).breaking(&["PFX-005"])),
    }
}

/// The list itself, also if it came as PEM: how it comes is a matter of its own.
fn binary(bytes: &[u8]) -> Vec<u8> {
    pem::parse(bytes).map_or_else(|_| bytes.to_vec(), pem::Pem::into_contents)
}
