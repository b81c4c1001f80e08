//! Days and months in a time zone: their names, and when they end.
//!
//! Times are milliseconds since 1970. The core knows UTC and fixed offsets; an
//! IANA zone comes with a function of the host that tells its offset at a time.

use std::fmt;
use std::rc::Rc;

use super::keys::escaped;

/// Milliseconds of a day.
pub const DAY_MS: u64 = 86_400_000;
const MINUTE_MS: i64 = 60_000;

/// How long a budget counts before it starts again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// A day of the calendar.
    Day,
    /// A month of the calendar.
    Month,
}

impl Period {
    /// The period's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
        }
    }

    /// The period of the last part of a bucket's key, such as `d:2026-11-22`.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        match text.get(..2)? {
            "d:" => Some(Self::Day),
            "m:" => Some(Self::Month),
            _ => None,
        }
    }
}

/// The host's function: minutes east of Greenwich at a time.
pub type OffsetAt = Rc<dyn Fn(u64) -> i32>;

/// A time zone.
///
/// ```
/// use aircher_llm::ledger::{Period, Zone};
///
/// let midnight_utc = 1_795_392_000_000; // 2026-11-23T00:00:00Z
/// let zone = Zone::parse("-05:00").unwrap();
/// assert_eq!(Zone::utc().period_key(Period::Day, midnight_utc), "d:2026-11-23");
/// assert_eq!(zone.period_key(Period::Day, midnight_utc), "d:2026-11-22@-05:00");
/// assert_eq!(zone.period_end(Period::Day, midnight_utc), midnight_utc + 5 * 3_600_000);
/// ```
#[derive(Clone)]
pub struct Zone {
    name: String,
    offset: Offset,
}

#[derive(Clone)]
enum Offset {
    Fixed(i32),
    At(OffsetAt),
}

impl Default for Zone {
    fn default() -> Self {
        Self::utc()
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Zone {
    /// Coordinated universal time.
    #[must_use]
    pub fn utc() -> Self {
        Self {
            name: "UTC".to_string(),
            offset: Offset::Fixed(0),
        }
    }

    /// `UTC`, or an offset such as `+02:00`; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text == "UTC" || text == "Z" {
            return Some(Self::utc());
        }
        let sign = if text.starts_with('-') { -1 } else { 1 };
        let (hours, minutes) = text.strip_prefix(['+', '-'])?.split_once(':')?;
        let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
        if hours > 14 || minutes > 59 {
            return None;
        }
        let offset = Offset::Fixed(sign * (hours * 60 + minutes));
        Some(Self {
            name: text.to_string(),
            offset,
        })
    }

    /// An IANA zone with the host's function for it.
    #[must_use]
    pub fn named(name: &str, offset_at: OffsetAt) -> Self {
        Self {
            name: name.to_string(),
            offset: Offset::At(offset_at),
        }
    }

    /// The name it was given.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Minutes east of Greenwich.
    #[must_use]
    pub fn offset_min(&self, at_ms: u64) -> i32 {
        match &self.offset {
            Offset::Fixed(minutes) => *minutes,
            Offset::At(offset_at) => offset_at(at_ms),
        }
    }

    /// The local day a time lies in, counted from 1970-01-01.
    fn day(&self, at_ms: u64) -> i64 {
        let local = millis(at_ms) + i64::from(self.offset_min(at_ms)) * MINUTE_MS;
        local.div_euclid(millis(DAY_MS))
    }

    /// The name of the period a time lies in, as it stands in keys:
    /// `d:2026-11-22`, `m:2026-11`, with `@zone` unless it is UTC.
    #[must_use]
    pub fn period_key(&self, period: Period, at_ms: u64) -> String {
        let date = date_text(self.day(at_ms));
        let mut key = match period {
            Period::Day => String::from("d:") + &date,
            Period::Month => String::from("m:") + date.get(..date.len() - 3).unwrap_or_default(),
        };
        if self.name != "UTC" {
            key.push('@');
            key.push_str(&escaped(&self.name));
        }
        key
    }

