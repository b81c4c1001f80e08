//! What an answer costs, to the billionth of a dollar, and what it can cost at most.
//!
//! ```text
//! model's row + factors -> Tariff        usage -> cost
//!                                        tokens in and out -> bound
//!                                        tokens in, room -> affordable output
//! ```
//! Prices are nano-dollars per million tokens, factors are ten-thousandths, and
//! all sums are integers that are divided once, rounded up (wire reference,
//! README §4). What is not known is `None` and never 0.

use crate::chat::{TokenUsage, path_of};
use crate::error::{Error, Result};
use crate::json::{self, fields, writes};
use crate::model::{Model, PriceList, PriceStep, Prices, is_date};
use crate::money::NanoUsd;
use crate::provider::Profile;

/// What changes the price of a request beside its tokens: `metadata.pricing`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Factors {
    /// The tier that served it, such as `flex` or `priority`. `None`: the usual one.
    pub service_tier: Option<String>,
    /// `fast` where that was served.
    pub speed: Option<String>,
    /// Where it was served, such as `us`.
    pub geo: Option<String>,
    /// When it was sent, as a date (`YYYY-MM-DD`) or as RFC 3339 text in UTC:
    /// announced prices hold from their day on. Without it today's table does.
    pub at: Option<String>,
}

fields!(strict Factors [] { service_tier, speed, geo, at });
writes!(Factors {
    service_tier,
    speed,
    geo,
    at,
});

// What people pass on from an answer; unknown names are slips.
fields!(strict TokenUsage [] {
    prompt_tokens, completion_tokens, total_tokens, cached_tokens, cache_write_tokens, cache_write_long_tokens,
    reasoning_tokens, input_audio_tokens, output_audio_tokens, estimated,
});

impl Factors {
    /// The day it was sent.
    fn day(&self) -> Option<&str> {
        let day = self.at.as_deref()?.get(..10)?;
        is_date(day).then_some(day)
    }

    /// All factors in one, in parts of `ONE` to the third. `worst` asks for the most it
    /// can come to: a lower tier is no promise, and where nothing says where the
    /// model runs the account's setting decides.
    fn product(&self, of: &dyn Fn(&str) -> u64, worst: bool) -> u64 {
        let geo = self
            .geo
            .as_deref()
            .or(if worst { Some("us") } else { None });
        let words = [self.service_tier.as_deref(), self.speed.as_deref(), geo];
        let least = if worst { ONE } else { 0 };
        let mut product = 1;
        for word in words {
            product *= word.map_or(ONE, of).max(least);
        }
        product
    }
}

/// What somebody wants priced.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// The tokens.
    pub usage: TokenUsage,
    /// The model, by any of its names.
    pub model: String,
    /// What else counts.
    pub factors: Factors,
}

fields!(strict Question ["usage"] { usage, model, factors });

impl Question {
    /// Reads JSON text such as `{"usage":{"prompt_tokens":10},"model":"gpt-4o","factors":{}}`.
    ///
    /// # Errors
    /// `invalid_request` naming the field.
    ///
    /// ```
    /// use aircher_llm::policy::pricing::Question;
    ///
    /// let asked = Question::from_json(r#"{"usage":{"prompt_tokens":10},"model":"gpt-4o"}"#)?;
    /// assert_eq!((asked.usage.prompt_tokens, &*asked.model), (10, "gpt-4o"));
    /// assert!(Question::from_json(r#"{"usage":{"promt_tokens":10}}"#).is_err());
    /// # Ok::<(), aircher_llm::error::Error>(())
    /// ```
    pub fn from_json(text: &str) -> Result<Self> {
        let asked: Self = json::from_str(text)
            .map_err(|error| Error::invalid_request(&path_of(text, &error, "usage"), error))?;
        let factors = &asked.factors;
        if factors.at.is_some() && factors.day().is_none() {
            let problem = "expected a date as YYYY-MM-DD, or RFC 3339";
            return Err(Error::invalid_request("factors.at", problem));
        }
        Ok(asked)
    }
}

