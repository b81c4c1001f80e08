//! Writing Responses requests.

use super::super::traits;
use super::input::input;
use super::wire::{Format, Named, Parameters, Reasoning, Request, TextOptions, Tool, ToolChoice};
use crate::chat::{self, ChatRequest, Effort, ResponseFormat, ThinkingDisplay, Warning};
use crate::error::Result;
use crate::provider::Target;

/// Fewer tokens are refused by the API.
const MIN_OUTPUT_TOKENS: u64 = 16;

/// The body for a target; what it does not take is dropped with a warning.
pub(super) fn request<'a>(
    request: &'a ChatRequest,
    target: &'a Target<'_>,
    warnings: &mut Vec<Warning>,
) -> Result<Request<'a>> {
    let effort = traits::effort(request.thinking_strength(), target, warnings);
    let sampling = traits::sampling(request, target, effort, warnings);
    let (instructions, input) = input(&request.messages, target, warnings)?;
    let mut wire = Request {
        model: target.model,
        instructions,
        input,
        max_output_tokens: max_tokens(request, target, warnings),
        temperature: sampling.temperature,
        top_p: sampling.top_p,
        tools: request.tools.iter().map(tool).collect(),
        reasoning: reasoning(request, target, effort),
        text: request.response_format.as_ref().and_then(text),
        stream: target.stream,
        ..Request::default()
    };
    if traits::reasons(target) {
        wire.include = &["reasoning.encrypted_content"];
    }
    if traits::official(target) {
        wire.safety_identifier = request.user.as_deref();
        wire.prompt_cache_key = traits::cache_key(request);
    } else {
        wire.user = request.user.as_deref();
    }
    if traits::takes_tool_fields(request, warnings) {
        wire.tool_choice = request.tool_choice.as_ref().map(tool_choice);
        wire.parallel_tool_calls = request.parallel_tool_calls;
    }
    dropped(request, warnings);
    Ok(wire)
}

fn max_tokens(
    request: &ChatRequest,
    target: &Target<'_>,
    warnings: &mut Vec<Warning>,
) -> Option<u64> {
    let wanted = request.max_tokens.or(target.config.max_tokens)?;
    if wanted < MIN_OUTPUT_TOKENS {
        let message = format!(
            "{} takes at least {MIN_OUTPUT_TOKENS}; sent {MIN_OUTPUT_TOKENS} instead of {wanted}",
            target.model
        );
        warnings.push(Warning::field("max_tokens", message));
    }
    Some(wanted.max(MIN_OUTPUT_TOKENS))
}

fn tool(tool: &chat::Tool) -> Tool<'_> {
    let function = &tool.function;
    Tool {
        r#type: "function",
        name: &function.name,
        description: function.description.as_deref(),
        parameters: Parameters(function.parameters.as_ref()),
        strict: function.strict.unwrap_or(false),
    }
}

fn tool_choice(choice: &chat::ToolChoice) -> ToolChoice<'_> {
    match choice {
        chat::ToolChoice::Auto => ToolChoice::Word("auto"),
        chat::ToolChoice::None => ToolChoice::Word("none"),
        chat::ToolChoice::Required => ToolChoice::Word("required"),
        chat::ToolChoice::Function(name) => ToolChoice::Function(Named {
            r#type: "function",
            name,
        }),
    }
}

/// A summary may need a verified organisation, so it is asked for only when wanted.
fn reasoning(
    request: &ChatRequest,
    target: &Target<'_>,
    effort: Option<Effort>,
) -> Option<Reasoning> {
    let display = request
        .thinking
        .as_ref()
        .and_then(|thinking| thinking.display);
    let shown = display == Some(ThinkingDisplay::Summarized)
        && traits::reasons(target)
        && effort != Some(Effort::None);
    (effort.is_some() || shown).then(|| Reasoning {
        effort: effort.map(Effort::as_str),
        summary: shown.then_some("auto"),
    })
}

fn text(format: &ResponseFormat) -> Option<TextOptions<'_>> {
    let format = match format {
        ResponseFormat::Text => return None,
        ResponseFormat::JsonObject => Format {
            r#type: "json_object",
            ..Format::default()
        },
        ResponseFormat::JsonSchema(schema) => Format {
            r#type: "json_schema",
            name: Some(&schema.name),
            description: schema.description.as_deref(),
            schema: Some(&schema.schema),
            strict: schema.strict,
        },
    };
    Some(TextOptions { format })
}

/// The endpoint has no such fields at all.
fn dropped(request: &ChatRequest, warnings: &mut Vec<Warning>) {
    let absent = [
        ("stop", !request.stop_sequences().is_empty()),
        ("seed", request.seed.is_some()),
        ("frequency_penalty", request.frequency_penalty.is_some()),
        ("presence_penalty", request.presence_penalty.is_some()),
    ];
    for (field, _) in absent.into_iter().filter(|(_, given)| *given) {
        let message = format!("the Responses API has no `{field}`; sent without");
        warnings.push(Warning::field(field, message));
    }
}
