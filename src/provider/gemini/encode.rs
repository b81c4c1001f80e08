//! Writing `generateContent` requests (wire reference, Gemini §2), field by
//! field straight into the body's text. Each function writes one object of the
//! API, or a list of them, and is named after it.

use super::PROFILE;
use super::state::{TOKEN, token};
use super::traits::Version;
use crate::chat::{ChatRequest, Role, ToolCall, ToolChoice, Warning};
use crate::error::{Error, ErrorKind, Result};
use crate::json::{self, Writer};
use crate::provider::Target;
use crate::provider::history::{History, repaired};
use crate::provider::unplaced::{check_tools, unplaced};
use crate::text;

/// Whose turn a content is.
pub(super) const USER: &str = "user";
pub(super) const MODEL: &str = "model";
/// Not a content of the conversation but the system instruction.
const SYSTEM: &str = "system";

/// What a cache of content has of its own.
const BESIDE_CACHE: [&str; 5] = [
    "tools",
    "toolConfig",
    "tool_config",
    "systemInstruction",
    "system_instruction",
];

/// A request in the writing.
pub(super) struct Encoder<'a> {
    pub(super) request: &'a ChatRequest,
    pub(super) target: &'a Target<'a>,
    pub(super) version: Option<Version>,
    pub(super) history: &'a History<'a>,
    pub(super) writer: Writer,
    pub(super) warnings: Vec<Warning>,
    /// Whose content is open: its parts are being written. Empty before the first.
    pub(super) role: &'static str,
    /// Whether a blank turn of the user had to come first.
    pub(super) blank: bool,
    /// Whether the open content has a call yet.
    pub(super) called: bool,
    /// The place of the message that is being written.
    pub(super) at: usize,
    /// The calls of the last assistant message, and whether their ids were sent.
    pub(super) calls: Vec<(&'a ToolCall, bool)>,
}

/// A request as it is sent.
pub(super) struct Encoded {
    pub(super) body: String,
    /// What was dropped from it.
    pub(super) warnings: Vec<Warning>,
    /// The token an answer goes on from; empty for a new one.
    pub(super) token: String,
}

/// The body for a target.
pub(super) fn request(request: &ChatRequest, target: &Target<'_>) -> Result<Encoded> {
    let mut warnings = Vec::new();
    let mut history = repaired(&request.messages, &mut warnings)?;
    let token = continued(&mut history, target.model);
    unplaced(request, &mut warnings);
    let mut encoder = Encoder {
        request,
        target,
        version: super::traits::version(target),
        history: &history,
        writer: Writer::default(),
        warnings,
        role: "",
        blank: false,
        called: false,
        at: 0,
        calls: Vec::new(),
    };
    encoder.body(&token)?;
    Ok(Encoded {
        body: encoder.writer.finish(),
        warnings: encoder.warnings,
        token,
    })
}

/// The token of a cut answer at the end of a conversation. What has come of it is taken
/// away, since it goes on with the body it began with (wire reference, Gemini §6).
fn continued(history: &mut History<'_>, model: &str) -> String {
    let mut last = String::new();
    while let Some((_, message)) = history.last() {
        let token = token(message, model);
        if token.is_empty() {
            break;
        }
        if last.is_empty() {
            last = token;
        }
        history.pop();
    }
    last
}

impl<'a> Encoder<'a> {
    fn body(&mut self, token: &str) -> Result<()> {
        // First, since it decides what the system instruction says; last in the body.
        let told = self.generation_config();
        let config = std::mem::take(&mut self.writer).finish();
        self.writer.begin_object();
        let takes_system = self.takes_system();
        if takes_system {
            self.system(SYSTEM, told.as_deref())?;
        }
        self.check_cached()?;
        self.close();
        self.writer.begin_list_at("contents");
        if !takes_system {
            self.system(USER, told.as_deref())?;
        }
        self.contents()?;
        self.writer.end_list();
        self.tools()?;
        self.tool_config();
        self.safety_settings();
        if config != "{}" {
            self.writer.key("generationConfig");
            self.writer.raw(&config);
        }
        self.writer.field_unless_empty(TOKEN, &token);
        self.writer.end_object();
        Ok(())
    }

