//! Writing requests.

use std::borrow::Cow;

use super::traits::{self, Plan, Sampling};
use super::wire::{Block, Blocks, Choice, Format, Metadata, OurBlock, OutputConfig, Request, Tool};
use super::{cache, messages, schema};
use crate::chat::{self, ChatRequest, JsonSchemaFormat, ResponseFormat, ToolChoice, Warning};
use crate::error::Result;
use crate::provider::Target;
use schema::empty as empty_schema;

/// The body for a target; what it does not take is dropped with a warning.
pub(super) fn request<'a>(
    request: &'a ChatRequest,
    target: &'a Target<'_>,
    warnings: &mut Vec<Warning>,
) -> Result<Request<'a>> {
    let mut plan = traits::plan(request, target, warnings);
    let conversation = messages::conversation(request, target, warnings)?;
    if plan.has_budget() && !conversation.may_think_by_budget() {
        warnings.push(Warning::field("thinking", "the running tool turn has no reasoning of this model in front, which a budget needs; sent without"));
        plan = Plan {
            thinking: None,
            on: false,
            ..plan
        };
    }
    let mut wire = Request {
        model: target.model,
        max_tokens: plan.max_tokens,
        system: Blocks(conversation.system),
        messages: conversation.turns,
        thinking: plan.thinking,
        output_config: plan.effort.map(|effort| OutputConfig {
            effort: Some(effort.as_str()),
            format: None,
        }),
        metadata: request.user.as_deref().map(|user_id| Metadata { user_id }),
        stream: target.stream,
        ..Request::default()
    };
    tools(request, target, &plan, &mut wire, warnings);
    format(request, target, &mut wire, warnings);
    sampling(request, target, &plan, &mut wire, warnings);
    stop(request, &mut wire, warnings);
    cache::apply(request, &mut wire, warnings);
    Ok(wire)
}

// ---- tools ----------------------------------------------------------------

fn tools<'a>(
    request: &'a ChatRequest,
    target: &Target<'_>,
    plan: &Plan,
    wire: &mut Request<'a>,
    warnings: &mut Vec<Warning>,
) {
    wire.tools = request
        .tools
        .iter()
        .map(|tool| self::tool(tool, warnings))
        .collect();
    if !wire.tools.is_empty() {
        wire.tool_choice = choice(request, target, plan, &mut wire.system, warnings);
        return;
    }
    if matches!(&request.tool_choice, Some(choice) if *choice != ToolChoice::None) {
        let message = "there are no tools to choose from; sent without";
        warnings.push(Warning::field("tool_choice", message));
    }
    wire.tools = past_tools(request);
    wire.tool_choice = (!wire.tools.is_empty()).then(|| Choice {
        r#type: "none",
        ..Choice::default()
    });
}

fn tool<'a>(tool: &'a chat::Tool, warnings: &mut Vec<Warning>) -> Tool<'a> {
    let function = &tool.function;
    let parameters = function.parameters.clone().unwrap_or_else(empty_schema);
    let mut input_schema = schema::with_object_type(parameters);
    if function.strict == Some(true) {
        input_schema = schema::closed(&input_schema, &format!("tools.{}", function.name), warnings);
    }
    Tool {
        name: &function.name,
        description: function.description.as_deref(),
        input_schema,
        strict: function.strict,
        cache_control: tool.cache.map(cache::mark),
    }
}

/// A history with calls is refused without `tools` (wire reference, Anthropic §2).
fn past_tools(request: &ChatRequest) -> Vec<Tool<'_>> {
    let calls = request
        .messages
        .iter()
        .flat_map(|message| &message.tool_calls);
    let calls = calls.filter(|call| !messages::is_cut(call));
    let mut names: Vec<&str> = calls.map(|call| call.function.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let tools = names.into_iter().map(|name| Tool {
        name,
        description: None,
        input_schema: empty_schema(),
        strict: None,
        cache_control: None,
    });
    tools.collect()
}

