//! What became of each attempt to get an answer.

use crate::error::ErrorKind;
use crate::json::{OrNull, Write, Writer};
use crate::money::NanoUsd;

/// One attempt: an answer, a failure, or a candidate that was passed over.
///
/// Answers and errors carry the list of them ([`Metadata::attempts`](super::Metadata::attempts),
/// [`ErrorFields::attempts`](crate::error::ErrorFields::attempts)).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attempt {
    /// The configured id of the provider.
    pub provider: String,
    /// The model as sent.
    pub model: String,
    /// How it failed; `None` for the one that answered.
    pub kind: Option<ErrorKind>,
    /// Why nothing was sent.
    pub skipped: Option<String>,
    /// The HTTP status, when there was one.
    pub status: Option<u16>,
    /// Milliseconds from its beginning to its end.
    pub duration: u64,
    /// Milliseconds waited before it.
    pub delay_ms: Option<u64>,
    /// What it cost; `None` when the price is unknown.
    pub cost: Option<NanoUsd>,
    /// Whether that had to be estimated.
    pub estimated: bool,
}

impl Write for Attempt {
    fn write(&self, writer: &mut Writer) {
        writer.object(&mut |writer| {
            writer.field("provider", &self.provider);
            writer.field("model", &self.model);
            writer.field("type", &OrNull(&self.kind.map(ErrorKind::as_str)));
            writer.field("skipped", &self.skipped);
            writer.field("status_code", &self.status);
            writer.field("duration", &self.duration);
            writer.field("delay_ms", &self.delay_ms);
            writer.field("cost_nano_usd", &OrNull(&self.cost.map(NanoUsd::nanos)));
            writer.field("estimated", &self.estimated);
        });
    }
}
