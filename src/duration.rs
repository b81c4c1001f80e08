//! Durations as people and servers write them: `250ms`, `1.5s`, `6m0s`, `1h30m`.

use crate::json::number;

/// Milliseconds of a duration text, rounded up; `None` when it is not one.
///
/// Units are `ms`, `s`, `m`, `h` and `d`; several may follow each other.
///
/// ```
/// assert_eq!(aircher_llm::duration::parse("6m0s"), Some(360_000));
/// assert_eq!(aircher_llm::duration::parse("fast"), None);
/// ```
#[must_use]
pub fn parse(text: &str) -> Option<u64> {
    let mut rest = text.trim();
    let mut total = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let (digits, tail) = split(rest, |c| c.is_ascii_digit() || c == '.');
        let (unit, tail) = split(tail, |c| c.is_ascii_alphabetic());
        total += number::parse(digits)? * unit_ms(unit)?;
        rest = tail;
    }
    // A century bounds the cast.
    (total < 3.2e12).then(|| total.ceil() as u64)
}

fn unit_ms(unit: &str) -> Option<f64> {
    Some(match unit {
        "ms" => 1.0,
        "s" => 1000.0,
        "m" => 60_000.0,
        "h" => 3_600_000.0,
        "d" => 86_400_000.0,
        _ => return None,
    })
}

fn split(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|c| !belongs(c)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_of_every_form() {
        for (text, ms) in [
            ("250ms", 250),
            ("5m", 300_000),
            ("1h2m3.5s", 3_723_500),
            ("0s", 0),
            ("17ms", 17),
            ("0.4ms", 1),
        ] {
            assert_eq!(parse(text), Some(ms), "{text}");
        }
        for text in [
            "",
            "5",
            "s",
            "5 m",
            "-1s",
            "1..2s",
            "1y",
            "9999999d99999999d",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
