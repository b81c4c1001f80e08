//! What a call was, for the user's own tracer: the names are OpenTelemetry's for generative AI.
//!
//! Never content, never a key: figures, names and ids alone.

use super::ChatResponse;
use crate::config::{CloudAccess, ProviderConfig};
use crate::error::{Error, ErrorKind};
use crate::json::{Write, Writer};
use crate::money::NanoUsd;

/// A call that has ended. Written as the value of a `log` event.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// The answer, as far as it came.
    pub response: &'a ChatResponse,
    /// Why there is none.
    pub error: Option<&'a Error>,
    /// Who answered, or whom the error is of; `None` when nobody could be asked.
    pub provider: Option<&'a ProviderConfig>,
    /// The model as sent.
    pub model: &'a str,
    /// Whether vectors were asked for, not an answer.
    pub embeds: bool,
    /// Milliseconds from the call to its end.
    pub duration_ms: u64,
}

impl Write for Report<'_> {
    fn write(&self, writer: &mut Writer) {
        let failed = |error: &Error| error.kind != ErrorKind::Cancelled;
        let level = match self.error.is_some_and(failed) {
            true => "error",
            false => "info",
        };
        writer.begin_object();
        writer.field("level", &level);
        writer.field("message", &self.operation());
        writer.begin_object_at("fields");
        self.write_request(writer);
        match self.error {
            Some(error) => write_error(error, writer),
            None => self.write_answer(writer),
        }
        self.write_figures(writer);
        writer.end_object();
        writer.end_object();
    }
}

impl Report<'_> {
    fn operation(&self) -> &'static str {
        if self.embeds { "embeddings" } else { "chat" }
    }

    fn write_request(&self, writer: &mut Writer) {
        writer.field("gen_ai.operation.name", &self.operation());
        if let Some(provider) = self.provider {
            let (host, port) = provider.base_url.host();
            let profile = provider.kind.profile();
            let cloud = profile
                .cloud
                .filter(|_| provider.cloud != CloudAccess::None);
            let name = cloud.map_or(profile.telemetry_name, |cloud| cloud.telemetry_name);
            writer.field("gen_ai.provider.name", &name);
            writer.field("server.address", &host);
            writer.field("server.port", &port);
            writer.field("provider", &provider.id);
        }
        writer.field_unless_empty("gen_ai.request.model", &self.model);
    }

    fn write_answer(&self, writer: &mut Writer) {
        let response = self.response;
        writer.field("gen_ai.response.model", &response.model);
        writer.field("gen_ai.response.id", &response.metadata.response_id);
        if self.embeds {
            return;
        }
        writer.begin_list_at("gen_ai.response.finish_reasons");
        if let Some(reason) = response.stream.finish_reason {
            writer.string(reason.as_str());
        }
        writer.end_list();
    }

    fn write_figures(&self, writer: &mut Writer) {
        let (usage, metadata) = (&self.response.usage, &self.response.metadata);
        if self.error.is_none() || usage.total_tokens > 0 {
            writer.field("gen_ai.usage.input_tokens", &usage.prompt_tokens);
            writer.field("gen_ai.usage.output_tokens", &usage.completion_tokens);
        }
        let mut costs = metadata.attempts.iter().map(|attempt| attempt.cost);
        let cost = costs.try_fold(NanoUsd::ZERO, |all, cost| Some(all.saturating_add(cost?)));
        writer.field("id", &metadata.id);
        writer.field("cost_nano_usd", &cost.map(NanoUsd::nanos));
        writer.field("cached", &metadata.cached.then_some(true));
        writer.field("attempts", &(metadata.attempts.len() as u64));
        writer.field("duration_ms", &self.duration_ms);
        writer.field("time_to_first_token_ms", &metadata.time_to_first_token_ms);
    }
}

fn write_error(error: &Error, writer: &mut Writer) {
    writer.field("error.type", &error.kind.as_str());
    writer.field("error.code", &error.code);
    writer.field("http.response.status_code", &error.status);
}
