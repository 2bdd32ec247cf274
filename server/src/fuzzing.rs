//! The portal's pages without sockets, for the tests that throw at them what strangers might send. Nobody else should
//! count on it.

use axum::body::Body;
use axum::http::{Request, Response};
use tower::ServiceExt;

use crate::pki::KeyPool;
use crate::store::StoreUrl;
use crate::world::{WorldFile, WorldName, sample_application};
use crate::worlds::{Config, Worlds};

/// The pages of a world in memory, with a notice that a fresh one has.
#[derive(Debug)]
pub struct Pages(Worlds);

impl Pages {
    /// A fresh world, the same each time.
    pub async fn open() -> Self {
        let config = Config {
            pool: KeyPool::new(0),
            seed: Some("fuzzing".to_owned()),
            profile: None,
            hostnames: Vec::new(),
            journal: 100,
            outgoing: None,
            files: crate::files::Files::default(),
        };
        let worlds = Worlds::open(&StoreUrl::Memory, config).await.expect("a store in memory opens");
        let world = worlds.default_world();
        world.world.issue(sample_application()).await.expect("a fresh world issues its sample");
        Self(worlds)
    }

    /// What the pages answer to a request, body and all.
    pub async fn answer(&self, request: Request<Vec<u8>>) -> Response<Vec<u8>> {
        let pages = self.0.default_world().pages.clone();
        let Ok(response) = pages.oneshot(request.map(Body::from)).await;
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.expect("a body in memory is whole");
        Response::from_parts(parts, body.to_vec())
    }

    /// Puts a world from a file in its place, and looks at what it holds. A file that is no world changes nothing.
    pub async fn replace(&self, file: WorldFile) {
        let replaced = self.0.replace(&WorldName::default_world(), file).await;
        if let Ok(host) = replaced {
            // They work, or say why not.
            drop((host.world.records().await, host.world.to_file().await));
        }
    }

    /// The world as a file.
    pub async fn world_file(&self) -> WorldFile {
        self.0.default_world().world.to_file().await.expect("a world in memory is whole")
    }
}
