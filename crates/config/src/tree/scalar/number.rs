//! Numbers in the forms of YAML 1.1, as psych takes them.

use std::sync::LazyLock;

use num_bigint::BigInt;
use regex::Regex;

use super::Meaning;

/// Longer than any number somebody means; it bounds the arithmetic.
const MOST_DIGITS: usize = 400;

static WHOLE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?<sign>[-+]?)(?:0b(?<binary>[01_,]+)|0x(?<hexadecimal>[0-9a-fA-F_,]+)|0(?<octal>[0-7_,]+)|(?<decimal>0|[1-9](?:[_,]?[0-9])*))$",
    )
});
static WITH_POINT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^[-+]?(?:[0-9][0-9_,]*)?\.[0-9]*(?:[eE][-+][0-9]+)?$"));
/// To the base of sixty, two or three parts; only the last one may have a fraction.
static SEXAGESIMAL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?<one>[-+]?[0-9][0-9_]*):(?<two>[0-5]?[0-9])(?::(?<three>[0-5]?[0-9]))?(?<fraction>\.[0-9_]*)?$",
    )
});

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a pattern of our own")
}

/// The number that is written; none where it is text.
pub(super) fn read(text: &str) -> Option<Meaning> {
    if text.len() > MOST_DIGITS {
        return None;
    }
    sexagesimal(text)
        .or_else(|| with_point(text))
        .or_else(|| whole(text))
}

/// `12:30` and `1:2:3`. Two parts are hours and minutes to psych, and a sign is that of the first part only.
fn sexagesimal(text: &str) -> Option<Meaning> {
    let parts = SEXAGESIMAL.captures(text)?;
    let number = |name| -> Option<BigInt> {
        let digits = parts.name(name)?.as_str().replace('_', "");
        digits.trim_start_matches('+').parse().ok()
    };
    let total = number("one")? * 3600
        + number("two")? * 60
        + number("three").unwrap_or_else(|| BigInt::from(0));
    match parts.name("fraction") {
        None => Some(integer(&total)),
        Some(fraction) => {
            let weight = if parts.name("three").is_some() {
                1.0
            } else {
                60.0
            };
            let digits = fraction.as_str().split('_').next().unwrap_or_default();
            let fraction: f64 = format!("0{digits}0").parse().ok()?;
            let whole: f64 = total.to_string().parse().ok()?;
            Some(Meaning::Float(whole + weight * fraction))
        }
    }
}

/// `1.5`. Without a sign in its exponent it is text to psych.
fn with_point(text: &str) -> Option<Meaning> {
    if !WITH_POINT.is_match(text) {
        return None;
    }
    let digits = text.replace([',', '_'], "");
    digits.parse().ok().map(Meaning::Float)
}

fn whole(text: &str) -> Option<Meaning> {
    let parts = WHOLE.captures(text)?;
    let (digits, base) = [
        ("binary", 2),
        ("octal", 8),
        ("decimal", 10),
        ("hexadecimal", 16),
    ]
    .into_iter()
    .find_map(|(name, base)| Some((parts.name(name)?.as_str(), base)))?;
    let digits = digits.replace([',', '_'], "");
    let sign = parts["sign"].trim_start_matches('+');
    // `0_` and `0,` are zeros without another digit.
    let digits = if digits.is_empty() && base == 8 {
        "0"
    } else {
        &digits
    };
    BigInt::parse_bytes(format!("{sign}{digits}").as_bytes(), base).map(|number| integer(&number))
}

fn integer(number: &BigInt) -> Meaning {
    i64::try_from(number).map_or_else(
        |_| Meaning::LargeInteger(number.to_string()),
        Meaning::Integer,
    )
}
