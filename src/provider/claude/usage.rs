//! Token counts in our shape (wire reference, Anthropic §3 and README §4).

use crate::chat::TokenUsage;
use crate::json::{Raw, Reader};
use crate::provider::pick::{count, pick, text};

/// The counts so far. They are cumulative: what comes later replaces, what is
/// missing stays.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    input: u64,
    output: u64,
    read: u64,
    written: u64,
    long: u64,
    reasoning: u64,
    /// Of rounds on the provider's side that are billed besides.
    extra_input: u64,
    extra_output: u64,
}

impl Counts {
    /// Takes over every field that came. Nothing here may cost the answer.
    pub(super) fn overlay(&mut self, usage: &str) {
        let Ok(counts) = pick(usage, COUNTS) else {
            return;
        };
        let [input, output, read, written] = counts;
        replace(&mut self.input, input);
        replace(&mut self.output, output);
        replace(&mut self.read, read);
        replace(&mut self.written, written);
        let inner = ["cache_creation", "output_tokens_details", "iterations"];
        let Ok([creation, details, rounds]) = pick(usage, inner) else {
            return;
        };
        replace_inner(&mut self.long, creation, "ephemeral_1h_input_tokens");
        replace_inner(&mut self.reasoning, details, "thinking_tokens");
        if let Some(rounds) = rounds.get() {
            (self.extra_input, self.extra_output) = (0, 0);
            // What is no list has no rounds.
            let _ = Reader::new(rounds).list(&mut |reader| {
                self.round(reader.raw()?);
                Ok(())
            });
        }
    }

    /// Rounds of type `message` are in the top level already, others are billed besides.
    fn round(&mut self, round: &str) {
        let (Ok([r#type]), Ok(counts)) = (pick(round, ["type"]), pick(round, COUNTS)) else {
            return;
        };
        if text(r#type) != "message" {
            let [input, output, read, written] = counts.map(|raw| count(raw).unwrap_or(0));
            self.extra_input += input + read + written;
            self.extra_output += output;
        }
    }

    /// In our shape (wire reference, README §4): `input_tokens` excludes both cache counts.
    pub(super) fn tokens(&self) -> TokenUsage {
        TokenUsage {
            prompt_tokens: self.input + self.read + self.written + self.extra_input,
            completion_tokens: self.output + self.extra_output,
            cached_tokens: self.read,
            cache_write_tokens: self.written,
            cache_write_long_tokens: self.long,
            reasoning_tokens: self.reasoning,
            ..TokenUsage::default()
        }
    }
}

/// The counts of the whole and of each round.
const COUNTS: [&str; 4] = [
    "input_tokens",
    "output_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
];

fn replace(old: &mut u64, new: Raw<'_>) {
    *old = count(new).unwrap_or(*old);
}

/// Replaces by a count inside an object, which is 0 where only the object came.
#[inline(never)]
fn replace_inner(old: &mut u64, object: Raw<'_>, key: &str) {
    let Some(object) = object.get() else { return };
    *old = match pick(object, [key]) {
        Ok([new]) => count(new).unwrap_or(0),
        Err(_) => 0,
    };
}
