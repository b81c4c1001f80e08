//! The walk over the recorded exchanges: what other projects' recorders saw on
//! the wire, against expectations an independent reference computed.
//!
//! Recordings are read from `$AIRCHER_CASSETTES` (default
//! `../shared/cassettes/open`); they are other projects' and not in this
//! repository. Without them the walk is skipped by name, or fails under `CI`.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the tests read files and the environment"
)]

mod support;
mod walk;

use aircher_llm::model::Registry;
use expect_test::expect_file;
use walk::{Recording, compare, counts, cuts, laws, lists, managed, prices};

fn recordings() -> Option<Vec<Recording>> {
    let folder =
        std::env::var("AIRCHER_CASSETTES").unwrap_or_else(|_| "../shared/cassettes/open".into());
    let found = Recording::read_all(&folder);
    if found.is_none() {
        assert!(std::env::var("CI").is_err(), "recordings missing: {folder}");
        println!("skipped: no recordings in {folder}");
    }
    found
}

#[test]
fn every_recorded_exchange_decodes_as_expected() {
    let Some(recordings) = recordings() else {
        return;
    };
    let (ours, mut others): (Vec<_>, Vec<_>) = recordings
        .iter()
        .partition(|recording| recording.is_built() || recording.is_token());
    others.retain(|recording| lists::kind(recording).is_none() && !counts::is_count(recording));
    let different: Vec<_> = ours
        .iter()
        .filter_map(|recording| compare(recording).map(|why| (recording, why)))
        .collect();
    for (recording, why) in &different {
        println!(
            "{} {:?}\n    {}",
            recording.id,
            recording.tags,
            why.join("\n    ")
        );
    }
    println!("{} checked, {} different", ours.len(), different.len());
    others.retain(|recording| !managed::is_known(recording));
    walk::print_endpoints("left out", &others);
    assert!(different.is_empty());
    // Completions of bare prompts are the one thing nobody can ask for here.
    others.retain(|recording| recording.endpoint != "api.generate");
    let forgotten: Vec<_> = others.iter().map(|recording| &recording.id).collect();
    assert!(
        forgotten.is_empty(),
        "left out by nobody's decision: {forgotten:?}"
    );
}

/// Lists, versions, pulls and models made: the requests and answers of a server people run themselves.
#[test]
fn every_recorded_exchange_about_models_is_read_as_expected() {
    let Some(recordings) = recordings() else {
        return;
    };
    let known: Vec<_> = recordings
        .iter()
        .filter(|recording| managed::is_known(recording))
        .collect();
    for recording in &known {
        assert_eq!(managed::compare(recording), [""; 0], "{}", recording.id);
        assert!(
            managed::compare(&managed::spoiled(recording)).len() == 1,
            "{}",
            recording.id
        );
    }
    println!("{} checked", known.len());
}

#[test]
fn every_recorded_count_of_tokens_is_read() {
    let Some(recordings) = recordings() else {
        return;
    };
    let mut checked = 0;
    for recording in recordings.iter().filter(|it| counts::is_count(it)) {
        assert_eq!(counts::compare(recording), None, "{}", recording.id);
        let mut spoiled = recording.clone();
        let told = ["tokens", "message"].into_iter();
        let changed = told.filter_map(|field| spoiled.spoiled(field)).next();
        spoiled = changed.unwrap_or_else(|| panic!("{} expects nothing", recording.id));
        assert!(
            counts::compare(&spoiled).is_some(),
            "a change went unnoticed in {}",
            recording.id
        );
        checked += 1;
    }
    println!("{checked} counts of tokens checked");
    assert!(checked > 10);
}

#[test]
fn every_recorded_list_of_models_reads_as_expected() {
    let Some(recordings) = recordings() else {
        return;
    };
    let lists: Vec<_> = recordings
        .iter()
        .filter(|recording| lists::kind(recording).is_some())
        .collect();
    for recording in &lists {
        let why = lists::compare(recording);
        assert!(why.is_none(), "{}: {}", recording.id, why.unwrap());
    }
    println!("{} lists", lists.len());
    assert!(!lists.is_empty());
}

