//! The simulated time. Every reading of time in the simulator goes through a [`Clock`].
//!
//! A clock runs with real time, runs with an offset to it, or stands still. This file is the only
//! place that may read the wall clock; `.clippy.toml` bans it everywhere else.

use std::fmt;
use std::sync::Mutex;
use std::time::SystemTime;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;
use jiff::{SignedDuration, SpanRelativeTo, Timestamp};
use serde::{Deserialize, Serialize};

/// A world's time: real, shifted, or frozen.
#[derive(Debug)]
pub struct Clock {
    state: Mutex<ClockState>,
}

impl Clock {
    /// A clock that shows real time.
    pub fn real() -> Self {
        Self::from(ClockState::Running { offset_ms: 0 })
    }

    /// The simulated instant, in whole milliseconds.
    pub fn now(&self) -> Timestamp {
        self.lock().shown(real_ms())
    }

    /// What to keep in order to go on from here later.
    pub fn state(&self) -> ClockState {
        *self.lock()
    }

    /// Takes up a kept state.
    pub fn restore(&self, state: ClockState) {
        *self.lock() = state;
    }

    /// Sets time, mode, or both; what is `None` stays as it is.
    ///
    /// # Errors
    /// [`OutOfRange`] when `now` lies outside the years 2000 to 2199.
    pub fn set(&self, now: Option<Timestamp>, mode: Option<Mode>) -> Result<(), OutOfRange> {
        let mut state = self.lock();
        let real = real_ms();
        let now = now.map_or_else(|| state.at(real), in_range)?;
        *state = match mode.unwrap_or(state.mode()) {
            Mode::Running => ClockState::Running { offset_ms: now.as_millisecond() - real },
            Mode::Frozen => ClockState::Frozen { now },
        };
        Ok(())
    }

    /// Moves the clock; a negative duration moves it back.
    ///
    /// # Errors
    /// [`OutOfRange`] as for [`Clock::set`].
    pub fn advance(&self, by: SignedDuration) -> Result<(), OutOfRange> {
        let mut state = self.lock();
        let by_ms = i64::try_from(by.as_millis()).map_err(|_| OutOfRange)?;
        let advanced = match *state {
            ClockState::Running { offset_ms } => {
                ClockState::Running { offset_ms: offset_ms.checked_add(by_ms).ok_or(OutOfRange)? }
            }
            ClockState::Frozen { now } => {
                ClockState::Frozen { now: now.checked_add(by).map_err(|_| OutOfRange)? }
            }
        };
        advanced.at(real_ms())?;
        *state = advanced;
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, ClockState> {
        // A panic while the lock is held can't leave the state half written: it is one assignment.
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl From<ClockState> for Clock {
    fn from(state: ClockState) -> Self {
        Self { state: Mutex::new(state) }
    }
}

/// How a clock moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// With real time, at the same pace.
    Running,
    /// Not at all, until it is set or advanced.
    Frozen,
}

/// A clock's state as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "mode", rename_all = "lowercase", deny_unknown_fields)]
pub enum ClockState {
    /// Real time plus an offset in milliseconds.
    Running {
        /// Milliseconds added to real time.
        offset_ms: i64,
    },
    /// Standing still.
    Frozen {
        /// The instant shown.
        now: Timestamp,
    },
}

impl ClockState {
    /// Whether a clock in this state shows a time that it may show.
    ///
    /// # Errors
    /// [`OutOfRange`].
    pub fn check(&self) -> Result<(), OutOfRange> {
        self.at(real_ms()).map(|_| ())
    }

    fn shown(&self, real_ms: i64) -> Timestamp {
        match *self {
            // A clock that has run for so long that it left jiff's range of years -9999 to 9999 stands still.
            Self::Running { offset_ms } => {
                Timestamp::from_millisecond(real_ms.saturating_add(offset_ms)).unwrap_or(Timestamp::MAX)
            }
            Self::Frozen { now } => now,
        }
    }

    fn at(&self, real_ms: i64) -> Result<Timestamp, OutOfRange> {
        in_range(self.shown(real_ms))
    }

    /// Running or frozen.
    pub fn mode(&self) -> Mode {
        match self {
            Self::Running { .. } => Mode::Running,
            Self::Frozen { .. } => Mode::Frozen,
        }
    }
}

/// A clock may show the years 2000 to 2199, where every date has its form in X.509.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the simulated clock takes times in the years 2000 to 2199")]
pub struct OutOfRange;

fn in_range(instant: Timestamp) -> Result<Timestamp, OutOfRange> {
    let year = Offset::UTC.to_datetime(instant).year();
    if (2000..2200).contains(&year) { Ok(instant) } else { Err(OutOfRange) }
}

/// Real time, for what concerns the machine rather than the simulation: journal records carry it
/// beside the simulated time.
pub fn real_now() -> Timestamp {
    Timestamp::from_millisecond(real_ms()).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the wall clock")]
fn real_ms() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// The zone in which the service counts days: a fixed offset, since Japan has no summer time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceZone(Offset);

impl ServiceZone {
    /// Japan Standard Time, UTC+9.
    pub const JST: Self = Self(jiff::tz::offset(9));
    /// Coordinated Universal Time, the rival reading of `clock.zone`.
    pub const UTC: Self = Self(Offset::UTC);

    /// The day on which an instant falls.
    pub fn day_of(self, instant: Timestamp) -> Date {
        self.0.to_datetime(instant).date()
    }

    /// Day and time of an instant.
    pub fn datetime(self, instant: Timestamp) -> DateTime {
        self.0.to_datetime(instant)
    }

    /// The first second of a day.
    pub fn start_of(self, day: Date) -> Timestamp {
        self.at(day, Time::midnight())
    }

    /// The last second of a day, 23:59:59.
    pub fn end_of(self, day: Date) -> Timestamp {
        self.at(day, Time::constant(23, 59, 59, 0))
    }

    /// A time of a day.
    pub fn at(self, day: Date, time: Time) -> Timestamp {
        // Only the outermost hours of the years -9999 and 9999 have no instant.
        self.0.to_timestamp(day.to_datetime(time)).unwrap_or(Timestamp::MAX)
    }
}

/// A length of time as people write it: `15m`, `1h 30m`, `91d`, `2w`. A day has 24 hours.
///
/// Months and years are refused, since their length depends on the day they start from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration(pub SignedDuration);

impl Duration {
    /// A duration of whole seconds.
    pub const fn seconds(seconds: i64) -> Self {
        Self(SignedDuration::from_secs(seconds))
    }
}

impl std::str::FromStr for Duration {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not a duration such as \"90s\", \"15m\", \"1h 30m\" or \"91d\"");
        let span: jiff::Span = text.trim().parse().map_err(|_| wrong())?;
        span.to_duration(SpanRelativeTo::days_are_24_hours()).map(Self).map_err(|_| wrong())
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        if seconds != 0 && seconds % 86_400 == 0 && self.0.subsec_nanos() == 0 {
            write!(f, "{}d", seconds / 86_400)
        } else {
            write!(f, "{:#}", self.0)
        }
    }
}

impl fmt::Debug for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Duration {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Written)
    }
}

