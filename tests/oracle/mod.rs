//! Cost by rational arithmetic over the decimal text of the table, apart from
//! the library's own rules, and dice that throw usage at both.
#![allow(
    unreachable_pub,
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a module of one test binary"
)]

use std::collections::HashMap;

use aircher_llm::chat::TokenUsage;
use aircher_llm::model::{Model, PriceList};
use aircher_llm::policy::pricing::Factors;
use num_bigint::BigInt;
use num_rational::BigRational;

type Rates = HashMap<String, BigRational>;

/// What the table says of one model.
struct Entry {
    kind: String,
    base: Rates,
    tiers: Vec<(u64, Rates)>,
    changes: Vec<(String, Rates)>,
    factors: Rates,
}

pub struct Oracle(Vec<Entry>);

pub fn whole(number: u64) -> BigRational {
    BigRational::from_integer(BigInt::from(number))
}

/// `0.0375` as 375/10000.
fn rational(text: &str) -> BigRational {
    let (left, right) = text.split_once('.').unwrap_or((text, ""));
    let digits: BigInt = format!("{left}{right}").parse().unwrap();
    BigRational::new(digits, BigInt::from(10).pow(right.len() as u32))
}

fn rates(list: &PriceList) -> Rates {
    let pairs = list.0.iter();
    pairs
        .map(|(name, price)| (name.clone(), rational(price)))
        .collect()
}

impl Oracle {
    pub fn new(models: &[Model]) -> Self {
        let entry = |model: &Model| {
            let prices = model.prices().unwrap();
            let tier = |from: &str| from.parse::<u64>().unwrap();
            Entry {
                kind: model.kind().to_string(),
                base: rates(&prices.base),
                tiers: prices
                    .tiers
                    .iter()
                    .map(|step| (tier(&step.from), rates(&step.prices)))
                    .collect(),
                changes: prices
                    .changes
                    .iter()
                    .map(|step| (step.from.clone(), rates(&step.prices)))
                    .collect(),
                factors: rates(&prices.factors),
            }
        };
        Self(models.iter().map(entry).collect())
    }

    /// The exact cost in billionths of a dollar.
    pub fn nanos(&self, at: usize, usage: &TokenUsage, factors: &Factors) -> BigRational {
        let entry = &self.0[at];
        let mut base = entry.base.clone();
        for (from, change) in &entry.changes {
            let sent = factors.at.as_deref().unwrap_or("");
            if !sent.is_empty() && from.as_str() <= &sent[..10] {
                replace(&mut base, change);
            }
        }
        for (above, tier) in &entry.tiers {
            if usage.prompt_tokens > *above {
                replace(&mut base, tier);
            }
        }
        let dollars = per_million(&base, usage) * entry.factor(factors);
        // Dollars per million tokens are thousands of billionths per token.
        dollars * whole(1_000)
    }
}

/// New prices in the place of old ones. What new prices for input leave out is at
/// least the new input.
fn replace(base: &mut Rates, new: &Rates) {
    for (name, price) in base.iter_mut() {
        let root = if name.starts_with("out") { "out" } else { "in" };
        if let Some(given) = new
            .get(name)
            .or_else(|| new.get(root).filter(|root| *root > price))
        {
            *price = given.clone();
        }
    }
    for (name, price) in new {
        base.insert(name.clone(), price.clone());
    }
}

fn per_million(rates: &Rates, usage: &TokenUsage) -> BigRational {
    let rate = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| rates.get(*name))
            .unwrap()
            .clone()
    };
    let read = usage.cached_tokens;
    let (written, long) = (usage.cache_write_tokens, usage.cache_write_long_tokens);
    let fresh = usage.prompt_tokens - read - written;
    let heard = usage.input_audio_tokens.min(fresh);
    let spoken = usage.output_audio_tokens;
    whole(fresh - heard) * rate(&["in"])
        + whole(heard) * rate(&["in_audio", "in"])
        + whole(read) * rate(&["cache_read", "in"])
        + whole(written - long) * rate(&["cache_write", "in"])
        + whole(long) * rate(&["cache_write_long", "cache_write", "in"])
        + whole(usage.completion_tokens - spoken) * rate(&["out"])
        + whole(spoken) * rate(&["out_audio", "out"])
}