/// The prices of one model under some factors.
///
/// ```
/// use aircher_llm::chat::TokenUsage;
/// use aircher_llm::money::NanoUsd;
/// use aircher_llm::policy::pricing::{Factors, Tariff};
///
/// let openai = aircher_llm::provider::of_kind("openai").unwrap().profile();
/// let model = aircher_llm::model::find("openai", "gpt-6-luna");
/// let tariff = Tariff::of(openai, model.as_ref(), &Factors::default()).unwrap();
/// let usage = TokenUsage { prompt_tokens: 1_000, completion_tokens: 100, ..TokenUsage::default() };
/// assert_eq!(tariff.cost(&usage).map(NanoUsd::nanos), Some(150_000));
/// assert!(tariff.bound(1_000, 100) > tariff.cost(&usage));
/// ```
#[derive(Clone, Debug)]
pub struct Tariff {
    /// Today's prices and every price there may be, tiers and announced changes included.
    steps: Vec<Step>,
    factor: u64,
    worst_factor: u64,
}

/// Prices that hold from a number of input tokens on.
#[derive(Clone, Copy, Debug)]
struct Step {
    from: u64,
    /// Whether they hold at the time of the request.
    current: bool,
    rates: Rates,
}

/// Nano-dollars per million tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Rates {
    input: u64,
    output: u64,
    cache_read: u64,
    cache_write: u64,
    cache_write_long: u64,
    in_audio: u64,
    out_audio: u64,
}

/// A factor of 1.
const ONE: u64 = 10_000;
/// Three factors and a million tokens make the scale of a sum, a billion billions.
const BILLION: u64 = 1_000_000_000;

impl Tariff {
    /// The prices of a provider's model; `None` when they are not known. A provider
    /// that costs nothing has prices for every model, known or not.
    #[must_use]
    pub fn of(profile: &Profile, model: Option<&Model>, factors: &Factors) -> Option<Self> {
        if profile.free {
            return Some(Self::free());
        }
        let prices = model?.prices()?;
        let factor_of = |word: &str| factor(profile, &prices.factors, word);
        Some(Self::new(
            steps(&prices, factors.day())?,
            factors.product(&factor_of, false),
            factors.product(&factor_of, true),
        ))
    }

    /// Of what costs nothing.
    #[must_use]
    pub fn free() -> Self {
        Self::new(Vec::new(), 0, 0)
    }