    /// Instructions and tools stand in a cache of content, and beside it are refused (wire reference, Gemini §2 "Caching").
    fn check_cached(&self) -> Result<()> {
        let problem = if !self.has_option(&["cachedContent", "cached_content"]) {
            return Ok(());
        } else if !self.request.tools.is_empty() {
            "tools: functions"
        } else if self.role == SYSTEM {
            "messages: system messages"
        } else if self.has_option(&BESIDE_CACHE) {
            "provider_options.gemini: tools and instructions"
        } else {
            return Ok(());
        };
        let problem = text::concat(&[problem, " cannot stand beside `cachedContent`"]);
        let hint = "put them into the cached content when it is made, or leave `cachedContent` out";
        Err(Error::new(ErrorKind::Unsupported, problem).hint(hint))
    }

    /// All system messages, one part each.
    fn system(&mut self, role: &'static str, told: Option<&str>) -> Result<()> {
        let (mut spoken, mut moved) = (false, false);
        for (at, message) in self.history {
            if message.role == Role::System {
                moved |= spoken;
                self.at = *at;
                let mut parts = message.content.parts().iter();
                if let Some(index) = parts.position(|part| part.as_text().is_none()) {
                    let error = self.unsupported(index, "take files in system messages");
                    return Err(error.hint("move the file to a message of the user"));
                }
                self.text(role, &message.content.joined("\n"));
            } else {
                spoken = true;
            }
        }
        if moved {
            let problem = "system messages have no place in the conversation; sent in front of it";
            self.warn("messages", problem);
        }
        self.text(role, told.unwrap_or_default());
        Ok(())
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
        // Vertex AI wants a role everywhere.
        if role != SYSTEM {
            self.writer.field("role", &role);
        } else if super::is_vertex(self.target.config) {
            self.writer.field("role", &USER);
        }
        self.writer.begin_list_at("parts");
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

    fn tools(&mut self) -> Result<()> {
        let writer = &mut self.writer;
        if self.request.tools.is_empty() {
            return Ok(());
        }
        check_tools(self.request, self.target)?;
        for (at, tool) in self.request.tools.iter().enumerate() {
            let name = &tool.function.name;
            // The API's rule is wider than ours but for the first character.
            if name.starts_with(|c: char| c != '_' && !c.is_ascii_alphabetic()) {
                let problem = format!(
                    "tools[{at}].function.name: the provider takes no `{name}`, only names that begin with a letter or `_`"
                );
                return Err(Error::new(ErrorKind::Unsupported, problem));
            }
        }
        writer.begin_list_at("tools");
        writer.begin_object();
        writer.begin_list_at("functionDeclarations");
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
        Ok(())
    }

    /// A choice without tools is refused by the API; strict tools are a mode of their own.
    fn tool_config(&mut self) {
        let tools = &self.request.tools;
        let choice = self.request.tool_choice.as_ref();
        if tools.is_empty() {
            if !matches!(choice, Some(ToolChoice::Required | ToolChoice::Function(_))) {
                return;
            }
            if !self.has_option(&["tools"]) {
                self.warn(
                    "tool_choice",
                    "there are no tools to choose from; sent without",
                );
                return;
            }
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
        writer.begin_object_at("toolConfig");
        writer.begin_object_at("functionCallingConfig");
        writer.field("mode", &mode);
        if let Some(ToolChoice::Function(name)) = choice {
            writer.begin_list_at("allowedFunctionNames");
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
        if !self.has_option(&["safetySettings", "safety_settings"]) {
            self.writer.field("safetySettings", settings);
        }
    }

    /// Whether the request brings a field of its own under one of these names.
    fn has_option(&self, names: &[&str]) -> bool {
        let options = self.request.options_for(PROFILE.id);
        let fields = options.map(|options| json::entries(options.text()).unwrap_or_default());
        let mut fields = fields.iter().flatten();
        fields.any(|(key, _)| names.contains(&key.as_str()))
    }

    // ---- warnings ---------------------------------------------------------

    #[inline(never)]
    pub(super) fn warn(&mut self, field: &str, message: &str) {
        self.warnings.push(Warning::field(field, message));
    }

    /// A warning that begins with the model's name.
    pub(super) fn warn_of_model(&mut self, field: &str, problem: &str) {
        self.warn(field, &format!("{} {problem}", self.target.model));
    }
}
