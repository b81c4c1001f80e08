//! The limits and alerts as people see them: JSON with the names they have given; limits in nano-dollars,
//! since stores compare them, alerts in US dollars.

use super::client::Rule;
use super::keys::{bucket_parts, unescaped};
use super::op::Alert;
use super::period::{Period, Zone, rfc3339};
use crate::json::{OrNull, Write, Writer};
use crate::money::{Dollars, NanoUsd};

/// The current periods and the limits. Written as
/// `{ mode, periods: { day: { key, resets_at }, month }, limits: [{ scope, span, limit }], providers: [id] }`,
/// limits in nano-dollars.
#[derive(Clone, Debug)]
pub struct Overview<'a> {
    /// How strictly limits hold: `hard`, `estimate` or `track`.
    pub mode: &'a str,
    /// The limits.
    pub rules: &'a [Rule],
    /// Whose days and months are counted.
    pub zone: &'a Zone,
    /// The ids of the configured providers.
    pub providers: Vec<&'a str>,
    /// Milliseconds since 1970.
    pub now_ms: u64,
}

impl Write for Overview<'_> {
    fn write(&self, writer: &mut Writer) {
        writer.begin_object();
        writer.field("mode", &self.mode);
        writer.begin_object_at("periods");
        for period in [Period::Day, Period::Month] {
            self.write_period(period, writer);
        }
        writer.end_object();
        writer.begin_list_at("limits");
        for rule in self.rules {
            write_limit(rule, writer);
        }
        writer.end_list();
        writer.begin_list_at("providers");
        for id in &self.providers {
            writer.string(id);
        }
        writer.end_list();
        writer.end_object();
    }
}

impl Overview<'_> {
    fn write_period(&self, period: Period, writer: &mut Writer) {
        writer.begin_object_at(period.as_str());
        writer.field("key", &self.zone.period_key(period, self.now_ms));
        let end = self.zone.period_end(period, self.now_ms);
        writer.field("resets_at", &rfc3339(end));
        writer.end_object();
    }
}

fn write_limit(rule: &Rule, writer: &mut Writer) {
    writer.begin_object();
    writer.field("scope", &unescaped(&rule.scope));
    writer.field("span", &rule.period.as_str());
    writer.field("limit", &rule.limit);
    writer.end_object();
}

/// `{ provider | null, cost, limit, threshold, scope, period }`; the threshold is a part of the limit.
impl Write for Alert {
    fn write(&self, writer: &mut Writer) {
        let (scope, period) = bucket_parts(&self.key).unwrap_or_default();
        let scope = unescaped(scope);
        let threshold = self.alert as f64 / self.limit.max(1) as f64;
        let dollars = |nanos| Dollars(NanoUsd::at_most(nanos));
        writer.begin_object();
        writer.field("provider", &OrNull(&scope.strip_prefix("p:")));
        writer.field("cost", &dollars(self.settled));
        writer.field("limit", &dollars(self.limit));
        writer.field("threshold", &threshold);
        writer.field("scope", &scope);
        writer.field("period", &unescaped(period));
        writer.end_object();
    }
}

#[cfg(test)]
mod tests {
    use super::super::keys::{TOTAL, provider_scope};
    use super::*;
    use crate::json::to_string;

    /// 2026-11-22T22:30:00Z.
    const NOW_MS: u64 = 1_795_386_600_000;

    #[test]
    fn periods_are_those_of_the_zone_and_limits_bear_configured_names() {
        let rule = |scope: &str, period, limit| Rule {
            scope: scope.to_string(),
            period,
            limit: Some(limit),
            alert: None,
        };
        let rules = [
            rule(TOTAL, Period::Month, 20_000_000_000),
            rule(&provider_scope("a/b"), Period::Day, 1),
        ];
        let overview = Overview {
            mode: "hard",
            rules: &rules,
            zone: &Zone::parse("+02:00").unwrap(),
            providers: vec!["openai", "a/b"],
            now_ms: NOW_MS,
        };
        assert_eq!(
            to_string(&overview),
            concat!(
                r#"{"mode":"hard","periods":{"#,
                r#""day":{"key":"d:2026-11-23@+02:00","resets_at":"2026-11-23T22:00:00Z"},"#,
                r#""month":{"key":"m:2026-11@+02:00","resets_at":"2026-11-30T22:00:00Z"}},"#,
                r#""limits":[{"scope":"*","span":"month","limit":20000000000},"#,
                r#"{"scope":"p:a/b","span":"day","limit":1}],"providers":["openai","a/b"]}"#,
            )
        );
    }

    #[track_caller]
    fn check(key: &str, limit: u64, expected: &str) {
        let alert = Alert {
            key: key.to_string(),
            limit,
            alert: 4_000_000_000,
            settled: 4_100_000_001,
        };
        assert_eq!(to_string(&alert), expected);
    }

    #[test]
    fn an_alert_is_told_in_dollars() {
        check(
            "b/p:a%2Fb/d:2026-11-22",
            5_000_000_000,
            r#"{"provider":"a/b","cost":4.100000001,"limit":5,"threshold":0.8,"scope":"p:a/b","period":"d:2026-11-22"}"#,
        );
        check(
            "b/*/m:2026-11",
            8_000_000_000,
            r#"{"provider":null,"cost":4.100000001,"limit":8,"threshold":0.5,"scope":"*","period":"m:2026-11"}"#,
        );
    }
}
