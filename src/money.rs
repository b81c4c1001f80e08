//! Money: whole billionths of a US dollar, read from decimal text and never
//! through a float.
//!
//! Sums of prices such as 0.1 and 0.2 are exact here, and the largest amount is
//! one a JavaScript number still holds as an integer.

use std::borrow::Cow;

use crate::json::{JsonError, Read, Reader, Write, Writer, number};

/// An amount of at most 2^53 billionths of a US dollar (9,007,199.25 dollars).
///
/// ```
/// use aircher_llm::money::NanoUsd;
///
/// let price = NanoUsd::from_nanos(375_000).unwrap();
/// assert_eq!(price.saturating_add(price).decimal(), "0.00075");
/// assert_eq!(price.checked_add(NanoUsd::MAX), None);
/// assert_eq!(price.usd(), 0.000375);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct NanoUsd(u64);

impl NanoUsd {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest amount.
    pub const MAX: Self = Self(1 << 53);

    /// So many billionths; `None` above [`NanoUsd::MAX`].
    #[must_use]
    pub fn from_nanos(nanos: u64) -> Option<Self> {
        Some(Self(nanos)).filter(|amount| *amount <= Self::MAX)
    }

    /// So many billionths, or [`NanoUsd::MAX`].
    #[must_use]
    pub fn at_most(nanos: u64) -> Self {
        Self(nanos.min(Self::MAX.0))
    }

    /// Billionths of a dollar.
    #[must_use]
    pub fn nanos(self) -> u64 {
        self.0
    }

    /// Reads dollars from decimal text as JSON writes numbers: `12`, `0.5`, `1e-3`.
    ///
    /// # Errors
    /// What is wrong with the text: no number, negative, more than nine decimals, too large.
    ///
    /// ```
    /// use aircher_llm::money::NanoUsd;
    /// assert_eq!(NanoUsd::parse("0.0375").map(NanoUsd::nanos), Ok(37_500_000));
    /// assert!(NanoUsd::parse("0.0000000001").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        Self::read(text, false)
    }

    /// The same, but what lies beyond nine decimals is rounded up: what others
    /// say something costs may be as precise as they like.
    ///
    /// ```
    /// use aircher_llm::money::NanoUsd;
    ///
    /// assert_eq!(NanoUsd::rounded_up("0.0000000001").map(NanoUsd::nanos), Some(1));
    /// assert_eq!(NanoUsd::rounded_up("free"), None);
    /// ```
    #[must_use]
    pub fn rounded_up(text: &str) -> Option<Self> {
        Self::read(text, true).ok()
    }

    fn read(text: &str, rounds: bool) -> Result<Self, &'static str> {
        if text.starts_with('-') {
            return Err(NEGATIVE);
        }
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
        let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
        match exponent.parse::<i64>().map(i32::try_from) {
            Ok(Ok(exponent)) if all_digits(whole) && all_digits(fraction) => {
                // The first digit counts so many tens of billionths.
                let first = i64::from(exponent) + 8 + whole.len() as i64;
                summed(whole.bytes().chain(fraction.bytes()), first, rounds)
            }
            _ => Err(NO_NUMBER),
        }
    }

    /// Dollars as a number: the one nearest to the exact amount. Only for showing.
    #[must_use]
    pub fn usd(self) -> f64 {
        // Both are exact as doubles, so the quotient is rounded once.
        self.0 as f64 / 1e9
    }

    /// Dollars as decimal text without needless zeros.
    #[must_use]
    pub fn decimal(self) -> String {
        let mut text = number::with_point(self.0 as i64, 9);
        let kept = text.trim_end_matches('0').trim_end_matches('.').len();
        text.truncate(kept);
        text
    }

    /// The sum, or the most there can be.
    #[must_use]
    pub fn saturating_add(self, other: Self) -> Self {
        Self::at_most(self.0.saturating_add(other.0))
    }

    /// What is left of it; nothing where more is taken than there is.
    #[must_use]
    pub fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// The sum; `None` above [`NanoUsd::MAX`].
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Self::from_nanos(self.0.checked_add(other.0)?)
    }
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Adds up digits of which the first counts `10^power`. Zeros count nothing,
/// wherever they stand.
fn summed(
    digits: impl Iterator<Item = u8>,
    mut power: i64,
    rounds: bool,
) -> Result<NanoUsd, &'static str> {
    let (mut sum, mut more) = (0_u64, 0);
    for byte in digits {
        if byte != b'0' {
            // No more than 10^17 come together, far below 2^64.
            sum += match power {
                0..=16 => u64::from(byte - b'0') * 10_u64.pow(power as u32),
                ..0 if rounds => {
                    more = 1;
                    0
                }
                ..0 => return Err(TOO_PRECISE),
                _ => return Err(TOO_LARGE),
            };
        }
        power -= 1;
    }
    NanoUsd::from_nanos(sum + more).ok_or(TOO_LARGE)
}

