//! The configuration as TOML: the specification's file, what the documentation
//! says of every key, and what people get wrong.
//!
//! `cargo test --features config-toml --test config`
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "tests")]

use aircher_llm::config::toml::Document;
use aircher_llm::config::{Config, Host};
use aircher_llm::json;
use aircher_llm::run::Client;
use expect_test::{Expect, expect, expect_file};

/// The file of the specification, as it stands there.
const SPECIFICATION: &str = include_str!("config/specification.toml");

fn env(name: &str) -> Option<String> {
    let known = ["OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY"];
    known.contains(&name).then(|| "sk-canary-0123".to_string())
}

const HOST: Host<'_> = Host {
    env: &env,
    page: false,
    origin: None,
    dangerously_allow_browser: false,
    allow_service_account_in_browser: false,
};

fn pretty(config: &Config) -> String {
    let value: serde_json::Value = serde_json::from_str(&json::to_string(config)).unwrap();
    serde_json::to_string_pretty(&value).unwrap() + "\n"
}

#[test]
fn the_file_of_the_specification_is_a_configuration() {
    let config = Config::from_toml(SPECIFICATION, &HOST).unwrap();
    expect_file!["config/specification.json"].assert_eq(&pretty(&config));
}

#[test]
fn the_same_as_json_is_the_same_configuration() {
    let json = Document::parse(SPECIFICATION).unwrap().json();
    let config = Config::from_json(&json, &HOST).unwrap();
    let toml = Config::from_toml(SPECIFICATION, &HOST).unwrap();
    assert_eq!(pretty(&config), pretty(&toml));
}

#[test]
fn no_key_is_shown() {
    let text =
        "providers.openai = { api_key = 'sk-canary-0123', headers.cookie = 'sk-canary-0123' }";
    for text in [SPECIFICATION, text] {
        let config = Config::from_toml(text, &HOST).unwrap();
        let shown = json::to_string(&config);
        assert!(
            shown.contains("***") && !shown.contains("canary"),
            "{shown}"
        );
    }
}

#[test]
fn what_is_in_effect_is_accepted_again() {
    let url = "base_url = 'http://10.0.0.5:8080/v1', allow_insecure = true";
    for key in ["", ", api_key = 'sk-canary-0123'"] {
        let text = format!("providers.lan = {{ kind = 'openai', {url}{key} }}");
        let config = Config::from_toml(&text, &HOST).unwrap();
        let again = Config::from_json(
            &json::to_string(&config).replace("***", "sk-of-mine"),
            &HOST,
        );
        assert_eq!(pretty(&again.unwrap()), pretty(&config));
    }
    let fast = "fast = 'gpt-6-luna', mine = { model = 'm', context_window = 4096, prices = { in = 1, out = '2.5' } }";
    let text = format!("providers.openai.custom_models = {{ {fast}, own = {{}} }}");
    let config = Config::from_toml(&text, &HOST).unwrap();
    let shown = json::to_string(&config);
    let models = r#""custom_models":{"fast":"gpt-6-luna","mine":{"model":"m","context_window":4096,"prices":{"in":1,"out":"2.5"}},"own":{}}"#;
    assert!(shown.contains(models), "{shown}");
    let again = Config::from_json(&shown.replace("***", "sk-of-mine"), &HOST).unwrap();
    assert_eq!(pretty(&again), pretty(&config));
    assert_eq!(custom_models(again), custom_models(config));
    let shown = json::to_string(&Config::from_toml(SPECIFICATION, &HOST).unwrap());
    assert!(!shown.contains("allow_insecure"), "{shown}");
}

/// What is known of the models that were given.
fn custom_models(config: Config) -> String {
    let client = Client::new(config);
    let openai = client.config.provider("openai").unwrap();
    let known = ["fast", "mine", "own"].map(|name| client.known(openai, openai.sent(name)));
    format!("{known:?}")
}

const DOCUMENT: &str = include_str!("../docs/configuration.md");

