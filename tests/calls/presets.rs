//! Servers known by name: where requests go, with which key, and what is said differently.

use std::rc::Rc;

use aircher_llm::chat::TokenUsage;
use aircher_llm::config::{Config, KeySource};
use aircher_llm::policy::pricing::Factors;
use aircher_llm::run::Client;
use expect_test::{Expect, expect};

use crate::script::{World, ask, json};
use crate::support::{Answer, server};
use crate::test;

const KEY: &str = "sk-preset-0123456789";

fn client(json: &str) -> Client {
    let variables = |name: &str| name.ends_with("_API_KEY").then(|| KEY.to_string());
    Client::new(Config::from_json(json, &server(&variables)).unwrap())
}

/// A client that asks for the whole answer at once.
fn whole(json: &str, answers: impl IntoIterator<Item = Answer>) -> World {
    World::of(Rc::new(client(json)), answers).whole()
}

/// The request that one call to a provider sends: address, key and body.
fn sent(providers: &str, request: &str) -> (String, Option<String>, String) {
    let answer = r#"{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}"#;
    let providers = format!(r#"{{"providers":{{{providers}}}}}"#);
    let world = whole(&providers, [json(200, answer)]);
    world.finish_of(request).unwrap();
    let request = world.env.0.borrow_mut().requests.remove(0);
    let key = request
        .headers
        .iter()
        .find(|header| header.name == "authorization");
    (
        request.url.clone(),
        key.map(|header| header.value.clone()),
        String::from_utf8(request.body.unwrap()).unwrap(),
    )
}

const ASK: &str =
    r#"{"model":"m","provider":"PROVIDER","messages":[{"role":"user","content":"hi"}]}"#;

#[test]
fn each_is_where_its_vendor_says() {
    let presets = aircher_llm::provider::of_kind("openai")
        .unwrap()
        .profile()
        .presets;
    let told = presets.iter().map(|preset| {
        let providers = format!(r#""{}":{{}}"#, preset.name);
        let (url, key, _) = sent(&providers, &ASK.replace("PROVIDER", preset.name));
        assert_eq!(key.is_some(), preset.key_variable.is_some());
        format!(
            "{} {} {url}",
            preset.name,
            preset.key_variable.unwrap_or("-")
        )
    });
    expect![[r#"
        groq GROQ_API_KEY https://api.groq.com/openai/v1/chat/completions
        openrouter OPENROUTER_API_KEY https://openrouter.ai/api/v1/chat/completions
        deepseek DEEPSEEK_API_KEY https://api.deepseek.com/v1/chat/completions
        mistral MISTRAL_API_KEY https://api.mistral.ai/v1/chat/completions
        xai XAI_API_KEY https://api.x.ai/v1/chat/completions
        together TOGETHER_API_KEY https://api.together.xyz/v1/chat/completions
        lmstudio - http://localhost:1234/v1/chat/completions
        llamacpp - http://localhost:8080/v1/chat/completions
        vllm - http://localhost:8000/v1/chat/completions"#]]
    .assert_eq(&told.collect::<Vec<_>>().join("\n"));
}

/// Which model a request is for, as sent, by the model it names; `-`: the server is asked for one.
#[track_caller]
fn check_model(provider: &str, named: Option<&str>, expected: &str) {
    let client = client(&format!(r#"{{"providers":{{{provider}}}}}"#));
    let model = client.config.providers[0].model_for(named);
    assert_eq!(model.unwrap_or("-"), expected, "{provider} {named:?}");
}

#[test]
fn a_request_is_for_the_model_it_names_the_configured_or_the_usual_one() {
    check_model(r#""openai":{}"#, None, "gpt-6-luna");
    check_model(r#""openai":{}"#, Some("  "), "gpt-6-luna");
    check_model(r#""openai":{}"#, Some("gpt-4o"), "gpt-4o");
    let aliases = r#""openai":{"model":"fast","custom_models":{"fast":"gpt-4o"}}"#;
    check_model(aliases, None, "gpt-4o");
    check_model(aliases, Some("gpt-5"), "gpt-5");
    // A compatible server at an address of its own may well be a proxy in front of OpenAI.
    let own = r#""p":{"kind":"openai","base_url":"https://proxy.example.com/v1"}"#;
    check_model(own, None, "gpt-6-luna");
    check_model(r#""lmstudio":{}"#, None, "-");
    check_model(r#""lmstudio":{"model":"qwen3"}"#, None, "qwen3");
    check_model(r#""ollama":{}"#, None, "-");
}

#[test]
fn another_name_takes_another_key() {
    let client = client(
        r#"{"providers":{"fast":{"kind":"groq","api_key_env":"FAST_API_KEY"},"bare":{"kind":"groq"}}}"#,
    );
    let fast = client.config.provider("fast").unwrap();
    assert_eq!(fast.base_url.as_str(), "https://api.groq.com/openai/v1");
    assert!(matches!(fast.key, KeySource::Literal(_)));
    // A named provider never takes another table's key.
    assert_eq!(client.config.provider("bare").unwrap().key, KeySource::None);
    let own = r#""groq":{"base_url":"https://proxy.example.com/v1","api_key":null}"#;
    let (url, key, _) = sent(own, &ASK.replace("PROVIDER", "groq"));
    assert_eq!(
        (url.as_str(), key),
        ("https://proxy.example.com/v1/chat/completions", None)
    );
}

#[test]
fn a_missing_key_is_told_by_its_variable() {
    let json = r#"{"providers":{"deepseek":{}}}"#;
    let config = Config::from_json(json, &server(&|_| None)).unwrap();
    let client = Rc::new(Client::new(config));
    let world = World::of(client, []);
    let asked = world.finish_of(&ASK.replace("PROVIDER", "deepseek"));
    let error = asked.unwrap_err();
    assert_eq!(error.code.as_deref(), Some("missing_key"));
    assert!(
        error.message.contains("DEEPSEEK_API_KEY"),
        "{}",
        error.message
    );
}

/// What two exchanges send, the list of models and what follows it.
#[track_caller]
fn check_sent(world: &World, expected: Expect) {
    let world = world.env.0.borrow();
    let told = world.requests.iter().map(|request| {
        let body = request.body.as_deref().unwrap_or_default();
        let told = format!("{} {}", request.url, String::from_utf8_lossy(body));
        told.trim().to_string()
    });
    expected.assert_eq(&told.collect::<Vec<_>>().join("\n"));
}

const LOCAL: &str =
    r#"{"data":[{"id":"text-embedding-nomic-embed-text-v1.5"},{"id":"qwen3-4b-instruct-2507"}]}"#;

#[test]
fn without_a_model_a_server_is_asked_for_its_own() {
    let answer = r#"{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":2}}"#;
    let answers = [LOCAL, answer].map(|body| json(200, body));
    let world = whole(r#"{"providers":{"lmstudio":{}}}"#, answers);
    let answer = world.finish_of(&ask("")).unwrap();
    assert_eq!(answer.model, "qwen3-4b-instruct-2507");
    check_sent(
        &world,
        expect![[r#"
            http://localhost:1234/v1/models
            http://localhost:1234/v1/chat/completions {"model":"qwen3-4b-instruct-2507","messages":[{"role":"user","content":"hi"}],"stream":false}"#]],
    );
}

#[test]
fn without_a_model_texts_go_to_the_first_of_the_server_that_embeds() {
    let vectors = r#"{"data":[{"index":0,"embedding":[1,2]}]}"#;
    let chats = r#"{"data":[{"id":"qwen3-4b"}]}"#;
    let answers = [LOCAL, vectors, chats].map(|body| json(200, body));
    let world = whole(r#"{"providers":{"lmstudio":{},"llamacpp":{}}}"#, answers);
    let ask = |provider: &str| world.embeds(&format!(r#"{{"provider":"{provider}","input":"a"}}"#));
    ask("lmstudio").unwrap();
    let error = ask("llamacpp").unwrap_err();
    assert_eq!(
        error.to_string(),
        "model_not_found: llamacpp has no model for embeddings"
    );
    check_sent(
        &world,
        expect![[r#"
        http://localhost:1234/v1/models
        http://localhost:1234/v1/embeddings {"model":"text-embedding-nomic-embed-text-v1.5","input":["a"],"encoding_format":"float"}
        http://localhost:8080/v1/models"#]],
    );
}

/// What comes of a request without a model, of a call or of `embed`, after `llm.explain`; nothing is sent.
#[track_caller]
fn check_unnamed(provider: &str, expected: &Expect) {
    let world = whole(&format!(r#"{{"providers":{{{provider}}}}}"#), []).asking(ask(""));
    let explained = world.env.run(world.call().explain()).unwrap();
    let skipped = explained.candidates[0].skipped.as_ref().unwrap();
    let error = world.finish().unwrap_err();
    assert_eq!(skipped.to_string(), error.to_string());
    let embedded = world.embeds(r#"{"input":"a"}"#).unwrap_err();
    assert_eq!(world.sent(), 0);
    expected.assert_eq(&format!("{error}\n{embedded}"));
}

#[test]
fn who_bills_for_its_models_is_not_asked_for_any_of_them() {
    check_unnamed(
        r#""fast":{"kind":"groq","api_key_env":"FAST_API_KEY"}"#,
        &expect![[r#"
            model_not_found: fast: no model is named, and each has its price; name one as `model` of the request, or, for chats, as `providers.fast.model`
            model_not_found: fast: no model is named, and each has its price; name one as `model` of the request, or, for chats, as `providers.fast.model`"#]],
    );
    let presets = [
        "groq",
        "openrouter",
        "deepseek",
        "mistral",
        "xai",
        "together",
    ];
    for name in presets {
        let client = client(&format!(r#"{{"providers":{{"{name}":{{}}}}}}"#));
        assert!(client.config.providers[0].needs_model(), "{name}");
    }
    for name in ["lmstudio", "llamacpp", "vllm", "ollama", "openai"] {
        let client = client(&format!(r#"{{"providers":{{"{name}":{{}}}}}}"#));
        assert!(!client.config.providers[0].needs_model(), "{name}");
    }
}

#[test]
fn without_a_model_the_next_of_the_order_answers() {
    let chain = r#"{"providers":{"fallback_order":["groq","lmstudio"],"default":"groq","groq":{},"lmstudio":{"model":"m"}}}"#;
    let answer = r#"{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}"#;
    let world = whole(chain, [json(200, answer)]);
    let answer = world.finish_of(&ask("")).unwrap();
    let attempts = &answer.metadata.attempts;
    assert_eq!((answer.provider.as_str(), attempts.len()), ("lmstudio", 2));
    assert!(attempts[0].skipped.as_ref().unwrap().contains("groq"));
}

/// What a million tokens in and as many out of a model cost at a provider, in dollars, and its window.
#[track_caller]
fn check_known(provider: &str, model: &str, expected: &str) {
    let client = client(&format!(r#"{{"providers":{{{provider}}}}}"#));
    let provider = &client.config.providers[0];
    let known = client.known(provider, provider.sent(model));
    let usage = TokenUsage {
        prompt_tokens: 1_000_000,
        completion_tokens: 1_000_000,
        ..TokenUsage::default()
    };
    let tariff = provider.tariff(known.as_ref(), &Factors::default());
    let cost = tariff.and_then(|tariff| tariff.cost(&usage));
    let cost = cost.map(|cost| cost.nanos() as f64 / 1e9);
    let window = known.and_then(|known| known.context_window());
    assert_eq!(format!("{cost:?} {window:?}"), expected);
}

#[test]
fn a_server_of_ones_own_costs_nothing_unless_prices_are_configured() {
    check_known(r#""openai":{}"#, "gpt-4o", "Some(12.5) Some(128000)");
    check_known(r#""lmstudio":{}"#, "qwen3", "Some(0.0) None");
    // Served under a name that programs written for OpenAI ask for.
    check_known(r#""vllm":{}"#, "gpt-4o", "Some(0.0) None");
    let rented = r#""box":{"kind":"vllm","custom_models":{"m":{"prices":{"in":1,"out":"2.5"},"context_window":4096}}}"#;
    check_known(rented, "m", "Some(3.5) Some(4096)");
    check_known(rented, "other", "Some(0.0) None");
    // What others charge is not known, but for what the table knows by that name.
    check_known(r#""groq":{}"#, "llama-4-maverick", "None None");
    check_known(
        r#""openrouter":{}"#,
        "openai/gpt-4o",
        "Some(12.5) Some(128000)",
    );
}

#[test]
fn the_table_s_models_are_not_those_of_servers_known_by_name() {
    let client = client(
        r#"{"providers":{"openai":{},"lmstudio":{"custom_models":{"m":{"context_window":4096}}},"groq":{}}}"#,
    );
    let ids = |provider: &str| {
        let models = client.known_models(Some(provider));
        models.into_iter().map(|model| model.id).collect::<Vec<_>>()
    };
    assert!(ids("openai").contains(&"gpt-6-luna".to_string()));
    assert_eq!(
        (ids("lmstudio"), ids("groq")),
        (vec!["m".to_string()], vec![])
    );
}

#[test]
fn a_local_answer_fits_every_budget() {
    let local = r#"{"providers":{"llamacpp":{"model":"m"}},"costs":{"daily_limit":0.01}}"#;
    let answer = r#"{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":900000,"completion_tokens":2}}"#;
    let answers = [json(200, answer)];
    let request = r#"{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://a.example/b.png"}}]}]}"#;
    let answer = whole(local, answers).finish_of(request).unwrap();
    assert_eq!(answer.metadata.cost.map(|cost| cost.nanos()), Some(0));
}

const STREAM: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
const REFUSAL: &str = r#"{"detail":[{"type":"extra_forbidden","loc":["body","stream_options"],"msg":"Extra inputs"}]}"#;

/// One streamed call after the other to the provider `p`: each `answered`, or its error and hint;
/// then, of each request, whether the usage was asked for.
#[track_caller]
fn check_usage(provider: &str, answers: &[(u16, &str)], calls: usize, expected: Expect) {
    let answers = answers.iter().map(|(status, body)| {
        let kind = ["application/json", "text/event-stream"][usize::from(*status == 200)];
        Answer::new(*status, kind, *body)
    });
    let client = Rc::new(client(&format!(r#"{{"providers":{{{provider}}}}}"#)));
    let world = World::of(client, answers);
    let asked = ASK.replace("PROVIDER", &world.client.config.providers[0].id);
    let mut told = Vec::new();
    for _ in 0..calls {
        told.push(match world.finish_of(&asked) {
            Ok(answer) => format!("answered, {} attempts", answer.metadata.attempts.len()),
            Err(error) => format!("{error}; {}", error.hint.clone().unwrap_or_default()),
        });
    }
    for request in &world.env.0.borrow().requests {
        let body = String::from_utf8_lossy(request.body.as_deref().unwrap()).into_owned();
        let asks = body.contains(r#""stream_options":{"include_usage":true}"#);
        told.push(format!("asked for usage: {asks}"));
    }
    expected.assert_eq(&told.join("\n"));
}

#[test]
fn streams_are_asked_for_their_usage_where_that_is_taken() {
    let good = (200, STREAM);
    check_usage(
        r#""groq":{}"#,
        &[good],
        1,
        expect![[r#"
        answered, 1 attempts
        asked for usage: true"#]],
    );
    check_usage(
        r#""mistral":{}"#,
        &[good],
        1,
        expect![[r#"
        answered, 1 attempts
        asked for usage: false"#]],
    );
    check_usage(
        r#""mistral":{"stream_usage":true}"#,
        &[good],
        1,
        expect![[r#"
            answered, 1 attempts
            asked for usage: true"#]],
    );
    check_usage(
        r#""openai":{"api":"chat","stream_usage":false}"#,
        &[good],
        1,
        expect![[r#"
            answered, 1 attempts
            asked for usage: false"#]],
    );
}

#[test]
fn who_refuses_to_be_asked_for_usage_is_asked_once_more_without() {
    let own = r#""p":{"kind":"openai","base_url":"https://p.example/v1"}"#;
    let (good, refused) = ((200, STREAM), (422, REFUSAL));
    check_usage(
        own,
        &[refused, good, good],
        2,
        expect![[r#"
        answered, 2 attempts
        answered, 1 attempts
        asked for usage: true
        asked for usage: false
        asked for usage: false"#]],
    );
    let other = (400, r#"{"error":{"message":"unknown field: tools"}}"#);
    check_usage(
        own,
        &[refused, refused],
        1,
        expect![[r#"
        invalid_request: the provider refused the request (HTTP 422): {"detail":[{"type":"extra_forbidden","loc":["body","stream_options"],"msg":"Extra inputs"}]}; leave it out of `provider_options`, or set `stream_usage = false`
        asked for usage: true
        asked for usage: false"#]],
    );
    check_usage(
        own,
        &[other],
        1,
        expect![[r#"
        invalid_request: the provider refused the request (HTTP 400): unknown field: tools; 
        asked for usage: true"#]],
    );
    // OpenAI itself takes it; what it refuses is something of the caller's own.
    check_usage(
        r#""openai":{"api":"chat"}"#,
        &[(400, REFUSAL)],
        1,
        expect![[r#"
            invalid_request: the provider refused the request (HTTP 400): {"detail":[{"type":"extra_forbidden","loc":["body","stream_options"],"msg":"Extra inputs"}]}; leave it out of `provider_options`, or set `stream_usage = false`
            asked for usage: true"#]],
    );
}

#[track_caller]
fn check_ids(provider: &str, expected: Expect) {
    let call = |id: &str| {
        format!(r#"{{"id":"{id}","type":"function","function":{{"name":"f","arguments":"{{}}"}}}}"#)
    };
    let result = |id: &str| format!(r#"{{"role":"tool","tool_call_id":"{id}","content":"1"}}"#);
    let request = format!(
        r#"{{"model":"m","provider":"{provider}","messages":[{{"role":"user","content":"hi"}},{{"role":"assistant","content":"","tool_calls":[{},{}]}},{},{}]}}"#,
        call("call_0123456789abcdef"),
        call("a1B2c3D4e"),
        result("call_0123456789abcdef"),
        result("a1B2c3D4e"),
    );
    let (_, _, body) = sent(&format!(r#""{provider}":{{}}"#), &request);
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    let ids = body["messages"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|message| {
            let calls = message["tool_calls"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            let own = calls.into_iter().map(|call| call["id"].to_string());
            own.chain(message.get("tool_call_id").map(ToString::to_string))
                .collect::<Vec<_>>()
        });
    expected.assert_eq(&ids.collect::<Vec<_>>().join(" "));
}

#[test]
fn ids_of_calls_have_the_length_a_server_takes() {
    check_ids(
        "mistral",
        expect![[r#""j4bxf254x" "a1B2c3D4e" "j4bxf254x" "a1B2c3D4e""#]],
    );
    check_ids(
        "groq",
        expect![[r#""call_0123456789abcdef" "a1B2c3D4e" "call_0123456789abcdef" "a1B2c3D4e""#]],
    );
}

#[test]
fn an_organisation_and_a_project_are_headers() {
    let named = r#"{"providers":{"openai":{"org_id":"org-1","project":"proj_2","api":"chat"}}}"#;
    let world = whole(named, [json(200, "{}")]);
    let _ = world.finish_of(&ASK.replace("PROVIDER", "openai"));
    let headers = world.env.0.borrow().requests[0].headers.clone();
    let value = |name: &str| {
        let found = headers.iter().find(|header| header.name == name);
        found.map(|header| header.value.clone())
    };
    assert_eq!(value("openai-organization").as_deref(), Some("org-1"));
    assert_eq!(value("openai-project").as_deref(), Some("proj_2"));
}
