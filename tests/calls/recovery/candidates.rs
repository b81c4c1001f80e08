//! Who is asked, with which model, and what is known before.

use expect_test::{Expect, expect};

use super::{NO_RETRY, RETRY, check, client, local};
use crate::script::{KEY, World, ask, claude, error, hello, json, out};
use crate::test;

// ---- who is asked --------------------------------------------------------------

#[test]
fn a_conversation_that_is_too_long_goes_to_a_larger_window_only() {
    let too_long = || {
        json(
            400,
            r#"{"error":{"message":"This model's maximum context length is 128000 tokens.","code":"context_length_exceeded"}}"#,
        )
    };
    check(
        NO_RETRY,
        &ask(""),
        [too_long(), claude()],
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      failover openai -> claude: context_length_exceeded
        0      send POST https://api.anthropic.com/v1/messages
        0      -> "Salut"
        0      = "Salut" Stop, 9 + 2 tokens, 0 ms
        0         openai gpt-4o: context_length_exceeded 400, 0 ms, 0 n$
        0         claude claude-haiku-5-5: answered, 0 ms, 1900 n$"#]],
    );
    let smaller = ask(r#","fallback":["openai/gpt-4","claude"]"#);
    check(
        NO_RETRY,
        &smaller,
        [too_long(), claude()],
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      failover openai -> openai: context_length_exceeded
        0      failover openai -> claude: context_length_exceeded
        0      send POST https://api.anthropic.com/v1/messages
        0      -> "Salut"
        0      = "Salut" Stop, 9 + 2 tokens, 0 ms
        0         openai gpt-4o: context_length_exceeded 400, 0 ms, 0 n$
        0         openai gpt-4: context_length_exceeded, skipped, 0 ms, 0 n$
        0         claude claude-haiku-5-5: answered, 0 ms, 1900 n$"#]],
    );
}

#[test]
fn a_window_of_the_request_s_own_is_checked_before_sending() {
    check(
        NO_RETRY,
        &ask(r#","context_window":5,"fallback":false"#),
        [],
        expect![[r#"
            0      ! context_length_exceeded: the conversation has about 8 tokens, the window is 5 [billed no]
            0         openai gpt-4o: context_length_exceeded, skipped, 0 ms, 0 n$"#]],
    );
}

#[test]
fn a_filter_is_asked_elsewhere_only_if_that_is_wanted() {
    let filtered = || {
        json(
            400,
            r#"{"error":{"message":"Your request was rejected by our safety system","code":"content_policy_violation"}}"#,
        )
    };
    check(
        NO_RETRY,
        &ask(""),
        [filtered()],
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      ! content_filter: a content filter refused it (HTTP 400): Your request was rejected by our safety system [code content_policy_violation] [billed no]
        0         openai gpt-4o: content_filter 400, 0 ms, 0 n$"#]],
    );
    let wanted = r#","retry":{"max_retries":0},"failover":{"on_content_filter":true}"#;
    check(
        wanted,
        &ask(""),
        [filtered(), claude()],
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      failover openai -> claude: content_filter
        0      send POST https://api.anthropic.com/v1/messages
        0      -> "Salut"
        0      = "Salut" Stop, 9 + 2 tokens, 0 ms
        0         openai gpt-4o: content_filter 400, 0 ms, 0 n$
        0         claude claude-haiku-5-5: answered, 0 ms, 1900 n$"#]],
    );
}

#[test]
fn what_the_request_is_to_blame_for_ends_it() {
    check(
        RETRY,
        &ask(""),
        [error(400, "messages: nonsense")],
        expect![[r#"
            0      send POST https://api.openai.com/v1/chat/completions
            0      ! invalid_request: the provider refused the request (HTTP 400): messages: nonsense [billed no]
            0         openai gpt-4o: invalid_request 400, 0 ms, 0 n$"#]],
    );
}

#[test]
fn who_is_asked_and_with_which_model() {
    let own = ask(
        r#","provider":"claude","model":"claude-opus-5-5","fallback":["ollama/llama3.2","openai"]"#,
    );
    check(
        NO_RETRY,
        &own,
        [out(), out(), hello()],
        expect![[r#"
        0      send POST https://api.anthropic.com/v1/messages
        0      failover claude -> ollama: overloaded
        0      send POST http://localhost:11434/api/chat
        0      failover ollama -> openai: overloaded
        0      send POST https://api.openai.com/v1/chat/completions
        0      -> "Hel"
        0      -> "lo"
        0      = "Hello" Stop, 9 + 2 tokens, 0 ms
        0         claude claude-opus-5-5: overloaded 503, 0 ms, 0 n$
        0         ollama llama3.2: overloaded 503, 0 ms, 0 n$
        0         openai gpt-4o: answered, 0 ms, 42500 n$"#]],
    );
    let models =
        r#","retry":{"max_retries":0},"failover":{"models":{"claude":"claude-sonnet-5-5"}}"#;
    check(
        models,
        &ask(""),
        [out(), claude()],
        expect![[r#"
        0      send POST https://api.openai.com/v1/chat/completions
        0      failover openai -> claude: overloaded
        0      send POST https://api.anthropic.com/v1/messages
        0      -> "Salut"
        0      = "Salut" Stop, 9 + 2 tokens, 0 ms
        0         openai gpt-4o: overloaded 503, 0 ms, 0 n$
        0         claude claude-sonnet-5-5: answered, 0 ms, 1900 n$"#]],
    );
    check(
        NO_RETRY,
        &ask(r#","fallback":false"#),
        [out()],
        expect![[r#"
            0      send POST https://api.openai.com/v1/chat/completions
            0      ! overloaded: the provider is overloaded (HTTP 503): out of order [retryable yes] [billed no]
            0         openai gpt-4o: overloaded 503, 0 ms, 0 n$"#]],
    );
    check(
        NO_RETRY,
        &ask(r#","fallback":["nobody/else"]"#),
        [],
        expect![
            "0      ! model_not_found: fallback: model: no configured provider is known to serve `nobody/else` [hint name the provider as well (`provider`, or `<provider>/nobody/else`); configured: openai, claude, ollama] [billed no]"
        ],
    );
}

#[test]
fn a_budget_leads_to_who_costs_less() {
    let costs = r#","retry":{"max_retries":0},"costs":{"daily_limit":"0.000001"}"#;
    check(
        costs,
        &ask(r#","max_tokens":100"#),
        [local()],
        expect![[r#"
            0      failover openai -> claude: budget_exceeded
            0      failover claude -> ollama: budget_exceeded
            0      send POST http://localhost:11434/api/chat
            0      -> "Hei"
            0      = "Hei" Stop, 9 + 2 tokens, 0 ms
            0         openai gpt-4o: budget_exceeded, skipped, 0 ms, 0 n$
            0         claude claude-haiku-5-5: budget_exceeded, skipped, 0 ms, 0 n$
            0         ollama qwen3: answered, 0 ms, 0 n$"#]],
    );
}

// ---- what would happen ---------------------------------------------------------

#[track_caller]
fn explained(tables: &str, request: &str, expected: Expect) {
    let world = client(tables, []);
    let explanation = world.env.run(world.call_of(request).explain()).unwrap();
    let mut told = format!("{:?} would answer\n", explanation.provider);
    for prospect in &explanation.candidates {
        let cost = prospect.cost.map(|cost| cost.nanos());
        let skipped = prospect.skipped.as_ref().map(ToString::to_string);
        let warnings: Vec<_> = prospect
            .warnings
            .iter()
            .map(|warning| &warning.field)
            .collect();
        told.push_str(&format!(
            "{} {:?} ({}): {} + {} tokens, {cost:?} n$, {skipped:?}, {warnings:?}\n",
            prospect.provider,
            prospect.model,
            prospect.because,
            prospect.input_tokens,
            prospect.output_tokens
        ));
    }
    expected.assert_eq(&told);
    assert_eq!(world.env.log(), "", "nothing has happened");
    assert_eq!(world.env.store().bucket("*/d:2027-01-01").n, 0);
}

#[test]
fn a_dry_run_tells_who_would_answer_and_why() {
    explained(
        "",
        &ask(""),
        expect![[r#"
            Some("openai") would answer
            openai Some("gpt-4o") (default): 8 + 4096 tokens, Some(40980000) n$, None, []
            claude Some("claude-haiku-5-5") (fallback): 9 + 4096 tokens, Some(2048900) n$, None, []
            ollama Some("qwen3") (fallback): 11 + 4096 tokens, Some(0) n$, None, []
        "#]],
    );
    let costs = r#","costs":{"limits":{"openai_daily":"0.00001"}}"#;
    explained(
        costs,
        &ask(r#","max_tokens":100,"seed":7"#),
        expect![[r#"
            Some("claude") would answer
            openai Some("gpt-4o") (default): 8 + 100 tokens, Some(1020000) n$, Some("budget_exceeded: the limit of 0.00001 US dollars (p:openai d:2027-01-01) does not leave the 0.001245 this request may cost: 0 spent, 0 set aside"), []
            claude Some("claude-haiku-5-5") (fallback): 9 + 100 tokens, Some(50900) n$, None, [Some("seed")]
            ollama Some("qwen3") (fallback): 11 + 100 tokens, Some(0) n$, None, []
        "#]],
    );
    let limit = ask(r#","max_tokens":100,"cost_limit":"0.000001""#);
    explained(
        "",
        &limit,
        expect![[r#"
            Some("ollama") would answer
            openai Some("gpt-4o") (default): 8 + 100 tokens, Some(1020000) n$, Some("budget_exceeded: the limit of 0.000001 US dollars (request) does not leave the 0.001245 this request may cost: 0 spent, 0 set aside"), []
            claude Some("claude-haiku-5-5") (fallback): 9 + 100 tokens, Some(50900) n$, Some("budget_exceeded: the limit of 0.000001 US dollars (request) does not leave the 0.00007678 this request may cost: 0 spent, 0 set aside"), []
            ollama Some("qwen3") (fallback): 11 + 100 tokens, Some(0) n$, None, []
        "#]],
    );
}

#[test]
fn a_first_choice_whose_variable_is_not_set_is_told() {
    let config = format!(
        r#"{{"providers":{{"fallback_order":["openai","claude"],
            "openai":{{"api_key_env":"NOPE"}},"claude":{{"api_key":"{KEY}"}}}}}}"#
    );
    let world = World::new(&config, [claude()]);
    expect![[r#"
        0      warning key_missing openai is first in `providers.fallback_order`, but NOPE is not set: somebody else was asked first
        0      send POST https://api.anthropic.com/v1/messages
        0      -> "Salut"
        0      = "Salut" Stop, 9 + 2 tokens, 0 ms
        0         claude claude-haiku-5-5: answered, 0 ms, 1900 n$"#]].assert_eq(&world.attempt(&ask("")).log());
}
