//! Writing `generateContent` requests (wire reference, Gemini §2).

use super::wire::{
    Calling, Content, Declaration, GenerationConfig, Part, Request, ToolConfig, Tools,
};
use super::{PROFILE, contents, schema, traits};
use crate::chat::{
    self, CacheSetting, ChatRequest, JsonSchemaFormat, Message, PartKind, ResponseFormat, Role,
    ToolChoice, Warning,
};
use crate::error::Result;
use crate::json::{self, Json};
use crate::provider::Target;

/// The API takes no more stop texts.
const MOST_STOPS: usize = 5;

/// The body for a target; what it does not take is dropped with a warning.
pub(super) fn request<'a>(
    request: &'a ChatRequest,
    target: &'a Target<'_>,
    warnings: &mut Vec<Warning>,
) -> Result<Request<'a>> {
    let mut system = contents::system(request);
    let generation_config = generation(request, target, &mut system, warnings);
    without_field(request, warnings);
    let mut opening = Vec::new();
    if !traits::takes_system(target) {
        std::mem::swap(&mut system, &mut opening);
    }
    Ok(Request {
        system_instruction: (!system.is_empty()).then_some(Content {
            role: None,
            parts: system,
        }),
        contents: contents::contents(request, target, opening, warnings)?,
        tools: tools(request),
        tool_config: tool_config(request, warnings),
        safety_settings: safety_settings(request, target),
        generation_config: (generation_config != GenerationConfig::default())
            .then_some(generation_config),
    })
}

fn generation<'a>(
    request: &'a ChatRequest,
    target: &Target<'_>,
    system: &mut Vec<Part<'a>>,
    warnings: &mut Vec<Warning>,
) -> GenerationConfig<'a> {
    let mut config = GenerationConfig {
        max_output_tokens: request.max_tokens.or(target.config.max_tokens),
        thinking_config: traits::thinking(request, target, warnings),
        stop_sequences: stop(request, warnings),
        seed: seed(request, warnings),
        ..GenerationConfig::default()
    };
    sampling(request, target, &mut config, warnings);
    if let Some(told) = response_format(request, target, &mut config, warnings) {
        system.push(Part::text(told));
    }
    config
}

/// Newer models ignore sampling, and refuse penalties.
fn sampling(
    request: &ChatRequest,
    target: &Target<'_>,
    config: &mut GenerationConfig<'_>,
    warnings: &mut Vec<Warning>,
) {
    let takes_sampling = traits::takes_sampling(target);
    let takes_penalties = !traits::since(target, (2, 5));
    let mut keep = |field: &str, value: Option<f64>, taken: bool| {
        if value.is_some() && !taken {
            let message = format!("{} does not take `{field}`; sent without", target.model);
            warnings.push(Warning::field(field, message));
        }
        value.filter(|_| taken)
    };
    let temperature = request.temperature.or(target.config.temperature);
    config.temperature = keep("temperature", temperature, takes_sampling);
    config.top_p = keep("top_p", request.top_p, takes_sampling);
    config.frequency_penalty = keep(
        "frequency_penalty",
        request.frequency_penalty,
        takes_penalties,
    );
    config.presence_penalty = keep(
        "presence_penalty",
        request.presence_penalty,
        takes_penalties,
    );
}

fn stop<'a>(request: &'a ChatRequest, warnings: &mut Vec<Warning>) -> Option<&'a [String]> {
    let all = request.stop_sequences();
    match all.split_at_checked(MOST_STOPS) {
        Some((first, rest)) if !rest.is_empty() => {
            let message = format!("at most {MOST_STOPS} are taken; sent the first {MOST_STOPS}");
            warnings.push(Warning::field("stop", message));
            Some(first)
        }
        _ => Some(all).filter(|all| !all.is_empty()),
    }
}

fn seed(request: &ChatRequest, warnings: &mut Vec<Warning>) -> Option<i64> {
    let fits = |seed: &i64| i32::try_from(*seed).is_ok();
    if request.seed.is_some_and(|seed| !fits(&seed)) {
        let message = "only 32-bit seeds are taken; sent without";
        warnings.push(Warning::field("seed", message));
    }
    request.seed.filter(fits)
}

/// What the API has no field for.
fn without_field(request: &ChatRequest, warnings: &mut Vec<Warning>) {
    let ttl = matches!(request.cache, Some(CacheSetting::Ttl { .. }));
    let fields = [
        ("user", request.user.is_some()),
        ("cache", ttl),
        (
            "parallel_tool_calls",
            request.parallel_tool_calls == Some(false),
        ),
        ("messages.name", any_message(request, is_named)),
        ("image_url.detail", any_message(request, has_detail)),
    ];
    for (field, _) in fields.into_iter().filter(|(_, asked)| *asked) {
        let message = "the provider has no such field; sent without";
        warnings.push(Warning::field(field, message));
    }
}