fn choice<'a>(
    request: &'a ChatRequest,
    target: &Target<'_>,
    plan: &Plan,
    system: &mut Blocks<'_>,
    warnings: &mut Vec<Warning>,
) -> Option<Choice<'a>> {
    let disable_parallel_tool_use = (request.parallel_tool_calls == Some(false)).then_some(true);
    let (r#type, name) = match request.tool_choice.as_ref() {
        None => disable_parallel_tool_use.map(|_| ("auto", None))?,
        Some(ToolChoice::Auto) => ("auto", None),
        Some(ToolChoice::None) => {
            return Some(Choice {
                r#type: "none",
                ..Choice::default()
            });
        }
        Some(ToolChoice::Required) => ("any", None),
        Some(ToolChoice::Function(name)) => ("tool", Some(name.as_str())),
    };
    let forced = r#type != "auto";
    if forced && !traits::can_force(target, plan) {
        let order = match name {
            Some(name) => format!("You must call the tool `{name}` now."),
            None => "You must call one of the tools now.".to_string(),
        };
        system.0.push(text(order));
        warnings.push(Warning::field(
            "tool_choice",
            format!(
                "{} takes no forced call in this request; sent `auto` and an instruction",
                target.model
            ),
        ));
        return Some(Choice {
            r#type: "auto",
            name: None,
            disable_parallel_tool_use,
        });
    }
    Some(Choice {
        r#type,
        name,
        disable_parallel_tool_use,
    })
}

// ---- the answer's form ----------------------------------------------------

fn format(
    request: &ChatRequest,
    target: &Target<'_>,
    wire: &mut Request<'_>,
    warnings: &mut Vec<Warning>,
) {
    let order = match &request.response_format {
        None | Some(ResponseFormat::Text) => return,
        Some(ResponseFormat::JsonSchema(format)) if !traits::is_old(target) => {
            wire.output_config.get_or_insert_default().format = Some(Format {
                r#type: "json_schema",
                schema: schema::closed(&format.schema, "response_format", warnings),
            });
            return;
        }
        Some(ResponseFormat::JsonSchema(format)) => schema_order(format),
        Some(ResponseFormat::JsonObject) => {
            "Answer with one JSON object and nothing else: no explanation, no code fence.".into()
        }
    };
    wire.system.0.push(text(order));
    warnings.push(Warning::field(
        "response_format",
        format!(
            "{} cannot be held to this format; sent as an instruction",
            target.model
        ),
    ));
}

fn schema_order(format: &JsonSchemaFormat) -> String {
    format!(
        "Answer with one JSON value that follows this JSON Schema and nothing else, no code fence:\n{}",
        format.schema.text()
    )
}

pub(super) fn text<'a>(text: impl Into<Cow<'a, str>>) -> Block<'a> {
    Block::Ours(Box::new(OurBlock {
        r#type: "text",
        text: Some(text.into()),
        ..OurBlock::default()
    }))
}

// ---- parameters -----------------------------------------------------------

/// 1 is every model's own value of both parameters and needs no saying.
fn sampling(
    request: &ChatRequest,
    target: &Target<'_>,
    plan: &Plan,
    wire: &mut Request<'_>,
    warnings: &mut Vec<Warning>,
) {
    let rule = traits::sampling(target, plan);
    let temperature = request.temperature.or(target.config.temperature);
    let takes_top_p = rule == Sampling::Both || rule == Sampling::One && temperature.is_none();
    wire.temperature = temperature.filter(|_| rule != Sampling::None);
    wire.top_p = request.top_p.filter(|_| takes_top_p);
    let own = |value: Option<f64>, default: f64| value.is_none_or(|value| value == default);
    let dropped = [
        (
            "temperature",
            wire.temperature.is_none() && !own(temperature, 1.0),
        ),
        ("top_p", wire.top_p.is_none() && !own(request.top_p, 1.0)),
        ("frequency_penalty", !own(request.frequency_penalty, 0.0)),
        ("presence_penalty", !own(request.presence_penalty, 0.0)),
        ("seed", request.seed.is_some()),
    ];
    for (field, _) in dropped.iter().filter(|(_, dropped)| *dropped) {
        let message = format!(
            "{} does not take `{field}` here; sent without",
            target.model
        );
        warnings.push(Warning::field(field, message));
    }
    // The field goes to 2, the API to 1.
    if let Some(value) = wire.temperature.as_mut().filter(|value| **value > 1.0) {
        *value = 1.0;
        let message = format!("{} takes at most 1; sent 1", target.model);
        warnings.push(Warning::field("temperature", message));
    }
}

/// Blank stop texts are refused.
fn stop<'a>(request: &'a ChatRequest, wire: &mut Request<'a>, warnings: &mut Vec<Warning>) {
    let given = request.stop_sequences();
    let all = given.iter().map(String::as_str);
    wire.stop_sequences = all.filter(|stop| !stop.trim().is_empty()).collect();
    if wire.stop_sequences.len() < given.len() {
        let message = "a stop text of white space only is not taken; sent without it";
        warnings.push(Warning::field("stop", message));
    }
}
