//! What attempts came to, in numbers: by provider, and within it by model.
//!
//! Bounded, however long a client lives: sums and counts, latencies in a histogram
//! of `BUCKETS` sizes, and at most `MODELS` models for each provider; what comes
//! beyond is counted under `OTHERS`.
//!
//! An attempt is what `attempts` of an answer has a row for, sent or not.

use super::seat::Seat;
use crate::config::Config;
use crate::error::ErrorKind;
use crate::json::{OrNull, Writer};
use crate::ledger::period::rfc3339;
use crate::money::{Dollars, NanoUsd};
use crate::text::first_chars;

/// How an attempt ended.
#[derive(Clone, Copy, Debug)]
pub struct Ended<'a> {
    /// The provider, by its place in the configuration.
    pub provider: usize,
    /// The model as sent; empty where none was found.
    pub model: &'a str,
    /// How it failed; `None` for an answer.
    pub error: Option<ErrorKind>,
    /// Milliseconds from its beginning to its end.
    pub duration_ms: u64,
    /// Milliseconds to the first text or tool call of a streamed answer.
    pub first_token_ms: Option<u64>,
    /// Tokens of the answer.
    pub output_tokens: u64,
    /// What it cost, where that is known.
    pub cost: NanoUsd,
    /// Whether nobody was asked: the answer was kept of an earlier request.
    pub cached: bool,
}

/// The figures of one client.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
struct Row {
    provider: usize,
    /// Empty for the provider as a whole.
    model: String,
    tally: Tally,
}

#[derive(Clone, Debug, Default)]
struct Tally {
    requests: u64,
    errors: Vec<(ErrorKind, u64)>,
    retries: u64,
    failovers: u64,
    cached: u64,
    cost: NanoUsd,
    latency: Latency,
    first_tokens: u64,
    first_token_ms: u64,
    output_tokens: u64,
    /// How long the answers took that have any: a vector has none, and says nothing of the pace.
    output_ms: u64,
}

impl Metrics {
    /// Counts an attempt that has ended.
    pub fn ended(&mut self, attempt: &Ended<'_>) {
        self.each(attempt.provider, attempt.model, &|tally| {
            tally.count(attempt)
        });
    }

    /// The same provider and model is asked again.
    pub fn retried(&mut self, provider: usize, model: &str) {
        self.each(provider, model, &|tally| tally.retries += 1);
    }

    /// Another provider is asked in the place of this one.
    pub fn moved_on(&mut self, provider: usize, model: &str) {
        self.each(provider, model, &|tally| tally.failovers += 1);
    }

    /// Changes the figures of a provider and of its model.
    fn each(&mut self, provider: usize, model: &str, change: &dyn Fn(&mut Tally)) {
        let model = self.kept_name(provider, model).to_string();
        self.change(provider, "", change);
        if !model.is_empty() {
            self.change(provider, &model, change);
        }
    }

    fn change(&mut self, provider: usize, model: &str, change: &dyn Fn(&mut Tally)) {
        let is_it = |row: &&mut Row| row.provider == provider && row.model == model;
        match self.rows.iter_mut().find(is_it) {
            Some(row) => change(&mut row.tally),
            None => {
                let mut tally = Tally::default();
                change(&mut tally);
                let model = model.to_string();
                self.rows.push(Row {
                    provider,
                    model,
                    tally,
                });
            }
        }
    }

