use expect_test::{Expect, expect};

use super::*;
use crate::chat::ChatRequest;

/// The families the texts were counted for, with the vocabularies themselves.
const MODELS: [(&str, &str); 5] = [
    ("openai", "gpt-6-luna"),
    ("claude", "claude-sonnet-4-5"),
    ("claude", "claude-sonnet-5"),
    ("gemini", "gemini-3.8-flash"),
    ("ollama", "llama3.2"),
];

fn family(kind: &str, model: &str) -> &'static Family {
    let provider = crate::provider::of_kind(kind).unwrap();
    provider.profile().tokens.of(model)
}

/// Texts and how many tokens they really are: o200k_base, Claude up to Opus 4.6,
/// Claude since, Gemma 3, Llama 3 (`docs/tokens.md` says who counted).
const TEXTS: [(&str, &str, [u64; 5]); 16] = [
    (
        "prose",
        "The quick brown fox jumps over the lazy dog, and nobody in the village was surprised.",
        [18, 19, 30, 18, 18],
    ),
    (
        "code",
        "fn main() {\n    let total: u64 = items.iter().map(|item| item.price).sum();\n    println!(\"{total}\");\n}\n",
        [29, 38, 42, 36, 29],
    ),
    (
        "json",
        "{\"name\":\"get_weather\",\"parameters\":{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}},\"required\":[\"city\"]}}",
        [26, 32, 46, 28, 26],
    ),
    (
        "numbers",
        "3.14159 2026-11-22 12:30:45 1000000 42 0.001",
        [27, 28, 27, 44, 27],
    ),
    (
        "German",
        "Die Bundesregierung hat beschlossen, die Förderung für Wärmepumpen zu verlängern.",
        [17, 28, 38, 19, 25],
    ),
    (
        "French",
        "L'été dernier, nous avons découvert une petite librairie cachée derrière l'église.",
        [18, 26, 30, 19, 23],
    ),
    (
        "Russian",
        "Вчера вечером мы долго гуляли по набережной и говорили о будущем.",
        [17, 28, 28, 17, 21],
    ),
    (
        "Chinese",
        "今天天气很好，我们决定去公园散步，然后在湖边的餐馆吃午饭。",
        [22, 35, 34, 20, 23],
    ),
    (
        "Japanese",
        "昨日は友達と一緒に新しいカフェでコーヒーを飲みました。",
        [22, 30, 29, 12, 22],
    ),
    (
        "Korean",
        "어제 저녁에 우리는 강변을 따라 오랫동안 산책했습니다.",
        [17, 33, 32, 17, 17],
    ),
    (
        "Arabic",
        "ذهبنا أمس إلى السوق القديم واشترينا الفواكه والخضروات الطازجة.",
        [20, 39, 39, 22, 28],
    ),
    (
        "Hindi",
        "कल शाम हम नदी के किनारे बहुत देर तक टहलते रहे।",
        [15, 31, 31, 14, 24],
    ),
    (
        "emoji",
        "Great work 🎉🚀 see you tomorrow 😀👍",
        [11, 18, 23, 9, 15],
    ),
    (
        "base64",
        "iVBORw0KGgoAAAANSUhEUgAAADwAAAAeCAIAAAD/+uoYAAAVQUlEQVR4AQE2Fcnq",
        [35, 52, 62, 36, 35],
    ),
    (
        "hex",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        [43, 44, 47, 59, 43],
    ),
    (
        "table",
        "| name  | count |\n|-------|-------|\n| alpha |    12 |\n| beta  |   345 |\n",
        [26, 29, 34, 31, 26],
    ),
];

