//! Days and months in a time zone, where clocks change and where years leap.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::rc::Rc;

use aircher_llm::ledger::period::{date_text, parse_date, rfc3339};
use aircher_llm::ledger::{Period, Zone};
use expect_test::{Expect, expect};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// 2026-11-22T12:00:00Z.
const NOW: u64 = 1_795_348_800_000;

/// A zone that changes its offset at one moment.
fn changing(at: u64, before: i32, after: i32) -> Zone {
    Zone::named(
        "Some/Where",
        Rc::new(move |now| if now < at { before } else { after }),
    )
}

#[track_caller]
fn check_periods(zone: &Zone, at: u64, expected: Expect) {
    let line = |period| {
        format!(
            "{} until {}\n",
            zone.period_key(period, at),
            rfc3339(zone.period_end(period, at))
        )
    };
    let lines = [Period::Day, Period::Month].map(line).concat();
    expected.assert_eq(&lines);
}

#[test]
fn periods_end_when_the_local_day_does() {
    let zone = |text: &str| Zone::parse(text).unwrap();
    check_periods(
        &zone("UTC"),
        NOW,
        expect![[r#"
        d:2026-11-22 until 2026-11-23T00:00:00Z
        m:2026-11 until 2026-12-01T00:00:00Z
    "#]],
    );
    check_periods(
        &zone("+14:00"),
        NOW,
        expect![[r#"
        d:2026-11-23@+14:00 until 2026-11-23T10:00:00Z
        m:2026-11@+14:00 until 2026-11-30T10:00:00Z
    "#]],
    );
    check_periods(
        &zone("-08:30"),
        1_798_757_999_999,
        expect![[r#"
        d:2026-12-31@-08:30 until 2027-01-01T08:30:00Z
        m:2026-12@-08:30 until 2027-01-01T08:30:00Z
    "#]],
    );
    check_periods(
        &zone("UTC"),
        1_835_395_199_999,
        expect![[r#"
        d:2028-02-28 until 2028-02-29T00:00:00Z
        m:2028-02 until 2028-03-01T00:00:00Z
    "#]],
    );
    check_periods(
        &zone("UTC"),
        1_835_395_200_000,
        expect![[r#"
        d:2028-02-29 until 2028-03-01T00:00:00Z
        m:2028-02 until 2028-03-01T00:00:00Z
    "#]],
    );
    check_periods(
        &zone("UTC"),
        0,
        expect![[r#"
        d:1970-01-01 until 1970-01-02T00:00:00Z
        m:1970-01 until 1970-02-01T00:00:00Z
    "#]],
    );
    // Summer time ends on 2026-10-25 at 01:00 UTC: a day of 25 hours.
    check_periods(
        &changing(1_792_890_000_000, 120, 60),
        1_792_879_200_000,
        expect![[r#"
            d:2026-10-25@Some%2FWhere until 2026-10-25T23:00:00Z
            m:2026-10@Some%2FWhere until 2026-10-31T23:00:00Z
        "#]],
    );
    // It begins at midnight: the day begins at 01:00, here 04:00 UTC.
    check_periods(
        &changing(1_792_900_800_000, -240, -180),
        1_792_890_000_000,
        expect![[r#"
            d:2026-10-24@Some%2FWhere until 2026-10-25T04:00:00Z
            m:2026-10@Some%2FWhere until 2026-11-01T03:00:00Z
        "#]],
    );
    // It ends at midnight: 23:00 comes twice, the day is over after the second time.
    check_periods(
        &changing(1_792_897_200_000, -180, -240),
        1_792_890_000_000,
        expect![[r#"
            d:2026-10-24@Some%2FWhere until 2026-10-25T04:00:00Z
            m:2026-10@Some%2FWhere until 2026-11-01T04:00:00Z
        "#]],
    );
    check_periods(
        &changing(1_792_897_200_000, -180, -240),
        1_792_897_200_000,
        expect![[r#"
            d:2026-10-24@Some%2FWhere until 2026-10-25T04:00:00Z
            m:2026-10@Some%2FWhere until 2026-11-01T04:00:00Z
        "#]],
    );
}

#[test]
fn dates_and_zones_are_read_strictly() {
    for good in [
        "1970-01-01",
        "2026-11-22",
        "2028-02-29",
        "2000-02-29",
        "9999-12-31",
        "0001-01-01",
    ] {
        assert_eq!(date_text(parse_date(good).unwrap()), good);
    }
    for bad in [
        "2026-02-29",
        "2100-02-29",
        "2026-13-01",
        "2026-00-10",
        "2026-1-1",
        "26-11-022",
        "2026-11-31",
        "",
        "2026-11-22Z",
    ] {
        assert_eq!(parse_date(bad), None, "{bad}");
    }
    for bad in [
        "",
        "+2",
        "+02",
        "02:00",
        "+15:00",
        "+02:60",
        "+0x:00",
        "Europe/Berlin",
        "+٠٢:00",
        "++2:00",
    ] {
        assert!(Zone::parse(bad).is_none(), "{bad}");
    }
    // Every day of 400 years comes back, and they follow each other.
    for day in -719_162..146_097 {
        assert_eq!(parse_date(&date_text(day)), Some(day));
    }
}
