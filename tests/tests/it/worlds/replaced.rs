//! Worlds that were reset, replaced or thrown away while somebody still had to do with them.

use std::sync::Arc;

use obn_ca::clock::Mode;
use obn_ca::sample_application;
use obn_ca::world::{World, WorldError};
use obn_tests::{Control, Environment, Kept, NOON, on_each_store};
use serde_json::{Value, json};

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

on_each_store! {
    async fn a_world_that_was_thrown_away_does_not_come_back(kept: Kept) {
        let env = kept.open().await;
        let world = env.create("one", json!({})).await.world();
        assert_eq!(env.control.delete("/worlds/one").await.status, 204);
        is_gone(&world).await;
        env.stop().await;

        let worlds = kept.open().await.control.json("/worlds").await;
        assert_eq!(worlds.as_array().unwrap().len(), 1, "{worlds}");
    }
}

on_each_store! {
    async fn what_was_put_in_the_place_of_a_world_stays_as_it_was_put(kept: Kept) {
        let elsewhere = Environment::seeded("elsewhere").await;
        let notice = elsewhere.issue().await;
        let file = elsewhere.control.json("/world").await;
        let tell = async |control: &Control| -> Vec<Value> {
            let texts = [control.text("/root.pem").await, control.text("/issuer.pem").await];
            let notices = control.json("/notices").await;
            texts.into_iter().map(Value::String).chain([notices, control.json("/clock").await]).collect()
        };

        let env = kept.open().await;
        let before = env.world();
        assert_eq!(env.control.put("/world", &file).await.status, 204);
        is_gone(&before).await;
        let put = tell(&env.control).await;
        assert_eq!(put[2][0]["request_id"], notice.request_id);
        env.stop().await;

        let env = kept.open().await;
        assert_eq!(tell(&env.control).await, put);
        let before = env.world();
        assert_eq!(env.control.order("/reset").await.status, 204);
        is_gone(&before).await;
        assert_eq!(env.control.json("/notices").await, json!([]));
    }
}