    /// The name a model is counted under: names come from requests, and may be many and long.
    fn kept_name<'a>(&self, provider: usize, model: &'a str) -> &'a str {
        let model = first_chars(model, NAME_CHARS);
        let of_provider = || self.rows.iter().filter(|row| row.provider == provider);
        let is_known = of_provider().any(|row| row.model == model);
        // One row is the provider's own.
        match is_known || of_provider().count() <= MODELS {
            true => model,
            false => OTHERS,
        }
    }

    /// The figures as JSON, by id. `seats`: in the order of the configured providers.
    #[must_use]
    pub fn report(&self, config: &Config, seats: &[Seat]) -> String {
        let mut writer = Writer::default();
        writer.begin_object();
        let both = config.providers.iter().zip(seats);
        for (provider, (configured, seat)) in both.enumerate() {
            let checked_ms = seat.standing.health.asked_ms;
            self.write_provider(provider, &configured.id, checked_ms, &mut writer);
        }
        writer.end_object();
        writer.finish()
    }

    fn write_provider(
        &self,
        provider: usize,
        id: &str,
        checked_ms: Option<u64>,
        writer: &mut Writer,
    ) {
        let rows = || self.rows.iter().filter(|row| row.provider == provider);
        let unused = Tally::default();
        let whole = rows().find(|row| row.model.is_empty());
        writer.begin_object_at(id);
        whole.map_or(&unused, |row| &row.tally).write(writer);
        let checked = checked_ms.map(rfc3339);
        writer.field("last_health_check", &OrNull(&checked));
        writer.begin_object_at("models");
        for row in rows().filter(|row| !row.model.is_empty()) {
            writer.begin_object_at(&row.model);
            row.tally.write(writer);
            writer.end_object();
        }
        writer.end_object();
        writer.end_object();
    }
}

impl Tally {
    fn count(&mut self, attempt: &Ended<'_>) {
        if attempt.cached {
            self.cached += 1;
            return;
        }
        self.requests += 1;
        self.cost = self.cost.saturating_add(attempt.cost);
        match attempt.error {
            Some(kind) => self.count_error(kind),
            None => self.count_answer(attempt),
        }
    }

    fn count_error(&mut self, kind: ErrorKind) {
        match self.errors.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count += 1,
            None => self.errors.push((kind, 1)),
        }
    }

    fn count_answer(&mut self, attempt: &Ended<'_>) {
        self.latency.add(attempt.duration_ms);
        if attempt.output_tokens > 0 {
            self.output_tokens += attempt.output_tokens;
            self.output_ms += attempt.duration_ms;
        }
        if let Some(ms) = attempt.first_token_ms {
            self.first_tokens += 1;
            self.first_token_ms += ms;
        }
    }

    fn write(&self, writer: &mut Writer) {
        let errors = self.errors.iter().map(|(_, count)| count).sum::<u64>();
        writer.field("request_count", &self.requests);
        writer.field("error_count", &errors);
        writer.begin_object_at("errors_by_type");
        for (kind, count) in &self.errors {
            writer.field(kind.as_str(), count);
        }
        writer.end_object();
        writer.field("retry_count", &self.retries);
        writer.field("failover_count", &self.failovers);
        writer.field("cache_hit_count", &self.cached);
        writer.field("total_cost", &Dollars(self.cost));
        let latency = &self.latency;
        let first_token = mean(self.first_token_ms, self.first_tokens);
        for (name, ms) in [
            ("avg_latency", mean(latency.sum_ms, latency.count)),
            ("p50_latency", latency.percentile(50)),
            ("p95_latency", latency.percentile(95)),
            ("time_to_first_token", first_token),
        ] {
            writer.field(name, &OrNull(&ms));
        }
        let tenths = mean(self.output_tokens * 10_000, self.output_ms);
        let speed = tenths.map(|tenths| tenths as f64 / 10.0);
        writer.field("tokens_per_second", &OrNull(&speed));
    }
}

/// Rounded; nothing of nothing.
fn mean(sum: u64, count: u64) -> Option<u64> {
    (sum + count / 2).checked_div(count)
}

/// How long answers took, to a sixteenth.
#[derive(Clone, Debug, Default)]
struct Latency {
    count: u64,
    sum_ms: u64,
    /// How many fell into each size; as long as the longest needed.
    buckets: Vec<u32>,
}

impl Latency {
    fn add(&mut self, ms: u64) {
        self.count += 1;
        self.sum_ms += ms;
        let at = bucket(ms);
        while self.buckets.len() <= at {
            self.buckets.push(0);
        }
        if let Some(count) = self.buckets.get_mut(at) {
            *count = count.saturating_add(1);
        }
    }

