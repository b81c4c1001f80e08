//! Requests judged from outside: every case of the table is encoded for every
//! speaker, or refused with the expected kind. What is encoded is written as
//! TypeScript; `cargo xtask test --only judge` has the official packages' types
//! check it.
#![cfg(all(
    not(target_arch = "wasm32"),
    feature = "openai",
    feature = "claude",
    feature = "gemini",
    feature = "ollama"
))]
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "tests fail by panicking"
)]

#[path = "judge/mod.rs"]
mod court;
mod support;

use court::across::{self, Conversation, Origin};
use court::answers;
use court::cases;
use court::fields;
use court::lost::lost;
use court::renamed::Seen;
use court::script::{Script, type_of};
use court::speakers::{SPEAKERS, Sent, Speaker};
use court::spoiled;
use expect_test::expect_file;

const PROVIDERS_MD: &str = include_str!("../docs/providers.md");
/// How many of the origins share no fixture.
const EVERYBODY: usize = 5;
const PROVIDERS: [&str; 4] = ["openai", "claude", "gemini", "ollama"];

#[test]
fn every_request_is_encoded_or_refused_as_expected() {
    let cases = cases::all();
    assert!(cases.len() >= 100, "{} cases", cases.len());
    let mut problems = Vec::new();
    let mut scripts = PROVIDERS.map(|provider| Script::new("bodies", provider));
    let mut renamed = PROVIDERS.map(|provider| (Script::new("renamed", provider), Seen::default()));
    for case in &cases {
        let mut encoded = 0;
        for speaker in SPEAKERS.iter().filter(|speaker| case.is_for(speaker)) {
            let name = format!("{} | {} {}", case.name, speaker.dialect, speaker.model);
            let request = case.request(speaker);
            let sent = speaker.encode(&request, &case.config);
            let kind = sent.as_ref().err().map(|error| error.kind.as_str());
            let expected = case.refused(speaker);
            if kind != expected {
                problems.push(format!("{name}: refused {kind:?}, expected {expected:?}"));
            }
            match sent {
                Ok(sent) => {
                    let lost = lost(&request, &sent);
                    if !lost.is_empty() && sent.warnings.is_empty() {
                        problems.push(format!("{name}: {lost:?} is lost in silence"));
                    }
                    let (r#type, at) = (type_of(&sent), place(speaker));
                    scripts[at].add(&name, r#type, &sent.body);
                    let (script, seen) = &mut renamed[at];
                    seen.add(script, r#type, &sent.body);
                    encoded += 1;
                }
                Err(error) => println!("refused  {name}: {error}"),
            }
        }
        if encoded == 0 {
            problems.push(format!("{}: nobody takes it", case.name));
        }
    }
    scripts.iter().for_each(Script::save);
    renamed.iter().for_each(|(script, _)| script.save());
    let bodies = scripts.each_ref().map(|script| script.bodies);
    println!("{} cases, bodies {PROVIDERS:?} {bodies:?}", cases.len());
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

fn place(speaker: &Speaker) -> usize {
    let own = speaker.provider();
    PROVIDERS
        .iter()
        .position(|provider| *provider == own)
        .unwrap()
}

#[test]
fn good_bodies_are_spoiled() {
    let cases = cases::all();
    for provider in PROVIDERS {
        let mut script = Script::new("spoiled", provider);
        spoiled::add_to(&mut script, provider, &cases);
        assert!(script.bodies >= 10, "{provider}: {}", script.bodies);
        script.save();
    }
}

#[test]
fn conversations_are_handed_across() {
    let mut problems = Vec::new();
    let mut scripts = PROVIDERS.map(|provider| Script::new("across", provider));
    let origins = across::origins();
    let mut judge = |from: &[Origin], goes_on: bool, to: &'static Speaker| {
        let mut conversation = Conversation::with(to);
        for origin in from {
            conversation.follow(origin, goes_on);
        }
        let names: Vec<_> = from.iter().map(|origin| origin.speaker.model).collect();
        let how = if goes_on { "gone on" } else { "in a tool turn" };
        let name = format!("{}, {how} | {} {}", names.join(", "), to.dialect, to.model);
        assert!(conversation.calls >= 2, "{name}");
        let request = conversation.request();
        match to.encode(&request, &Default::default()) {
            Err(error) => problems.push(format!("{name}: {error}")),
            Ok(sent) => {
                let lost = lost(&request, &sent);
                if !lost.is_empty() {
                    problems.push(format!("{name}: {lost:?} is lost"));
                }
                let misplaced = misplaced(&conversation, &sent, to);
                problems.extend(misplaced.map(|secret| format!("{name}: {secret}")));
                scripts[place(to)].add(&name, type_of(&sent), &sent.body);
            }
        }
    };
    for to in SPEAKERS {
        for goes_on in [false, true] {
            for origin in &origins {
                judge(std::slice::from_ref(origin), goes_on, to);
            }
        }
        // Everybody in turn; no fixture twice, nor its ids.
        judge(&origins[..EVERYBODY], true, to);
    }
    scripts.iter().for_each(Script::save);
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// State of its own that a model does not get back, or another's that it gets.
fn misplaced(conversation: &Conversation, sent: &Sent, to: &Speaker) -> Option<String> {
    conversation.secrets.iter().find_map(|(model, secret)| {
        let is_own = *model == to.model;
        let is_there = sent.body.contains(secret.as_str());
        (is_own != is_there).then(|| format!("{secret} of {model}, sent: {is_there}"))
    })
}

#[test]
fn who_reasons_leaves_something_to_carry_back() {
    for origin in across::origins() {
        let mut conversation = Conversation::with(origin.speaker);
        conversation.follow(&origin, true);
        let expected = ["openai-responses", "claude", "gemini"].contains(&origin.speaker.dialect);
        let carries = !conversation.secrets.is_empty();
        assert_eq!(carries, expected, "{}", origin.speaker.model);
    }
}

#[test]
fn nothing_is_dropped_in_silence() {
    let silent = fields::silent();
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}

/// `UPDATE_EXPECT=1 cargo test --test judge` writes the tables anew.
#[test]
fn the_tables_of_providers_are_current() {
    let tables = [
        ("fields", fields::glance()),
        ("models", fields::by_model()),
        ("silent", fields::nothing_to_say()),
        ("finish", answers::finish_reasons()),
        ("errors", answers::statuses()),
    ];
    let mut document = PROVIDERS_MD.to_string();
    for (name, table) in tables {
        let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->\n"));
        let (head, rest) = document.split_once(&begin).unwrap();
        let (_, tail) = rest.split_once(&end).unwrap();
        document = [head, &begin, "\n", &table, "\n", &end, tail].concat();
    }
    expect_file!["../docs/providers.md"].assert_eq(&document);
}
