//! A world as it is reached over the network.

use std::sync::Arc;

use axum::Router;

use crate::pki::PkiError;
use crate::portal;
use crate::relying_party;
use crate::tls::Configs;
use crate::world::World;

/// A world with the pages and the TLS by which it is served.
#[derive(Debug)]
pub struct VirtualHost {
    /// The world.
    pub world: Arc<World>,
    /// Its pages.
    pub(crate) pages: Router,
    /// The sites that its certificates are for.
    pub(crate) relying_party: Router,
    /// What there is of it over plain HTTP.
    pub(crate) plain_http: Router,
    pub(crate) tls: Configs,
}

impl VirtualHost {
    pub(super) fn new(world: Arc<World>) -> Result<Self, PkiError> {
        let tls = Configs::new(&world)?;
        Ok(Self {
            pages: portal::pages(&world),
            relying_party: relying_party::pages(&world),
            plain_http: portal::plain_http(&world),
            tls,
            world,
        })
    }
}
