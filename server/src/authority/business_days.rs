//! The days on which the registration authority works: Monday to Friday, but for public holidays (国民の祝日に関する法律, as it
//! stands since 2022) and the days around New Year on which public bodies are closed (行政機関の休日に関する法律, 1).

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

/// So many business days after a day; the day itself for none, or the next business day if it is not one.
pub fn business_days_after(day: Date, days: i64) -> Date {
    let mut day = on_or_after(day);
    for _ in 0..days {
        day = on_or_after(next(day));
    }
    day
}

fn on_or_after(mut day: Date) -> Date {
    // The last day of all has no next one.
    while !is_business_day(day) && day != Date::MAX {
        day = next(day);
    }
    day
}

fn next(day: Date) -> Date {
    day.saturating_add(1.day())
}

fn before(day: Date) -> Date {
    day.saturating_sub(1.day())
}

fn is_business_day(day: Date) -> bool {
    let is_weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    let is_new_year = matches!((day.month(), day.day()), (12, 29..=31) | (1, 1..=3));
    !is_weekend && !is_new_year && !is_holiday(day)
}

fn is_holiday(day: Date) -> bool {
    is_named(day) || is_substitute(day) || (is_named(before(day)) && is_named(next(day)))
}

/// One that the law names (article 2).
fn is_named(day: Date) -> bool {
    match (day.month(), day.day()) {
        (1, 1) | (2, 11 | 23) | (4, 29) | (5, 3..=5) | (8, 11) | (11, 3 | 23) => true,
        (1 | 10, 8..=14) | (7 | 9, 15..=21) => day.weekday() == Weekday::Monday,
        (3, date) => date == equinox(day.year(), 20_843_100),
        (9, date) => date == equinox(day.year(), 23_248_800),
        _ => false,
    }
}

/// The first day without a name after one on a Sunday (article 3, 2).
fn is_substitute(day: Date) -> bool {
    let mut named = before(day);
    while is_named(named) {
        if named.weekday() == Weekday::Sunday {
            return !is_named(day);
        }
        named = before(named);
    }
    false
}

/// The day of an equinox in March or September, by the usual approximation, which is right from 1980 to 2099. The state
/// announces each a year ahead. `in_1980` is its moment then, in millionths of a day.
fn equinox(year: i16, in_1980: i64) -> i8 {
    let years = i64::from(year) - 1980;
    let day = (in_1980 + 242_194 * years).div_euclid(1_000_000) - years.div_euclid(4);
    i8::try_from(day).unwrap_or_default()
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
        assert_eq!(after(23, 4), date(2026, 11, 30));
        assert_eq!(business_days_after(Date::MAX, 3), Date::MAX);
    }

    #[test]
    fn holidays_are_those_of_the_cabinet_office() {
        let days = |year: i16| {
            let all = date(year, 1, 1).series(1.day()).take_while(|day| day.year() == year);
            all.filter(|day| is_holiday(*day)).map(|day| (day.month(), day.day())).collect::<Vec<_>>()
        };
        let fixed_2026 =
            [(1, 1), (1, 12), (2, 11), (2, 23), (3, 20), (4, 29), (5, 3), (5, 4), (5, 5), (5, 6)];
        let late_2026 = [(7, 20), (8, 11), (9, 21), (9, 22), (9, 23), (10, 12), (11, 3), (11, 23)];
        assert_eq!(days(2026), [&fixed_2026[..], &late_2026].concat());
        let fixed_2027 =
            [(1, 1), (1, 11), (2, 11), (2, 23), (3, 21), (3, 22), (4, 29), (5, 3), (5, 4), (5, 5)];
        let late_2027 = [(7, 19), (8, 11), (9, 20), (9, 23), (10, 11), (11, 3), (11, 23)];
        assert_eq!(days(2027), [&fixed_2027[..], &late_2027].concat());
    }

    #[test]
    fn around_new_year_and_in_may_nothing_happens_for_days() {
        assert_eq!(business_days_after(date(2026, 12, 28), 1), date(2027, 1, 4));
        assert_eq!(business_days_after(date(2026, 5, 1), 1), date(2026, 5, 7));
    }
}
