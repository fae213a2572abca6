//! Days and times, which psych reads as such and Kamal refuses where text is wanted.

use std::sync::LazyLock;

use regex::{Captures, Regex};

/// A sign belongs to a year with a time only. An offset may be written with or without its colon.
static DATE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)^ -?(?<year>[0-9]{4}) - (?<month>[0-9]{1,2}) - (?<day>[0-9]{1,2})
            (?<time> (?:[Tt]|[\ \t]+) (?<hour>[0-9]{1,2}) : (?<minute>[0-9]{2}) : (?<second>[0-9]{2}) (?:\.[0-9]*)?
                (?:[\ \t]* (?:Z|[-+] (?<offset_hour>[0-9]{1,2}) :?(?<offset_minute>[0-9]{2})?))? )? $",
    )
    .expect("a pattern of our own")
});

/// Whether this is `2024-01-01`, or that with a time of day behind it.
pub(super) fn is_date(text: &str) -> bool {
    let Some(parts) = DATE.captures(text) else {
        return false;
    };
    let number = |name| number(&parts, name);
    let (year, month, day) = (number("year"), number("month"), number("day"));
    let has_month = (1..=12).contains(&month);
    if parts.name("time").is_none() {
        return !text.starts_with('-') && has_month && (1..=days(year, month)).contains(&day);
    }
    // Ruby lets the 30th of February be a day in March here, and 24:00:00 and a 60th second be the next one's.
    let (hour, minute, second) = (number("hour"), number("minute"), number("second"));
    let is_midnight = hour == 24 && minute == 0 && second == 0;
    let offset = number("offset_hour") * 60 + number("offset_minute");
    has_month
        && (1..=31).contains(&day)
        && (hour < 24 || is_midnight)
        && minute < 60
        && second <= 60
        && offset < 24 * 60
}

/// The number of a group; 0 without it.
fn number(parts: &Captures<'_>, name: &str) -> u32 {
    let digits = parts.name(name).map(|group| group.as_str());
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

fn days(year: u32, month: u32) -> u32 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
