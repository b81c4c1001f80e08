//! Messages as turns (wire reference, Anthropic §2 "Messages mapping").
//!
//! ```text
//! system              --> top-level `system`
//! user, tool          --> one user turn: results first, then the rest
//! assistant           --> one assistant turn: its own blocks as they came, or rebuilt
//! ```

use super::PROFILE;
use super::block::Kind;
use super::content::{self, clean_id, ours};
use super::encode::text;
use super::wire::{Block, BlockStart, Blocks, OurBlock, Turn};
use crate::chat::{ChatRequest, Message, ProviderState, Role, ToolCall, Warning};
use crate::error::{Error, ErrorKind, Result};
use crate::json::{self, Json};
use crate::provider::Target;
use crate::provider::body::object_or_empty;

/// The conversation in the API's form.
#[derive(Debug, Default)]
pub(super) struct Conversation<'a> {
    pub(super) system: Vec<Block<'a>>,
    pub(super) turns: Vec<Turn<'a>>,
}

/// Turns the messages into system and turns.
pub(super) fn conversation<'a>(
    request: &'a ChatRequest,
    target: &Target<'_>,
    warnings: &mut Vec<Warning>,
) -> Result<Conversation<'a>> {
    let cut = cut_calls(request);
    if !cut.is_empty() {
        let message =
            "tool calls cut in the middle of their arguments, and their results, are not sent";
        warnings.push(Warning::new("tool_call_incomplete", message));
    }
    let mut out = Conversation::default();
    for (at, message) in request.messages.iter().enumerate() {
        out.add(message, at, &cut, target, warnings)?;
    }
    out.check_ending(target)?;
    Ok(out)
}

/// The ids of calls whose arguments are no JSON: an answer was cut inside them.
fn cut_calls(request: &ChatRequest) -> Vec<&str> {
    let calls = request
        .messages
        .iter()
        .flat_map(|message| &message.tool_calls);
    calls
        .filter(|call| is_cut(call))
        .map(|call| call.id.as_str())
        .collect()
}

/// Whether the arguments are no JSON.
pub(super) fn is_cut(call: &ToolCall) -> bool {
    let arguments = call.function.arguments.trim();
    !arguments.is_empty() && Json::from_text(arguments).is_err()
}

impl<'a> Conversation<'a> {
    fn add(
        &mut self,
        message: &'a Message,
        at: usize,
        cut: &[&str],
        target: &Target<'_>,
        warnings: &mut Vec<Warning>,
    ) -> Result<()> {
        if message.name.is_some() && message.role != Role::Tool {
            let dropped = Warning::field(
                &format!("messages[{at}].name"),
                "messages have no names here; sent without",
            );
            warnings.push(dropped);
        }
        match message.role {
            Role::System => self.add_system(message, at, warnings)?,
            Role::User => {
                let mut blocks = content::blocks(&message.content, at, target, warnings)?;
                content::mark_last(&mut blocks, message.cache);
                self.extend("user", blocks);
            }
            Role::Assistant => {
                let mut blocks = assistant(message, at, target, warnings)?;
                content::mark_last(&mut blocks, message.cache);
                self.extend("assistant", blocks);
            }
            Role::Tool
                if message
                    .tool_call_id
                    .as_deref()
                    .is_some_and(|id| cut.contains(&id)) => {}
            Role::Tool => {
                let mut block = content::result(message, at, target, warnings)?;
                content::mark_last(std::slice::from_mut(&mut block), message.cache);
                self.add_result(block);
            }
        }
        Ok(())
    }

    /// Only newer models take a system message in the middle, so all go to the top.
    fn add_system(
        &mut self,
        message: &'a Message,
        at: usize,
        warnings: &mut Vec<Warning>,
    ) -> Result<()> {
        let parts = message.content.parts();
        if parts.iter().any(|part| part.as_text().is_none()) {
            let problem = format!("messages[{at}].content: a system message holds text only");
            return Err(
                Error::new(ErrorKind::Unsupported, problem).hint("put it into a user message")
            );
        }
        if !self.turns.is_empty() {
            let moved = Warning::field(
                &format!("messages[{at}]"),
                "a later system message is sent in front of the conversation",
            );
            warnings.push(moved);
        }
        let of_part = || parts.last().and_then(|part| part.cache);
        let hint = message.cache.or_else(of_part);
        let whole = message.content.joined("");
        if !whole.is_empty() {
            self.system.push(text(whole));
            content::mark_last(
                self.system
                    .last_mut()
                    .map(std::slice::from_mut)
                    .unwrap_or_default(),
                hint,
            );
        }
        Ok(())
    }

    fn extend(&mut self, role: &'static str, blocks: Vec<Block<'a>>) {
        if !blocks.is_empty() {
            let mut turn = self.taken_turn(role);
            turn.content.0.extend(blocks);
            self.turns.push(turn);
        }
    }

    /// Results stand before everything else of their turn.
    fn add_result(&mut self, block: Block<'a>) {
        let mut turn = self.taken_turn("user");
        let blocks = &mut turn.content.0;
        let results = blocks.iter().take_while(|block| is_result(block)).count();
        blocks.insert(results, block);
        self.turns.push(turn);
    }