/// The sample that writes every default out.
fn defaults() -> &'static str {
    let (_, rest) = DOCUMENT
        .split_once("<!-- tested: defaults -->\n```toml\n")
        .unwrap();
    rest.split_once("```").unwrap().0
}

#[test]
fn the_documented_defaults_are_the_defaults() {
    let written = Config::from_toml(defaults(), &HOST).unwrap();
    let text = "providers = { default = 'openai', openai = {} }";
    let plain = Config::from_toml(text, &HOST).unwrap();
    assert_eq!(pretty(&written), pretty(&plain));
}

/// The keys of a table are told by the error for a key nobody knows.
#[test]
fn every_key_is_documented() {
    for table in [
        "",
        "timeouts.",
        "retry.",
        "failover.",
        "response_cache.",
        "limits.",
        "costs.",
        "providers.openai.",
    ] {
        let error = Config::from_toml(&format!("{table}zzzzzzzz = 1"), &HOST).unwrap_err();
        let (_, known) = error.message.split_once("expected one of `").unwrap();
        for key in known.trim_end_matches('`').split("`, `") {
            let forms = [
                format!("`{key}`"),
                format!("{key} ="),
                format!("[{key}]"),
                format!("`{table}{key}`"),
            ];
            let is_documented = forms.iter().any(|form| DOCUMENT.contains(form));
            assert!(is_documented, "{table}{key}");
        }
    }
}

/// The sample with one line in the place of another.
#[track_caller]
fn broken(line: &str, by: &str, expected: Expect) {
    let text = SPECIFICATION.replacen(line, by, 1);
    assert_ne!(text, SPECIFICATION, "no line `{line}`");
    wrong(&text, expected);
}

#[track_caller]
fn wrong(text: &str, expected: Expect) {
    let error = Config::from_toml(text, &HOST).unwrap_err();
    expected.assert_eq(&error.to_string());
}