/// `UPDATE_EXPECT=1` writes the snapshot anew. Recordings of another folder have no line in it.
#[test]
fn every_recorded_exchange_with_usage_costs_what_the_snapshot_says() {
    let Some(recordings) = recordings() else {
        return;
    };
    let registry = Registry::default();
    let built = recordings.iter().filter(|recording| recording.is_built());
    let lines = built.filter_map(|recording| prices::line(&registry, recording));
    let mut lines: Vec<_> = lines.collect();
    lines.sort();
    let unknown = lines.iter().filter(|line| line.contains("| unknown |"));
    println!(
        "{} priced, {} of an unknown price",
        lines.len(),
        unknown.count()
    );
    let snapshot = expect_file!["snapshots/prices.txt"];
    if std::env::var("UPDATE_EXPECT").is_err() {
        let id = |line: &str| line.rsplit(' ').next().map(str::to_string);
        let known: Vec<_> = snapshot.data().lines().filter_map(id).collect();
        let count = lines.len();
        lines.retain(|line| id(line).is_some_and(|id| known.contains(&id)));
        println!("{} of them not in the snapshot", count - lines.len());
    }
    snapshot.assert_eq(&format!("{}{}\n", prices::HEAD, lines.join("\n")));
}

#[test]
fn a_changed_expectation_is_noticed() {
    let Some(recordings) = recordings() else {
        return;
    };
    let good: Vec<_> = recordings
        .iter()
        .filter(|recording| recording.is_built() && compare(recording).is_none())
        .collect();
    for field in walk::FIELDS {
        let spoiled = good.iter().find_map(|recording| recording.spoiled(field));
        let spoiled = spoiled.unwrap_or_else(|| panic!("no recording has {field}"));
        assert!(
            compare(&spoiled).is_some(),
            "a changed {field} went unnoticed in {}",
            spoiled.id
        );
    }
}

#[test]
fn any_split_of_a_stream_gives_the_same_events() {
    let Some(recordings) = recordings() else {
        return;
    };
    let streams: Vec<_> = recordings
        .iter()
        .filter(|recording| recording.is_built() && recording.is_stream())
        .collect();
    let splits: usize = streams
        .iter()
        .map(|recording| laws::any_split(recording))
        .sum();
    println!("{} streams, {splits} splits", streams.len());
}

#[test]
fn any_two_splits_of_the_shortest_streams_give_the_same_events() {
    let Some(recordings) = recordings() else {
        return;
    };
    let mut streams: Vec<_> = recordings
        .iter()
        .filter(|recording| recording.is_built() && recording.is_stream())
        .collect();
    streams.sort_by_key(|recording| recording.body.len());
    streams.truncate(20);
    // A minute of one thread.
    let pairs: usize = halves(&streams, laws::any_two_splits).iter().sum();
    println!("{} streams, {pairs} pairs of splits", streams.len());
}

/// Does the same to all, in two threads.
fn halves<T: Send>(streams: &[&Recording], work: impl Fn(&Recording) -> T + Sync) -> Vec<T> {
    let half = |at: usize| {
        let streams = streams.iter().skip(at).step_by(2);
        streams.map(|it| work(it)).collect::<Vec<T>>()
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(|| half(1));
        let mut done = half(0);
        done.extend(other.join().unwrap());
        done
    })
}

#[test]
fn a_stream_that_ends_after_any_byte_is_finished_no_earlier_than_the_provider_says() {
    let Some(recordings) = recordings() else {
        return;
    };
    let streams: Vec<_> = recordings
        .iter()
        .filter(|recording| recording.is_built() && recording.is_stream())
        .collect();
    let cuts = halves(&streams, cuts::every_byte);
    let complete: usize = cuts.iter().map(|cuts| cuts.complete).sum();
    let tried: usize = cuts.iter().map(|cuts| cuts.tried).sum();
    println!(
        "{} streams ended after each of {tried} bytes: {complete} behind their end, 0 finished before",
        streams.len()
    );
    assert!(complete > 0, "no stream was ever complete");
}

#[test]
fn a_cut_stream_is_never_a_finished_answer() {
    let Some(recordings) = recordings() else {
        return;
    };
    let streams = recordings
        .iter()
        .filter(|recording| recording.is_built() && recording.is_stream());
    let cut: usize = streams.map(laws::never_finished_early).sum();
    println!("{cut} cuts");
}
