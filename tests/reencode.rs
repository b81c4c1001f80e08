//! Requests other projects really sent, taken apart into our vocabulary and
//! written anew by our encoders: both bodies have to say the same.
//!
//! What an assistant said before is read by our own decoders, so the history is
//! what a user's conversation would hold, `provider_state` included. Recordings
//! are found as in `tests/cassettes.rs`.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::disallowed_methods,
    reason = "the tests read files and the environment"
)]

mod requests;
mod support;

use requests::followed::Followed;
use requests::{Recorded, report, rules, spoil};

fn recordings() -> Option<Vec<Recorded>> {
    let folder =
        std::env::var("AIRCHER_CASSETTES").unwrap_or_else(|_| "../shared/cassettes/open".into());
    let found = Recorded::read_all(&folder);
    if found.is_none() {
        assert!(std::env::var("CI").is_err(), "recordings missing: {folder}");
        println!("skipped: no recordings in {folder}");
    }
    found
}

#[test]
fn every_recorded_request_is_written_anew() {
    let Some(recordings) = recordings() else {
        return;
    };
    let figures = report::Figures::of(&recordings);
    println!("{figures}");
    assert!(rules::RULES.len() <= 15);
    assert_eq!(figures.different(), 0);
    assert!(figures.share_without_rules() >= 0.8);
    assert_eq!(figures.refused_but_answered(), 0);
}

#[test]
fn a_recorded_answer_goes_back_as_it_was_sent() {
    let Some(recordings) = recordings() else {
        return;
    };
    let (mut streamed, mut whole, mut other_ids) = (0, 0, 0);
    for followed in Followed::find(&recordings) {
        // Some clients answer calls under ids of their own making.
        let Ok(ours) = followed.rewritten() else {
            other_ids += 1;
            continue;
        };
        let differences = followed.differences(ours);
        assert!(
            differences.is_empty(),
            "{}: {differences:#?}",
            followed.next.id
        );
        let count = if followed.streamed() {
            &mut streamed
        } else {
            &mut whole
        };
        *count += 1;
    }
    println!("{streamed} streamed and {whole} whole answers in the request that followed");
    println!("{other_ids} more whose client gave the calls other ids");
}

/// Every text, number and switch of every recorded body, and every item of a
/// list, changed or taken out one at a time.
#[test]
fn a_changed_body_is_noticed() {
    let Some(recordings) = recordings() else {
        return;
    };
    let tried = spoil::everything(&recordings);
    println!("{tried}");
    assert_eq!(tried.missed(), Vec::<String>::new());
}
