//! The days on which the registration authority works: Monday to Friday. Public holidays count as well, since no list of
//! them reaches as far as a simulated clock.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

/// So many business days after a day; the day itself for none, or the next business day if it is not one.
pub fn business_days_after(day: Date, days: i64) -> Date {
    let mut day = on_or_after(day);
    for _ in 0..days {
        day = on_or_after(day.saturating_add(1.day()));
    }
    day
}

fn on_or_after(day: Date) -> Date {
    let ahead = match day.weekday() {
        Weekday::Saturday => 2,
        Weekday::Sunday => 1,
        _ => 0,
    };
    day.saturating_add(ahead.days())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn weekends_are_left_out() {
        // 2026-11-27 is a Friday.
        let after = |day, days| business_days_after(date(2026, 11, day), days);
        assert_eq!(after(27, 0), date(2026, 11, 27));
        assert_eq!(after(27, 1), date(2026, 11, 30));
        assert_eq!(after(28, 0), date(2026, 11, 30));
        assert_eq!(after(29, 2), date(2026, 12, 2));
        assert_eq!(after(23, 5), date(2026, 11, 30));
    }
}
