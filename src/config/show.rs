//! The effective configuration as JSON: the names of the file, every default filled in, no secret.

use super::table::{API_NAMES, PULL_NAMES};
use super::{CloudAccess, Config, Costs, KeySource, ProviderConfig};
use crate::framing::Limits;
use crate::json::{Pairs, Write, Writer};
use crate::ledger::keys::{TOTAL, unescaped};
use crate::ledger::{Period, Rule};
use crate::money::{Dollars, NanoUsd};
use crate::text::concat;

/// In the place of what must not be seen.
const HIDDEN: &str = "***";

/// Milliseconds, as a duration.
struct Span(u64);

impl Write for Span {
    fn write(&self, writer: &mut Writer) {
        const UNITS: [(u64, &str); 3] = [(3_600_000, "h"), (60_000, "m"), (1000, "s")];
        let fits = |unit: &&(u64, &str)| self.0 >= unit.0 && self.0.is_multiple_of(unit.0);
        let (millis, unit) = UNITS.iter().find(fits).unwrap_or(&(1, "ms"));
        writer.string(&concat(&[&(self.0 / millis).to_string(), unit]));
    }
}

/// Milliseconds, or none.
fn patience(writer: &mut Writer, name: &str, millis: Option<u64>) {
    match millis {
        Some(millis) => writer.field(name, &Span(millis)),
        None => writer.field(name, &"none"),
    }
}

impl Write for Config {
    fn write(&self, writer: &mut Writer) {
        writer.begin_object();
        writer.key("providers");
        self.write_providers(writer);
        writer.key("timeouts");
        self.write_timeouts(writer);
        writer.field("limits", &self.limits);
        writer.key("retry");
        self.write_retry(writer);
        writer.begin_object_at("failover");
        writer.field("models", &Pairs(&self.failover.models));
        writer.field("on_content_filter", &self.failover.on_content_filter);
        writer.end_object();
        writer.key("response_cache");
        self.write_cache(writer);
        writer.field("costs", &self.costs);
        writer.end_object();
    }
}

impl Config {
    fn write_providers(&self, writer: &mut Writer) {
        writer.begin_object();
        writer.field("default", &self.default_provider);
        writer.field("fallback_order", &self.failover.order);
        let interval = self.health.interval_ms.unwrap_or_default();
        writer.field("health_check_interval", &Span(interval));
        writer.field("health_check_timeout", &Span(self.health.timeout_ms));
        for provider in &self.providers {
            writer.field(&provider.id, provider);
        }
        writer.end_object();
    }

    fn write_timeouts(&self, writer: &mut Writer) {
        writer.begin_object();
        patience(writer, "connect", self.timeouts.connect_ms);
        patience(writer, "first_byte", self.timeouts.first_byte_ms);
        patience(writer, "idle", self.timeouts.idle_ms);
        patience(writer, "total", self.timeouts.total_ms);
        writer.end_object();
    }

    fn write_retry(&self, writer: &mut Writer) {
        writer.begin_object();
        writer.field("max_retries", &self.retry.max_retries);
        writer.field("initial_delay", &Span(self.retry.initial_delay_ms));
        writer.field("max_delay", &Span(self.retry.max_delay_ms));
        writer.field("backoff_factor", &self.retry.backoff_factor);
        writer.begin_list_at("retryable_errors");
        for kind in &self.retry.retryable {
            writer.string(kind.as_str());
        }
        writer.end_list();
        writer.end_object();
    }

    fn write_cache(&self, writer: &mut Writer) {
        writer.begin_object();
        writer.field("enabled", &self.response_cache.enabled);
        writer.field("ttl", &Span(self.response_cache.room.ttl_ms));
        writer.field("max_bytes", &self.response_cache.room.max_bytes);
        writer.field("store", &self.response_cache.store);
        writer.end_object();
    }
}

