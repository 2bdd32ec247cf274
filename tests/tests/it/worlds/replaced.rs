//! Worlds that were reset, replaced or thrown away while somebody still had to do with them.

use std::sync::Arc;

use obn_ca::clock::Mode;
use obn_ca::store::StoreUrl;
use obn_ca::world::{World, WorldError};
use obn_ca::{Options, Simulator, sample_application};
use obn_tests::{Control, Environment, NOON, Transcript};
use reqwest::Method;
use serde_json::{Value, json};

/// A simulator that keeps its worlds in a file of this folder.
async fn on_disk(folder: &tempfile::TempDir) -> (Simulator, Control) {
    let store = StoreUrl::Sqlite(folder.path().join("a.db"));
    let options = Options { store, sample: false, ..Options::for_tests() }.seed("tests");
    let simulator = Simulator::start(options).await.unwrap();
    let control = Control::new(&simulator.control_url(), &Transcript::default());
    (simulator, control)
}

fn find(simulator: &Simulator, name: &str) -> Arc<World> {
    simulator.worlds().find(&name.parse().unwrap()).unwrap().world.clone()
}

/// All that a world could do now is refused.
async fn is_gone(world: &Arc<World>) {
    let (clock, noon) = (world.clock.state(), NOON.parse().unwrap());
    for (what, error) in [
        ("issue", world.issue(sample_application()).await.err()),
        ("clock", world.set_clock(Some(noon), Some(Mode::Running)).await.err()),
        ("sessions", world.end_sessions().await.err()),
        ("list", world.records().await.err()),
    ] {
        assert!(matches!(error, Some(WorldError::Gone)), "{what}: {error:?}");
    }
    assert_eq!(world.clock.state(), clock);
}

#[tokio::test]
async fn a_world_that_was_thrown_away_does_not_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let (simulator, control) = on_disk(&folder).await;
    assert_eq!(control.post("/worlds", &json!({"name": "one"})).await.status, 201);
    let world = find(&simulator, "one");
    assert_eq!(control.delete("/worlds/one").await.status, 204);
    is_gone(&world).await;
    simulator.stop().await;

    let (_simulator, control) = on_disk(&folder).await;
    let worlds = control.json("/worlds").await;
    assert_eq!(worlds.as_array().unwrap().len(), 1, "{worlds}");
}

#[tokio::test]
async fn what_was_put_in_the_place_of_a_world_stays_as_it_was_put() {
    let elsewhere = Environment::seeded("elsewhere").await;
    let notice = elsewhere.issue().await;
    let file = elsewhere.control.json("/world").await;
    let tell = async |control: &Control| -> Vec<Value> {
        let texts = [control.text("/root.pem").await, control.text("/issuer.pem").await];
        let notices = control.json("/notices").await;
        texts.into_iter().map(Value::String).chain([notices, control.json("/clock").await]).collect()
    };

    let folder = tempfile::tempdir().unwrap();
    let (simulator, control) = on_disk(&folder).await;
    let before = find(&simulator, "default");
    assert_eq!(control.put("/world", &file).await.status, 204);
    is_gone(&before).await;
    let put = tell(&control).await;
    assert_eq!(put[2][0]["request_id"], notice.request_id);
    simulator.stop().await;

    let (simulator, control) = on_disk(&folder).await;
    assert_eq!(tell(&control).await, put);
    let before = find(&simulator, "default");
    assert_eq!(control.call(Method::POST, "/reset", None).await.status, 204);
    is_gone(&before).await;
    assert_eq!(control.json("/notices").await, json!([]));
}
