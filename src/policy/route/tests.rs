use super::*;
use crate::config::Host;
use expect_test::{Expect, expect};

/// A host whose variables hold keys.
fn configured(config: &str, variables: &[&str]) -> Config {
    let host = Host {
        env: &|name| {
            variables
                .contains(&name)
                .then(|| "sk-0123456789".to_string())
        },
        page: false,
        origin: None,
        dangerously_allow_browser: false,
        allow_service_account_in_browser: false,
    };
    Config::from_json(config, &host).unwrap()
}

/// Who answers, or the error with its hint.
#[track_caller]
fn check(config: &str, request: &str, expected: Expect) {
    let config = configured(config, &[]);
    let request = format!(r#"{{"messages":[],{request}}}"#);
    let request = ChatRequest::from_json(&request).unwrap();
    let told = match candidates(&config, &config.models, &request) {
        Ok(found) => format!("{found:?}"),
        Err(error) => format!("{error}\n{}", error.hint.as_deref().unwrap_or("no hint")),
    };
    expected.assert_eq(&told);
}

#[test]
fn who_is_known_but_not_configured_is_told_how() {
    check(
        "",
        r#""model":"gpt-6-luna""#,
        expect![[r#"
        model_not_found: model: no configured provider is known to serve `gpt-6-luna`
        set OPENAI_API_KEY, or configure `providers.openai`"#]],
    );
    check(
        "",
        r#""model":"gpt-99""#,
        expect![[r#"
        model_not_found: model: no configured provider is known to serve `gpt-99`
        set OPENAI_API_KEY, or configure `providers.openai`"#]],
    );
    check(
        "",
        r#""model":"anthropic/claude-x""#,
        expect![[r#"
        model_not_found: model: no configured provider is known to serve `anthropic/claude-x`
        set ANTHROPIC_API_KEY, or configure `providers.claude`"#]],
    );
    check(
        "",
        r#""model":"groq/llama""#,
        expect![[r#"
        model_not_found: model: no configured provider is known to serve `groq/llama`
        configure `providers.groq`"#]],
    );
    check(
        "",
        r#""model":"acme/llama""#,
        expect![[r#"
        model_not_found: model: no configured provider is known to serve `acme/llama`
        name the provider as well (`provider`, or `<provider>/acme/llama`); configured: ollama"#]],
    );
    check(
        "",
        r#""provider":"openai""#,
        expect![[r#"
        invalid_request: provider: no provider `openai` is configured, expected one of `ollama`
        set OPENAI_API_KEY, or configure `providers.openai`"#]],
    );
    check(
        "",
        r#""provider":"olama""#,
        expect![[r#"
        invalid_request: provider: no provider `olama` is configured, did you mean `ollama`?
        no hint"#]],
    );
    let own = r#"{"providers":{"claude":{}}}"#;
    check(
        own,
        r#""model":"gpt-6-luna""#,
        expect![[r#"
        model_not_found: model: no configured provider is known to serve `gpt-6-luna`
        configure `providers.openai`"#]],
    );
    check(
        own,
        r#""provider":"google""#,
        expect![[r#"
        invalid_request: provider: no provider `google` is configured, expected one of `claude`
        configure `providers.gemini`"#]],
    );
    check(
        own,
        r#""fallback":["gpt-6-luna"]"#,
        expect![[r#"
        model_not_found: fallback: model: no configured provider is known to serve `gpt-6-luna`
        configure `providers.openai`"#]],
    );
}

#[test]
fn options_go_by_the_kind_of_a_provider() {
    let groq = r#"{"providers":{"groq":{}}}"#;
    check(
        groq,
        r#""provider_options":{"anthropic":{},"openai":{}}"#,
        expect![[r#"[Candidate { provider: 0, model: None }]"#]],
    );
    check(
        groq,
        r#""provider_options":{"groq":{}}"#,
        expect![[r#"
        invalid_request: provider_options.groq: `groq` is no kind of provider, its kind is `openai`
        no hint"#]],
    );
    check(
        groq,
        r#""provider_options":{"opneai":{}}"#,
        expect![[r#"
        invalid_request: provider_options.opneai: `opneai` is no kind of provider, did you mean `openai`?
        no hint"#]],
    );
    check(
        groq,
        r#""provider_options":{"acme":{}}"#,
        expect![[r#"
        invalid_request: provider_options.acme: `acme` is no kind of provider, expected one of `openai`, `claude`, `anthropic`, `gemini`, `google`, `ollama`
        no hint"#]],
    );
}

#[test]
fn options_under_an_alias_are_those_of_the_kind() {
    let request = r#"{"messages":[],"provider_options":{"anthropic":{"a":1},"google":{"b":2}}}"#;
    let request = ChatRequest::from_json(request).unwrap();
    let of = |kind| request.options_for(kind).map(|options| options.text());
    assert_eq!(
        [of("claude"), of("gemini")],
        [Some(r#"{"a":1}"#), Some(r#"{"b":2}"#)]
    );
    assert_eq!(of("openai"), None);
}

#[test]
fn a_first_choice_without_its_key_is_told() {
    let providers = r#""openai":{"api_key_env":"NOPE"},"ollama":{}"#;
    let order = r#""fallback_order":["openai","ollama"],"#;
    let over = |first: &str, fields: &str, variables: &[&str]| {
        let config = format!(r#"{{"providers":{{{first}{providers}}}}}"#);
        let request = format!(r#"{{"messages":[]{fields}}}"#);
        let config = configured(&config, variables);
        let request = ChatRequest::from_json(&request).unwrap();
        passed_over(&config, &request).map(|(id, variable)| format!("{id} {variable}"))
    };
    assert_eq!(over(order, "", &[]).as_deref(), Some("openai NOPE"));
    assert_eq!(over(order, "", &["NOPE"]), None);
    assert_eq!(over("", "", &[]), None);
    assert_eq!(over(order, r#","model":"qwen3:8b""#, &[]), None);
    assert_eq!(over(order, r#","provider":"ollama""#, &[]), None);
    let chosen = r#""default":"ollama","fallback_order":["openai","ollama"],"#;
    assert_eq!(over(chosen, "", &[]), None);
}
