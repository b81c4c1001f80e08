//! A dry run: who would be asked, what it would cost, what stands in the way. Nothing is sent,
//! no key is asked for, nothing is reserved.

use std::rc::Rc;

use super::Call;
use super::bill::Bill;
use super::guard::guard;
use super::problems::{missing_key, named};
use crate::chat::{ChatRequest, Warning};
use crate::config::{KeySource, ProviderConfig};
use crate::env::Env;
use crate::error::{Error, Result};
use crate::json::{OrNull, Write, Writer, writes};
use crate::ledger::Reservation;
use crate::money::{Dollars, NanoUsd};
use crate::policy::{Candidate, Phase, candidates, route};

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
    /// Why it is one of them: `provider`, `prefix`, `alias`, `table`, `name`, `default` or `fallback`.
    pub because: &'static str,
    /// Why it would not be asked.
    pub skipped: Option<Error>,
    /// How many milliseconds it would wait for its turn; 0: none.
    pub wait_ms: u64,
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
            writer.field("because", &self.because);
            writer.field("skipped", &self.skipped);
            writer.field("wait_ms", &self.wait_ms);
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
        let client = Rc::clone(&self.client);
        let config = &client.config;
        self.course.candidates = candidates(config, &client.models.borrow(), &request)?;
        let mut because = route(config, &client.models.borrow(), &request)?.because;
        let mut explanation = Explanation::default();
        while let Some(candidate) = self.course.candidate().cloned() {
            if let Some(provider) = config.providers.get(candidate.provider) {
                let mut prospect = Prospect {
                    because: std::mem::replace(&mut because, "fallback"),
                    ..Prospect::default()
                };
                let skipped = match self.outlook(&mut prospect, &request, provider, candidate) {
                    Ok(wish) => self.refused(&wish).await,
                    Err(error) => Some(error),
                };
                prospect.skipped = skipped.map(|error| self.described(error));
                explanation.push(prospect);
            }
            self.course.at += 1;
        }
        Ok(explanation)
    }

    /// What the ledger has against it.
    async fn refused(&mut self, wish: &Reservation) -> Option<Error> {
        let deadline = self.watch.deadline(Phase::Store, self.env.now_ms());
        let refused = self.env.ledger().refuses(wish, self.env.wall_ms());
        let looked = guard(&self.env, &mut self.timer, deadline, refused).await;
        match looked.and_then(|looked| looked) {
            Ok(exceeded) => exceeded.map(|exceeded| Error::budget_exceeded(*exceeded)),
            Err(error) => Some(error),
        }
    }

    /// The rules of an attempt in their order, as far as nothing has to be sent or waited for;
    /// what the ledger has to be asked for at the end.
    fn outlook(
        &mut self,
        prospect: &mut Prospect,
        request: &ChatRequest,
        provider: &ProviderConfig,
        candidate: Candidate,
    ) -> Result<Reservation> {
        let now = self.env.wall_ms();
        self.choose(provider, candidate.model.as_deref().unwrap_or_default());
        prospect.provider.clone_from(&provider.id);
        prospect.model = candidate.model;
        named(provider, &self.course.model)?;
        let counted = Bill::likely(&self.client, request, provider, &self.course.model, now);
        (prospect.input_tokens, prospect.output_tokens, prospect.cost) = counted;
        self.is_admitted(candidate.provider)?;
        self.key = match &provider.key {
            KeySource::Missing { variable } => return Err(missing_key(&provider.id, variable)),
            KeySource::Literal(key) => Some(key.clone()),
            _ => None,
        };
        let known = self.client.known(provider, &self.course.model);
        self.fits(request, provider, known.as_ref())?;
        let stream = request.stream.unwrap_or(self.options.stream);
        prospect.warnings = self.written(request, provider, stream)?.warnings;
        prospect.wait_ms = self.turn_seen(request, provider, candidate.provider)?;
        let bill = Bill::new(&self.client, request, provider, &self.course.model, now)?;
        let plan = bill.terms.plan(bill.size)?;
        Ok(self.wish(request, &bill, plan, now))
    }
}

impl Explanation {
    /// The first one nothing stands in the way of would answer.
    fn push(&mut self, prospect: Prospect) {
        if self.provider.is_none() && prospect.skipped.is_none() {
            self.provider = Some(prospect.provider.clone());
        }
        self.candidates.push(prospect);
    }
}