const NO_NUMBER: &str = "expected US dollars as a decimal number";
const NEGATIVE: &str = "must not be negative";
const TOO_PRECISE: &str = "has more than 9 decimals";
const TOO_LARGE: &str = "is more than 9007199.254740992 US dollars";

/// An amount that stands in JSON as dollars: read from a number or from decimal
/// text, written as a number with all its decimals.
///
/// ```
/// use aircher_llm::{json, money::Dollars};
///
/// let limit: Dollars = json::from_str("\"0.10\"")?;
/// assert_eq!(limit.0.nanos(), 100_000_000);
/// assert_eq!(json::to_string(&limit), "0.1");
/// # Ok::<(), json::JsonError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dollars(pub NanoUsd);

impl<'a> Read<'a> for Dollars {
    fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        let at = reader.position();
        let text = match reader.peek() {
            Some(b'"') => reader.string()?,
            _ => Cow::Borrowed(reader.number()?),
        };
        NanoUsd::parse(&text)
            .map(Self)
            .map_err(|problem| JsonError::new(at, problem))
    }
}

impl Write for Dollars {
    fn write(&self, writer: &mut Writer) {
        writer.raw(&self.0.decimal());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_text_is_read_exactly() {
        for (text, nanos) in [
            ("0", 0),
            ("12", 12_000_000_000),
            ("0.5", 500_000_000),
            ("0.0375", 37_500_000),
            ("0.000000001", 1),
            ("0.10000000000000000", 100_000_000),
            ("1e-3", 1_000_000),
            ("2.5E+2", 250_000_000_000),
            ("1000000e-6", 1_000_000_000),
            ("0.000000000001e3", 1),
            ("9007199.254740992", 1 << 53),
            ("0e999", 0),
            ("007", 7_000_000_000),
        ] {
            assert_eq!(
                NanoUsd::parse(text).map(NanoUsd::nanos),
                Ok(nanos),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for (text, problem) in [
            ("", NO_NUMBER),
            ("NaN", NO_NUMBER),
            ("Infinity", NO_NUMBER),
            ("1.2.3", NO_NUMBER),
            (".5", NO_NUMBER),
            ("5.", NO_NUMBER),
            ("1e", NO_NUMBER),
            ("1e99999999999", NO_NUMBER),
            (" 1", NO_NUMBER),
            ("+1", NO_NUMBER),
            ("0x10", NO_NUMBER),
            ("-1", NEGATIVE),
            ("-0.0", NEGATIVE),
            ("0.0000000001", TOO_PRECISE),
            ("1e-10", TOO_PRECISE),
            ("9007199.254740993", TOO_LARGE),
            ("1e400", TOO_LARGE),
            ("99999999999999999999999999", TOO_LARGE),
        ] {
            assert_eq!(NanoUsd::parse(text), Err(problem), "{text}");
        }
    }

    #[test]
    fn amounts_are_written_without_loss() {
        for text in [
            "0",
            "0.0485",
            "12",
            "100",
            "0.000000001",
            "9007199.254740992",
        ] {
            let amount = NanoUsd::parse(text).unwrap();
            assert_eq!(amount.decimal(), text);
            assert_eq!(amount.usd(), text.parse::<f64>().unwrap());
            assert_eq!(crate::json::to_string(&Dollars(amount)), text);
        }
    }

    #[test]
    fn a_sum_beyond_the_largest_amount_is_none() {
        let one = NanoUsd::from_nanos(1).unwrap();
        assert_eq!(NanoUsd::MAX.checked_add(one), None);
        assert_eq!(NanoUsd::from_nanos((1 << 53) + 1), None);
        let most = NanoUsd::from_nanos((1 << 53) - 1).unwrap();
        assert_eq!(most.checked_add(one), Some(NanoUsd::MAX));
    }
}
