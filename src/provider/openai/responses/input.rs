//! Writing the conversation as input items.
//!
//! An assistant message becomes several items. What `provider_state` kept of
//! the answer gives their order: reasoning must stand before the call or text
//! it led to, and may not stand without it.

use super::super::content::{Place, arguments, call_id, text_only};
use super::super::encoder::Encoder;
use super::state::{Item, Said};
use crate::chat::{Message, PartKind, Role, ToolCall};
use crate::error::Result;
use crate::json::{self, Json, Pairs};
use crate::provider::history::{own_state, repaired};
use crate::provider::pick::string;

/// Longer ids of calls are refused.
const LONGEST_ID: usize = 64;

/// Writes the leading system messages as instructions, and the items of the
/// conversation.
///
/// # Errors
/// `unsupported` for parts that cannot be said here, `invalid_request` for the
/// result of no call.
pub(super) fn input(encoder: &mut Encoder<'_>) -> Result<()> {
    let history = repaired(&encoder.request.messages, &mut encoder.warnings)?;
    // A prefix that ends here can be marked in the input only.
    let steers = encoder.steers_cache();
    let is_marked = |message: &Message| {
        let parts = message.content.parts();
        steers && (message.cache.is_some() || parts.iter().any(|part| part.cache.is_some()))
    };
    let leads = |message: &Message| message.role == Role::System && !is_marked(message);
    let count = history.iter().take_while(|(_, message)| leads(message));
    let mut leading = count.count();
    // Something must be left to answer to.
    if leading == history.len() {
        leading = 0;
    }
    let mut instructions = String::new();
    for (at, message) in history.iter().take(leading) {
        text_only(message, *at)?;
        instructions.push_str(if instructions.is_empty() { "" } else { "\n\n" });
        instructions.push_str(&message.content.joined("\n"));
    }
    if leading > 0 {
        encoder.out.text("instructions", &instructions);
    }
    encoder.out.begin_list_at("input");
    let words = encoder.missing_word(leading);
    let mut input = Input {
        encoder,
        pending: String::new(),
    };
    if let Some(words) = words {
        input.said(Role::System);
        input.encoder.out.text("content", words);
        input.encoder.out.end_object();
    }
    for (at, message) in history.iter().skip(leading) {
        input.message(message, *at)?;
    }
    encoder.out.end_list();
    Ok(())
}

struct Input<'a, 'b> {
    encoder: &'b mut Encoder<'a>,
    /// Reasoning that waits for the item it led to, with commas between.
    pending: String,
}

impl Input<'_, '_> {
    fn message(&mut self, message: &Message, at: usize) -> Result<()> {
        if message.name.is_some() && message.role != Role::Tool {
            let field = format!("messages[{at}].name");
            let message = "the Responses API has no names; sent without";
            self.encoder.warn(&field, message.into());
        }
        let key = match message.role {
            Role::Assistant => return self.assistant(message, at),
            Role::Tool => {
                self.encoder.begin("function_call_output");
                self.encoder.answered("call_id", message, at, LONGEST_ID);
                "output"
            }
            role => {
                self.said(role);
                "content"
            }
        };
        if message.role == Role::System {
            text_only(message, at)?;
        }
        self.encoder.out.key(key);
        self.encoder.content(message, at, part)?;
        self.encoder.out.end_object();
        Ok(())
    }

    /// Begins a message of a role.
    fn said(&mut self, role: Role) {
        let role = match role {
            // Compatible servers know no other word for it than `system`.
            Role::System if self.encoder.official => "developer",
            role => role.as_str(),
        };
        self.encoder.out.begin_object();
        self.encoder.out.text("role", role);
    }