impl Entry {
    fn factor(&self, factors: &Factors) -> BigRational {
        if self.kind == "ollama" {
            return whole(0);
        }
        let tier = match (self.kind.as_str(), factors.service_tier.as_deref()) {
            (_, Some("batch")) | ("openai" | "gemini", Some("flex")) => "0.5",
            ("openai", Some("priority")) => "2",
            ("openai", Some("ultrafast")) => "6",
            ("gemini", Some("priority")) => "1.8",
            _ => "1",
        };
        let claude = |usual: &str| rational(if self.kind == "claude" { usual } else { "1" });
        let own = |name: &str, usual: &str| {
            self.factors
                .get(name)
                .cloned()
                .unwrap_or_else(|| claude(usual))
        };
        let mut product = rational(tier);
        if factors.speed.as_deref() == Some("fast") {
            product *= own("fast", "2");
        }
        if factors.geo.as_deref() == Some("us") {
            product *= own("us", "1.1");
        }
        product
    }
}

/// A small generator of its own: the same cases in every run.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    /// Counts of all sizes, up to what no provider takes.
    fn count(&mut self) -> u64 {
        let bits = self.below(34);
        self.below(1 << bits)
    }

    /// A part of a whole: nothing and everything more often than by chance.
    fn part(&mut self, of: u64) -> u64 {
        match self.below(4) {
            0 => 0,
            1 => of,
            _ => self.below(of.saturating_add(1)),
        }
    }

    pub fn usage(&mut self) -> TokenUsage {
        // Near the borders of the tiers now and then.
        let border = [100_000, 128_000, 200_000, 272_000][self.below(4) as usize];
        let prompt = match self.below(4) {
            0 => border + self.below(3) - 1,
            _ => self.count(),
        };
        let completion = self.count();
        let cached = self.part(prompt);
        let written = self.part(prompt - cached);
        TokenUsage {
            prompt_tokens: prompt,
            completion_tokens: completion,
            cached_tokens: cached,
            cache_write_tokens: written,
            cache_write_long_tokens: self.part(written),
            input_audio_tokens: self.part(prompt),
            output_audio_tokens: self.part(completion),
            ..TokenUsage::default()
        }
    }

    fn word(&mut self, words: &[&str]) -> Option<String> {
        let at = self.below(words.len() as u64 + 1) as usize;
        words.get(at).map(|word| word.to_string())
    }

    /// Models nobody has, with prices of all sizes down to the last decimal, as JSON.
    pub fn rows(&mut self, count: u64) -> String {
        let kinds = ["openai", "claude", "gemini"];
        let rows = (0..count).map(|row| {
            let kind = kinds[self.below(3) as usize];
            let base = [self.price("in"), self.price("out"), self.prices()].concat();
            let (near, far) = (self.below(1 << 17), 200_000 + self.below(1 << 17));
            let tiers = [self.prices(), self.prices()];
            let changes = [self.prices(), self.prices()];
            format!(
                r#"{{"provider":"{kind}","id":"row-{row}",{base}"us_x":1.1,
                "tiers":[{{{}"above_input":{near}}},{{{}"above_input":{far}}}],
                "price_changes":[{{{}"from":"2026-12-01"}},{{{}"from":"2027-01-01"}}]}}"#,
                tiers[0], tiers[1], changes[0], changes[1]
            )
        });
        format!("[{}]", rows.collect::<Vec<_>>().join(","))
    }

    /// Some of the prices there are.
    fn prices(&mut self) -> String {
        let names = [
            "in",
            "out",
            "cache_read",
            "cache_write",
            "cache_write_long",
            "in_audio",
            "out_audio",
        ];
        let some = names.map(|name| {
            if self.below(2) == 0 {
                self.price(name)
            } else {
                String::new()
            }
        });
        some.concat()
    }

    fn price(&mut self, name: &str) -> String {
        let (whole, nanos) = (self.count() % 200, self.below(1_000_000_000));
        format!(r#""{name}":{whole}.{nanos:09},"#)
    }

    pub fn factors(&mut self) -> Factors {
        Factors {
            service_tier: self.word(&[
                "default",
                "batch",
                "flex",
                "priority",
                "ultrafast",
                "standard",
            ]),
            speed: self.word(&["fast", "standard"]),
            geo: self.word(&["us", "eu", "global"]),
            at: self.word(&[
                "2026-11-22",
                "2026-11-30T23:59:59Z",
                "2026-12-01",
                "2027-06-01T12:00:00Z",
            ]),
        }
    }
}
