//! By which listener a request came in. It matters where the profile splits those of the portal (`client_auth.mode`), and
//! tells the sites that the certificate is for from the portal: TLS and pages look at it.

use crate::world::WorldName;

/// A listener of the portal, or of the sites that the certificate is for.
#[derive(Clone, Debug, Default)]
pub struct Listener {
    /// Whom it is for.
    pub kind: ListenerKind,
    /// The port of the one for renewals, if there is one.
    pub renewal_port: Option<u16>,
}

/// Whom a listener is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ListenerKind {
    /// All worlds.
    #[default]
    Main,
    /// All worlds, where it asks for client certificates.
    Renewals,
    /// This world alone, under any host name.
    OfWorld(WorldName),
    /// The sites that the certificate is for: of all worlds, or of this one alone.
    RelyingParty(Option<WorldName>),
}