    fn assistant(&mut self, message: &Message, at: usize) -> Result<()> {
        text_only(message, at)?;
        let whole = message.content.joined("");
        let target = self.encoder.target;
        let blocks = own_state(message, target.config.kind.profile().id, target.model);
        let mut said = Said::new(&whole, message.refusal.as_deref(), blocks);
        let mut calls: Vec<_> = message.tool_calls.iter().collect();
        for raw in blocks {
            let block = Item::of_block(raw);
            match &*string(block.kind) {
                "reasoning" => self.reasoning(raw, &block),
                "message" => self.spoken(said.next(&block), &block),
                "function_call" => {
                    let id = string(block.call_id);
                    match calls.iter().position(|call| call.id == id) {
                        Some(at) => self.call(calls.remove(at), &block),
                        // Without the call it led to reasoning is refused.
                        None => self.pending.clear(),
                    }
                }
                // What Chat Completions left there is no item.
                "" => {}
                _ => {
                    self.led_to();
                    self.encoder.out.raw(raw.text());
                }
            }
        }
        let unknown = Item::default();
        self.spoken(said.next(&unknown), &unknown);
        for call in calls {
            self.call(call, &unknown);
        }
        self.pending.clear();
        Ok(())
    }

    /// Without stored state only encrypted reasoning can be read back by the API.
    /// Its id would have to be followed by that of the next item, which is not
    /// sent either (recorded 400: `without its required following item`).
    fn reasoning(&mut self, raw: &Json, block: &Item<'_>) {
        let encrypted = !string(block.encrypted_content).is_empty();
        if self.encoder.official && !encrypted {
            return;
        }
        if !self.pending.is_empty() {
            self.pending.push(',');
        }
        let mut fields = json::entries(raw.text()).unwrap_or_default();
        json::keep(&mut fields, &|key, _| key != "id" || !encrypted);
        self.pending.push_str(&json::to_string(&Pairs(&fields)));
    }

    /// Writes the reasoning that led to the item about to be written.
    fn led_to(&mut self) {
        if !self.pending.is_empty() {
            self.encoder.out.raw(&self.pending);
            self.pending.clear();
        }
    }

    /// Text alone is a string: a list of parts is for what was refused.
    fn spoken(&mut self, (said, refusal): (&str, Option<&str>), block: &Item<'_>) {
        if said.is_empty() && refusal.is_none() {
            return;
        }
        self.led_to();
        self.said(Role::Assistant);
        self.encoder.out.field("phase", &block.phase);
        let Some(refusal) = refusal else {
            self.encoder.out.text("content", said);
            return self.encoder.out.end_object();
        };
        self.encoder.out.begin_list_at("content");
        for (kind, key, text) in [
            ("output_text", "text", said),
            ("refusal", "refusal", refusal),
        ] {
            if !text.is_empty() {
                self.encoder.begin(kind);
                self.encoder.out.text(key, text);
                self.encoder.out.end_object();
            }
        }
        self.encoder.out.end_list();
        self.encoder.out.end_object();
    }

    fn call(&mut self, call: &ToolCall, block: &Item<'_>) {
        self.led_to();
        self.encoder.begin("function_call");
        self.encoder
            .out
            .text("call_id", call_id(&call.id, LONGEST_ID));
        self.encoder.out.text("name", &call.function.name);
        self.encoder.out.field("namespace", &block.namespace);
        self.encoder.out.field("caller", &block.caller);
        self.encoder.out.text("arguments", arguments(call));
        self.encoder.out.end_object();
    }
}

fn part(encoder: &mut Encoder<'_>, part: &PartKind, place: Place) -> Result<()> {
    match part {
        PartKind::Text(text) => {
            encoder.begin("input_text");
            encoder.out.text("text", text);
        }
        PartKind::Image(image) => {
            encoder.sees(image, place)?;
            encoder.begin("input_image");
            encoder.out.text("image_url", &image.url);
            let detail = encoder.detail(image, place);
            encoder.out.text("detail", detail);
        }
        PartKind::File(file) => {
            encoder.begin("input_file");
            encoder.file(file, place);
            encoder.out.field("file_url", &file.url);
        }
        PartKind::Audio(_) => {
            return Err(place.unsupported(
                "the Responses API takes no audio",
                "use a model that is served on Chat Completions, or `api = \"chat\"`",
            ));
        }
    }
    Ok(())
}
