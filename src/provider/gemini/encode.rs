//! Writing `generateContent` requests (wire reference, Gemini §2), field by
//! field straight into the body's text. Each function writes one object of the
//! API, or a list of them, and is named after it.

use super::PROFILE;
use super::traits::Version;
use crate::chat::{
    CacheSetting, ChatRequest, Content, PartKind, Role, ToolCall, ToolChoice, Warning,
};
use crate::error::Result;
use crate::json::{self, Writer};
use crate::provider::Target;

/// Whose turn a content is.
pub(super) const USER: &str = "user";
pub(super) const MODEL: &str = "model";
/// Not a content of the conversation but the system instruction.
const SYSTEM: &str = "system";

/// A request in the writing.
pub(super) struct Encoder<'a> {
    pub(super) request: &'a ChatRequest,
    pub(super) target: &'a Target<'a>,
    pub(super) version: Option<Version>,
    pub(super) writer: Writer,
    pub(super) warnings: Vec<Warning>,
    /// Whose content is open: its parts are being written. Empty before the first.
    pub(super) role: &'static str,
    /// Whether a blank turn of the user had to come first.
    pub(super) blank: bool,
    /// Whether the open content has a call yet.
    pub(super) called: bool,
    /// All calls so far, in order, and whether their ids were sent.
    pub(super) calls: Vec<(&'a ToolCall, bool)>,
}

/// The body for a target, and what was dropped from it.
pub(super) fn request<'a>(
    request: &'a ChatRequest,
    target: &'a Target<'a>,
) -> Result<(String, Vec<Warning>)> {
    let mut encoder = Encoder {
        request,
        target,
        version: super::traits::version(target),
        writer: Writer::default(),
        warnings: Vec::new(),
        role: "",
        blank: false,
        called: false,
        calls: Vec::new(),
    };
    encoder.body()?;
    Ok((encoder.writer.finish(), encoder.warnings))
}

impl<'a> Encoder<'a> {
    fn body(&mut self) -> Result<()> {
        // First, since it decides what the system instruction says; last in the body.
        let told = self.generation_config();
        let config = std::mem::take(&mut self.writer).finish();
        self.without_field();
        self.writer.begin_object();
        let takes_system = self.takes_system();
        if takes_system {
            self.system(SYSTEM, told.as_deref());
            self.close();
        }
        self.writer.key("contents");
        self.writer.begin_list();
        if !takes_system {
            self.system(USER, told.as_deref());
        }
        self.contents()?;
        self.writer.end_list();
        self.tools();
        self.tool_config();
        self.safety_settings();
        if config != "{}" {
            self.writer.key("generationConfig");
            self.writer.raw(&config);
        }
        self.writer.end_object();
        Ok(())
    }

    /// All system messages, one part each.
    fn system(&mut self, role: &'static str, told: Option<&str>) {
        for message in &self.request.messages {
            if message.role == Role::System {
                self.text(role, &message.content.joined("\n"));
            }
        }
        self.text(role, told.unwrap_or_default());
    }

    // ---- contents ---------------------------------------------------------

    /// Opens a content, unless one of that role is open: neighbours of one role
    /// are one content. Only for a part that is about to be written, since a
    /// content without parts is refused.
    pub(super) fn open(&mut self, role: &'static str) {
        if self.role == role {
            return;
        }
        if role == MODEL && self.role.is_empty() {
            self.blank = true;
            self.text(USER, " ");
        }
        self.close();
        if role == SYSTEM {
            self.writer.key("systemInstruction");
        }
        self.writer.begin_object();
        if role != SYSTEM {
            self.writer.field("role", &role);
        }
        self.writer.key("parts");
        self.writer.begin_list();
        self.role = role;
        self.called = false;
    }

    /// Closes the open content.
    pub(super) fn close(&mut self) {
        if !self.role.is_empty() {
            self.writer.end_list();
            self.writer.end_object();
        }
        self.role = "";
    }

