//! A simulator of the test's own, with someone to walk its pages and someone to steer it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use obn_ca::clock::Mode;
use obn_ca::profile::Profile;
use obn_ca::store::StoreUrl;
use obn_ca::world::World;
use obn_ca::{Options, Simulator};
use obn_client::{Client, ClientBuilder, Clock, Patience};
use serde_json::{Value, json};

use crate::cluster::{Cluster, Passing};
use crate::transcript::PrintOnFailure;
use crate::{Browser, Control, Notice, Pfx, Tls, Transcript};

/// The instant at which every environment's clock stands still: noon in Japan of a Monday. Certificates that are
/// issued then end with 2030-02-23 in Japan.
pub const NOON: &str = "2026-11-23T03:00:00Z";
/// An instant at which the certificates that were issued at [`NOON`] can be renewed.
pub const RENEWING: &str = "2029-12-01T03:00:00Z";

/// With `postgres` in it, what would be kept in memory is kept in a PostgreSQL of the tests' own.
pub const STORE: &str = "OBN_TESTS_STORE";

/// One world of an in-process simulator: at first the default one. Gone with the test.
#[derive(Debug)]
pub struct Environment {
    /// The simulator itself.
    pub simulator: Arc<Simulator>,
    /// The world's control API.
    pub control: Control,
    /// What was sent and answered.
    pub transcript: Transcript,
    world: String,
    portal: String,
    _transcript: Option<PrintOnFailure>,
    database: Option<Passing>,
}

/// Beginnings.
impl Environment {
    /// With the default profile, a frozen clock and no notice.
    pub async fn start() -> Self {
        Self::with("").await
    }

    /// The same with these keys of the profile (TOML).
    pub async fn with(profile: &str) -> Self {
        Self::options(Options::for_tests().profile(self::profile(profile))).await
    }

    /// With a seed, so that everything repeats.
    pub async fn seeded(seed: &str) -> Self {
        Self::options(Options::for_tests().seed(seed)).await
    }

    /// The same with these options. A store that there is keeps its clock.
    pub async fn options(options: Options) -> Self {
        // Tests of one seed share its keys, which take longer to find than most tests take.
        let seed = options.seed.or_else(|| Some("tests".to_owned()));
        let mut options = Options { sample: false, seed, ..options };
        let mut database = None;
        if matches!(options.store, StoreUrl::Memory)
            && std::env::var(STORE).is_ok_and(|kind| kind == "postgres")
        {
            let cluster = Cluster::shared().await.expect("PostgreSQL is installed");
            let passing = cluster.database().await;
            options.store = passing.url().parse().expect("it is one");
            database = Some(Passing(passing));
        }
        let simulator = Simulator::start(options).await.unwrap_or_else(|error| panic!("{error}"));
        if simulator.worlds().is_fresh() {
            let noon = NOON.parse().expect("an instant");
            let world = simulator.worlds().default_world().world.clone();
            world.set_clock(Some(noon), Some(Mode::Frozen)).await.expect("a good year");
        }
        let transcript = Transcript::default();
        let control = Control::new(&simulator.control_url(), &transcript);
        Self {
            world: "default".to_owned(),
            portal: simulator.portal_url(),
            simulator: Arc::new(simulator),
            control,
            _transcript: Some(PrintOnFailure(transcript.clone())),
            transcript,
            database,
        }
    }

    /// Another world of the same simulator, made of what control takes for it.
    pub async fn create(&self, name: &str, mut body: Value) -> Self {
        body["name"] = json!(name);
        let answer = self.control.post("//api/v1/worlds", &body).await;
        assert_eq!(answer.status, 201, "{}", answer.summary());
        self.of_world(name, answer.json::<Value>()["portal"].as_str().expect("a URL"))
    }

    /// Another world of the same simulator, which is there already, at this URL.
    pub fn of_world(&self, name: &str, portal: &str) -> Self {
        Self {
            simulator: Arc::clone(&self.simulator),
            control: self.control.of_world(name),
            transcript: self.transcript.clone(),
            world: name.to_owned(),
            portal: portal.to_owned(),
            _transcript: None,
            database: None,
        }
    }