    /// Whether that is it.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.steps.is_empty()
    }

    fn new(steps: Vec<Step>, factor: u64, worst_factor: u64) -> Self {
        Self {
            steps,
            factor,
            worst_factor,
        }
    }

    /// What some usage costs, rounded up once at the end; `None` beyond [`NanoUsd::MAX`].
    ///
    /// Cached input and cache writes lie inside the prompt, as does audio.
    #[must_use]
    pub fn cost(&self, usage: &TokenUsage) -> Option<NanoUsd> {
        let rates = self.rates(usage.prompt_tokens);
        let written = usage.cache_write_tokens;
        let inside = usage.cached_tokens.saturating_add(written);
        let fresh = usage.prompt_tokens.saturating_sub(inside);
        // Whether audio was read from a cache is not told: the dearer reading counts.
        let heard = usage.input_audio_tokens.min(fresh);
        let spoken = usage.output_audio_tokens.min(usage.completion_tokens);
        let long = usage.cache_write_long_tokens;
        let parts = [
            (fresh - heard, rates.input),
            (heard, rates.in_audio),
            (usage.cached_tokens, rates.cache_read),
            (written.saturating_sub(long), rates.cache_write),
            (long, rates.cache_write_long),
            (usage.completion_tokens - spoken, rates.output),
            (spoken, rates.out_audio),
        ];
        total(&parts, self.factor)
    }

    /// The most a request can cost whose prompt and answer are no longer than
    /// that: every token at the dearest price it can have, announced ones included.
    #[must_use]
    pub fn bound(&self, input_tokens: u64, output_tokens: u64) -> Option<NanoUsd> {
        self.at_most(self.worst(input_tokens), input_tokens, output_tokens)
    }

    /// The longest answer whose [`Tariff::bound`] stays within `room`: 0 where not
    /// even the prompt does, `u64::MAX` where answers cost nothing.
    ///
    /// ```
    /// # use aircher_llm::{model, money::NanoUsd, policy::pricing::{Factors, Tariff}, provider};
    /// # let openai = provider::of_kind("openai").unwrap().profile();
    /// # let tariff = Tariff::of(openai, model::find("openai", "gpt-6-luna").as_ref(), &Factors::default()).unwrap();
    /// let room = NanoUsd::parse("0.01").unwrap();
    /// let tokens = tariff.affordable_output(1_000, room);
    /// assert!(tariff.bound(1_000, tokens) <= Some(room));
    /// assert!(tariff.bound(1_000, tokens + 1) > Some(room));
    /// ```
    #[must_use]
    pub fn affordable_output(&self, input_tokens: u64, room: NanoUsd) -> u64 {
        let worst = self.worst(input_tokens);
        let fits = |tokens| {
            let bound = self.at_most(worst, input_tokens, tokens);
            bound.is_some_and(|bound| bound <= room)
        };
        // Bit by bit from the highest: as long as any other way, and without a division.
        let mut tokens = 0;
        for bit in (0..64).rev() {
            let longer = tokens | 1 << bit;
            if fits(longer) {
                tokens = longer;
            }
        }
        tokens
    }

    fn at_most(&self, (input, output): (u64, u64), prompt: u64, answer: u64) -> Option<NanoUsd> {
        total(&[(prompt, input), (answer, output)], self.worst_factor)
    }

    /// The dearest prices per million tokens, in nano-dollars and before factors,
    /// that tokens in and out can have for prompts of at most that length.
    #[must_use]
    pub fn worst(&self, input_tokens: u64) -> (u64, u64) {
        let (mut input, mut output) = (0, 0);
        for step in &self.steps {
            if step.from <= input_tokens {
                let (dearest_in, dearest_out) = step.rates.dearest();
                input = dearest_in.max(input);
                output = dearest_out.max(output);
            }
        }
        (input, output)
    }

    /// The prices that hold for a prompt of that length, all of it.
    fn rates(&self, prompt: u64) -> Rates {
        let mut highest: Option<&Step> = None;
        for step in &self.steps {
            let holds = step.current && step.from <= prompt;
            if holds && highest.is_none_or(|highest| highest.from <= step.from) {
                highest = Some(step);
            }
        }
        highest.map(|step| step.rates).unwrap_or_default()
    }
}

/// Today's prices and all announced ones, each with its tiers. Every change
/// stands on those before it, every tier on the one below.
fn steps(prices: &Prices, day: Option<&str>) -> Option<Vec<Step>> {
    let begun = |change: &&PriceStep| day.is_some_and(|day| change.from.as_str() <= day);
    let now = prices.changes.iter().take_while(begun).count();
    let mut steps = Vec::new();
    let mut lists = vec![&prices.base];
    push_steps(&mut steps, &lists, &prices.tiers, now == 0)?;
    for (before, change) in prices.changes.iter().enumerate() {
        lists.push(&change.prices);
        push_steps(&mut steps, &lists, &prices.tiers, now == before + 1)?;
    }
    Some(steps)
}

fn push_steps<'a>(
    steps: &mut Vec<Step>,
    lists: &[&'a PriceList],
    tiers: &'a [PriceStep],
    current: bool,
) -> Option<()> {
    let mut lists = lists.to_vec();
    let mut push = |from, lists: &[&PriceList]| {
        let rates = Rates::of(lists)?;
        steps.push(Step {
            from,
            current,
            rates,
        });
        Some(())
    };
    push(0, &lists)?;
    for tier in tiers {
        lists.push(&tier.prices);
        push(tier.from.parse::<u64>().ok()?.saturating_add(1), &lists)?;
    }
    Some(())
}