    /// A text part, unless it is empty.
    pub(super) fn text(&mut self, role: &'static str, text: &str) {
        if !text.is_empty() {
            self.open(role);
            self.writer.begin_object();
            self.writer.field("text", &text);
            self.writer.end_object();
        }
    }

    // ---- tools ------------------------------------------------------------

    fn tools(&mut self) {
        let writer = &mut self.writer;
        if self.request.tools.is_empty() {
            return;
        }
        writer.key("tools");
        writer.begin_list();
        writer.begin_object();
        writer.key("functionDeclarations");
        writer.begin_list();
        for tool in &self.request.tools {
            writer.begin_object();
            writer.field("name", &tool.function.name);
            writer.field("description", &tool.function.description);
            writer.field("parametersJsonSchema", &tool.function.parameters);
            writer.end_object();
        }
        writer.end_list();
        writer.end_object();
        writer.end_list();
    }

    /// A choice without tools is refused by the API; strict tools are a mode of their own.
    fn tool_config(&mut self) {
        let tools = &self.request.tools;
        let choice = self.request.tool_choice.as_ref();
        if tools.is_empty() {
            if !matches!(choice, None | Some(ToolChoice::None)) {
                self.warn(
                    "tool_choice",
                    "there are no tools to choose from; sent without",
                );
            }
            return;
        }
        let strict = tools.iter().any(|tool| tool.function.strict == Some(true));
        let mode = match choice {
            None | Some(ToolChoice::Auto) if strict => "VALIDATED",
            None => return,
            Some(ToolChoice::Auto) => "AUTO",
            Some(ToolChoice::None) => "NONE",
            Some(ToolChoice::Required | ToolChoice::Function(_)) => "ANY",
        };
        let writer = &mut self.writer;
        writer.key("toolConfig");
        writer.begin_object();
        writer.key("functionCallingConfig");
        writer.begin_object();
        writer.field("mode", &mode);
        if let Some(ToolChoice::Function(name)) = choice {
            writer.key("allowedFunctionNames");
            writer.begin_list();
            writer.string(name);
            writer.end_list();
        }
        writer.end_object();
        writer.end_object();
    }

    /// The configured settings, unless the request brings its own under either spelling.
    fn safety_settings(&mut self) {
        let Some(settings) = &self.target.config.safety_settings else {
            return;
        };
        let options = self.request.options_for(PROFILE.id);
        let fields = options.map(|options| json::entries(options.text()).unwrap_or_default());
        for (key, _) in fields.iter().flatten() {
            if matches!(key.as_str(), "safetySettings" | "safety_settings") {
                return;
            }
        }
        self.writer.field("safetySettings", settings);
    }

    // ---- warnings ---------------------------------------------------------

    /// What the API has no field for.
    fn without_field(&mut self) {
        let request = self.request;
        let (mut named, mut detailed) = (false, false);
        for message in &request.messages {
            named |= message.name.is_some() && message.role != Role::Tool;
            if let Content::Parts(parts) = &message.content {
                detailed |= parts.iter().any(|part| has_detail(&part.kind));
            }
        }
        let ttl = matches!(request.cache, Some(CacheSetting::Ttl { .. }));
        let serial = request.parallel_tool_calls == Some(false);
        for (field, asked) in [
            ("user", request.user.is_some()),
            ("cache", ttl),
            ("parallel_tool_calls", serial),
            ("messages.name", named),
            ("image_url.detail", detailed),
        ] {
            if asked {
                self.warn(field, "the provider has no such field; sent without");
            }
        }
    }

    #[inline(never)]
    pub(super) fn warn(&mut self, field: &str, message: &str) {
        self.warnings.push(Warning::field(field, message));
    }

    /// A warning that begins with the model's name.
    pub(super) fn warn_of_model(&mut self, field: &str, problem: &str) {
        self.warn(field, &format!("{} {problem}", self.target.model));
    }
}

fn has_detail(part: &PartKind) -> bool {
    match part {
        PartKind::Image(image) => image.detail.as_ref().is_some_and(|it| it != "auto"),
        _ => false,
    }
}