    /// Neighbours of one role are one turn: the last one, if it is of this role, or a new one.
    fn taken_turn(&mut self, role: &'static str) -> Turn<'a> {
        let last = self.turns.pop_if(|turn| turn.role == role);
        last.unwrap_or_else(|| Turn {
            role,
            content: Blocks::default(),
        })
    }

    /// The last assistant turn may be continued only by models that take a
    /// prefill, or where the provider itself had paused.
    fn check_ending(&mut self, target: &Target<'_>) -> Result<()> {
        let Some(turn) = self
            .turns
            .last_mut()
            .filter(|turn| turn.role == "assistant")
        else {
            return Ok(());
        };
        let blocks = &mut turn.content.0;
        let paused = blocks.iter().any(|block| kind_of(block).is_server());
        let ends_in_text = blocks
            .last()
            .is_some_and(|block| kind_of(block) == Kind::Text);
        if paused || !ends_in_text {
            return Ok(());
        }
        if target.known.and_then(|model| model.prefill()) == Some(false) {
            let problem = format!(
                "messages: {} does not continue an assistant message",
                target.model
            );
            return Err(Error::new(ErrorKind::Unsupported, problem)
                .hint("end the conversation with a user message"));
        }
        trim_end(blocks);
        if blocks.is_empty() {
            self.turns.pop();
        }
        Ok(())
    }

    /// With a budget, a running tool turn must begin with reasoning.
    pub(super) fn may_think_by_budget(&self) -> bool {
        let last = self
            .turns
            .iter()
            .rev()
            .find(|turn| turn.role == "assistant");
        let blocks = last.map_or(&[][..], |turn| &turn.content.0);
        let calls = blocks.iter().any(|block| kind_of(block) == Kind::Tool);
        !calls
            || blocks
                .first()
                .is_some_and(|first| is_reasoning(kind_of(first)))
    }
}

fn is_result(block: &Block<'_>) -> bool {
    matches!(block, Block::Ours(block) if block.r#type == "tool_result")
}

fn is_reasoning(kind: Kind) -> bool {
    matches!(kind, Kind::Thinking | Kind::Redacted)
}

fn kind_of(block: &Block<'_>) -> Kind {
    match block {
        Block::Ours(block) => Kind::of_block(block.r#type),
        Block::Raw(block) => kind_of_raw(block),
    }
}

fn kind_of_raw(block: &Json) -> Kind {
    read(block).map_or(Kind::Server, |block| {
        Kind::of_block(block.r#type.or_empty())
    })
}

fn read(block: &Json) -> Option<BlockStart<'_>> {
    json::from_str(block.text()).ok()
}

/// A last assistant message may not end in white space.
fn trim_end(blocks: &mut Vec<Block<'_>>) {
    if let Some(Block::Ours(block)) = blocks.last_mut()
        && let Some(text) = &mut block.text
    {
        let trimmed = text.trim_end().to_string();
        *text = trimmed.into();
        if text.is_empty() {
            blocks.pop();
        }
    }
}

// ---- the assistant's own turns --------------------------------------------

/// The blocks as they came where they still say what the message says; else
/// the reasoning in front and the rest rebuilt.
fn assistant<'a>(
    message: &'a Message,
    at: usize,
    target: &Target<'_>,
    warnings: &mut Vec<Warning>,
) -> Result<Vec<Block<'a>>> {
    let state = message.provider_state.as_ref();
    let state = state.filter(|state| state.provider == PROFILE.id && state.model == target.model);
    let raw = state.map_or(&[][..], |state| &state.blocks);
    if state.is_some_and(|state| agrees(message, state)) {
        return Ok(raw.iter().map(Block::Raw).collect());
    }
    let reasoning = raw.iter().filter(|block| is_reasoning(kind_of_raw(block)));
    let mut blocks: Vec<Block<'a>> = reasoning.map(Block::Raw).collect();
    blocks.extend(content::blocks(&message.content, at, target, warnings)?);
    if let Some(refusal) = message
        .refusal
        .as_deref()
        .filter(|refusal| !refusal.is_empty())
    {
        blocks.push(text(refusal));
    }
    let calls = message.tool_calls.iter().filter(|call| !is_cut(call));
    for (index, call) in calls.enumerate() {
        blocks.push(self::call(
            call,
            &format!("messages[{at}].tool_calls[{index}]"),
            warnings,
        ));
    }
    Ok(blocks)
}

/// Whether the kept blocks have the message's text and calls: a caller may have edited it.
fn agrees(message: &Message, state: &ProviderState) -> bool {
    let blocks: Vec<_> = state.blocks.iter().filter_map(read).collect();
    let of_type = |name: &'static str| {
        blocks
            .iter()
            .filter(move |block| block.r#type.get() == Some(name))
    };
    let text: String = of_type("text").map(|block| block.text.or_empty()).collect();
    let calls = message.tool_calls.iter().filter(|call| !is_cut(call));
    !blocks.is_empty()
        && text == message.content.joined("")
        && of_type("tool_use")
            .map(|block| block.id.or_empty())
            .eq(calls.map(|call| call.id.as_str()))
}

fn call<'a>(call: &'a ToolCall, field: &str, warnings: &mut Vec<Warning>) -> Block<'a> {
    let (input, is_object) = object_or_empty(&call.function.arguments);
    if !is_object {
        let message = "arguments are an object here; sent `{}`";
        warnings.push(Warning::field(
            &format!("{field}.function.arguments"),
            message,
        ));
    }
    ours(OurBlock {
        r#type: "tool_use",
        id: Some(clean_id(&call.id)),
        name: Some(&call.function.name),
        input: Some(input),
        ..OurBlock::default()
    })
}