/// Says what a length of time looks like to whoever wrote a number.
struct Written;

impl serde::de::Visitor<'_> for Written {
    type Value = Duration;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a duration in quotes such as \"15m\"")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Duration, E> {
        text.parse().map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frozen_clock_moves_only_when_told() {
        let clock = Clock::real();
        let start: Timestamp = "2026-11-23T00:00:00Z".parse().unwrap();
        clock.set(Some(start), Some(Mode::Frozen)).unwrap();
        assert_eq!(clock.now(), start);
        clock.advance("91d".parse::<Duration>().unwrap().0).unwrap();
        assert_eq!(clock.now().to_string(), "2027-02-22T00:00:00Z");
    }

    #[test]
    fn a_running_clock_keeps_its_offset_when_it_is_stored() {
        let clock = Clock::real();
        clock.set(Some("2031-01-01T00:00:00Z".parse().unwrap()), Some(Mode::Running)).unwrap();
        let stored = serde_json::to_string(&clock.state()).unwrap();
        let again = Clock::from(serde_json::from_str::<ClockState>(&stored).unwrap());
        assert_eq!(Offset::UTC.to_datetime(again.now()).year(), 2031);
    }

    #[test]
    fn days_begin_at_midnight_in_japan() {
        let last: Timestamp = "2026-11-23T14:59:59Z".parse().unwrap();
        assert_eq!(ServiceZone::JST.day_of(last).to_string(), "2026-11-23");
        assert_eq!(ServiceZone::JST.end_of(jiff::civil::date(2026, 11, 23)), last);
        assert_eq!(
            ServiceZone::JST.start_of(jiff::civil::date(2026, 11, 24)).as_second(),
            last.as_second() + 1
        );
    }

    #[test]
    fn durations_read_as_people_write_them() {
        for (text, shown) in
            [("15m", "15m"), ("91d", "91d"), ("2w", "14d"), ("1h 30m", "1h 30m"), ("0s", "0s")]
        {
            assert_eq!(text.parse::<Duration>().unwrap().to_string(), shown);
        }
        for text in ["", "soon", "3mo", "1y"] {
            assert!(text.parse::<Duration>().is_err(), "{text}");
        }
    }

    #[test]
    fn times_without_a_form_in_x509_are_refused() {
        for text in ["1999-12-31T23:59:59Z", "2200-01-01T00:00:00Z"] {
            assert_eq!(Clock::real().set(Some(text.parse().unwrap()), None), Err(OutOfRange));
        }
    }
}