    /// The latency that so many percent did not pass.
    fn percentile(&self, percent: u64) -> Option<u64> {
        let mut left = (self.count * percent).div_ceil(100);
        let reaches = |count: &u32| {
            left = left.saturating_sub(u64::from(*count));
            left == 0
        };
        let at = self.buckets.iter().position(reaches)?;
        Some(middle(at))
    }
}

/// Up to 7 ms by the millisecond, then eight sizes for each doubling.
fn bucket(ms: u64) -> usize {
    let doubling = (ms | 1).ilog2();
    let at = match doubling.checked_sub(3) {
        None => ms,
        Some(shift) => u64::from(shift) * 8 + (ms >> shift),
    };
    (at as usize).min(BUCKETS - 1)
}

/// What stands for all latencies of a size.
fn middle(bucket: usize) -> u64 {
    let shift = (bucket / 8).saturating_sub(1);
    let first = (bucket - shift * 8) as u64;
    (first << shift) + (1 << shift >> 1)
}

/// Up to 2^20 ms, some 17 minutes; what took longer counts as that.
const BUCKETS: usize = 144;
/// Models counted by name, for each provider.
const MODELS: usize = 32;
const OTHERS: &str = "(others)";
/// How much of a model's name is kept.
const NAME_CHARS: usize = 120;

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn answer(provider: usize, model: &str, duration_ms: u64) -> Ended<'_> {
        Ended {
            provider,
            model,
            error: None,
            duration_ms,
            first_token_ms: Some(duration_ms / 4),
            output_tokens: 50,
            cost: NanoUsd::at_most(1_500_000),
            cached: false,
        }
    }

    #[track_caller]
    fn check(metrics: &Metrics, expected: Expect) {
        let host = crate::config::Host::default();
        let table = r#"{"kind":"ollama"}"#;
        let json = format!(r#"{{"providers":{{"one":{table},"two":{table}}}}}"#);
        let config = Config::from_json(&json, &host).unwrap();
        let mut seats = [Seat::default(), Seat::default()];
        seats[0]
            .standing
            .health
            .asked(1_798_761_600_000, None, None);
        let text = metrics.report(&config, &seats);
        serde_json::from_str::<serde_json::Value>(&text).unwrap();
        expected.assert_eq(&text.replace(r#","models""#, ",\n\"models\""));
    }

    #[test]
    fn who_was_not_asked_has_figures_too() {
        check(
            &Metrics::default(),
            expect![[r#"
            {"one":{"request_count":0,"error_count":0,"errors_by_type":{},"retry_count":0,"failover_count":0,"cache_hit_count":0,"total_cost":0,"avg_latency":null,"p50_latency":null,"p95_latency":null,"time_to_first_token":null,"tokens_per_second":null,"last_health_check":"2027-01-01T00:00:00Z",
            "models":{}},"two":{"request_count":0,"error_count":0,"errors_by_type":{},"retry_count":0,"failover_count":0,"cache_hit_count":0,"total_cost":0,"avg_latency":null,"p50_latency":null,"p95_latency":null,"time_to_first_token":null,"tokens_per_second":null,"last_health_check":null,
            "models":{}}}"#]],
        );
        let mut metrics = Metrics::default();
        metrics.ended(&answer(1, "", 3));
        check(
            &metrics,
            expect![[r#"
                {"one":{"request_count":0,"error_count":0,"errors_by_type":{},"retry_count":0,"failover_count":0,"cache_hit_count":0,"total_cost":0,"avg_latency":null,"p50_latency":null,"p95_latency":null,"time_to_first_token":null,"tokens_per_second":null,"last_health_check":"2027-01-01T00:00:00Z",
                "models":{}},"two":{"request_count":1,"error_count":0,"errors_by_type":{},"retry_count":0,"failover_count":0,"cache_hit_count":0,"total_cost":0.0015,"avg_latency":3,"p50_latency":3,"p95_latency":3,"time_to_first_token":0,"tokens_per_second":16666.7,"last_health_check":null,
                "models":{}}}"#]],
        );
    }

    #[test]
    fn attempts_count_for_their_provider_and_their_model() {
        let mut metrics = Metrics::default();
        metrics.ended(&answer(0, "a", 1000));
        metrics.ended(&answer(0, "b", 3000));
        for error in [
            ErrorKind::Timeout,
            ErrorKind::RateLimit,
            ErrorKind::RateLimit,
        ] {
            metrics.ended(&Ended {
                error: Some(error),
                ..answer(0, "b", 9000)
            });
        }
        metrics.retried(0, "b");
        metrics.moved_on(0, "b");
        check(
            &metrics,
            expect![[r#"
                {"one":{"request_count":5,"error_count":3,"errors_by_type":{"timeout":1,"rate_limit":2},"retry_count":1,"failover_count":1,"cache_hit_count":0,"total_cost":0.0075,"avg_latency":2000,"p50_latency":992,"p95_latency":2944,"time_to_first_token":500,"tokens_per_second":25,"last_health_check":"2027-01-01T00:00:00Z",
                "models":{"a":{"request_count":1,"error_count":0,"errors_by_type":{},"retry_count":0,"failover_count":0,"cache_hit_count":0,"total_cost":0.0015,"avg_latency":1000,"p50_latency":992,"p95_latency":992,"time_to_first_token":250,"tokens_per_second":50},"b":{"request_count":4,"error_count":3,"errors_by_type":{"timeout":1,"rate_limit":2},"retry_count":1,"failover_count":1,"cache_hit_count":0,"total_cost":0.006,"avg_latency":3000,"p50_latency":2944,"p95_latency":2944,"time_to_first_token":750,"tokens_per_second":16.7}}},"two":{"request_count":0,"error_count":0,"errors_by_type":{},"retry_count":0,"failover_count":0,"cache_hit_count":0,"total_cost":0,"avg_latency":null,"p50_latency":null,"p95_latency":null,"time_to_first_token":null,"tokens_per_second":null,"last_health_check":null,
                "models":{}}}"#]],
        );
    }

    #[test]
    fn percentiles_are_near_the_truth() {
        for scale in [1, 7, 40, 900, 10_000] {
            let mut latency = Latency::default();
            for ms in 1..=100 {
                latency.add(ms * scale);
            }
            for percent in [1, 50, 95, 100] {
                let (told, truth) = (latency.percentile(percent).unwrap(), percent * scale);
                let off = told.abs_diff(truth) as f64 / truth as f64;
                assert!(off <= 1.0 / 16.0, "{percent} % of {scale}: {told}");
            }
        }
        assert_eq!(Latency::default().percentile(50), None);
    }

    #[test]
    fn every_latency_has_a_size_and_sizes_do_not_overlap() {
        let mut last = 0;
        for ms in 0..5_000 {
            let at = bucket(ms);
            assert!(at == last || at == last + 1, "{ms}");
            assert_eq!(bucket(middle(at)), at, "{ms}");
            last = at;
        }
        assert_eq!(bucket((1 << 20) - 1), BUCKETS - 1);
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn memory_has_a_bound() {
        let mut metrics = Metrics::default();
        let long = "x".repeat(1_000_000);
        for number in 0..500 {
            let model = format!("{number}-{long}");
            metrics.ended(&answer(0, &model, u64::MAX / 1_000_000));
        }
        assert_eq!(metrics.rows.len(), MODELS + 2);
        let others = metrics.rows.iter().find(|row| row.model == OTHERS).unwrap();
        assert_eq!(others.tally.requests, 500 - MODELS as u64);
        for row in &metrics.rows {
            assert!(row.model.len() <= NAME_CHARS && row.tally.latency.buckets.len() <= BUCKETS);
        }
        metrics.ended(&answer(1, "a", 1));
        assert_eq!(metrics.rows.last().unwrap().model, "a", "others have room");
    }
}