fn any_message(request: &ChatRequest, has: fn(&Message) -> bool) -> bool {
    request.messages.iter().any(has)
}

fn is_named(message: &Message) -> bool {
    message.name.is_some() && message.role != Role::Tool
}

fn has_detail(message: &Message) -> bool {
    let chat::Content::Parts(parts) = &message.content else {
        return false;
    };
    parts.iter().any(|part| match &part.kind {
        PartKind::Image(image) => image
            .detail
            .as_deref()
            .is_some_and(|detail| detail != "auto"),
        _ => false,
    })
}

// ---- form of the answer ---------------------------------------------------

/// Sets JSON mode. Returns what the model must be told instead, where JSON mode
/// and functions exclude each other (before Gemini 3).
fn response_format(
    request: &ChatRequest,
    target: &Target<'_>,
    config: &mut GenerationConfig<'_>,
    warnings: &mut Vec<Warning>,
) -> Option<String> {
    let schema = match request.response_format.as_ref()? {
        ResponseFormat::Text => return None,
        ResponseFormat::JsonObject => None,
        ResponseFormat::JsonSchema(format) => Some(format),
    };
    if !request.tools.is_empty() && traits::before(target, (3, 0)) {
        let message = format!(
            "{} does not take it beside tools; asked for it in the system instruction",
            target.model
        );
        warnings.push(Warning::field("response_format", message));
        return Some(told(schema));
    }
    config.response_mime_type = Some("application/json");
    config.response_json_schema = schema.map(|format| response_schema(format, warnings));
    None
}

fn told(schema: Option<&JsonSchemaFormat>) -> String {
    match schema {
        None => "Answer with one JSON object and nothing else.".to_string(),
        Some(format) => format!(
            "Answer with JSON that follows this JSON Schema, and nothing else:\n{}",
            format.schema.text()
        ),
    }
}

fn response_schema(format: &JsonSchemaFormat, warnings: &mut Vec<Warning>) -> Json {
    let mut dropped = Vec::new();
    let schema = schema::cleaned(&format.schema, &mut dropped);
    if !dropped.is_empty() {
        let message = format!(
            "the provider's schemas know no {}; sent without",
            dropped.join(", ")
        );
        warnings.push(Warning::field("response_format", message));
    }
    schema
}

// ---- tools ----------------------------------------------------------------

fn tools(request: &ChatRequest) -> Option<Vec<Tools<'_>>> {
    let declarations = request.tools.iter().map(|tool| Declaration {
        name: &tool.function.name,
        description: tool.function.description.as_deref(),
        parameters_json_schema: tool.function.parameters.as_ref(),
    });
    (!request.tools.is_empty()).then(|| {
        vec![Tools {
            function_declarations: declarations.collect(),
        }]
    })
}

/// A choice without tools is refused by the API; strict tools are a mode of their own.
fn tool_config<'a>(
    request: &'a ChatRequest,
    warnings: &mut Vec<Warning>,
) -> Option<ToolConfig<'a>> {
    let choice = request.tool_choice.as_ref();
    if request.tools.is_empty() {
        if choice.is_some_and(|choice| *choice != ToolChoice::None) {
            let message = "there are no tools to choose from; sent without";
            warnings.push(Warning::field("tool_choice", message));
        }
        return None;
    }
    let strict = request
        .tools
        .iter()
        .any(|tool| tool.function.strict == Some(true));
    let (mode, name) = match choice {
        None | Some(ToolChoice::Auto) if strict => ("VALIDATED", None),
        None => return None,
        Some(ToolChoice::Auto) => ("AUTO", None),
        Some(ToolChoice::None) => ("NONE", None),
        Some(ToolChoice::Required) => ("ANY", None),
        Some(ToolChoice::Function(name)) => ("ANY", Some(vec![name.as_str()])),
    };
    Some(ToolConfig {
        function_calling_config: Calling {
            mode,
            allowed_function_names: name,
        },
    })
}

// ---- safety ---------------------------------------------------------------

/// The configured settings, unless the request brings its own under either spelling.
fn safety_settings<'a>(request: &ChatRequest, target: &'a Target<'_>) -> Option<&'a Json> {
    let options = request.options_for(PROFILE.id);
    let fields = options.map(|options| json::entries(options.text()).unwrap_or_default());
    let replaced = fields.is_some_and(|fields| {
        fields
            .iter()
            .any(|(key, _)| matches!(key.as_str(), "safetySettings" | "safety_settings"))
    });
    target.config.safety_settings.as_ref().filter(|_| !replaced)
}
