//! A recorded stream, ended after every byte.
//!
//! At each of them a copy of the parser and the decoder gets no more. It may
//! call the answer complete once the provider's last word is there, and not a
//! byte earlier. Which word that is is looked up in the recording's text, and
//! not asked of the decoder.

use aircher_llm::chat::Events;
use aircher_llm::error::Error;
use aircher_llm::framing::{Frame, Framer, Limits};
use aircher_llm::provider::{Decoder, Progress};

use super::Recording;

/// What came of the cuts of one stream.
#[derive(Default)]
pub struct Cuts {
    pub tried: usize,
    /// How many were complete: those behind the provider's last word.
    pub complete: usize,
}

/// Ends a stream after every byte.
pub fn every_byte(recording: &Recording) -> Cuts {
    let exchange = recording.exchange();
    let (mut framer, mut decoder) = (
        Framer::new(exchange.framing, Limits::default()),
        exchange.decoder,
    );
    let bytes = recording.body.as_bytes();
    let last_word = last_word(recording);
    let (mut cuts, mut failed) = (Cuts::default(), false);
    for at in 0..=bytes.len() {
        let complete = !failed && is_complete(&framer, decoder.as_ref());
        assert!(
            !complete || at >= last_word,
            "{} is complete after {at} bytes, its end is at {last_word}",
            recording.id
        );
        cuts.tried += 1;
        cuts.complete += usize::from(complete);
        let next = bytes.get(at..=at).unwrap_or_default();
        let taken = framer.feed(next, &mut |frame| match decoder.progress() {
            Progress::Closed => Ok(()),
            _ => decoder.frame(frame, &mut Events::new()),
        });
        failed |= taken.is_err();
    }
    cuts
}

/// Whether the answer counts as complete should the body end here (`run::answer`).
fn is_complete(framer: &Framer, decoder: &dyn Decoder) -> bool {
    let mut decoder = decoder.fork();
    let mut take = |frame: Frame<'_>| {
        if decoder.progress() != Progress::Closed {
            // What is cut in its middle says nothing.
            decoder.frame(frame, &mut Events::new()).ok();
        }
        Ok::<(), Error>(())
    };
    framer.clone().finish(&mut take).unwrap();
    decoder.progress() != Progress::Open
}

/// The keys whose value ends an answer, by endpoint, with how such a value begins.
fn last_words(endpoint: &str) -> &'static [(&'static str, &'static [&'static str])] {
    match endpoint {
        "responses" => &[(
            "type",
            &[
                "\"response.completed\"",
                "\"response.incomplete\"",
                "\"response.failed\"",
            ],
        )],
        // An end behind the stop reason is one (wire/anthropic.md, streaming).
        "messages" => &[("type", &["\"message_stop\""]), ("stop_reason", &["\""])],
        "generateContent" | "streamGenerateContent" => {
            &[("finishReason", &["\""]), ("blockReason", &["\""])]
        }
        "api.chat" => &[("done", &["true"])],
        _ => &[("finish_reason", &["\""])],
    }
}

/// Where the line with the provider's last word ends; behind the body when there is none.
fn last_word(recording: &Recording) -> usize {
    let body = &recording.body;
    // Some servers of OpenAI's dialect name no reason, and end with this alone.
    let mut first = match body.find("data: [DONE]") {
        Some(at) => line_end(body, at),
        None => body.len() + 1,
    };
    for (key, values) in last_words(&recording.endpoint) {
        let quoted = format!("\"{key}\"");
        for (at, _) in body.match_indices(&quoted) {
            let value = body[at + quoted.len()..].trim_start().strip_prefix(':');
            let value = value.unwrap_or_default().trim_start();
            if values.iter().any(|begin| value.starts_with(begin)) {
                first = first.min(line_end(body, at));
                break;
            }
        }
    }
    first
}

/// Behind the last character of a line that is not blank.
fn line_end(body: &str, at: usize) -> usize {
    let rest = &body[at..];
    let line = rest.split('\n').next().unwrap_or(rest);
    at + line.trim_end().len()
}
