//! Token counts in our shape (wire reference, Anthropic §3 and README §4).

use super::wire::{Iteration, Usage};
use crate::chat::TokenUsage;

impl Usage {
    /// Takes over every field that came.
    pub(super) fn overlay(&mut self, later: Self) {
        let counts = [
            (&mut self.input_tokens, later.input_tokens),
            (&mut self.output_tokens, later.output_tokens),
            (
                &mut self.cache_read_input_tokens,
                later.cache_read_input_tokens,
            ),
            (
                &mut self.cache_creation_input_tokens,
                later.cache_creation_input_tokens,
            ),
        ];
        for (old, new) in counts {
            if new.get().is_some() {
                *old = new;
            }
        }
        self.cache_creation = later.cache_creation.or(self.cache_creation);
        self.output_tokens_details = later.output_tokens_details.or(self.output_tokens_details);
        replace(&mut self.iterations, later.iterations);
        replace(&mut self.server_tool_use, later.server_tool_use);
        replace(&mut self.speed, later.speed);
        replace(&mut self.inference_geo, later.inference_geo);
    }

    /// In our shape (wire reference, README §4): `input_tokens` excludes both cache counts.
    pub(super) fn tokens(&self) -> TokenUsage {
        let read = self.cache_read_input_tokens.or_zero();
        let written = self.cache_creation_input_tokens.or_zero();
        let creation = self.cache_creation.unwrap_or_default();
        let details = self.output_tokens_details.unwrap_or_default();
        let usage = TokenUsage {
            prompt_tokens: self.input_tokens.or_zero() + read + written,
            completion_tokens: self.output_tokens.or_zero(),
            cached_tokens: read,
            cache_write_tokens: written,
            cache_write_long_tokens: creation.ephemeral_1h_input_tokens.or_zero(),
            reasoning_tokens: details.thinking_tokens.or_zero(),
            ..TokenUsage::default()
        };
        let rounds = self.iterations.iter().flatten();
        rounds.filter(|round| round.is_extra()).fold(usage, add)
    }
}

impl Iteration {
    /// Rounds of type `message` are in the top level already, others are billed besides.
    fn is_extra(&self) -> bool {
        self.r#type
            .as_ref()
            .is_none_or(|kind| kind.text() != r#""message""#)
    }
}

fn add(usage: TokenUsage, round: &Iteration) -> TokenUsage {
    let input = round.input_tokens.or_zero()
        + round.cache_read_input_tokens.or_zero()
        + round.cache_creation_input_tokens.or_zero();
    TokenUsage {
        prompt_tokens: usage.prompt_tokens + input,
        completion_tokens: usage.completion_tokens + round.output_tokens.or_zero(),
        ..usage
    }
}

fn replace<T>(old: &mut Option<T>, new: Option<T>) {
    if new.is_some() {
        *old = new;
    }
}
