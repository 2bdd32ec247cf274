//! The one place where the client reads the time.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use rustls::pki_types::UnixTime;
use rustls::time_provider::TimeProvider;

/// Japan Standard Time, in which every day of the manual is counted. It has no daylight saving time.
pub(crate) const JST: Offset = Offset::constant(9);

/// Where a [`Client`](crate::Client) takes the time from: the system, or whatever a test says.
///
/// It decides whether the server's certificate is valid, when cookies expire and how many days a certificate has left.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is the one allowed reading of the wall clock")]
        let now = Timestamp::now;
        Self(Arc::new(now))
    }

    /// A clock that stands still.
    pub fn fixed(now: Timestamp) -> Self {
        Self(Arc::new(move || now))
    }

    /// A clock that asks `now` at every reading.
    pub fn from_fn(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }

    /// Today's date in Japan.
    pub fn today(&self) -> Date {
        date_in_japan(self.now())
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}

// The server's certificate is judged by the same clock as everything else.
impl TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(self.now().as_second()).ok()?;
        Some(UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds)))
    }
}

/// The date that a Japanese calendar shows at `moment`.
pub(crate) fn date_in_japan(moment: Timestamp) -> Date {
    JST.to_datetime(moment).date()
}