#[test]
#[rustfmt::skip]
fn unknown_keys_are_named_with_the_one_that_was_meant() {
    broken("max_tokens = 4096", "max_token = 4096", expect!["invalid_config: line 9: providers.openai.max_token: unknown field `max_token`, did you mean `max_tokens`?"]);
    broken("requests_per_min = 60", "requestsPerMin = 60", expect!["invalid_config: line 11: providers.openai.requestsPerMin: unknown field `requestsPerMin`, did you mean `requests_per_min`?"]);
    broken("temperature = 0.7", "temprature = 0.7", expect!["invalid_config: line 10: providers.openai.temprature: unknown field `temprature`, did you mean `temperature`?"]);
    broken("num_ctx = 4096", "context = 4096", expect!["invalid_config: line 34: providers.ollama.context: unknown field `context`, expected one of `kind`, `model`, `max_tokens`, `temperature`, `base_url`, `org_id`, `custom_models`, `api_version`, `safety_settings`, `keep_alive`, `num_ctx`, `num_predict`, `headers`, `allow_insecure`, `api`, `stream_usage`, `api_key`, `api_key_env`, `service_account`, `service_account_env`, `access_token`, `vertex`, `project`, `location`, `requests_per_min`, `tokens_per_min`, `max_concurrent`, `auto_pull`"]);
    broken("fallback_order", "fallback_ordre", expect!["invalid_config: line 3: providers.fallback_ordre: unknown field `fallback_ordre`, did you mean `fallback_order`?"]);
    broken("[costs.limits]", "[costs.limit]", expect!["invalid_config: line 42: costs.limit: unknown field `limit`, did you mean `limits`?"]);
    broken("[providers.claude]", "[providers.cluade]", expect!["invalid_config: line 14: providers.cluade: `cluade` is no kind of provider, did you mean `claude`?"]);
    broken("[costs]", "[cost]", expect!["invalid_config: line 36: cost: unknown field `cost`, did you mean `costs`?"]);
    broken("claude_daily = 3.0", "cluade_daily = 3.0", expect!["invalid_config: line 44: costs.limits.cluade_daily: no provider `cluade` is known, did you mean `claude`?"]);
    broken("claude_daily = 3.0", "acme_daily = 3.0", expect!["invalid_config: line 44: costs.limits.acme_daily: no provider `acme` is known, expected one of `openai`, `claude`, `gemini`, `ollama`"]);
    wrong("providers.acme.model = 'm'", expect!["invalid_config: line 1: providers.acme: `acme` is no kind of provider, expected one of `openai`, `claude`, `anthropic`, `gemini`, `google`, `ollama`, `groq`, `openrouter`, `deepseek`, `mistral`, `xai`, `together`, `lmstudio`, `llamacpp`, `vllm`"]);
    wrong("providers.opena.model = 'm'", expect!["invalid_config: line 1: providers.opena: `opena` is no kind of provider, did you mean `openai`?"]);
    wrong("providers.openai.custom_models.fast = { modell = 'm' }", expect!["invalid_config: line 1: providers.openai.custom_models.fast.modell: unknown field `modell`, did you mean `model`?"]);
    wrong("providers.openai.custom_models.fast = { model = 'm', prices.input = 1 }", expect!["invalid_config: line 1: providers.openai.custom_models.fast.prices.input: unknown field `input`, expected one of `in`, `out`, `cache_read`, `cache_write`, `cache_write_long`, `in_audio`, `out_audio`, `tiers`, `price_changes`, `changes`, `fast_x`, `fast`, `us_x`, `us`, `context`, `context_window`, `max_in`, `max_input_tokens`, `max_out`, `max_output_tokens`, `cache_min`, `alias_of`, `status`, `sampling`, `ends`, `shutdown`, `deprecation_litellm`, `efforts`, `thinking_types`, `budget`, `tools`, `functions`, `images`, `json_schema`, `vertex`, `prefill`, `forced_tool_choice`, `provider`, `id`, `model`, `prices`, `capabilities`, `factors`, `thinking`"]);
    wrong("providers.openai.custom_models.fast = { model = 'm', tiers = [{ from = '1', inn = 1 }] }", expect!["invalid_config: line 1: providers.openai.custom_models.fast.tiers[0].inn: unknown field `inn`, did you mean `in`?"]);
    broken("claude_daily = 3.0", "claude_dayly = 3.0", expect!["invalid_config: line 44: costs.limits.claude_dayly: expected `<provider id>_daily` or `<provider id>_monthly`"]);
}

#[test]
fn what_stands_at_the_top_is_shown_its_table() {
    let hint = |text| Config::from_toml(text, &HOST).unwrap_err().hint.clone();
    let table = "what a provider needs stands in its table: `providers.<id>.api_key`";
    assert_eq!(hint("apiKey = 'sk-canary-0123'").as_deref(), Some(table));
    assert_eq!(hint("openai.model = 'x'").as_deref(), Some(table));
    assert_eq!(hint("timeout.total = '5s'"), None);
}

