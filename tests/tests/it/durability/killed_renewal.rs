//! `kill -9` at a hundred moments of `obn renew`: there is always a usable certificate, and one more run completes the
//! renewal with no second application.

use std::os::unix::process::ExitStatusExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use obn_client::{Clock, Store};
use obn_tests::{AT_ONCE, Desk, Environment, RENEWING, require};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// Moments that are told by the bytes that have gone over the line.
const ON_THE_LINE: usize = 100;

/// A line to the simulator that goes dead after so many bytes, both ways together.
struct Line {
    left: AtomicI64,
    dead: Notify,
}

impl Line {
    /// Answers with the line and its port.
    async fn to(target: std::net::SocketAddr, bytes: i64) -> (Arc<Self>, u16) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let line = Arc::new(Self { left: AtomicI64::new(bytes), dead: Notify::new() });
        let serving = Arc::clone(&line);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let far = TcpStream::connect(target).await.unwrap();
                let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
                tokio::spawn(Arc::clone(&serving).carry(near_in, far_out));
                tokio::spawn(Arc::clone(&serving).carry(far_in, near_out));
            }
        });
        (line, port)
    }

    async fn carry(self: Arc<Self>, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        let mut buffer = vec![0; 16 * 1024];
        while let Ok(read @ 1..) = from.read(&mut buffer).await {
            let before = self.left.fetch_sub(i64::try_from(read).unwrap(), Ordering::SeqCst);
            let allowed = usize::try_from(before.max(0)).unwrap().min(read);
            if to.write_all(&buffer[..allowed]).await.is_err() {
                return;
            }
            if allowed < read {
                self.dead.notify_one();
                // Keeps both ends open: nothing more comes, and nothing says so.
                return std::future::pending().await;
            }
        }
    }

    fn carried(&self, at_first: i64) -> i64 {
        at_first - self.left.load(Ordering::SeqCst)
    }
}

/// A clinic with one certificate that can be renewed.
struct Clinic {
    env: Environment,
    desk: Desk,
}

impl Clinic {
    async fn new() -> Self {
        let env = Environment::with(AT_ONCE).await;
        let notice = env.issue().await;
        let desk = Desk::new(&env).with("OBN_PASSWORD", "1234");
        let ids = ["--request-id", &notice.request_id, "--reference-id", &notice.reference_id];
        desk.run(&[&["download"], &ids[..]].concat(), "").await.ok();
        env.control.freeze(RENEWING).await;
        let desk = desk.with("OBN_NOW", RENEWING).with("OBN_NEW_PASSWORD", "2468");
        Self { env, desk }
    }

    /// Serial number of the certificate that a program would use now.
    fn current(&self) -> String {
        let entry =
            Store::at(self.desk.path("store")).current(&Clock::fixed(RENEWING.parse().unwrap())).unwrap();
        entry.identity().unwrap().verify().unwrap();
        entry.certificate().serial().to_uppercase()
    }

    /// After a kill.
    async fn completes(&self, moment: &str) {
        self.current();
        let again = self.desk.run(&["renew"], "").await;
        assert_eq!(again.status, Some(0), "{moment}: {}{}", again.stdout, again.stderr);
        let renewals = self.env.control.json("/renewals").await;
        let [renewal] = &renewals.as_array().unwrap()[..] else { panic!("{moment}: {renewals}") };
        assert_eq!(renewal["serial"], self.current().as_str(), "{moment}");
    }
}

/// Whether it was killed before it had ended.
async fn renewed_over(line: &Line, desk: &Desk) -> bool {
    let mut child = desk.obn(&["renew"]).stdout(std::process::Stdio::null()).spawn().unwrap();
    let killed = tokio::select! {
        ended = child.wait() => {
            assert!(ended.unwrap().success());
            false
        }
        () = line.dead.notified() => true,
    };
    if killed {
        child.kill().await.unwrap();
    }
    killed
}

#[tokio::test]
async fn a_renewal_killed_while_something_is_on_the_line_is_completed_by_the_next() {
    let plenty = 1 << 40;
    let clinic = Clinic::new().await;
    let (line, port) = Line::to(clinic.env.simulator.portal_address(), plenty).await;
    let desk = clinic.desk.with("OBN_URL", &format!("https://localhost:{port}"));
    assert!(!renewed_over(&line, &desk).await);
    let whole = line.carried(plenty);

    let mut kills = 0;
    // Scattered by the golden ratio: no two are close to each other, and none is at a round number.
    for moment in 0..ON_THE_LINE {
        let part = (moment as f64 * 0.618_033_988_75).fract();
        #[expect(clippy::cast_possible_truncation, reason = "a number of bytes")]
        let bytes = (whole as f64 * part) as i64;
        let mut clinic = Clinic::new().await;
        let (line, port) = Line::to(clinic.env.simulator.portal_address(), bytes).await;
        let direct = clinic.env.simulator.portal_url();
        clinic.desk = clinic.desk.with("OBN_URL", &format!("https://localhost:{port}"));
        kills += usize::from(renewed_over(&line, &clinic.desk).await);
        clinic.desk = clinic.desk.with("OBN_URL", &direct);
        clinic.completes(&format!("after {bytes} of {whole} bytes")).await;
    }
    assert!(kills >= ON_THE_LINE - 2, "{kills} kills");
}

#[tokio::test]
async fn a_renewal_killed_between_any_two_steps_on_the_disk_is_completed_by_the_next() {
    if !require("strace") {
        return;
    }
    let mut kills = 0;
    for call in ["fsync", "rename", "unlink", "mkdir", "rmdir", "unlinkat"] {
        for count in 1.. {
            let clinic = Clinic::new().await;
            let mut strace = clinic.desk.command("strace".as_ref());
            strace.args(["-f", "-qq", "-o", "/dev/null", "-e"]).arg(format!("trace={call}"));
            strace.arg("-e").arg(format!("inject={call}:signal=KILL:when={count}"));
            strace.arg(Desk::program()).arg("renew").stdout(std::process::Stdio::null());
            let ended = strace.status().await.unwrap();
            if ended.success() {
                break;
            }
            // strace ends as its child does; anything else is its own trouble.
            assert_eq!(ended.signal(), Some(9), "{ended}");
            kills += 1;
            clinic.completes(&format!("before {call} {count}")).await;
        }
    }
    // Record, key, certificate, metadata and folder each have theirs.
    assert!(kills >= 15, "{kills} kills");
}
