//! What becomes of messages, from wherever they come.

use expect_test::expect;

use super::{SERVER, check_messages};
use crate::provider::openai::tests::official;

#[test]
fn roles_and_names() {
    let messages = r#"{"role":"system","content":"Be brief."},{"role":"user","content":"hi","name":"Ann"},{"role":"assistant","content":"Hello."},{"role":"user","content":"again","name":"Ann B"},{"role":"user","content":[]}"#;
    check_messages(
        official(),
        "gpt-4o",
        messages,
        expect![[r#"
        {"model":"gpt-4o","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"hi","name":"Ann"},{"role":"assistant","content":"Hello."},{"role":"user","content":"again"},{"role":"user","content":""}],"stream":false}
        ! messages[3].name: white space, `<|\/>` and more than 64 characters are not taken; sent without"#]],
    );
    check_messages(
        official(),
        "o3",
        messages,
        expect![[r#"
        {"model":"o3","messages":[{"role":"developer","content":"Be brief."},{"role":"user","content":"hi","name":"Ann"},{"role":"assistant","content":"Hello."},{"role":"user","content":"again"},{"role":"user","content":""}],"stream":false}
        ! messages[3].name: white space, `<|\/>` and more than 64 characters are not taken; sent without"#]],
    );
}

#[test]
fn parts_of_a_user_message() {
    let one = |part: &str| format!(r#"{{"role":"user","content":[{part}]}}"#);
    let image = r#"{"type":"image_url","image_url":{"url":"https://example.com/a.png","detail":"original"}}"#;
    let pdf = r#"{"type":"file","file":{"file_data":"data:application/pdf;base64,AAAA"}}"#;
    let audio = |format: &str| {
        format!(r#"{{"type":"input_audio","input_audio":{{"data":"AAAA","format":"{format}"}}}}"#)
    };
    check_messages(
        official(),
        "gpt-4o",
        &one(&format!("{image},{pdf}")),
        expect![[r#"
            {"model":"gpt-4o","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://example.com/a.png","detail":"high"}},{"type":"file","file":{"filename":"file.pdf","file_data":"data:application/pdf;base64,AAAA"}}]}],"stream":false}
            ! messages[0].content[0].image_url.detail: gpt-4o takes no `original`; sent `high`"#]],
    );
    check_messages(
        SERVER,
        "llama",
        &one(image),
        expect![[
            r#"{"model":"llama","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://example.com/a.png","detail":"original"}}]}],"stream":false}"#
        ]],
    );
    check_messages(
        official(),
        "gpt-3.5-turbo",
        &one(image),
        expect!["unsupported: messages[0].content[0]: gpt-3.5-turbo does not see images"],
    );
    let cloud = r#"{"type":"image_url","image_url":{"url":"gs://bucket/a.png"}}"#;
    check_messages(
        official(),
        "gpt-4o",
        &one(cloud),
        expect![
            "unsupported: messages[0].content[0]: images on Google's storage cannot be read here"
        ],
    );
    let linked = r#"{"type":"file","file":{"url":"https://example.com/a.pdf"}}"#;
    check_messages(
        official(),
        "gpt-4o",
        &one(linked),
        expect![
            "unsupported: messages[0].content[0]: Chat Completions takes files only as `file_data`, not by `url`"
        ],
    );
    check_messages(
        official(),
        "gpt-4o",
        &one(&audio("wav")),
        expect!["unsupported: messages[0].content[0]: gpt-4o does not hear"],
    );
    check_messages(
        official(),
        "gpt-audio",
        &one(&audio("wav")),
        expect![[
            r#"{"model":"gpt-audio","messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}}]}],"stream":false}"#
        ]],
    );
    check_messages(
        official(),
        "gpt-audio",
        &one(&audio("ogg")),
        expect!["unsupported: messages[0].content[0]: `ogg` is not `wav` or `mp3`"],
    );
    check_messages(
        SERVER,
        "llama",
        &one(&audio("ogg")),
        expect![[
            r#"{"model":"llama","messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AAAA","format":"ogg"}}]}],"stream":false}"#
        ]],
    );
    let system = format!(r#"{{"role":"system","content":[{image}]}}"#);
    check_messages(
        official(),
        "gpt-4o",
        &system,
        expect!["unsupported: messages[0].content[0]: the system message takes text only"],
    );
}

#[test]
fn results_are_text_and_their_images_follow_the_turn() {
    check_messages(
        official(),
        "gpt-4o",
        r#"{"role":"user","content":"go"},
           {"role":"assistant","content":"","tool_calls":[{"id":"a","function":{"name":"f","arguments":""}},{"id":"b","function":{"name":"g","arguments":"{\"n\":12345678901234567890}"}}]},
           {"role":"tool","tool_call_id":"a","content":[{"type":"text","text":"one"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]},
           {"role":"tool","tool_call_id":"b","name":"g","content":[{"type":"file","file":{"filename":"x.pdf","file_data":"data:application/pdf;base64,AAAA"}}]},
           {"role":"user","content":"and?"}"#,
        expect![[
            r#"{"model":"gpt-4o","messages":[{"role":"user","content":"go"},{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"b","type":"function","function":{"name":"g","arguments":"{\"n\":12345678901234567890}"}}]},{"role":"tool","content":"one","tool_call_id":"a"},{"role":"tool","content":"","tool_call_id":"b"},{"role":"user","content":[{"type":"text","text":"Result of call a:"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},{"type":"text","text":"Result of call b:"},{"type":"file","file":{"filename":"x.pdf","file_data":"data:application/pdf;base64,AAAA"}}]},{"role":"user","content":"and?"}],"stream":false}"#
        ]],
    );
}

/// What other providers answered, cut answers and lost results.
#[test]
fn a_conversation_from_elsewhere_is_accepted() {
    check_messages(
        official(),
        "gpt-4o",
        r#"{"role":"user","content":"go"},
           {"role":"assistant","content":"","thinking":"Hm.","provider_state":{"provider":"claude","model":"claude-haiku-5-5","blocks":[{"type":"thinking","signature":"s"}]},
            "tool_calls":[{"id":"ws_689e2d4880a0819d98acca37694989b00b15d90494fc6b87","function":{"name":"f","arguments":"{}"}},{"id":"cut","function":{"name":"f","arguments":"{\"a"}},{"id":"lost","function":{"name":"f","arguments":"{}"}}]},
           {"role":"tool","tool_call_id":"ws_689e2d4880a0819d98acca37694989b00b15d90494fc6b87","content":"1"},
           {"role":"tool","tool_call_id":"cut","content":"2"},
           {"role":"assistant","content":""},
           {"role":"assistant","content":"","refusal":"No."},
           {"role":"assistant","content":"Well. ","refusal":"No."}"#,
        expect![[r#"
            {"model":"gpt-4o","messages":[{"role":"user","content":"go"},{"role":"assistant","tool_calls":[{"id":"80a0819d98acca37694989b00b15d90494fc6b87","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"lost","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","content":"1","tool_call_id":"80a0819d98acca37694989b00b15d90494fc6b87"},{"role":"tool","content":"no result was given","tool_call_id":"lost"},{"role":"assistant","content":""},{"role":"assistant","content":[{"type":"refusal","refusal":"No."}]},{"role":"assistant","content":"Well. ","refusal":"No."}],"stream":false}
            ! messages[1].tool_calls: the call `cut` of `f` was cut in the middle of its arguments; sent without it
            ! messages[1].tool_calls: the call `lost` of `f` has no result; sent one that says so
            ! messages[1].is_error: the API has no such field; sent the text alone"#]],
    );
    check_messages(
        SERVER,
        "llama",
        r#"{"role":"user","content":"go"},{"role":"assistant","content":"Well. ","refusal":"No."}"#,
        expect![[
            r#"{"model":"llama","messages":[{"role":"user","content":"go"},{"role":"assistant","content":"Well. No."}],"stream":false}"#
        ]],
    );
    check_messages(
        official(),
        "gpt-4o",
        r#"{"role":"user","content":"go"},{"role":"tool","tool_call_id":"nobody","content":"1"}"#,
        expect![
            "invalid_request: messages[1].tool_call_id: no message before it calls a tool with the id `nobody` that is still unanswered"
        ],
    );
}

#[test]
fn reasoning_goes_back_beside_its_calls_under_the_name_it_came_by() {
    let history = |blocks: &str, model: &str| {
        format!(
            r#"{{"role":"user","content":"go"}},{{"role":"assistant","content":"","thinking":"Hm.",
               "provider_state":{{"provider":"openai","model":"{model}","blocks":[{blocks}]}},
               "tool_calls":[{{"id":"a","function":{{"name":"f","arguments":"{{}}"}}}}]}},
               {{"role":"tool","tool_call_id":"a","content":"1"}}"#
        )
    };
    let named = history(r#"{"thinking_key":"reasoning_content"}"#, "m");
    check_messages(
        SERVER,
        "m",
        &named,
        expect![[
            r#"{"model":"m","messages":[{"role":"user","content":"go"},{"role":"assistant","reasoning_content":"Hm.","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","content":"1","tool_call_id":"a"}],"stream":false}"#
        ]],
    );
    check_messages(
        SERVER,
        "other",
        &named,
        expect![[
            r#"{"model":"other","messages":[{"role":"user","content":"go"},{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","content":"1","tool_call_id":"a"}],"stream":false}"#
        ]],
    );
    let details = r#"{"reasoning_details":[{"type":"reasoning.encrypted","data":"x"}]},{"call_id":"a","extra_content":{"google":{"thought_signature":"s"}}}"#;
    check_messages(
        SERVER,
        "m",
        &history(details, "m"),
        expect![[
            r#"{"model":"m","messages":[{"role":"user","content":"go"},{"role":"assistant","reasoning_details":[{"type":"reasoning.encrypted","data":"x"}],"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"},"extra_content":{"google":{"thought_signature":"s"}}}]},{"role":"tool","content":"1","tool_call_id":"a"}],"stream":false}"#
        ]],
    );
}
