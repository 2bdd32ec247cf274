//! Walks a recording against a simulator under a profile, and tells where the two differ: what a person reads, fields,
//! headers, and files by their kind. IDs, tokens and days are others there, and don't count.

mod compare;
mod scene;

use obn_ca::Options;
use serde::Serialize;

use self::compare::compare;
use self::scene::Scene;
use super::evidence::Evidence;
use super::source::Sources;
use crate::bilingual::Bilingual;
use crate::error::Error;
use crate::simulator::{self, USUAL_SEED};

/// How a recording compares with the simulator.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Replayed {
    /// How many exchanges were compared.
    pub compared: usize,
    /// Where they differ.
    pub differences: Vec<Difference>,
    /// What could not be compared, with its place, and why.
    pub skipped: Vec<(String, Bilingual)>,
}

/// Something that is another thing there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Where it is in the recording.
    pub place: String,
    /// What it is.
    pub what: Bilingual,
    /// In the recording.
    pub recorded: String,
    /// By the simulator.
    pub simulated: String,
}

/// Walks a recording against a simulator of its own.
///
/// # Errors
/// If the simulator doesn't serve this profile, or breaks.
pub async fn replay(sources: &Sources, profile: &toml::Table) -> Result<Replayed, Error> {
    let evidence = Evidence::of(sources);
    // Handshakes are not compared, and who comes here trusts the root alone.
    let mut served = profile.clone();
    simulator::merge(&mut served, &toml::toml! { tls.send_intermediate = true });
    let simulator = simulator::start(&served, USUAL_SEED, Options::for_tests()).await?;
    let mut scene = Scene::set(&simulator, profile, &evidence)?;
    let mut replayed = Replayed::default();
    for (index, exchange) in evidence.exchanges.iter().enumerate() {
        match scene.again(index, exchange).await? {
            Ok(live) => {
                replayed.compared += 1;
                replayed.differences.extend(compare(exchange, &live));
            }
            Err(Some(why)) => replayed.skipped.push((exchange.place.clone(), why)),
            Err(None) => {}
        }
    }
    simulator.stop().await;
    Ok(replayed)
}
