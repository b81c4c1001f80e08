//! The parsers against the web-platform-tests of `EventSource`, and against
//! NDJSON cases of the same form.
//!
//! The cases are read from `wpt-sse.json` beside the folder `$AIRCHER_CASSETTES`
//! (default `../shared/cassettes/wpt-sse.json`); they are not in this
//! repository. Without them the tests are skipped by name, or fail under `CI`.
//! The two cases about content types are left out: no parser sees one, and an
//! answer is read by its first character, whatever its type.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "the tests read files and the environment, and fail by panicking"
)]

use std::path::Path;

use aircher_llm::framing::{Limits, Ndjson, Sse, TooLarge};
use serde_json::Value;

/// One list of cases; `None` when there is no such file.
fn cases(list: &str) -> Option<Vec<Value>> {
    let folder = std::env::var("AIRCHER_CASSETTES");
    let folder = folder.unwrap_or_else(|_| "../shared/cassettes/open".into());
    let path = Path::new(&folder).with_file_name("wpt-sse.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        assert!(std::env::var("CI").is_err(), "missing: {}", path.display());
        println!("skipped: no {}", path.display());
        return None;
    };
    let file: Value = serde_json::from_str(&text).unwrap();
    Some(file[list].as_array().unwrap().clone())
}

fn input(case: &Value) -> Vec<u8> {
    unbase64(case["input_base64"].as_str().unwrap())
}

/// Standard base64; the cases hold nothing else.
fn unbase64(text: &str) -> Vec<u8> {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bits, mut count, mut out) = (0u32, 0, Vec::new());
    for digit in text.chars().filter(|c| *c != '=') {
        bits = bits << 6 | ALPHABET.find(digit).unwrap() as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    out
}

/// The input whole, byte by byte, with an empty chunk in the middle, and split in two at every place.
fn ways(input: &[u8]) -> impl Iterator<Item = Vec<&[u8]>> {
    let bytes = input.chunks(1).collect();
    let middle = input.split_at(input.len() / 2);
    let splits = (0..=input.len()).map(|at| {
        let (head, tail) = input.split_at(at);
        vec![head, tail]
    });
    [vec![input], bytes, vec![middle.0, b"", middle.1]]
        .into_iter()
        .chain(splits)
}

// ---- server-sent events ---------------------------------------------------

/// Name, data and last id of each event, and the reconnection time. What has no
/// blank line behind it is [`Sse::finish`]'s to hand out, and no event yet.
fn events(chunks: &[&[u8]]) -> (Vec<[String; 3]>, Option<u64>) {
    let mut sse = Sse::new(Limits::default());
    let mut seen = Vec::new();
    for chunk in chunks {
        let taken: Result<(), TooLarge> = sse.feed(chunk, &mut |event| {
            seen.push([event.name, event.data, event.id].map(|text| text.into_owned()));
            Ok(())
        });
        taken.unwrap();
    }
    (seen, sse.retry_ms())
}

fn expected_events(case: &Value) -> Vec<[String; 3]> {
    let text = |value: &Value| value.as_str().unwrap().to_string();
    let event = |event: &Value| ["event", "data", "lastEventId"].map(|key| text(&event[key]));
    case["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(event)
        .collect()
}

#[test]
fn events_are_those_of_the_standard() {
    let Some(cases) = cases("cases") else { return };
    assert_eq!(cases.len(), 27);
    for case in &cases {
        let bytes = input(case);
        let expected = expected_events(case);
        for chunks in ways(&bytes) {
            let (seen, retry_ms) = events(&chunks);
            assert_eq!(seen, expected, "{} {:?}", case["name"], sizes(&chunks));
            if let Some(retry) = case.get("retry") {
                assert_eq!(retry_ms, retry.as_u64(), "{}", case["name"]);
            }
        }
    }
}

// ---- NDJSON ---------------------------------------------------------------

/// The values up to the first line that is none, and whether there was one.
fn values(chunks: &[&[u8]]) -> (Vec<Value>, bool) {
    let mut lines = Ndjson::new(1 << 20);
    let mut seen: Vec<Result<Value, serde_json::Error>> = Vec::new();
    let mut take = |line: &str| {
        seen.push(serde_json::from_str(line));
        Ok::<(), TooLarge>(())
    };
    for chunk in chunks {
        lines.feed(chunk, &mut take).unwrap();
    }
    lines.finish(&mut take).unwrap();
    let failed = seen.iter().any(Result::is_err);
    (seen.into_iter().map_while(Result::ok).collect(), failed)
}

#[test]
fn lines_are_the_values_that_were_written() {
    let Some(cases) = cases("ndjson") else { return };
    assert_eq!(cases.len(), 18);
    for case in &cases {
        let bytes = input(case);
        let expected = case["values"].as_array().unwrap();
        let fails = case.get("error").is_some();
        for chunks in ways(&bytes) {
            let (seen, failed) = values(&chunks);
            let place = format!("{} {:?}", case["name"], sizes(&chunks));
            assert_eq!((&seen, failed), (expected, fails), "{place}");
        }
    }
}

fn sizes(chunks: &[&[u8]]) -> Vec<usize> {
    chunks.iter().map(|chunk| chunk.len()).collect()
}