impl Write for ProviderConfig {
    fn write(&self, writer: &mut Writer) {
        let profile = self.kind.profile();
        writer.begin_object();
        writer.field("kind", &profile.id);
        self.write_key(writer);
        writer.field("base_url", &self.base_url.as_str());
        let insecure = self.base_url.is_insecure();
        writer.field("allow_insecure", &Some(true).filter(|_| insecure));
        let usual = self.usual(profile.default_model);
        writer.field("model", &self.model.as_deref().or(usual));
        writer.field("max_tokens", &self.max_tokens);
        writer.field("temperature", &self.temperature);
        writer.field("org_id", &self.org_id);
        chosen(writer, "api", &API_NAMES, self.api as usize);
        let refused = Some(false).filter(|_| !self.stream_usage.get());
        writer.field("stream_usage", &refused);
        writer.field("api_version", &self.api_version);
        writer.field_unless_empty("custom_models", &Pairs(&self.custom_models));
        if !self.headers.is_empty() {
            writer.begin_object_at("headers");
            for header in &self.headers {
                writer.field(&header.name, &HIDDEN);
            }
            writer.end_object();
        }
        writer.field("safety_settings", &self.safety_settings);
        writer.field("keep_alive", &self.keep_alive);
        writer.field("num_ctx", &self.num_ctx);
        writer.field("num_predict", &self.num_predict);
        writer.field("requests_per_min", &self.requests_per_min);
        writer.field("tokens_per_min", &self.tokens_per_min);
        writer.field("max_concurrent", &self.max_concurrent);
        chosen(writer, "auto_pull", &PULL_NAMES, self.auto_pull as usize);
        if self.cloud == CloudAccess::Express {
            writer.field("vertex", &true);
        }
        writer.field("project", &self.project);
        writer.field("location", &self.location);
        writer.end_object();
    }
}

impl ProviderConfig {
    /// Where its key comes from, by the name of the key that says so.
    fn write_key(&self, writer: &mut Writer) {
        let by_project = self.cloud == CloudAccess::Project;
        let name = if by_project {
            "access_token"
        } else {
            "api_key"
        };
        match &self.key {
            KeySource::None => {
                writer.key(name);
                writer.raw("null");
            }
            KeySource::Missing { variable } => {
                let account = "service_account_env";
                writer.field(if by_project { account } else { "api_key_env" }, variable);
            }
            KeySource::Literal(_) | KeySource::Function => writer.field(name, &HIDDEN),
            #[cfg(feature = "vertex")]
            KeySource::Account(_) => writer.field("service_account", &HIDDEN),
        }
    }
}

/// What was chosen instead of the default, the first: these are settings of one dialect each.
fn chosen(writer: &mut Writer, name: &str, words: &[&str], place: usize) {
    writer.field(name, &words.get(place).filter(|_| place > 0));
}

impl Write for Limits {
    fn write(&self, writer: &mut Writer) {
        writer.begin_object();
        for (name, bytes) in [
            ("line_bytes", self.line_bytes),
            ("event_bytes", self.event_bytes),
            ("tool_arguments_bytes", self.tool_arguments_bytes),
            ("response_bytes", self.response_bytes),
            ("error_body_bytes", self.error_body_bytes),
        ] {
            writer.field(name, &(bytes as u64));
        }
        writer.end_object();
    }
}

impl Write for Costs {
    fn write(&self, writer: &mut Writer) {
        writer.begin_object();
        writer.field("mode", &self.mode.as_str());
        writer.field("alert_threshold", &(self.alert_ppm as f64 / 1e6));
        writer.field("track_by_provider", &self.by_provider);
        writer.field("budget_timezone", &self.zone);
        let words = ["fail", "continue"];
        writer.field(
            "on_ledger_error",
            &words.get(usize::from(self.continue_without_ledger)),
        );
        self.write_rules(writer, TOTAL, ["daily_limit", "monthly_budget"]);
        writer.begin_object_at("limits");
        for rule in &self.rules {
            if let Some(id) = rule.scope.strip_prefix("p:") {
                let name = concat(&[id, of_period(rule, ["_daily", "_monthly"])]);
                writer.field(&name, &amount(rule));
            }
        }
        writer.end_object();
        writer.begin_object_at("tags");
        let mut last = "";
        for rule in &self.rules {
            if let Some(tag) = rule.scope.strip_prefix("k:").filter(|tag| *tag != last) {
                writer.begin_object_at(&unescaped(tag));
                self.write_rules(writer, &rule.scope, ["daily", "monthly"]);
                writer.end_object();
                last = tag;
            }
        }
        writer.end_object();
        writer.end_object();
    }
}

impl Costs {
    /// The limits of a scope, by their names for a day and for a month.
    fn write_rules(&self, writer: &mut Writer, scope: &str, names: [&str; 2]) {
        for rule in self.rules.iter().filter(|rule| rule.scope == scope) {
            writer.field(of_period(rule, names), &amount(rule));
        }
    }
}

fn of_period<'n>(rule: &Rule, [day, month]: [&'n str; 2]) -> &'n str {
    if rule.period == Period::Day {
        day
    } else {
        month
    }
}

fn amount(rule: &Rule) -> Dollars {
    Dollars(NanoUsd::at_most(rule.limit.unwrap_or_default()))
}