    /// When the period a time lies in ends: the first moment of the next one.
    #[must_use]
    pub fn period_end(&self, period: Period, at_ms: u64) -> u64 {
        let today = self.day(at_ms);
        match period {
            Period::Day => self.day_start(today + 1, at_ms),
            Period::Month => {
                let (year, month, _) = civil(today);
                self.day_start(days(year + month / 12, month % 12 + 1, 1), at_ms)
            }
        }
    }

    /// The first moment of a local day. Where clocks change at midnight, that day
    /// may begin at 01:00, or 23:00 may come twice before it.
    fn day_start(&self, day: i64, near_ms: u64) -> u64 {
        let midnight = day * millis(DAY_MS);
        let at = |minutes: i32| {
            (midnight - i64::from(minutes) * MINUTE_MS)
                .max(0)
                .unsigned_abs()
        };
        let guess = at(self.offset_min(near_ms));
        let before = self.offset_min(guess.saturating_sub(DAY_MS / 2));
        let after = self.offset_min(guess + DAY_MS / 2);
        let first = at(before.max(after));
        if self.day(first) >= day {
            first
        } else {
            at(before.min(after))
        }
    }
}

fn millis(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX / 4)
}

fn two_digits(text: &str) -> Option<i32> {
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| i32::from(*byte - b'0'));
    match text.as_bytes() {
        [tens, ones] => Some(digit(tens)? * 10 + digit(ones)?),
        _ => None,
    }
}

/// Year, month and day of a day counted from 1970-01-01, after Howard Hinnant's
/// `civil_from_days` (years begin in March, so that the leap day is the last).
fn civil(day: i64) -> (i64, i64, i64) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let month = if march_month < 10 {
        march_month + 3
    } else {
        march_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day_of_year - (153 * march_month + 2) / 5 + 1)
}

/// The day of a date, counted from 1970-01-01: the inverse of [`civil`].
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// `2026-11-22` of a day counted from 1970-01-01.
#[must_use]
pub fn date_text(day: i64) -> String {
    let (year, month, day) = civil(day);
    let mut text = String::new();
    padded(&mut text, year, 4);
    text.push('-');
    padded(&mut text, month, 2);
    text.push('-');
    padded(&mut text, day, 2);
    text
}

/// The day of `2026-11-22`, counted from 1970-01-01; `None` when there is no such date.
#[must_use]
pub fn parse_date(text: &str) -> Option<i64> {
    if text.len() != 10 {
        return None;
    }
    let (year, rest) = text.split_once('-')?;
    let (month, day) = rest.split_once('-')?;
    let day = days(
        year.parse().ok()?,
        two_digits(month)?.into(),
        two_digits(day)?.into(),
    );
    // The text of a real date comes back as it was: 2026-02-30 does not.
    Some(day).filter(|day| date_text(*day) == text)
}

/// The UTC text of a time to the second, such as `2026-11-23T00:00:00Z`.
///
/// ```
/// assert_eq!(aircher_llm::ledger::period::rfc3339(1_795_392_000_000), "2026-11-23T00:00:00Z");
/// ```
#[must_use]
pub fn rfc3339(at_ms: u64) -> String {
    let seconds = millis(at_ms) / 1000;
    let mut text = date_text(seconds.div_euclid(86_400));
    for (mark, part) in [
        ('T', seconds / 3600 % 24),
        (':', seconds / 60 % 60),
        (':', seconds % 60),
    ] {
        text.push(mark);
        padded(&mut text, part, 2);
    }
    text.push('Z');
    text
}

fn padded(text: &mut String, number: i64, width: usize) {
    if width > 1 || number > 9 {
        padded(text, number / 10, width.saturating_sub(1));
    }
    text.push(char::from(b'0' + (number % 10).unsigned_abs() as u8));
}
