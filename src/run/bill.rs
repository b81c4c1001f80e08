//! What an attempt costs: before it is sent, while it comes, and when it is over.

use super::Client;
use crate::chat::{ChatRequest, ChatResponse, Events, TokenUsage};
use crate::config::{Costs, Mode, ProviderConfig};
use crate::error::{Billed, Error, ErrorKind, Result};
use crate::json::Json;
use crate::ledger::keys::scopes;
use crate::ledger::period;
use crate::model::{self, Model, Source};
use crate::money::NanoUsd;
use crate::policy::budget::{LIKELY_TOKENS, Size, Terms, above};
use crate::policy::pricing::{Factors, Tariff};
use crate::policy::tokens::{self, Family};
use crate::provider::Profile;
use crate::provider::pick::{self, pick};

/// What the price of one attempt is computed from.
pub(super) struct Bill {
    profile: &'static Profile,
    model: Option<Model>,
    family: &'static Family,
    pub(super) terms: Terms,
    pub(super) size: Size,
    /// As asked for; the answer may say otherwise.
    pub(super) factors: Factors,
    /// Whether the answer comes piece by piece: of a whole one nobody sees how far it got.
    pub(super) streams: bool,
    /// Tokens of the input, estimated where a limit of the request watches the answer.
    input: u64,
    /// Tokens of one answer the reservation pays for.
    pub(super) output: u64,
    /// Tokens of output that have come, counted where a limit of the request watches them.
    received: u64,
    /// The most that came at once: the next chunk may be as large.
    stride: u64,
}

/// What the price of a request follows from.
struct Basis {
    profile: &'static Profile,
    model: Option<Model>,
    family: &'static Family,
    factors: Factors,
    tariff: Option<Tariff>,
    /// The answer's own limit, and how many answers there are.
    output: Option<u64>,
    candidates: u64,
}

impl Basis {
    fn of(
        client: &Client,
        request: &ChatRequest,
        provider: &ProviderConfig,
        name: &str,
        now_ms: u64,
    ) -> Self {
        let profile = provider.kind.profile();
        let asked = Asked::read(request.options_for(profile.id), profile);
        let model = client.known(provider, name);
        let factors = Factors {
            at: Some(period::date_text((now_ms / period::DAY_MS) as i64)),
            ..asked.factors
        };
        Self {
            profile,
            tariff: provider.tariff(model.as_ref(), &factors),
            model,
            family: profile.tokens.of(name),
            factors,
            output: provider.output_limit(request.max_tokens),
            candidates: asked.candidates,
        }
    }

    /// The most the input of a model can be. What a server says of it bounds no money where the
    /// table knows better: by mistake or not, it may be less than what is billed.
    fn window(&self, name: &str) -> Option<u64> {
        let known = self.model.as_ref()?;
        let is_heard = known.source() == Source::Provider;
        let in_table = is_heard.then(|| model::find(self.profile.id, name)?.context_window());
        known.context_window().max(in_table.flatten())
    }

    fn max_output(&self) -> Option<u64> {
        self.model.as_ref().and_then(Model::max_output_tokens)
    }
}

impl Bill {
    pub(super) fn new(
        client: &Client,
        request: &ChatRequest,
        provider: &ProviderConfig,
        name: &str,
        now_ms: u64,
    ) -> Result<Self> {
        let mut basis = Basis::of(client, request, provider, name, now_ms);
        let terms = Terms {
            mode: client.config.costs.mode,
            limited: is_limited(&client.config.costs, request, &provider.id, name),
            cost_limit: request.cost_limit.map(|limit| limit.0),
            max_output: basis.max_output(),
            tariff: basis.tariff.take(),
        };
        let family = basis.family;
        let estimate = || with_margin(terms.mode, tokens::estimate(request, family));
        let (bound, input) = if terms.strict() && !is_free(&terms) {
            let bound = input_bound(request, family, basis.window(name))?;
            // Long prompts are not read a second time for what nobody asks.
            let watched = terms.cost_limit.is_some();
            (bound, if watched { estimate() } else { bound })
        } else {
            let likely = estimate();
            (likely, likely)
        };
        Ok(Self {
            profile: basis.profile,
            model: basis.model,
            family,
            size: Size {
                input: bound,
                output: basis.output,
                candidates: basis.candidates,
            },
            terms,
            factors: basis.factors,
            streams: true,
            input,
            output: 0,
            received: 0,
            stride: 0,
        })
    }

    /// Tokens in, tokens out and what they cost, for a caller who wonders.
    pub(super) fn likely(
        client: &Client,
        request: &ChatRequest,
        provider: &ProviderConfig,
        name: &str,
        now_ms: u64,
    ) -> (u64, u64, Option<NanoUsd>) {
        let basis = Basis::of(client, request, provider, name, now_ms);
        let input = tokens::estimate(request, basis.family);
        let most = basis.max_output().unwrap_or(LIKELY_TOKENS);
        let output = basis.output.unwrap_or_else(|| LIKELY_TOKENS.min(most));
        let usage = TokenUsage {
            prompt_tokens: input,
            completion_tokens: output,
            ..TokenUsage::default()
        };
        let cost = basis.tariff.and_then(|tariff| tariff.cost(&usage));
        (input, output, cost)
    }