#[test]
fn texts_cost_about_what_their_vocabulary_says() {
    let mut table = String::new();
    for (name, text, counted) in TEXTS {
        table.push_str(&format!("{name:9}"));
        for ((kind, model), counted) in MODELS.into_iter().zip(counted) {
            let ours = estimate_text(text, family(kind, model));
            table.push_str(&format!(" {ours:3}/{counted:<3}"));
        }
        table.push('\n');
    }
    expect![[r#"
        prose      18/18   19/19   25/30   18/18   18/18 
        code       32/29   38/38   44/42   38/36   32/29 
        json       27/26   32/32   44/46   28/28   26/26 
        numbers    24/27   23/28   22/27   41/44   24/27 
        German     20/17   28/28   40/38   20/19   25/25 
        French     26/18   35/26   44/30   27/19   31/23 
        Russian    22/17   30/28   31/28   23/17   27/21 
        Chinese    23/22   34/35   33/34   20/20   24/23 
        Japanese   21/22   25/30   25/29   14/12   19/22 
        Korean     16/17   32/33   32/32   15/17   17/17 
        Arabic     20/20   44/39   44/39   20/22   23/28 
        Hindi      15/15   35/31   35/31   13/14   24/24 
        emoji      12/11   22/18   24/23   10/9    16/15 
        base64     24/35   34/52   57/62   26/36   24/35 
        hex        50/43   49/44   50/47   64/59   50/43 
        table      22/26   28/29   34/34   28/31   22/26 
    "#]]
    .assert_eq(&table);
}

#[test]
fn a_text_in_pieces_costs_the_same() {
    for (_, text, _) in TEXTS {
        let family = family("claude", "claude-sonnet-5");
        let mut meter = Meter::default();
        text.chars()
            .for_each(|c| meter.push(c.encode_utf8(&mut [0; 4]), family.weights));
        assert_eq!(meter.tokens(), estimate_text(text, family), "{text}");
    }
}

#[test]
fn no_text_is_more_than_its_bound() {
    for (_, text, counted) in TEXTS {
        for ((kind, model), counted) in MODELS.into_iter().zip(counted) {
            let family = family(kind, model);
            let most = family.most_units(Use::Text, text) / UNIT;
            assert!(most >= counted, "{model}: {text}");
            assert!(most >= estimate_text(text, family), "{model}: {text}");
        }
    }
    // Found by search: what costs the newer Claude vocabulary most for its bytes.
    let worst = [
        ("\nZ#Z,Q\tWw?Ss\\ZZ{Wzr8Pq=Ps}_ZJ\nZ1OZ5Qk/Xq", 57),
        ("1Ꮃ1Ꮃ1Ꮳ1Ꮃ1 Ꮳ1Ꮃ1Ꮃ1Ꮃ1 Ꮳ1Ꮃ1Ꮃ1Ꮃ1 Ꮃ 1Ꮃ1Ꮃ 1Ꮳ1Ꮳ ", 131),
    ];
    for (text, counted) in worst {
        assert!(
            counted > text.len() as u64,
            "a plain count of bytes would do"
        );
        let family = family("claude", "claude-sonnet-5");
        assert!(
            family.most_units(Use::Text, text) / UNIT >= counted,
            "{text}"
        );
    }
}

fn request(text: &str) -> ChatRequest {
    ChatRequest::from_json(text).unwrap()
}

/// Estimate and bound of a request with each provider's default family.
#[track_caller]
fn check(text: &str, expected: Expect) {
    let request = request(text);
    let mut table = String::new();
    for kind in ["openai", "claude", "gemini", "ollama"] {
        let family = family(kind, "new");
        let bound = upper_bound(&request, family);
        let open = bound.open.map_or(String::new(), |open| {
            let by = if open.fits_the_window {
                "the window bounds"
            } else {
                "nothing bounds"
            };
            format!(", {by} {}", open.field)
        });
        let line = format!(
            "{kind} {} of {}{open}\n",
            estimate(&request, family),
            bound.tokens
        );
        table.push_str(&line);
    }
    expected.assert_eq(&table);
}

#[test]
fn a_conversation_with_tools() {
    check(
        r#"{"messages":[
            {"role":"system","content":"You are a helpful assistant."},
            {"role":"user","content":"What is the weather in Paris?"},
            {"role":"assistant","content":"","tool_calls":[{"id":"call_1","function":{"name":"weather","arguments":"{\"city\":\"Paris\"}"}}]},
            {"role":"tool","tool_call_id":"call_1","content":"18 °C, cloudy"}],
          "tools":[{"function":{"name":"weather","description":"The weather of a city.",
            "parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}}]}"#,
        expect![[r#"
            openai 87 of 1044
            claude 609 of 1791
            gemini 53 of 1044
            ollama 185 of 1620
        "#]],
    );
}

#[test]
fn state_counts_for_its_own_provider_only() {
    check(
        r#"{"messages":[{"role":"user","content":"Hi"},
            {"role":"assistant","content":"Hello","thinking":"They greet.","provider_state":
              {"provider":"claude","model":"m","blocks":[{"type":"thinking","signature":"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="}]}},
            {"role":"user","content":"Bye"}]}"#,
        expect![[r#"
            openai 17 of 181
            claude 26 of 297
            gemini 7 of 181
            ollama 26 of 181
        "#]],
    );
}

#[test]
fn images_documents_and_sounds() {
    check(
        r#"{"messages":[{"role":"user","content":[
            {"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAABAAAAAQACAYAAAA="}},
            {"type":"image_url","image_url":{"url":"https://example.com/a.jpg"}},
            {"type":"file","file":{"file_data":"data:text/plain;base64,SGVsbG8gdGhlcmU="}},
            {"type":"input_audio","input_audio":{"data":"UklGRiQAAABXQVZFZm10IBAAAAABAAEAgD4AAAB9AAACABAAZGF0YQAAAAA=","format":"wav"}}]}]}"#,
        expect![[r#"
            openai 6180 of 24183
            claude 6192 of 9694
            gemini 2216 of 4623
            ollama 1213 of 32879
        "#]],
    );
    check(
        r#"{"messages":[{"role":"user","content":[
            {"type":"text","text":"Sum it up."},
            {"type":"file","file":{"file_data":"data:application/pdf;base64,JVBERi0xLjQK"}}]}]}"#,
        expect![[r#"
            openai 1011 of 106, the window bounds messages[0].content[1].file
            claude 2013 of 111, the window bounds messages[0].content[1].file
            gemini 535 of 106, the window bounds messages[0].content[1].file
            ollama 1014 of 106, the window bounds messages[0].content[1].file
        "#]],
    );
}

#[test]
fn what_the_provider_fetches_itself_has_no_bound() {
    check(
        r#"{"messages":[{"role":"user","content":"News?"}],"provider_options":{
            "openai":{"tools":[{"type":"web_search"}]},"claude":{"mcp_servers":[]},"gemini":{"safetySettings":[]}}}"#,
        expect![[r#"
            openai 9 of 134, nothing bounds provider_options.openai.tools
            claude 10 of 131, nothing bounds provider_options.claude.mcp_servers
            gemini 3 of 122
            ollama 12 of 101
        "#]],
    );
    check(
        r#"{"messages":[{"role":"user","content":"Who?"}],"response_format":{"type":"json_object"}}"#,
        expect![[r#"
            openai 9 of 356
            claude 106 of 614
            gemini 3 of 356
            ollama 12 of 356, the window bounds response_format
        "#]],
    );
}

#[test]
fn what_is_open_is_bounded_by_the_window_or_refused() {
    let open = |fits_the_window| Bound {
        tokens: 7,
        open: Some(Open {
            field: "f".into(),
            fits_the_window,
        }),
    };
    let closed = Bound {
        tokens: 7,
        open: None,
    };
    assert_eq!(closed.within(None), Ok(7));
    assert_eq!(open(true).within(Some(100)), Ok(100));
    assert_eq!(open(true).within(None), Err("f".to_string()));
    assert_eq!(open(false).within(Some(100)), Err("f".to_string()));
}

#[test]
fn a_received_answer_is_counted_with_its_calls() {
    let mut answer = ChatResponse::new("claude", "m");
    answer.message.content = crate::chat::Content::Text("Let me look.".into());
    answer.message.thinking = Some("They want the weather.".into());
    let call = crate::chat::ToolCall::new("1", "weather", r#"{"city":"Pa"#);
    answer.message.tool_calls.push(call);
    let family = family("claude", "claude-sonnet-5");
    assert_eq!(answer_tokens(&answer, family), 46);
    answer.stream.finished = true;
    assert_eq!(answer_tokens(&answer, family), 49);
    assert_eq!(answer_upper_bound(&answer, family), 270);
}

#[test]
fn names_find_their_family() {
    let most = |kind, model| family(kind, model).images.most;
    assert_eq!(most("openai", "gpt-4o-mini-2024-07-18"), 48_169);
    assert_eq!(most("openai", "openai/gpt-4o"), 1_445);
    assert_eq!(most("openai", "ft:gpt-4o:acme::1"), 1_445);
    assert_eq!(most("openai", "gpt-5"), most("openai", "gpt-5.2"));
    assert_eq!(most("openai", "gpt-5.4"), most("openai", "gpt-6-luna"));
    assert_eq!(most("claude", "anthropic/claude-haiku-4.5"), 1_600);
    assert_eq!(
        most("claude", "claude-opus-4-8"),
        most("claude", "claude-opus-5")
    );
    assert_eq!(most("gemini", "gemini-2.5-flash"), 6_192);
}
