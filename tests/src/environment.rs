//! A simulator of the test's own, with someone to walk its pages and someone to steer it.

use std::net::SocketAddr;
use std::time::Duration;

use obn_ca::clock::Mode;
use obn_ca::profile::Profile;
use obn_ca::{Options, Simulator};
use obn_client::{Client, ClientBuilder, Clock, Patience};

use crate::{Browser, Control, Notice, Tls, Transcript};

/// The instant at which every environment's clock stands still: noon in Japan of a Monday.
pub const NOON: &str = "2026-11-23T03:00:00Z";

/// One in-process simulator, gone with the test.
#[derive(Debug)]
pub struct Environment {
    /// The simulator itself.
    pub simulator: Simulator,
    /// Its control API.
    pub control: Control,
    /// What was sent and answered.
    pub transcript: Transcript,
}

impl Environment {
    /// With the default profile, a frozen clock and no notice.
    pub async fn start() -> Self {
        Self::with("").await
    }

    /// The same with these keys of the profile (TOML).
    pub async fn with(profile: &str) -> Self {
        let profile = Profile::from_toml(profile).unwrap_or_else(|error| panic!("{error}:\n{profile}"));
        Self::options(Options::for_tests().profile(profile)).await
    }

    /// With a seed, so that everything repeats.
    pub async fn seeded(seed: &str) -> Self {
        Self::options(Options::for_tests().seed(seed)).await
    }

    /// The same with these options.
    pub async fn options(options: Options) -> Self {
        // Tests of one seed share its keys, which take longer to find than most tests take.
        let seed = options.seed.or_else(|| Some("tests".to_owned()));
        let options = Options { sample: false, seed, ..options };
        let simulator = Simulator::start(options).await.unwrap_or_else(|error| panic!("{error}"));
        let noon = NOON.parse().expect("an instant");
        let world = simulator.worlds().default_world().world.clone();
        world.set_clock(Some(noon), Some(Mode::Frozen)).await.expect("a good year");
        let transcript = Transcript::default();
        let control = Control::new(&simulator.control_url(), &transcript);
        Self { simulator, control, transcript }
    }

    /// A browser that trusts the simulator's root and nothing else.
    pub fn browser(&self) -> Browser {
        self.browser_with(&self.tls())
    }

    /// A browser that connects like this.
    pub fn browser_with(&self, tls: &Tls) -> Browser {
        Browser::new(&self.simulator.portal_url(), tls, &[], &self.transcript)
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

    /// Trust in the simulator's root.
    pub fn tls(&self) -> Tls {
        Tls::trusting(self.simulator.worlds().default_world().world.tls.root_pem())
    }

    /// Our own client, with the simulator's root and clock, and without waiting between two tries.
    pub fn client(&self) -> ClientBuilder {
        let pause = Duration::ZERO;
        let patience = Patience { pause, poll_interval: pause, ..Patience::default() };
        let roots = self.tls().roots;
        let builder = Client::builder(self.simulator.portal_url()).patience(patience);
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

impl Drop for Environment {
    fn drop(&mut self) {
        self.transcript.print_on_failure();
    }
}