impl Rates {
    /// Prices from lists of which the last that has one counts. A price of its own
    /// that a list leaves out where it gives a new one for input is at least that:
    /// what is not said may not come out too low. `None` without input or output.
    fn of(lists: &[&PriceList]) -> Option<Self> {
        let input = last(lists, "in")?;
        let output = last(lists, "out")?;
        let derived = |name, root, usual| own(lists, name, root).unwrap_or(usual);
        let cache_write = derived("cache_write", "in", input);
        Some(Self {
            input,
            output,
            cache_read: derived("cache_read", "in", input),
            cache_write,
            cache_write_long: derived("cache_write_long", "in", cache_write),
            in_audio: derived("in_audio", "in", input),
            out_audio: derived("out_audio", "out", output),
        })
    }

    /// The dearest a token in and a token out can be.
    fn dearest(&self) -> (u64, u64) {
        let input = self.input.max(self.cache_read).max(self.in_audio);
        let written = self.cache_write.max(self.cache_write_long);
        (input.max(written), self.output.max(self.out_audio))
    }
}

fn price(list: &PriceList, name: &str) -> Option<u64> {
    NanoUsd::parse(list.get(name)?).ok().map(NanoUsd::nanos)
}

fn last(lists: &[&PriceList], name: &str) -> Option<u64> {
    lists.iter().rev().find_map(|list| price(list, name))
}

/// The price of that name, and at least the price of `root` in every list behind it.
fn own(lists: &[&PriceList], name: &str, root: &str) -> Option<u64> {
    let mut least = 0;
    for list in lists.iter().rev() {
        if let Some(price) = price(list, name) {
            return Some(price.max(least));
        }
        least = price(list, root).unwrap_or_default().max(least);
    }
    None
}

/// What a word does to all prices: the model's own factor, then its provider's, else nothing.
fn factor(profile: &Profile, own: &PriceList, word: &str) -> u64 {
    let usual = || {
        let mut known = profile.price_factors.iter();
        let found = known.find(|(name, _)| name.eq_ignore_ascii_case(word));
        found.map_or(ONE, |(_, percent)| u64::from(*percent) * ONE / 100)
    };
    price(own, word).map_or_else(usual, |nanos| nanos.div_ceil(100_000))
}

/// Tokens times prices times the factor, rounded up once.
fn total(parts: &[(u64, u64)], factor: u64) -> Option<NanoUsd> {
    let mut sum = 0_u128;
    for (tokens, rate) in parts {
        sum = sum.checked_add(u128::from(*tokens) * u128::from(*rate))?;
    }
    rounded_up(sum.checked_mul(u128::from(factor))?)
}

/// Divides by the scale, `BILLION` twice, and rounds up.
fn rounded_up(scaled: u128) -> Option<NanoUsd> {
    let (once, low) = divided(scaled);
    let (nanos, high) = divided(once);
    let nanos = u64::try_from(nanos).ok()?;
    NanoUsd::from_nanos(nanos.checked_add(u64::from(low > 0 || high > 0))?)
}

/// Divides by a billion, 32 bits at a time: the general division of 128 bits
/// would be a kilobyte of wasm.
fn divided(value: u128) -> (u128, u64) {
    let parts = [96, 64, 32, 0].into_iter();
    parts.fold((0, 0), |(quotient, rest), shift| {
        let part = rest << 32 | (value >> shift) as u64 & 0xffff_ffff;
        let digit = u128::from(part / BILLION);
        (quotient << 32 | digit, part % BILLION)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_part_of_a_billionth_counts_as_one() {
        let one = u128::from(BILLION) * u128::from(BILLION);
        let most = u128::from(NanoUsd::MAX.nanos()) * one;
        for (scaled, nanos) in [
            (0, Some(0)),
            (1, Some(1)),
            (one - 1, Some(1)),
            (one, Some(1)),
            (one + 1, Some(2)),
            (one + u128::from(BILLION), Some(2)),
            (most - 1, Some(1 << 53)),
            (most, Some(1 << 53)),
            (most + 1, None),
            (u128::MAX, None),
        ] {
            assert_eq!(rounded_up(scaled).map(NanoUsd::nanos), nanos, "{scaled}");
        }
    }
}
