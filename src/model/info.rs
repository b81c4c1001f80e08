//! The public description of a model.

use super::{Column, Model};
use crate::json::{OrNull, Write, Writer, number, writes};
use crate::text::split_once;

/// A model as `llm.models()` shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelInfo {
    /// Id at the provider.
    pub id: String,
    /// The configured provider that serves it.
    pub provider: String,
    /// Whole window in tokens; `None` when unknown.
    pub context_window: Option<u64>,
    /// Longest prompt in tokens.
    pub max_input_tokens: Option<u64>,
    /// Longest answer in tokens.
    pub max_output_tokens: Option<u64>,
    /// What it can do.
    pub capabilities: Capabilities,
    /// `active`, `deprecated` or `retired`.
    pub status: String,
    /// When it ends, as `YYYY-MM-DD`.
    pub ends: Option<String>,
    /// The two prices of the specification; `None` when unknown.
    pub cost: Option<CostPer1k>,
    /// All prices; `None` when unknown.
    pub prices: Option<Prices>,
    /// The model this is another name of.
    pub alias_of: Option<String>,
    /// The name that people read, where the provider has told one.
    pub display_name: Option<String>,
    /// Where this comes from: `table`, `provider` or `config`.
    pub source: &'static str,
}

/// What a model can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// Calls functions.
    pub functions: bool,
    /// Takes system messages.
    pub system_messages: bool,
    /// Sees images.
    pub images: bool,
    /// Reasons.
    pub thinking: bool,
    /// Can be held to a JSON Schema.
    pub json_schema: bool,
}

/// US dollars per 1,000 tokens.
#[derive(Clone, Debug, PartialEq)]
pub struct CostPer1k {
    /// Per 1,000 input tokens.
    pub input_cost_per_1k: f64,
    /// Per 1,000 output tokens.
    pub output_cost_per_1k: f64,
    /// Always `USD`.
    pub currency: &'static str,
}

/// US dollars per 1,000,000 tokens, as decimal text.
///
/// ```
/// let prices = aircher_llm::model::find("openai", "gpt-6-sol").unwrap().prices().unwrap();
/// assert_eq!(prices.base.get("in"), Some("2"));
/// // Prompts above 272,000 tokens cost more, all of them.
/// assert_eq!((&*prices.tiers[0].from, prices.tiers[0].prices.get("in")), ("272000", Some("4")));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prices {
    /// Base prices by name (`in`, `out`, `cache_read`, `cache_write`, `cache_write_long`, `in_audio`, `out_audio`).
    pub base: PriceList,
    /// Prices of the whole request above so many input tokens.
    pub tiers: Vec<PriceStep>,
    /// Factors on all prices: `fast` for the fast mode, `us` for inference in the US.
    pub factors: PriceList,
    /// Announced prices from a date on.
    pub changes: Vec<PriceStep>,
}

/// Prices that hold from a number of input tokens, or from a date, on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceStep {
    /// The number of input tokens above which, or the date from which, they hold.
    pub from: String,
    /// The prices by name.
    pub prices: PriceList,
}

/// Prices by name, in the order of the table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PriceList(pub Vec<(String, String)>);

impl PriceList {
    /// The decimal text of a price or factor.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut prices = self.0.iter();
        let found = prices.find(|(known, _)| known == name);
        found.map(|(_, price)| price.as_str())
    }

    fn fields(&self, writer: &mut Writer) {
        for (name, price) in &self.0 {
            writer.field(name, price);
        }
    }
}

impl Write for PriceList {
    fn write(&self, writer: &mut Writer) {
        writer.object(&mut |writer| self.fields(writer));
    }
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Write for Prices {
    fn write(&self, writer: &mut Writer) {
        writer.object(&mut |writer| {
            self.base.fields(writer);
            writer.field_unless_empty("tiers", &self.tiers);
            writer.field_unless_empty("factors", &self.factors);
            writer.field_unless_empty("changes", &self.changes);
        });
    }
}

impl Write for ModelInfo {
    fn write(&self, writer: &mut Writer) {
        writer.object(&mut |writer| {
            writer.field("id", &self.id);
            writer.field("provider", &self.provider);
            writer.field("display_name", &self.display_name);
            writer.field("context_window", &OrNull(&self.context_window));
            writer.field("max_input_tokens", &self.max_input_tokens);
            writer.field("max_output_tokens", &self.max_output_tokens);
            writer.field("capabilities", &self.capabilities);
            writer.field("status", &self.status);
            writer.field("ends", &self.ends);
            writer.field("cost", &OrNull(&self.cost));
            writer.field("prices", &OrNull(&self.prices));
            writer.field("alias_of", &self.alias_of);
            writer.field("source", &self.source);
        });
    }
}

writes!(Capabilities {
    functions,
    system_messages,
    images,
    thinking,
    json_schema,
});
writes!(CostPer1k {
    input_cost_per_1k,
    output_cost_per_1k,
    currency,
});
writes!(PriceStep { from, prices });

impl Model {
    /// The public description, for a configured provider.
    ///
    /// ```
    /// let luna = aircher_llm::model::find("openai", "gpt-6-luna").unwrap().info("my-openai");
    /// assert_eq!((&*luna.provider, luna.context_window), ("my-openai", Some(1_050_000)));
    /// assert!(luna.capabilities.functions && luna.capabilities.images);
    /// assert_eq!(luna.cost.unwrap().input_cost_per_1k, 0.0001);
    /// ```
    #[must_use]
    pub fn info(&self, provider: &str) -> ModelInfo {
        let text = |column| {
            Some(self.cell(column))
                .filter(|cell| !cell.is_empty())
                .map(str::to_string)
        };
        ModelInfo {
            id: self.id().to_string(),
            provider: provider.to_string(),
            context_window: self.context_window(),
            max_input_tokens: self.number(Column::MaxIn),
            max_output_tokens: self.max_output_tokens(),
            capabilities: self.capabilities(),
            status: self.cell(Column::Status).to_string(),
            ends: text(Column::Ends),
            alias_of: text(Column::AliasOf),
            display_name: None,
            cost: self.cost_per_1k(),
            prices: self.prices(),
            source: self.source.as_str(),
        }
    }

