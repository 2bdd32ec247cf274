//! The portal's listeners: the main one, and those that worlds have of their own.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::listener::{self, Shutdown};
use crate::portal::{self, Entrance, Portal};
use crate::world::WorldName;

/// All listeners of the portal.
#[derive(Debug)]
pub struct Portals {
    portal: Portal,
    main: SocketAddr,
    own: Mutex<HashMap<WorldName, (SocketAddr, watch::Sender<bool>)>>,
}

impl Portals {
    /// Starts to serve on the main listener, which has this address, until `shutdown`.
    pub fn start(
        portal: Portal,
        main: SocketAddr,
        listener: TcpListener,
        shutdown: Shutdown,
    ) -> (Arc<Self>, tokio::task::JoinHandle<()>) {
        let task = tokio::spawn(run(portal.clone(), listener, shutdown));
        (Arc::new(Self { portal, main, own: Mutex::default() }), task)
    }

    /// The main listener's address.
    pub fn main(&self) -> SocketAddr {
        self.main
    }

    /// Starts to serve on the listener that asks for client certificates, until `shutdown`.
    pub fn serve_renewals(&self, listener: TcpListener, shutdown: Shutdown) -> tokio::task::JoinHandle<()> {
        let entrance = Entrance { renewal: true, ..self.portal.entrance };
        tokio::spawn(run(Portal { entrance, ..self.portal.clone() }, listener, shutdown))
    }

    /// Whether there is a listener that asks for client certificates.
    pub fn serves_renewals(&self) -> bool {
        self.portal.entrance.renewal_port.is_some()
    }

    /// Opens a listener on which there is this world alone.
    ///
    /// # Errors
    /// What the system says about the address.
    pub fn open(&self, world: &WorldName, address: SocketAddr) -> std::io::Result<SocketAddr> {
        let listener = listener::bind(address)?;
        let address = listener.local_addr()?;
        let (stop, shutdown) = Shutdown::new();
        let portal = Portal { only: Some(world.clone()), ..self.portal.clone() };
        tokio::spawn(run(portal, listener, shutdown));
        self.lock().insert(world.clone(), (address, stop));
        Ok(address)
    }

    /// Closes a world's listener, if it has one.
    pub fn close(&self, world: &WorldName) {
        // The sender's end is the listener's end.
        self.lock().remove(world);
    }

    /// Closes all listeners that worlds have of their own.
    pub fn close_all(&self) {
        self.lock().clear();
    }

    /// The same, and waits until their answers are finished.
    pub async fn finish(&self) {
        let own = std::mem::take(&mut *self.lock());
        for (_, stop) in own.values() {
            stop.send_replace(true);
        }
        for (_, stop) in own.values() {
            Shutdown::finished(stop).await;
        }
    }

    /// The URL of a world for this machine's browsers and programs.
    pub fn url(&self, world: &WorldName) -> String {
        let own = self.lock().get(world).map(|(address, _)| *address);
        match own {
            Some(address) => url("localhost", address),
            None if world.is_default() => url("localhost", self.main),
            None => url(&format!("{world}.localhost"), self.main),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<WorldName, (SocketAddr, watch::Sender<bool>)>> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn run(portal: Portal, listener: TcpListener, shutdown: Shutdown) {
    let limits = portal.limits;
    let of_connections = shutdown.clone();
    listener::accept(listener, limits, shutdown, move |stream, peer| {
        portal::serve(portal.clone(), stream, peer, of_connections.clone())
    })
    .await;
}

/// `https://localhost:8443`; the name for addresses that reach this machine, otherwise the address.
pub(crate) fn url(name: &str, address: SocketAddr) -> String {
    let ip = address.ip();
    let here = ip.is_unspecified() || ip.to_canonical().is_loopback();
    let host = if here {
        name.to_owned()
    } else {
        SocketAddr::new(ip, 0).to_string().trim_end_matches(":0").to_owned()
    };
    match address.port() {
        443 => format!("https://{host}"),
        port => format!("https://{host}:{port}"),
    }
}
