//! Durations as Go writes them (`30s`, `1m30s`, `500ms`): the form of every time on the command line.

use std::time::Duration;

/// Why a text is no duration; the wording is Go's, because scripts look for it (kamal-proxy §2).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GoDurationError {
    /// A number without a unit, such as `5`.
    #[error("time: missing unit in duration {0:?}")]
    MissingUnit(String),
    /// A unit Go does not know, such as `5d`.
    #[error("time: unknown unit {unit:?} in duration {text:?}")]
    UnknownUnit {
        /// What stood where a unit belongs.
        unit: String,
        /// The whole text.
        text: String,
    },
    /// Anything else that is no duration, including negative and overlong ones.
    #[error("time: invalid duration {0:?}")]
    Invalid(String),
}

/// Reads a duration. A time that counts backwards has no meaning for any flag, so a sign is refused.
pub fn parse(text: &str) -> Result<Duration, GoDurationError> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let invalid = || GoDurationError::Invalid(text.to_owned());
    if text.is_empty() {
        return Err(invalid());
    }
    let mut rest = text;
    let mut nanoseconds: u128 = 0;
    while !rest.is_empty() {
        let (part, after) = parse_part(rest, text)?;
        nanoseconds = nanoseconds.checked_add(part).ok_or_else(invalid)?;
        rest = after;
    }
    // Go keeps a duration in a signed 64-bit count, and so does the state file.
    match i64::try_from(nanoseconds) {
        Ok(count) => Ok(Duration::from_nanos(count.unsigned_abs())),
        Err(_) => Err(invalid()),
    }
}

/// Reads one number with its unit and gives its nanoseconds and what follows.
fn parse_part<'a>(rest: &'a str, text: &str) -> Result<(u128, &'a str), GoDurationError> {
    let invalid = || GoDurationError::Invalid(text.to_owned());
    let number_end = rest
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(rest.len());
    let (number, after_number) = rest.split_at(number_end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return Err(invalid());
    }
    let unit_end = after_number
        .find(|c: char| c.is_ascii_digit() || c == '.')
        .unwrap_or(after_number.len());
    let (unit, after) = after_number.split_at(unit_end);
    let unit_nanoseconds = nanoseconds_of(unit, text)?;
    let whole: u128 = if whole.is_empty() {
        0
    } else {
        whole.parse().map_err(|_| invalid())?
    };
    let whole = whole.checked_mul(unit_nanoseconds).ok_or_else(invalid)?;
    Ok((whole + fraction_of(fraction, unit_nanoseconds), after))
}

fn nanoseconds_of(unit: &str, text: &str) -> Result<u128, GoDurationError> {
    Ok(match unit {
        "" => return Err(GoDurationError::MissingUnit(text.to_owned())),
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => {
            return Err(GoDurationError::UnknownUnit {
                unit: unit.to_owned(),
                text: text.to_owned(),
            });
        }
    })
}

/// The digits behind a point, as nanoseconds; digits below a nanosecond are dropped.
fn fraction_of(digits: &str, unit_nanoseconds: u128) -> u128 {
    let mut scale = unit_nanoseconds;
    let mut sum = 0;
    for digit in digits.bytes() {
        scale /= 10;
        sum += u128::from(digit - b'0') * scale;
    }
    sum
}

/// Writes a duration as Go would: `1m30s`, `500ms`, `0s`.
pub fn print(duration: Duration) -> String {
    let nanoseconds = duration.as_nanos();
    if nanoseconds < 1_000_000_000 {
        return match nanoseconds {
            0 => "0s".to_owned(),
            1..1_000 => format!("{nanoseconds}ns"),
            1_000..1_000_000 => format!("{}µs", with_fraction(nanoseconds, 1_000)),
            _ => format!("{}ms", with_fraction(nanoseconds, 1_000_000)),
        };
    }
    let minutes = nanoseconds / 60_000_000_000;
    let seconds = with_fraction(nanoseconds % 60_000_000_000, 1_000_000_000);
    match (minutes / 60, minutes % 60) {
        (0, 0) => format!("{seconds}s"),
        (0, minutes) => format!("{minutes}m{seconds}s"),
        (hours, minutes) => format!("{hours}h{minutes}m{seconds}s"),
    }
}

fn with_fraction(nanoseconds: u128, unit: u128) -> String {
    let whole = nanoseconds / unit;
    let remainder = nanoseconds % unit;
    if remainder == 0 {
        return whole.to_string();
    }
    let width = unit.ilog10() as usize;
    let digits = format!("{remainder:0width$}");
    format!("{whole}.{}", digits.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_go_reads() {
        assert_eq!(parse("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(parse("1m30s"), Ok(Duration::from_secs(90)));
        assert_eq!(parse("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(parse("1.5h"), Ok(Duration::from_mins(90)));
        assert_eq!(parse(".5s"), Ok(Duration::from_millis(500)));
        assert_eq!(parse("0"), Ok(Duration::ZERO));
    }

    #[test]
    fn says_what_go_says() {
        let text = |input: &str| parse(input).unwrap_err().to_string();
        assert_eq!(text("5"), r#"time: missing unit in duration "5""#);
        assert_eq!(text("5d"), r#"time: unknown unit "d" in duration "5d""#);
        assert_eq!(text("soon"), r#"time: invalid duration "soon""#);
        assert_eq!(text(""), r#"time: invalid duration """#);
        assert_eq!(text("-5s"), r#"time: invalid duration "-5s""#);
        assert_eq!(text("1.2.3s"), r#"time: invalid duration "1.2.3s""#);
        assert_eq!(
            text("9999999999h"),
            r#"time: invalid duration "9999999999h""#
        );
    }

    #[test]
    fn writes_what_go_writes() {
        assert_eq!(print(Duration::ZERO), "0s");
        assert_eq!(print(Duration::from_millis(1500)), "1.5s");
        assert_eq!(print(Duration::from_hours(1)), "1h0m0s");
        assert_eq!(print(Duration::from_micros(1500)), "1.5ms");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(nanoseconds in 0_u64..i64::MAX as u64) {
            let duration = Duration::from_nanos(nanoseconds);
            prop_assert_eq!(parse(&print(duration)), Ok(duration));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,12}") {
            let _ = parse(&text);
        }
    }
}
