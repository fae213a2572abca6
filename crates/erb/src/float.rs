//! Numbers with a fraction, in Ruby's spelling.

/// A number as Ruby writes it: `100.0`, `1.0e+15`, `1.0e-05`, `Infinity`.
pub fn float_text(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }
        .to_owned();
    }
    let scientific = format!("{:e}", number.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let digits = mantissa.replace('.', "");
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let sign = if number.is_sign_negative() { "-" } else { "" };
    let rest = digits
        .get(1..)
        .filter(|rest| !rest.is_empty())
        .unwrap_or("0");
    // Where the point stands, counted from the first digit.
    let point = usize::try_from(exponent + 1).unwrap_or(0);
    if point > 0 && point < digits.len() {
        format!("{sign}{}.{}", &digits[..point], &digits[point..])
    } else if (1..=15).contains(&point) {
        format!("{sign}{digits:0<point$}.0")
    } else if (-4..0).contains(&exponent) {
        let zeros = "0".repeat(exponent.unsigned_abs() as usize - 1);
        format!("{sign}0.{zeros}{digits}")
    } else {
        let direction = if exponent < 0 { '-' } else { '+' };
        let exponent = exponent.unsigned_abs();
        format!("{sign}{}.{rest}e{direction}{exponent:02}", &digits[..1])
    }
}