    /// What it can do.
    #[must_use]
    pub fn capabilities(&self) -> Capabilities {
        Capabilities {
            functions: self.functions(),
            system_messages: true,
            images: self.images(),
            thinking: !matches!(self.thinking(), "" | "none"),
            json_schema: self.json_schema(),
        }
    }

    fn cost_per_1k(&self) -> Option<CostPer1k> {
        let per_1k =
            |column| number::parse(self.cell(column)).map(|per_million| per_million / 1000.0);
        let (input, output) = (per_1k(Column::In)?, per_1k(Column::Out)?);
        Some(CostPer1k {
            input_cost_per_1k: input,
            output_cost_per_1k: output,
            currency: "USD",
        })
    }

    /// All prices; `None` when the table has none.
    #[must_use]
    pub fn prices(&self) -> Option<Prices> {
        let base = self.price_list(&BASE);
        base.get("in").is_some().then(|| Prices {
            base,
            tiers: steps(self.cell(Column::Tiers)),
            factors: self.price_list(&FACTORS),
            changes: steps(self.cell(Column::PriceChanges)),
        })
    }

    fn price_list(&self, columns: &[(&'static str, Column)]) -> PriceList {
        let mut list = Vec::new();
        for (name, column) in columns {
            let price = self.cell(*column);
            if !price.is_empty() {
                list.push((name.to_string(), price.to_string()));
            }
        }
        PriceList(list)
    }
}

pub(super) const BASE: [(&str, Column); 7] = [
    ("in", Column::In),
    ("out", Column::Out),
    ("cache_read", Column::CacheRead),
    ("cache_write", Column::CacheWrite),
    ("cache_write_long", Column::CacheWriteLong),
    ("in_audio", Column::InAudio),
    ("out_audio", Column::OutAudio),
];

const FACTORS: [(&str, Column); 2] = [("fast", Column::FastX), ("us", Column::UsX)];

/// Reads `200000:in=4,out=18;…`.
fn steps(cell: &str) -> Vec<PriceStep> {
    let mut steps = Vec::new();
    for step in cell.split(';') {
        if let Some((from, prices)) = split_once(step, ":") {
            let mut list = Vec::new();
            for price in prices.split(',') {
                if let Some((name, price)) = split_once(price, "=") {
                    list.push((name.to_string(), price.to_string()));
                }
            }
            steps.push(PriceStep {
                from: from.to_string(),
                prices: PriceList(list),
            });
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::super::{Registry, find};
    use crate::money::NanoUsd;
    use expect_test::expect;

    #[test]
    fn a_description_holds_limits_capabilities_and_every_price() {
        let info = find("openai", "gpt-6-luna").unwrap().info("openai");
        expect![[r#"{"id":"gpt-6-luna","provider":"openai","context_window":1050000,"max_input_tokens":922000,"max_output_tokens":128000,"capabilities":{"functions":true,"system_messages":true,"images":true,"thinking":true,"json_schema":true},"status":"active","cost":{"input_cost_per_1k":0.0001,"output_cost_per_1k":0.0005,"currency":"USD"},"prices":{"in":"0.1","out":"0.5","cache_read":"0.01","cache_write":"0.125","cache_write_long":"0.25","tiers":[{"from":"272000","prices":{"in":"0.2","out":"0.75","cache_read":"0.02","cache_write":"0.25","cache_write_long":"0.5"}}]},"source":"table"}"#]]
            .assert_eq(&crate::json::to_string(&info));
    }

    #[test]
    fn every_price_is_decimal_text() {
        let all = Registry::default().all();
        let priced = all.iter().filter_map(super::Model::prices);
        for (name, price) in priced.flat_map(|prices| prices.base.0) {
            assert!(NanoUsd::parse(&price).is_ok(), "{name}={price}");
        }
    }
}
