//! Listening: for portal and control alike, and the portal's listeners, the main one and those that worlds have of
//! their own.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::{Places, Portal, Seat, serve};
use crate::listener::{Listener, ListenerKind};
use crate::shutdown::{GRACE, Shutdown};
use crate::world::WorldName;

/// Bytes that the system is asked to keep for a peer in each direction; Linux takes twice as many.
const SOCKET_BUFFER: usize = 64 * 1024;

/// All listeners of the portal.
#[derive(Debug)]
pub struct Listeners {
    portal: Portal,
    main: SocketAddr,
    relying_party: Option<SocketAddr>,
    own: Mutex<HashMap<(Site, WorldName), Own>>,
}

/// A listener of a world's own, which ends with this.
type Own = (SocketAddr, watch::Sender<bool>);

/// What a listener serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Site {
    /// The imitated site.
    Portal,
    /// The sites that the certificate is for.
    RelyingParty,
}

impl Listeners {
    /// Starts to serve on the main listener, which has this address, until `shutdown`.
    pub fn start(
        portal: Portal,
        main: SocketAddr,
        relying_party: Option<SocketAddr>,
        listener: TcpListener,
        shutdown: Shutdown,
    ) -> (Arc<Self>, tokio::task::JoinHandle<()>) {
        let task = tokio::spawn(run(portal.clone(), listener, shutdown));
        (Arc::new(Self { portal, main, relying_party, own: Mutex::default() }), task)
    }

    /// The main listener's address.
    pub fn main(&self) -> SocketAddr {
        self.main
    }

    /// Starts to serve on the listener that asks for client certificates, until `shutdown`.
    pub fn serve_renewals(&self, listener: TcpListener, shutdown: Shutdown) -> tokio::task::JoinHandle<()> {
        tokio::spawn(run(self.portal(ListenerKind::Renewals), listener, shutdown))
    }

    /// Starts to serve the sites that the certificate is for, until `shutdown`.
    pub fn serve_relying_party(
        &self,
        listener: TcpListener,
        shutdown: Shutdown,
    ) -> tokio::task::JoinHandle<()> {
        tokio::spawn(run(self.portal(ListenerKind::RelyingParty(None)), listener, shutdown))
    }

    /// Whether there is a listener that asks for client certificates.
    pub fn serves_renewals(&self) -> bool {
        self.portal.listener.renewal_port.is_some()
    }

    /// Opens a listener on which there is this world alone.
    ///
    /// # Errors
    /// What the system says about the address.
    pub fn open(&self, site: Site, world: &WorldName, address: SocketAddr) -> std::io::Result<SocketAddr> {
        let listener = bind(address)?;
        let address = listener.local_addr()?;
        let (stop, shutdown) = Shutdown::new();
        let kind = match site {
            Site::Portal => ListenerKind::OfWorld(world.clone()),
            Site::RelyingParty => ListenerKind::RelyingParty(Some(world.clone())),
        };
        tokio::spawn(run(self.portal(kind), listener, shutdown));
        self.lock().insert((site, world.clone()), (address, stop));
        Ok(address)
    }

    /// Closes a world's listeners, if it has any.
    pub fn close(&self, world: &WorldName) {
        // The sender's end is the listener's end.
        self.lock().retain(|(_, of), _| of != world);
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
        self.url_at(Site::Portal, world, self.main)
    }

    /// The URL of a world's relying party for this machine's browsers and programs, if there is one.
    pub fn relying_party_url(&self, world: &WorldName) -> Option<String> {
        match self.own(Site::RelyingParty, world) {
            Some(address) => Some(url("localhost", address)),
            None => self.relying_party.map(|shared| self.url_at(Site::RelyingParty, world, shared)),
        }
    }

    fn url_at(&self, site: Site, world: &WorldName, shared: SocketAddr) -> String {
        match self.own(site, world) {
            Some(address) => url("localhost", address),
            None if world.is_default() => url("localhost", shared),
            None => url(&format!("{world}.localhost"), shared),
        }
    }

    fn own(&self, site: Site, world: &WorldName) -> Option<SocketAddr> {
        self.lock().get(&(site, world.clone())).map(|(address, _)| *address)
    }

    /// The portal on another listener.
    fn portal(&self, kind: ListenerKind) -> Portal {
        let listener = Listener { kind, ..self.portal.listener };
        Portal { listener, ..self.portal.clone() }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(Site, WorldName), Own>> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn run(portal: Portal, listener: TcpListener, shutdown: Shutdown) {
    let places = portal.places.clone();
    let of_connections = shutdown.clone();
    accept(listener, places, shutdown, move |stream, peer, seat| {
        serve(portal.clone(), stream, peer, seat, of_connections.clone())
    })
    .await;
}

/// Listens on an address; `[::]` takes IPv4 as well, and IPv4 alone on a machine without IPv6.
///
/// # Errors
/// What the system says: in use, no permission, no such address.
pub fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    use socket2::{Domain, Protocol, Socket, Type};
    let socket = match Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP)) {
        Err(_) if address == SocketAddr::new([0u16; 8].into(), address.port()) => {
            return bind(SocketAddr::new([0u8; 4].into(), address.port()));
        }
        socket => socket?,
    };
    if address.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    // A restart needn't wait for old connections. On Windows the option would let two processes share a port.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    // What is accepted has the same: what the system keeps for a thousand peers is bounded as well.
    socket.set_send_buffer_size(SOCKET_BUFFER)?;
    socket.set_recv_buffer_size(SOCKET_BUFFER)?;
    socket.bind(&address.into())?;
    socket.listen(1_024)?;
    TcpListener::from_std(socket.into())
}

/// Accepts connections until it is time to end, then waits for those that are still being served.
pub async fn accept<F, S>(listener: TcpListener, places: Places, mut shutdown: Shutdown, serve: F)
where
    F: Fn(TcpStream, SocketAddr, Seat) -> S,
    S: Future<Output = ()> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = shutdown.wait() => break,
            accepted = listener.accept() => accepted,
            // Forgets connections that are done.
            Some(_) = connections.join_next() => continue,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            // A peer that was gone at once.
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionAborted => continue,
            // Out of descriptors: give others time to go.
            Err(_) => {
                places.make_room();
                tokio::time::sleep(Duration::from_millis(10)).await;
                continue;
            }
        };
        let peer = canonical(peer);
        let place = tokio::select! {
            () = shutdown.wait() => break,
            place = places.enter(peer.ip()) => place,
        };
        let _ = stream.set_nodelay(true);
        let connection = serve(stream, peer, place.seat().clone());
        connections.spawn(async move {
            tokio::select! {
                () = place.seat().told_to_go() => {}
                () = connection => {}
            }
        });
    }
    drop(listener);
    let all_done = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(GRACE, all_done).await;
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

/// An IPv4 peer on an IPv6 socket, as IPv4.
fn canonical(peer: SocketAddr) -> SocketAddr {
    SocketAddr::new(peer.ip().to_canonical(), peer.port())
}
