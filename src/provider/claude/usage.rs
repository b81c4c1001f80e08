//! Token counts in our shape (wire reference, Anthropic §3 and README §4).

use super::wire::{count, get, string};
use crate::chat::TokenUsage;
use crate::json::Raw;
use crate::provider::pick::{items, object};

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
    /// Takes over every field that came.
    pub(super) fn overlay(&mut self, usage: &str) {
        self.input = count(usage, "input_tokens", self.input);
        self.output = count(usage, "output_tokens", self.output);
        self.read = count(usage, "cache_read_input_tokens", self.read);
        self.written = count(usage, "cache_creation_input_tokens", self.written);
        if let Some(creation) = get(usage, "cache_creation").get() {
            self.long = count(creation, "ephemeral_1h_input_tokens", 0);
        }
        if let Some(details) = get(usage, "output_tokens_details").get() {
            self.reasoning = count(details, "thinking_tokens", 0);
        }
        let rounds = get(usage, "iterations");
        if rounds.get().is_some() {
            (self.extra_input, self.extra_output) = (0, 0);
            // What is no list has no rounds.
            for round in items(rounds).unwrap_or_default() {
                self.round(round);
            }
        }
    }

    /// Rounds of type `message` are in the top level already, others are billed besides.
    fn round(&mut self, round: Raw<'_>) {
        let round = object(round);
        if string(round, "type") != "message" {
            let mut own = Self::default();
            own.overlay(round);
            self.extra_input += own.input + own.read + own.written;
            self.extra_output += own.output;
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
