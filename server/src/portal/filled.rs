//! `/p/rcd` with the IDs of a notice typed in already, for a tester who comes from the dashboard.
//!
//! The address carries a key that control alone can make. Without it the page is what the site shows, whatever else the
//! address asks for.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::paths::RCD;
use super::seal;
use crate::authority::Record;
use crate::clock::real_now;
use crate::terms::RequestId;
use crate::world::{World, WorldError};

const NAME: &str = "filled";
/// Between a click and the page, in real time.
const LASTS: SignedDuration = SignedDuration::from_mins(5);

#[derive(Serialize, Deserialize)]
struct Key {
    request_id: RequestId,
    until: Timestamp,
}

/// Path and query of the page with the IDs of this notice.
pub(crate) fn address(world: &World, request_id: &RequestId) -> String {
    let until = real_now().saturating_add(LASTS).unwrap_or(Timestamp::MAX);
    let key = Key { request_id: request_id.clone(), until };
    format!("{RCD}?{NAME}={}", seal::seal_for(world, NAME, &key))
}

/// The record whose IDs the page shall show, if the query has a key.
///
/// # Errors
/// [`WorldError`]: the store failed.
pub(super) async fn record(world: &World, query: Option<&str>) -> Result<Option<Record>, WorldError> {
    let sealed = query.and_then(|query| query.strip_prefix(NAME)?.strip_prefix('='));
    let key = sealed.and_then(|sealed| seal::open_for::<Key>(world, NAME, sealed));
    let Some(Key { request_id, .. }) = key.filter(|key| real_now() <= key.until) else { return Ok(None) };
    match world.record(&request_id).await {
        Ok(record) => Ok(Some(record)),
        Err(WorldError::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}
