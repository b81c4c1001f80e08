//! Dates as headers write them: `Sun, 06 Nov 1994 08:49:37 GMT`, or as RFC 3339 in UTC.

use crate::ledger::period::{DAY_MS, parse_date};

const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";

/// Milliseconds since 1970; `None` for anything that is no such date.
pub(crate) fn parse(text: &str) -> Option<u64> {
    let text = text.trim();
    if let Some((date, time)) = text.strip_suffix('Z').and_then(|text| text.split_once('T')) {
        return moment(date, time);
    }
    let (_, rest) = text.split_once(", ")?;
    let mut parts = rest.split(' ');
    let (day, month, year, time) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let at = (month.len() == 3).then(|| crate::text::find(MONTHS, month))??;
    let month = (at % 3 == 0).then_some(at / 3 + 1)?;
    moment(&format!("{year}-{month:02}-{day}"), time)
}

fn moment(date: &str, time: &str) -> Option<u64> {
    Some(u64::try_from(parse_date(date)?).ok()? * DAY_MS + of_day(time)?)
}

fn of_day(time: &str) -> Option<u64> {
    let mut seconds = 0;
    let mut parts = time.split(':');
    for limit in [24, 60, 61] {
        let part: u64 = parts.next()?.parse().ok()?;
        seconds = seconds * 60 + Some(part).filter(|part| *part < limit)?;
    }
    Some(seconds * 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_http() {
        let check = |text, expected| assert_eq!(parse(text), expected, "{text}");
        check("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777_000));
        check("Thu, 01 Jan 1970 00:00:00 GMT", Some(0));
        check("Sun, 22 Nov 2026 18:46:27 GMT", Some(1_795_373_187_000));
        check("2026-11-22T18:46:27Z", Some(1_795_373_187_000));
        for bad in [
            "2026-11-22T18:46Z",
            "2026-11-22",
            "",
            "120",
            "soon",
            "Sun, 06 Nvo 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 25:00:00 GMT",
            "Sun, 31 Feb 1994 08:49:37 GMT",
            "Sun, 06 ovD 1994 08:49:37 GMT",
        ] {
            check(bad, None);
        }
    }
}