    /// Stops the simulator, which finishes its answers.
    pub async fn stop(self) {
        let simulator = Arc::into_inner(self.simulator).expect("no environment of another world is left");
        simulator.stop().await;
        drop(self.database);
    }
}

/// Who deals with the world.
impl Environment {
    /// The world itself.
    pub fn world(&self) -> Arc<World> {
        let name = self.world.parse().expect("it has this name");
        Arc::clone(&self.simulator.worlds().find(&name).expect("it is there").world)
    }

    /// A browser that trusts the world's root and nothing else.
    pub fn browser(&self) -> Browser {
        self.browser_with(&self.tls())
    }

    /// A browser that connects like this.
    pub fn browser_with(&self, tls: &Tls) -> Browser {
        // By this name a world is found on the listeners that it shares with others.
        let name = format!("{}.localhost", self.world);
        let hosts = [(name.as_str(), SocketAddr::from(([127, 0, 0, 1], 0)))];
        Browser::new(&self.portal, tls, &hosts, &self.transcript)
    }

    /// A browser that finds a host name at the portal's address.
    pub fn browser_at(&self, host: &str) -> Browser {
        self.browser_to(host, self.simulator.portal_address())
    }

    /// A browser that finds a host name at this address.
    pub fn browser_to(&self, host: &str, address: SocketAddr) -> Browser {
        let base = format!("https://{host}:{}", address.port());
        Browser::new(&base, &self.tls(), &[(host, address)], &self.transcript)
    }

    /// A browser for the listener without TLS, where the revocation list is published.
    pub fn plain_browser(&self) -> Browser {
        let base = self.simulator.http_url().expect("tests have one");
        Browser::new(&base, &self.tls(), &[], &self.transcript)
    }

    /// A browser at the sites that the certificate is for, which connects like this.
    pub fn at_relying_party(&self, tls: &Tls) -> Browser {
        let address = self.simulator.relying_party_address().expect("the sites are served");
        let host = if self.world == "default" {
            "localhost".to_owned()
        } else {
            format!("{}.localhost", self.world)
        };
        let hosts = [(host.as_str(), SocketAddr::from(([127, 0, 0, 1], 0)))];
        Browser::new(&format!("https://{host}:{}", address.port()), tls, &hosts, &self.transcript)
    }

    /// A browser that shows this client certificate.
    pub fn browser_showing(&self, identity: &Pfx) -> Browser {
        self.browser_with(&self.tls().showing(identity))
    }

    /// A browser of a terminal whose certificate was fetched at `/p/rcd`.
    pub async fn terminal(&self, notice: &Notice) -> Browser {
        self.browser_showing(&self.pfx(notice).await)
    }

    /// The file of `/p/rcd`.
    pub async fn pfx(&self, notice: &Notice) -> Pfx {
        self.browser().download(notice, "1234").await.pfx("1234")
    }

    /// Trust in the world's root.
    pub fn tls(&self) -> Tls {
        Tls::trusting(self.world().tls().root_pem())
    }

    /// The URL of the world's portal.
    pub fn portal(&self) -> &str {
        &self.portal
    }

    /// Our own client, with the world's root and clock, and without waiting between two tries.
    pub fn client(&self) -> ClientBuilder {
        let pause = Duration::ZERO;
        let patience = Patience { pause, poll_interval: pause, ..Patience::default() };
        let roots = self.tls().roots;
        let builder = Client::builder(&self.portal).patience(patience);
        let builder = match self.simulator.renewal_url() {
            Some(url) => builder.renewal_url(url),
            None => builder,
        };
        builder
            .clock(Clock::fixed(NOON.parse().expect("an instant")))
            .root_pem(roots)
            .expect("the simulator's root")
    }

    /// Issues a certificate to the manual's own institution.
    pub async fn issue(&self) -> Notice {
        self.control.issue().await
    }
}

/// A profile of these keys (TOML).
pub(crate) fn profile(text: &str) -> Profile {
    Profile::from_toml(text).unwrap_or_else(|error| panic!("{error}:\n{text}"))
}
