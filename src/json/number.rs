//! Decimal numbers without the standard library's machinery for every last
//! digit, which costs 40 KB of wasm. What people and servers write (at most 15
//! digits, small exponents) is read and written exactly; anything beyond that to
//! some 15 digits.

/// The number a decimal text stands for; `None` when it is no JSON number.
#[must_use]
pub fn parse(text: &str) -> Option<f64> {
    let (negative, text) = text
        .strip_prefix('-')
        .map_or((false, text), |rest| (true, rest));
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let exponent: i32 = exponent
        .strip_prefix('+')
        .unwrap_or(exponent)
        .parse()
        .ok()?;
    let (digits, dropped) = leading_digits(fraction, leading_digits(whole, (0, 0)));
    let scale = exponent
        .saturating_sub(fraction.len() as i32)
        .saturating_add(dropped);
    let value = scaled(digits as f64, scale);
    Some(if negative { -value } else { value })
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The first 18 digits as a number, and how many were dropped; `before` says it of those in front.
fn leading_digits(digits: &str, before: (u64, i32)) -> (u64, i32) {
    digits.bytes().fold(before, |(value, dropped), byte| {
        match value < 100_000_000_000_000_000 {
            true => (value * 10 + u64::from(byte - b'0'), dropped),
            false => (value, dropped + 1),
        }
    })
}

/// `value × 10^scale`: exact where both fit a double, as 10^22 and less do.
fn scaled(value: f64, scale: i32) -> f64 {
    match scale {
        0.. => (0..scale.min(330)).fold(value, |value, _| value * 10.0),
        -22..0 => value / power_of_ten(scale.unsigned_abs()),
        _ => (0..(-22 - scale).min(350)).fold(value / 1e22, |value, _| value / 10.0),
    }
}

fn power_of_ten(exponent: u32) -> f64 {
    (0..exponent).fold(1.0, |power, _| power * 10.0)
}

/// The shortest decimal text that reads as the same number, or 15 decimals of it where none so short
/// does; `0` for what is not finite, or 9e15 and more.
///
/// ```
/// use aircher_llm::json::number;
///
/// assert_eq!(number::format(0.15), "0.15");
/// assert_eq!(number::format(0.1 + 0.2), "0.300000000000000");
/// assert_eq!(number::parse("2.5e1"), Some(25.0));
/// assert_eq!(number::parse("1_000"), None);
/// ```
#[must_use]
pub fn format(value: f64) -> String {
    if !value.is_finite() || value.abs() >= 9e15 {
        return "0".to_string();
    }
    for decimals in 0..=15 {
        let power = power_of_ten(decimals);
        let digits = (value * power).round();
        if digits / power == value || decimals == 15 || digits.abs() >= 9e15 {
            return with_point(digits as i64, decimals as usize);
        }
    }
    "0".to_string()
}

/// A number of so many decimals from its digits.
pub(crate) fn with_point(digits: i64, decimals: usize) -> String {
    let sign = if digits < 0 { "-" } else { "" };
    let digits = format!("{:0>1$}", digits.unsigned_abs().to_string(), decimals + 1);
    let (whole, fraction) = digits
        .split_at_checked(digits.len() - decimals)
        .unwrap_or((&digits, ""));
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{whole}{point}{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_exact() {
        for text in [
            "0",
            "0.7",
            "1.5",
            "-2",
            "0.1",
            "1e3",
            "2.5E-3",
            "100",
            "0.333333333333333",
            "1e22",
            "123456789.125",
            "-0.05",
        ] {
            assert_eq!(parse(text), text.parse().ok(), "{text}");
        }
        for text in ["", "-", "x", "1.2.3", "1e", "0x1", "+1"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse("1e400"), Some(f64::INFINITY));
    }

    #[test]
    fn numbers_are_written_as_short_as_they_were() {
        for text in [
            "0",
            "0.7",
            "1.5",
            "-2",
            "0.1",
            "1000",
            "0.0025",
            "0.333333333333333",
            "-0.05",
            "123456789.125",
        ] {
            assert_eq!(format(parse(text).unwrap()), text);
        }
        assert_eq!(format(f64::NAN), "0");
        assert!(format(1.0 / 3.0).starts_with("0.33333333333333"));
    }
}
