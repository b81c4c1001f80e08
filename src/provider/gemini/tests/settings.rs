//! Tools, sampling, the form of the answer and thinking, as each model takes them.

use expect_test::expect;

use super::*;

#[test]
fn tools_and_choices() {
    let tools = r#""tools":[{"function":{"name":"f","description":"d","parameters":{"type":"object","properties":{"a":{"const":1}}}}},{"function":{"name":"g"}}]"#;
    let with = |more: &str| format!("{tools}{more}");
    check_hi(
        FLASH,
        tools,
        expect![[
            r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"tools":[{"functionDeclarations":[{"name":"f","description":"d","parametersJsonSchema":{"type":"object","properties":{"a":{"const":1}}}},{"name":"g"}]}]}"#
        ]],
    );
    check_hi(
        FLASH,
        &with(r#","tool_choice":"required","parallel_tool_calls":false"#),
        expect![[r#"
            {"contents":[{"role":"user","parts":[{"text":"hi"}]}],"tools":[{"functionDeclarations":[{"name":"f","description":"d","parametersJsonSchema":{"type":"object","properties":{"a":{"const":1}}}},{"name":"g"}]}],"toolConfig":{"functionCallingConfig":{"mode":"ANY"}}}
            parallel_tool_calls: the provider has no such field; sent without"#]],
    );
    check_hi(
        FLASH,
        &with(r#","tool_choice":{"type":"function","function":{"name":"g"}}"#),
        expect![[
            r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"tools":[{"functionDeclarations":[{"name":"f","description":"d","parametersJsonSchema":{"type":"object","properties":{"a":{"const":1}}}},{"name":"g"}]}],"toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["g"]}}}"#
        ]],
    );
    check_hi(
        FLASH,
        &with(r#","tool_choice":"none""#),
        expect![[
            r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"tools":[{"functionDeclarations":[{"name":"f","description":"d","parametersJsonSchema":{"type":"object","properties":{"a":{"const":1}}}},{"name":"g"}]}],"toolConfig":{"functionCallingConfig":{"mode":"NONE"}}}"#
        ]],
    );
    check_hi(
        FLASH,
        r#""tools":[{"function":{"name":"f","strict":true}}]"#,
        expect![[
            r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"tools":[{"functionDeclarations":[{"name":"f"}]}],"toolConfig":{"functionCallingConfig":{"mode":"VALIDATED"}}}"#
        ]],
    );
    check_hi(
        FLASH,
        r#""tools":[{"function":{"name":"2fa"}}]"#,
        expect![[
            r#"unsupported: tools[0].function.name: the provider takes no `2fa`, only names that begin with a letter or `_`"#
        ]],
    );
    check_hi(
        FLASH,
        r#""tool_choice":"auto""#,
        expect![[r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}"#]],
    );
    check_hi(
        FLASH,
        r#""tool_choice":"required","provider_options":{"gemini":{"tools":[{"functionDeclarations":[]}]}}"#,
        expect![[
            r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"toolConfig":{"functionCallingConfig":{"mode":"ANY"}},"tools":[{"functionDeclarations":[]}]}"#
        ]],
    );
    check_hi(
        FLASH,
        r#""tool_choice":"required""#,
        expect![[r#"
        {"contents":[{"role":"user","parts":[{"text":"hi"}]}]}
        tool_choice: there are no tools to choose from; sent without"#]],
    );
}

#[test]
fn sampling_as_the_model_takes_it() {
    let all = r#""max_tokens":9,"temperature":0.5,"top_p":0.9,"frequency_penalty":1,"presence_penalty":1,"seed":3,"stop":["1","2","3","4","5","6"],"user":"u""#;
    check_hi(
        "gemini-2.0-flash",
        all,
        expect![[r#"
            {"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"temperature":0.5,"topP":0.9,"maxOutputTokens":9,"stopSequences":["1","2","3","4","5"],"presencePenalty":1,"frequencyPenalty":1,"seed":3}}
            user: the provider has no such field; sent without
            stop: at most 5 are taken; sent the first 5"#]],
    );
    check_hi(
        "gemini-3.8-flash",
        all,
        expect![[r#"
            {"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"maxOutputTokens":9,"stopSequences":["1","2","3","4","5"],"seed":3}}
            user: the provider has no such field; sent without
            stop: at most 5 are taken; sent the first 5
            temperature: gemini-3.8-flash does not take `temperature`; sent without
            top_p: gemini-3.8-flash does not take `top_p`; sent without
            frequency_penalty: gemini-3.8-flash does not take `frequency_penalty`; sent without
            presence_penalty: gemini-3.8-flash does not take `presence_penalty`; sent without"#]],
    );
    check_hi(
        "tunedModels/mine",
        r#""presence_penalty":1,"seed":9999999999"#,
        expect![[r#"
            {"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"presencePenalty":1}}
            seed: only 32-bit seeds are taken; sent without"#]],
    );
}

#[test]
fn the_form_of_the_answer() {
    let schema = r#""response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object","properties":{"a":{"type":"string","pattern":"^x"}}}}}"#;
    check_hi(
        FLASH,
        r#""response_format":{"type":"json_object"}"#,
        expect![[
            r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"responseMimeType":"application/json"}}"#
        ]],
    );
    check_hi(
        FLASH,
        schema,
        expect![[r#"
        {"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"responseMimeType":"application/json","responseJsonSchema":{"type":"object","properties":{"a":{"type":"string"}}}}}
        response_format: the provider's schemas know no pattern; sent without"#]],
    );
    check_hi(
        "gemini-1.0-pro",
        r#""response_format":{"type":"json_object"}"#,
        expect![[r#"
            {"systemInstruction":{"parts":[{"text":"Answer with one JSON object and nothing else."}]},"contents":[{"role":"user","parts":[{"text":"hi"}]}]}
            response_format: gemini-1.0-pro does not take it; asked for it in the system instruction"#]],
    );
    check_hi(
        FLASH,
        r#""response_format":{"type":"json_object"},"tools":[{"function":{"name":"f"}}],"tool_choice":"required""#,
        expect![[r#"
            {"systemInstruction":{"parts":[{"text":"Answer with one JSON object and nothing else."}]},"contents":[{"role":"user","parts":[{"text":"hi"}]}],"tools":[{"functionDeclarations":[{"name":"f"}]}],"toolConfig":{"functionCallingConfig":{"mode":"ANY"}}}
            response_format: gemini-3.5-flash does not take it beside a tool that must be called; asked for it in the system instruction"#]],
    );
    let tools = format!(r#"{schema},"tools":[{{"function":{{"name":"f"}}}}]"#);
    check_hi(
        FLASH,
        &tools,
        expect![[r#"
        {"contents":[{"role":"user","parts":[{"text":"hi"}]}],"tools":[{"functionDeclarations":[{"name":"f"}]}],"generationConfig":{"responseMimeType":"application/json","responseJsonSchema":{"type":"object","properties":{"a":{"type":"string"}}}}}
        response_format: the provider's schemas know no pattern; sent without"#]],
    );
    check_hi(
        "gemini-2.5-flash",
        &tools,
        expect![[r#"
        {"systemInstruction":{"parts":[{"text":"Answer with JSON that follows this JSON Schema, and nothing else:\n{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\",\"pattern\":\"^x\"}}}"}]},"contents":[{"role":"user","parts":[{"text":"hi"}]}],"tools":[{"functionDeclarations":[{"name":"f"}]}]}
        response_format: gemini-2.5-flash does not take it beside tools; asked for it in the system instruction"#]],
    );
}

#[test]
fn thinking_by_level_or_budget() {
    let effort = |effort| format!(r#""thinking":{{"effort":"{effort}"}}"#);
    let budget = |tokens| format!(r#""thinking":{{"budget_tokens":{tokens},"display":"omitted"}}"#);
    check_hi(
        FLASH,
        r#""thinking_mode":true"#,
        expect![[
            r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"thinkingConfig":{"thinkingLevel":"medium","includeThoughts":true}}}"#
        ]],
    );
    check_hi(
        "gemini-3.8-flash",
        r#""thinking_mode":false"#,
        expect![[r#"
        {"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"thinkingConfig":{"thinkingLevel":"low"}}}
        thinking: gemini-3.8-flash takes no effort `none`; sent `low`"#]],
    );
    check_hi(
        "gemini-3.8-flash",
        &effort("max"),
        expect![[r#"
        {"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"thinkingConfig":{"thinkingLevel":"high","includeThoughts":true}}}
        thinking: gemini-3.8-flash takes no effort `max`; sent `high`"#]],
    );
    check_hi(
        FLASH,
        &budget(2000),
        expect![[r#"
        {"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"thinkingConfig":{"thinkingLevel":"medium"}}}
        thinking: gemini-3.5-flash reasons by level, not by tokens; sent `medium`"#]],
    );
    check_hi(
        "gemini-3-pro-preview",
        &effort("minimal"),
        expect![[r#"
        {"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"thinkingConfig":{"thinkingLevel":"low","includeThoughts":true}}}
        thinking: gemini-3-pro-preview takes no effort `minimal`; sent `low`"#]],
    );
    check_hi(
        "gemini-2.5-flash",
        r#""thinking_mode":false"#,
        expect![[
            r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"thinkingConfig":{"thinkingBudget":0}}}"#
        ]],
    );
    check_hi(
        "gemini-2.5-flash",
        &effort("max"),
        expect![[
            r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"thinkingConfig":{"thinkingBudget":24576,"includeThoughts":true}}}"#
        ]],
    );
    check_hi(
        "gemini-2.5-pro",
        &effort("none"),
        expect![[r#"
        {"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"thinkingConfig":{"thinkingBudget":128}}}
        thinking: gemini-2.5-pro takes no thinking budget of 0 tokens; sent 128"#]],
    );
    check_hi(
        "gemini-2.5-flash-lite",
        &budget(100),
        expect![[r#"
        {"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"thinkingConfig":{"thinkingBudget":512}}}
        thinking: gemini-2.5-flash-lite takes no thinking budget of 100 tokens; sent 512"#]],
    );
    check_hi(
        "gemini-2.0-flash",
        &effort("low"),
        expect![[r#"
        {"contents":[{"role":"user","parts":[{"text":"hi"}]}]}
        thinking: gemini-2.0-flash does not reason; sent without"#]],
    );
    check_hi(
        "gemini-2.0-flash",
        r#""thinking_mode":false"#,
        expect![[r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}"#]],
    );
}
