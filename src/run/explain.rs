//! A dry run: who would be asked, what it would cost, what stands in the way. Nothing is sent,
//! no key is asked for, nothing is reserved.

use std::rc::Rc;

use super::Call;
use super::bill::Bill;
use super::problems::missing_key;
use crate::chat::{ChatRequest, Warning};
use crate::config::{KeySource, ProviderConfig};
use crate::env::Env;
use crate::error::{Error, Result};
use crate::json::{OrNull, Write, Writer, writes};
use crate::money::{Dollars, NanoUsd};
use crate::policy::candidates;

/// What would become of a request now.
#[derive(Debug, Default)]
pub struct Explanation {
    /// Who would answer, as far as that can be told before; `None` when nobody could.
    pub provider: Option<String>,
    /// Everybody who may answer, in order.
    pub candidates: Vec<Prospect>,
}

/// What would become of a request at one provider.
#[derive(Debug, Default)]
pub struct Prospect {
    /// The configured id of the provider.
    pub provider: String,
    /// The model as sent; `None` when the provider has to be asked for one.
    pub model: Option<String>,
    /// Why it would not be asked.
    pub skipped: Option<Error>,
    /// Tokens of the input, estimated.
    pub input_tokens: u64,
    /// The most tokens the answer is likely to have, or may have where a limit is given.
    pub output_tokens: u64,
    /// What so many tokens cost; `None` when the price is unknown.
    pub cost: Option<NanoUsd>,
    /// What would be dropped or replaced.
    pub warnings: Vec<Warning>,
}

writes!(Explanation {
    provider,
    candidates,
});

impl Write for Prospect {
    fn write(&self, writer: &mut Writer) {
        writer.object(&mut |writer| {
            writer.field("provider", &self.provider);
            writer.field("model", &OrNull(&self.model));
            writer.field("skipped", &self.skipped);
            writer.field("input_tokens", &self.input_tokens);
            writer.field("output_tokens", &self.output_tokens);
            writer.field("cost", &OrNull(&self.cost.map(Dollars)));
            writer.field("cost_nano_usd", &OrNull(&self.cost.map(NanoUsd::nanos)));
            writer.field("warnings", &self.warnings);
        });
    }
}

impl<E: Env> Call<E> {
    /// Explains the call instead of making it.
    ///
    /// # Errors
    /// `invalid_request` and `model_not_found` as for the call itself; what is wrong with one
    /// candidate stands in its `skipped`.
    pub async fn explain(mut self) -> Result<Explanation> {
        let request = self.request.take().unwrap_or_default();
        request.check()?;
        self.course.candidates = candidates(&self.config, &request)?;
        let mut explanation = Explanation::default();
        while let Some(candidate) = self.course.candidate().cloned() {
            let config = Rc::clone(&self.config);
            if let Some(provider) = config.providers.get(candidate.provider) {
                self.choose(provider, candidate.model.as_deref().unwrap_or_default());
                let mut prospect = Prospect {
                    provider: provider.id.clone(),
                    model: candidate.model,
                    ..Prospect::default()
                };
                let outlook = self.outlook(&mut prospect, &request, provider).await;
                prospect.skipped = outlook.err().map(|error| self.described(error));
                if prospect.skipped.is_none() && explanation.provider.is_none() {
                    explanation.provider = Some(provider.id.clone());
                }
                explanation.candidates.push(prospect);
            }
            self.course.at += 1;
        }
        Ok(explanation)
    }

    /// The rules of an attempt in their order, as far as nothing has to be sent for them.
    async fn outlook(
        &mut self,
        prospect: &mut Prospect,
        request: &ChatRequest,
        provider: &ProviderConfig,
    ) -> Result<()> {
        let now = self.env.wall_ms();
        let counted = Bill::likely(&self.config, request, provider, &self.course.model, now);
        (prospect.input_tokens, prospect.output_tokens, prospect.cost) = counted;
        let at = self.course.candidate().map_or(0, |found| found.provider);
        self.is_admitted(at)?;
        match &provider.key {
            KeySource::Missing { variable } => return Err(missing_key(&provider.id, variable)),
            KeySource::Literal(key) => self.key = Some(key.clone()),
            _ => self.key = None,
        }
        let known = self.known(provider, &self.course.model);
        self.fits(request, provider, known.as_ref())?;
        let stream = request.stream.unwrap_or(self.options.stream);
        prospect.warnings = self.written(request, provider, stream)?.warnings;
        self.affords(request, provider, now).await
    }

    /// Whether its limits leave room for it.
    async fn affords(
        &mut self,
        request: &ChatRequest,
        provider: &ProviderConfig,
        now: u64,
    ) -> Result<()> {
        let bill = Bill::new(&self.config, request, provider, &self.course.model, now)?;
        let plan = bill.terms.plan(bill.size)?;
        let wish = self.wish(request, &bill, plan, now);
        match self.env.ledger().refuses(&wish, now).await? {
            Some(exceeded) => Err(Error::budget_exceeded(*exceeded)),
            None => Ok(()),
        }
    }
}