    /// Stops an answer that would pass the request's own limit with its next chunk.
    ///
    /// # Errors
    /// `budget_exceeded`.
    pub(super) fn meter(&mut self, events: &Events, response: &ChatResponse) -> Result<()> {
        let (Some(limit), Some(tariff)) = (self.terms.cost_limit, &self.terms.tariff) else {
            return Ok(());
        };
        let came = tokens::estimate_text(events.joined_text(), self.family)
            + events
                .arguments()
                .map(|text| tokens::estimate_text(text, self.family))
                .sum::<u64>();
        self.received = (self.received + came).max(response.usage.completion_tokens);
        self.stride = self.stride.max(came);
        let mut usage = response.usage;
        usage.completion_tokens = self.received + self.stride;
        if usage.prompt_tokens == 0 {
            usage.prompt_tokens = self.input;
        }
        match tariff.cost(&usage) {
            Some(cost) if cost > limit => Err(above(limit, cost).billed(Billed::Yes)),
            _ => Ok(()),
        }
    }

    /// The usage of a complete answer; estimated where the provider did not count (wire
    /// reference, README §4: counts can be there and false).
    pub(super) fn completed(&self, response: &ChatResponse) -> TokenUsage {
        let usage = response.usage;
        let is_counted = usage.completion_tokens > 0 || !response.has_content();
        if usage.prompt_tokens > 0 && is_counted {
            usage
        } else {
            self.received(response)
        }
    }

    /// The usage of what has come of an answer: at most where a hard limit holds, else probably.
    pub(super) fn received(&self, response: &ChatResponse) -> TokenUsage {
        let mut usage = response.usage;
        usage.estimated = true;
        if usage.prompt_tokens == 0 {
            usage.prompt_tokens = self.size.input;
        }
        let output = self.output.saturating_mul(self.size.candidates);
        // Only one of several answers is kept.
        let all = |tokens: u64| tokens.saturating_mul(self.size.candidates);
        let came = match self.terms.strict() {
            false => {
                let likely = tokens::answer_tokens(response, self.family);
                all(with_margin(self.terms.mode, likely))
            }
            // What was made without being shown was made all the same.
            true if self.is_blind() && !response.stream.finished => output,
            true => all(tokens::answer_upper_bound(response, self.family)).min(output.max(1)),
        };
        usage.completion_tokens = usage.completion_tokens.max(came);
        usage
    }

    /// Fills in the factors the answer has not told: what was asked for counts then.
    pub(super) fn complete(&self, told: &mut Factors) {
        let asked = &self.factors;
        let pairs = [
            (&mut told.service_tier, &asked.service_tier),
            (&mut told.speed, &asked.speed),
            (&mut told.geo, &asked.geo),
            (&mut told.at, &asked.at),
        ];
        for (told, asked) in pairs {
            if told.is_none() {
                *told = asked.clone();
            }
        }
    }

    /// Whether the provider may have made more than what has come.
    fn is_blind(&self) -> bool {
        let model = self.model.as_ref();
        let reasons = model.is_none_or(|model| !matches!(model.thinking(), "" | "none"));
        reasons || !self.streams
    }

    /// What an answer with its usage costs; `None` when the price is unknown. The model that
    /// answered counts, if the table knows it, and what the provider itself says counts for more.
    pub(super) fn cost(&self, response: &ChatResponse, client: &Client) -> Option<NanoUsd> {
        if response.metadata.reported_cost.is_some() {
            return response.metadata.reported_cost;
        }
        if is_free(&self.terms) {
            return Some(NanoUsd::ZERO);
        }
        let provider = client.config.provider(&response.provider);
        let answered = provider.and_then(|provider| client.known(provider, &response.model));
        let factors = &response.metadata.pricing;
        let tariff = |model: Option<&Model>| Tariff::of(self.profile, model, factors);
        tariff(answered.as_ref())
            .or_else(|| tariff(self.model.as_ref()))?
            .cost(&response.usage)
    }
}

fn is_free(terms: &Terms) -> bool {
    terms.tariff.as_ref().is_some_and(Tariff::is_free)
}

/// `estimate` is to keep a limit all the same: a fifth more than what is likely.
/// `track` only counts.
fn with_margin(mode: Mode, tokens: u64) -> u64 {
    match mode {
        Mode::Estimate => tokens.saturating_add(tokens / 5),
        _ => tokens,
    }
}

/// The most tokens the input can be, or the field nobody can count.
fn input_bound(request: &ChatRequest, family: &Family, window: Option<u64>) -> Result<u64> {
    tokens::upper_bound(request, family)
        .within(window)
        .map_err(|field| {
            let problem = format!(
                "{field}: nobody can tell before what it will cost, and a hard limit holds"
            );
            Error::new(ErrorKind::BudgetExceeded, problem)
                .code("cost_unbounded")
                .hint("leave it out, or set costs.mode to \"estimate\"")
        })
}

/// Whether any limit of the ledger counts this request.
fn is_limited(costs: &Costs, request: &ChatRequest, provider: &str, model: &str) -> bool {
    let scopes = scopes(costs.by_provider, provider, model, &request.metadata);
    costs.rules.iter().any(|rule| scopes.contains(&rule.scope))
}

/// What `provider_options` ask for that changes the price.
struct Asked {
    factors: Factors,
    candidates: u64,
}

impl Asked {
    fn read(options: Option<&Json>, profile: &Profile) -> Self {
        let names = &profile.billed_options;
        let [option, field] = names.candidates;
        let keys = [names.tier, names.speed, names.geo, option];
        let [tier, speed, geo, candidates] =
            pick(options.map_or("{}", Json::text), keys).unwrap_or_default();
        let word = |raw| Some(pick::string(raw)).filter(|word| !word.is_empty());
        let inner =
            || pick(pick::object(candidates), [field]).map_or(None, |[count]| pick::count(count));
        let candidates = pick::count(candidates).or_else(inner);
        Self {
            factors: Factors {
                service_tier: word(tier),
                speed: word(speed),
                geo: word(geo),
                at: None,
            },
            candidates: candidates.unwrap_or(1).max(1),
        }
    }
}