#[test]
#[rustfmt::skip]
fn wrong_types_are_named_with_the_value() {
    broken("max_tokens = 4096", "max_tokens = \"many\"", expect![[r#"invalid_config: line 9: providers.openai.max_tokens: expected a number, found a string: `"many"`"#]]);
    broken("max_tokens = 4096", "max_tokens = 4096.5", expect!["invalid_config: line 9: providers.openai.max_tokens: expected a whole number of at least 0: `4096.5`"]);
    broken("temperature = 0.7", "temperature = nan", expect!["invalid_config: line 10: config: `nan` is no number for a setting"]);
    broken("model = \"gpt-4\"", "model = 4", expect!["invalid_config: line 8: providers.openai.model: expected a string, found a number: `4`"]);
    broken("[\"openai\", \"claude\", \"gemini\", \"ollama\"]", "\"openai\"", expect![[r#"invalid_config: line 3: providers.fallback_order: expected a list, found a string: `"openai"`"#]]);
    broken("track_by_provider = true", "track_by_provider = 1", expect!["invalid_config: line 40: costs.track_by_provider: expected true or false, found a number: `1`"]);
    broken("monthly_budget = 100.0", "monthly_budget = 2026-11-22", expect![[r#"invalid_config: line 37: costs.monthly_budget: expected US dollars as a decimal number: `"2026-11-22"`"#]]);
    broken("keep_alive = \"5m\"", "keep_alive = [5]", expect!["invalid_config: line 32: providers.ollama.keep_alive: expected a duration or seconds: `[5]`"]);
    wrong("timeouts.total = 5000", expect![[r#"invalid_config: line 1: timeouts.total: expected a duration such as "15s", found a number: `5000`"#]]);
    wrong("response_cache.ttl = 3600", expect![[r#"invalid_config: line 1: response_cache.ttl: expected a duration such as "15s", found a number: `3600`"#]]);
    wrong("retry.backoff_factor = nan", expect!["invalid_config: line 1: config: `nan` is no number for a setting"]);
    wrong("providers.openai.api_key = { value = 'sk-canary-0123' }", expect!["invalid_config: line 1: providers.openai.api_key: expected a string, null or a function, found an object"]);
    wrong("providers.openai.access_token = { token = 'sk-canary-0123' }", expect!["invalid_config: line 1: providers.openai.access_token: expected a string, null or a function, found an object"]);
    wrong("providers = []", expect!["invalid_config: line 1: providers: expected an object, found a list"]);
    broken("[providers.ollama]", "[[providers.ollama]]", expect!["invalid_config: line 29: providers.ollama: expected an object, found a list"]);
}

#[test]
#[rustfmt::skip]
fn values_outside_their_limits_are_named_with_the_limits() {
    broken("temperature = 0.7", "temperature = 7", expect!["invalid_config: line 10: providers.openai.temperature: expected a number from 0 to 2: `7`"]);
    broken("requests_per_min = 50", "requests_per_min = 0", expect!["invalid_config: line 19: providers.claude.requests_per_min: expected a whole number of at least 1: `0`"]);
    broken("num_ctx = 4096", "num_ctx = -1", expect!["invalid_config: line 34: providers.ollama.num_ctx: expected a whole number of at least 0: `-1`"]);
    broken("monthly_budget = 100.0", "monthly_budget = -100.0", expect!["invalid_config: line 37: costs.monthly_budget: must not be negative: `-100.0`"]);
    broken("alert_threshold = 0.8", "alert_threshold = 80", expect!["invalid_config: line 39: costs.alert_threshold: 80 is not above 0 and at most 1"]);
    broken("= \"5m\"", "= \"five minutes\"", expect!["invalid_config: line 4: providers.health_check_interval: `five minutes` is not a duration such as `15s`, `250ms` or `10m`"]);
    broken("= \"5m\"", "= \"1ms\"", expect![[r#"invalid_config: line 4: providers.health_check_interval: expected 0s (no checks), or from 10ms to 20d: `"1ms"`"#]]);
    broken("= \"5m\"", "= \"9ms\"", expect![[r#"invalid_config: line 4: providers.health_check_interval: expected 0s (no checks), or from 10ms to 20d: `"9ms"`"#]]);
    broken("= \"5m\"", "= \"25d\"", expect![[r#"invalid_config: line 4: providers.health_check_interval: expected 0s (no checks), or from 10ms to 20d: `"25d"`"#]]);
    broken("health_check_interval = \"5m\"", "health_check_timeout = \"0s\"", expect!["invalid_config: line 4: providers.health_check_timeout: nothing answers that fast: `\"0s\"`"]);
    broken("\"https://api.openai.com/v1\"", "\"api.openai.com/v1\"", expect!["invalid_config: line 12: providers.openai.base_url: give an absolute address such as `https://example.com/v1`: `api.openai.com/v1`"]);
    broken("default = \"openai\"", "default = \"groq\"", expect!["invalid_config: line 2: providers.default: no provider `groq` is configured, expected one of `openai`, `claude`, `gemini`, `ollama`"]);
    broken("\"openai\", \"claude\"", "\"opnai\", \"claude\"", expect!["invalid_config: line 3: providers.fallback_order: no provider `opnai` is configured, did you mean `openai`?"]);
    wrong("retry.retryable_errors = ['rate_limt']", expect!["invalid_config: line 1: retry.retryable_errors: unknown value `rate_limt`, did you mean `rate_limit`?"]);
    wrong("retry.initial_delay = '30s'", expect!["invalid_config: line 1: retry.initial_delay: 30000 ms is longer than `max_delay` (20000 ms)"]);
    wrong("costs.mode = 'hart'", expect!["invalid_config: line 1: costs.mode: unknown value `hart`, did you mean `hard`?"]);
    wrong("costs.on_ledger_error = 'stop'", expect!["invalid_config: line 1: costs.on_ledger_error: unknown value `stop`, expected one of `continue`, `fail`"]);
    wrong("costs = { daily_limit = 1, on_ledger_error = 'continue' }", expect![[r#"invalid_config: line 1: costs.on_ledger_error: `continue` cannot keep a hard limit; use mode = "estimate""#]]);
    wrong("providers.openai.base_url = 'https://gateway.example/v1/chat/completions/'", expect!["invalid_config: line 1: providers.openai.base_url: leave `/chat/completions` out, it is added: `https://gateway.example/v1/chat/completions/`"]);
    wrong("providers.claude.base_url = 'https://gateway.example/v1/messages'", expect!["invalid_config: line 1: providers.claude.base_url: leave `/v1/messages` out, it is added: `https://gateway.example/v1/messages`"]);
    broken("\"ollama\"]", "\"llama\"]", expect!["invalid_config: line 3: providers.fallback_order: no provider `llama` is configured, did you mean `ollama`?"]);
}

#[test]
#[rustfmt::skip]
fn what_is_no_toml_is_named_by_its_line() {
    broken("model = \"gpt-4\"", "model = gpt-4", expect!["invalid_config: line 8: config: string values must be quoted, expected literal string"]);
    broken("model = \"gpt-4\"", "model = \"gpt-4", expect![[r#"invalid_config: line 8: config: invalid basic string, expected `"`"#]]);
    broken("max_tokens = 2048", "max_tokens: 2048", expect!["invalid_config: line 25: config: invalid unquoted key, expected letters or numbers or `-` or `_`"]);
    broken("[providers.gemini]", "[providers.claude]", expect!["invalid_config: line 21: config: `claude` is there twice"]);
    broken("location = ", "project = ", expect!["invalid_config: line 27: config: `project` is there twice"]);
    broken("temperature = 0.7", "temperature = 0,7", expect!["invalid_config: line 10: config: unexpected key or value, expected a new line or `#`"]);
    broken("[costs.limits]", "[costs.limits", expect!["invalid_config: line 42: config: unclosed table, expected `]`"]);
    broken("[costs.limits]", "[costs.daily_limit]", expect!["invalid_config: line 42: config: `daily_limit` is there twice"]);
}

/// A mistake must not show what may be a key.
#[test]
fn mistakes_with_keys_do_not_show_them() {
    for text in [
        "providers.openai = 'sk-canary-0123'",
        "providers.openai.api_key = 81230123",
        "providers.openai.api_key_env = 'sk-canary-0123'",
        "providers.openai.api_key = sk-canary-0123",
        "providers.openai.headers = 'authorization: sk-canary-0123'",
        "providers.openai.headers.cookie = 81230123",
        "providers.openai.api_key = 'sk-canary-0123 '\nproviders.openai.api_key = 'sk-canary-0123'",
    ] {
        let error = Config::from_toml(text, &HOST).unwrap_err().to_string();
        assert!(!error.contains("0123"), "{error}");
    }
}

/// Every end and every lost character is an error or a configuration, never a panic.
#[test]
fn cut_and_torn_files_are_refused_in_order() {
    for at in 0..SPECIFICATION.len() {
        let (head, tail) = SPECIFICATION.split_at(at);
        for text in [
            head.to_string(),
            format!("{head}{}", &tail[1..]),
            format!("{head}\"{tail}"),
        ] {
            if let Err(error) = Config::from_toml(&text, &HOST) {
                assert!(error.message.starts_with("line "), "{error}\n{text}");
            }
        }
    }
}

#[track_caller]
fn reads(text: &str, expected: Expect) {
    let told = match Document::parse(text) {
        Ok(document) => document.json(),
        Err(fault) => format!("line {}: {}", fault.line, fault.problem),
    };
    expected.assert_eq(&told);
}

#[test]
#[rustfmt::skip]
fn values_of_every_kind() {
    reads("a = 1_000\nb = +2\nc = 0xFF\nd = 0o17\ne = 0b11\nf = -0", expect![[r#"{"a":1000,"b":2,"c":255,"d":15,"e":3,"f":-0}"#]]);
    reads("a = 1_0.5\nb = 6.02e23\nc = +1.5", expect![[r#"{"a":10.5,"b":6.02e23,"c":1.5}"#]]);
    reads("a = 1\nb = inf", expect!["line 2: `inf` is no number for a setting"]);
    reads("a = -nan", expect!["line 1: `-nan` is no number for a setting"]);
    reads("a = 99999999999999999999", expect![[r#"{"a":99999999999999999999}"#]]);
    reads("a = true\nb = 1979-05-27T07:32:00Z\nc = 07:32:00", expect![[r#"{"a":true,"b":"1979-05-27T07:32:00Z","c":"07:32:00"}"#]]);
    reads("a = \"\\t\\u00e9\\\"\"\nb = 'C:\\x'\nc = \"\"\"\nx\\\n  y\"\"\"", expect![[r#"{"a":"\té\"","b":"C:\\x","c":"xy"}"#]]);
    reads("a = [1, [2, 'x'], { b.c = 1, d = {} }, # end\n]", expect![[r#"{"a":[1,[2,"x"],{"b":{"c":1},"d":{}}]}"#]]);
    reads("\u{feff}\"a b\" = 1\r\n'' = 2\r\n", expect![[r#"{"a b":1,"":2}"#]]);
    reads("", expect!["{}"]);
}

#[test]
#[rustfmt::skip]
fn tables_grow_only_as_toml_allows() {
    reads("[a.b]\nx = 1\n[a]\ny = 2\n[a.c]", expect![[r#"{"a":{"b":{"x":1},"y":2,"c":{}}}"#]]);
    reads("[[a]]\nx = 1\n[a.b]\ny = 2\n[[a]]\nx = 3", expect![[r#"{"a":[{"x":1,"b":{"y":2}},{"x":3}]}"#]]);
    reads("[a]\nb.c = 1\nb.d.e = 2\n[a.b.f]\ng = 3", expect![[r#"{"a":{"b":{"c":1,"d":{"e":2},"f":{"g":3}}}}"#]]);
    reads("a.b = 1\na.b.c = 2", expect!["line 2: `b` is there already, and nothing can be added to it"]);
    reads("a = { b = 1 }\na.c = 2", expect!["line 2: `a` is there already, and nothing can be added to it"]);
    reads("a = { b = 1 }\n[a.c]", expect!["line 2: `a` is there already, and nothing can be added to it"]);
    reads("[a]\nb.c = 1\n[a.b]", expect!["line 3: `b` is there twice"]);
    reads("[a.b]\n[a]\nb.c = 1", expect!["line 3: `b` is there already, and nothing can be added to it"]);
    reads("[a]\n[a]", expect!["line 2: `a` is there twice"]);
    reads("[[a]]\n[a]", expect!["line 2: `a` is there twice"]);
    reads("a = []\n[[a]]", expect!["line 2: `a` is there already, and nothing can be added to it"]);
    reads("[a]\n[[a]]", expect!["line 2: `a` is there already, and nothing can be added to it"]);
    reads("a = 1\n[a.b]", expect!["line 2: `a` is there already, and nothing can be added to it"]);
    reads(&"[".repeat(200), expect!["line 1: unquoted keys cannot be empty, expected letters or numbers or `-` or `_`"]);
    reads(&format!("a = {}", "[".repeat(200)), expect!["line 1: cannot recurse further; max recursion depth met"]);
}
