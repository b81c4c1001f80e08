use super::*;
use crate::config::{Config, Host};
use crate::http::Secret;
use expect_test::{Expect, expect};

fn config(extra: &str) -> Config {
    let host = Host::default();
    Config::from_json(
        &format!(r#"{{"providers":{{"ollama":{{{extra}}}}}}}"#),
        &host,
    )
    .unwrap()
}

/// Method, path and body of a request, or the error.
fn request(operation: Operation, asked: &str, extra: &str) -> String {
    let config = config(extra);
    let key = Secret::new("12345678");
    let target = Target {
        config: &config.providers[0],
        model: "",
        known: None,
        key: key.as_ref(),
        stream: false,
        seed: 0,
    };
    match Management.request(operation, asked, &target) {
        Err(error) => format!("{error}\n"),
        Ok(request) => {
            let path = request.url.strip_prefix("http://localhost:11434").unwrap();
            let body = request.body.map(|body| String::from_utf8(body).unwrap());
            let headers: Vec<_> = request
                .headers
                .iter()
                .map(|header| header.name.to_string())
                .collect();
            assert_eq!(
                headers.contains(&"content-type".to_string()),
                body.is_some()
            );
            assert!(headers.contains(&"authorization".to_string()));
            format!(
                "{} {path} {}\n",
                request.method.as_str(),
                body.unwrap_or_default()
            )
        }
    }
}

#[test]
fn every_operation_has_its_request() {
    let all: String = [
        (Operation::List, "{}"),
        (Operation::Running, "{}"),
        (Operation::Version, "{}"),
        (Operation::Show, r#"{"model":"a"}"#),
        (Operation::Show, r#"{"model":"a","verbose":true}"#),
        (Operation::Copy, r#"{"model":"a","destination":"b"}"#),
        (Operation::Delete, r#"{"model":"a"}"#),
        (Operation::Load, r#"{"model":"a"}"#),
        (
            Operation::Load,
            r#"{"model":"a","keep_alive":"1h","num_ctx":4096}"#,
        ),
        (Operation::Unload, r#"{"model":"a"}"#),
        (Operation::HasFile, r#"{"digest":"sha256:12"}"#),
        (Operation::SendFile, r#"{"digest":"sha256:12"}"#),
        (Operation::Pull, r#"{"model":"a"}"#),
        (Operation::Create, r#"{"model":"a","from":"b"}"#),
        (Operation::Pull, r#"{"model":" "}"#),
        (Operation::Copy, r#"{"model":"a"}"#),
    ]
    .iter()
    .map(|(operation, asked)| request(*operation, asked, r#""keep_alive":-1,"num_ctx":8192"#))
    .collect();
    expect![[r#"
        GET /api/tags 
        GET /api/ps 
        GET /api/version 
        POST /api/show {"model":"a"}
        POST /api/show {"model":"a","verbose":true}
        POST /api/copy {"source":"a","destination":"b"}
        DELETE /api/delete {"model":"a"}
        POST /api/chat {"model":"a","messages":[],"stream":false,"keep_alive":-1,"options":{"num_ctx":8192}}
        POST /api/chat {"model":"a","messages":[],"stream":false,"keep_alive":"1h","options":{"num_ctx":4096}}
        POST /api/chat {"model":"a","messages":[],"stream":false,"keep_alive":0}
        HEAD /api/blobs/sha256:12 
        POST /api/blobs/sha256:12 
        POST /api/pull {"model":"a","stream":true}
        POST /api/create {"model":"a","from":"b"}
        invalid_request: model: expected the name of a model
        invalid_request: destination: expected the name of a model
    "#]]
    .assert_eq(&all);
}

fn answer(operation: Operation, text: &str) -> String {
    match Management.answer(operation, text) {
        Ok(text) => text,
        Err(error) => error.to_string(),
    }
}

#[test]
fn answers_are_read() {
    let list = |text| answer(Operation::List, text);
    assert_eq!(list(r#"{"models":[{"name":"a"}]}"#), r#"[{"name":"a"}]"#);
    assert_eq!(list(r#"{"models":null}"#), "[]");
    assert!(list("Ollama is running").starts_with("invalid_response"));
    assert!(list(r#"{"data":[]}"#).starts_with("invalid_response"));
    let version = |text| answer(Operation::Version, text);
    assert_eq!(version(r#"{"version":"0.33.0"}"#), r#""0.33.0""#);
    assert!(version("[]").starts_with("invalid_response"));
    assert_eq!(answer(Operation::Copy, ""), "null");
    assert_eq!(answer(Operation::HasFile, ""), "true");
}

#[track_caller]
fn check_show(told: &str, expected: &str) {
    let shown = answer(Operation::Show, told);
    let (_, found) = shown.split_once(r#","capabilities":"#).unwrap();
    assert_eq!(found, expected);
    assert!(
        shown.starts_with(&format!(r#"{{"told":{told},"#)),
        "{shown}"
    );
}

#[test]
fn show_tells_abilities_and_the_window() {
    check_show(
        r#"{"capabilities":["completion","tools"],"model_info":{"general.architecture":"llama","llama.context_length":131072}}"#,
        r#"["completion","tools"],"context_length":131072}"#,
    );
    check_show(
        r#"{"template":"{{ if .Tools }}{{ .Suffix }}","projector_info":{"a":1}}"#,
        r#"["completion","tools","insert","vision"],"context_length":null}"#,
    );
    // The cloud's catalogue leaves most out.
    check_show("{}", r#"["completion"],"context_length":null}"#);
    assert!(answer(Operation::Show, "ok").starts_with("invalid_response"));
}

fn learned(operation: Operation, model: &str, text: &str) -> String {
    let rows = Management.learned(operation, model, text);
    rows.iter()
        .map(|(id, row)| format!("{id} {row}\n"))
        .collect()
}

#[test]
fn what_is_said_of_models_is_known_under_all_their_names() {
    let show = r#"{"capabilities":["vision"],"model_info":{"general.architecture":"a","a.context_length":9}}"#;
    expect![[r#"
        m {"context_window":9,"functions":false,"images":true,"thinking":false}
        m:latest {"context_window":9,"functions":false,"images":true,"thinking":false}
    "#]]
    .assert_eq(&learned(Operation::Show, "m", show));
    let list = r#"{"models":[{"name":"a:1b","model":"a:1b","capabilities":["thinking","tools"],"details":{"context_length":7}},{"name":"old:latest"}]}"#;
    expect![[r#"
        a:1b {"context_window":7,"functions":true,"images":false,"thinking":true}
        old {}
        old:latest {}
    "#]]
    .assert_eq(&learned(Operation::List, "", list));
    assert_eq!(learned(Operation::List, "", "oops"), "");
    assert_eq!(learned(Operation::Running, "", list), "");
}

#[test]
fn a_digest_is_found_by_any_form_of_the_name() {
    let list = r#"{"models":[{"name":"A:latest","model":"A:latest","digest":"12"},{"name":"b:1","digest":""}]}"#;
    let digest = |model| Management.digest(list, model);
    assert_eq!(digest("a"), ("a:latest".into(), Some("12".into())));
    assert_eq!(digest("a:latest").1, Some("12".into()));
    assert_eq!(digest("b:1"), ("b:1".into(), None));
    assert_eq!(digest("host:5000/c"), ("host:5000/c:latest".into(), None));
    assert_eq!(Management.digest("", "a").1, None);
}

#[test]
fn lines_of_a_task() {
    let line = |text| Management.line(text);
    let whole = line(r#"{"status":"pulling 8e","digest":"sha256:8e","total":10,"completed":3}"#);
    let expected = Line {
        status: "pulling 8e".into(),
        digest: "sha256:8e".into(),
        total: 10,
        completed: 3,
        is_end: false,
    };
    assert_eq!(whole.unwrap(), expected);
    assert!(line(r#"{"status":"success"}"#).unwrap().is_end);
    let unknown = line(r#"{"error":"pull model manifest: file does not exist"}"#).unwrap_err();
    assert_eq!(unknown.kind, crate::error::ErrorKind::ModelNotFound);
    let cut = line(r#"{"status":"pul"#).unwrap_err();
    assert_eq!(cut.kind, crate::error::ErrorKind::StreamInterrupted);
}

// ---- making models ---------------------------------------------------------

#[track_caller]
fn check_plan(spec: &str, expected: Expect) {
    let plan = Management.plan(spec);
    expected.assert_eq(&plan.unwrap_or_else(|error| error.to_string()));
}

fn of_modelfile(source: &str, more: &str) -> String {
    format!(
        r#"{{"model":"m","modelfile":{}{more}}}"#,
        Json::from_value(&source).text()
    )
}

#[test]
fn a_model_is_made_of_what_is_given() {
    check_plan(
        r#"{"model":"mario","from":"llama3.2","system":"You are Mario.","parameters":{"temperature":1,"stop":["a"]},"messages":[{"role":"user","content":"hi"}],"license":["MIT"],"quantize":"q4_K_M"}"#,
        expect![[
            r#"{"model":"mario","from":"llama3.2","system":"You are Mario.","parameters":{"temperature":1,"stop":["a"]},"messages":[{"role":"user","content":"hi"}],"license":["MIT"],"quantize":"q4_K_M","stream":true}"#
        ]],
    );
    check_plan(
        r#"{"model":"m","files":["./dir/model.gguf","C:\\x\\b.gguf"],"adapters":["lora.gguf"]}"#,
        expect![[
            r#"{"model":"m","files":{"model.gguf":"./dir/model.gguf","b.gguf":"C:\\x\\b.gguf"},"adapters":{"lora.gguf":"lora.gguf"},"stream":true}"#
        ]],
    );
    check_plan(
        r#"{"model":"m"}"#,
        expect!["invalid_request: spec: give `from`, `files`, or a Modelfile with FROM"],
    );
    check_plan(
        r#"{"model":"m","from":"a","files":["b"]}"#,
        expect!["invalid_request: spec: a model is made of `from` or of `files`, not of both"],
    );
    check_plan(
        r#"{"model":" ","from":"a"}"#,
        expect!["invalid_request: model: expected the name of a model"],
    );
    check_plan(
        r#"{"model":"m","fron":"a"}"#,
        expect!["invalid_request: fron: unknown field `fron`, did you mean `from`?"],
    );
    check_plan(
        r#"{"model":"m","from":7}"#,
        expect!["invalid_request: from: expected a string, found a number"],
    );
}

#[test]
fn a_modelfile_is_read() {
    let source = "# made by hand\r\nfrom llama3.2\n\nPARAMETER temperature 0.7\nPARAMETER num_ctx 4096\nPARAMETER stop <|a|>\n\
        parameter stop \"b \"\nPARAMETER penalize_newline true\nTEMPLATE \"\"\"{{ .System }}\n\n# no comment \"in\" here\n\"\"\"\nSYSTEM You are Mario.\n\
        SYSTEM \"\"\"You are \"Luigi\".\"\"\"  \nLICENSE \"one\ntwo\"\nLICENSE three\nMESSAGE user Hello\nMESSAGE assistant \"\"\"Yes\nsir\"\"\"\nREQUIRES 0.14.0";
    check_plan(
        &of_modelfile(source, ""),
        expect![[
            r##"{"model":"m","from":"llama3.2","system":"You are \"Luigi\".","template":"{{ .System }}\n\n# no comment \"in\" here\n","requires":"0.14.0","parameters":{"temperature":0.7,"num_ctx":4096,"penalize_newline":true,"stop":["<|a|>","b "]},"messages":[{"role":"user","content":"Hello"},{"role":"assistant","content":"Yes\nsir"}],"license":["one\ntwo","three"],"stream":true}"##
        ]],
    );
}

#[test]
fn what_stands_beside_a_modelfile_wins() {
    let source =
        "FROM a\nSYSTEM one\nPARAMETER top_k 1\nPARAMETER top_p 0.5\nMESSAGE user hi\nLICENSE x";
    check_plan(
        &of_modelfile(
            source,
            r#","from":"b","system":"two","parameters":{"top_k":2},"messages":[],"license":"y""#,
        ),
        expect![[
            r#"{"model":"m","from":"b","system":"two","parameters":{"top_p":0.5,"top_k":2},"messages":[],"license":"y","stream":true}"#
        ]],
    );
}

#[test]
fn files_of_a_modelfile_are_given_by_name() {
    let source = "FROM ./model.gguf\nADAPTER lora.gguf";
    check_plan(
        &of_modelfile(
            source,
            r#","files":["model.gguf"],"adapters":["./lora.gguf"]"#,
        ),
        expect![[
            r#"{"model":"m","files":{"model.gguf":"model.gguf"},"adapters":{"lora.gguf":"./lora.gguf"},"stream":true}"#
        ]],
    );
    check_plan(
        &of_modelfile(source, r#","files":["model.gguf"]"#),
        expect!["invalid_request: modelfile: line 2: `lora.gguf` is a file: give it in `adapters`"],
    );
    check_plan(
        &of_modelfile("FROM /data/model", ""),
        expect!["invalid_request: modelfile: line 1: `/data/model` is a file: give it in `files`"],
    );
    // Another base takes the place of FROM, not of an adapter.
    let base = r#","from":"base""#;
    check_plan(
        &of_modelfile(source, base),
        expect!["invalid_request: modelfile: line 2: `lora.gguf` is a file: give it in `adapters`"],
    );
    check_plan(
        &of_modelfile(source, &format!(r#"{base},"adapters":["lora.gguf"]"#)),
        expect![[
            r#"{"model":"m","from":"base","adapters":{"lora.gguf":"lora.gguf"},"stream":true}"#
        ]],
    );
    // A name without a path is a model, unless a file of that name is given.
    check_plan(
        &of_modelfile("FROM weights", r#","files":["weights"]"#),
        expect![[r#"{"model":"m","files":{"weights":"weights"},"stream":true}"#]],
    );
}

#[test]
fn files_that_would_have_one_name_on_the_server_are_refused() {
    check_plan(
        r#"{"model":"m","files":["a/m.gguf","x.json","b\\m.gguf"]}"#,
        expect![
            "invalid_request: files: `a/m.gguf` and `b\\m.gguf` are both `m.gguf` on the server"
        ],
    );
    check_plan(
        r#"{"model":"m","from":"a","adapters":["lora.gguf","./lora.gguf"]}"#,
        expect![
            "invalid_request: adapters: `lora.gguf` and `./lora.gguf` are both `lora.gguf` on the server"
        ],
    );
    check_plan(
        r#"{"model":"m","files":["a/m.gguf"],"adapters":["b/m.gguf"]}"#,
        expect![[
            r#"{"model":"m","files":{"m.gguf":"a/m.gguf"},"adapters":{"m.gguf":"b/m.gguf"},"stream":true}"#
        ]],
    );
}

#[test]
fn a_mistake_in_a_modelfile_has_its_line() {
    for (source, expected) in [
        (
            "FROM a\n\nFORM b",
            "line 3: unknown instruction `FORM`, expected one of FROM, ADAPTER, SYSTEM, TEMPLATE, LICENSE, MESSAGE, PARAMETER, RENDERER, PARSER, REQUIRES",
        ),
        ("FROM", "line 1: the value is missing"),
        (
            "FROM a\nSYSTEM \"\"\"x\ny",
            "line 2: the value has no closing \"\"\"",
        ),
        ("FROM a\nSYSTEM \"x", "line 2: the value has no closing \""),
        (
            "FROM a\nPARAMETER stop",
            "line 2: expected PARAMETER, a name and a value",
        ),
        (
            "FROM a\nMESSAGE tool hi",
            "line 2: expected MESSAGE and a role, one of system, user, assistant",
        ),
    ] {
        let error = Management.plan(&of_modelfile(source, "")).unwrap_err();
        assert_eq!(error.message, format!("modelfile: {expected}"));
    }
}
