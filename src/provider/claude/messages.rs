//! Messages as turns (wire reference, Anthropic §2 "Messages mapping").
//!
//! ```text
//! system              --> top-level `system`
//! user, tool          --> one user turn; `history` has put the results first
//! assistant           --> one assistant turn: its own blocks as they came, or rebuilt
//! ```
//! Neighbours of one role are one turn.

use super::PROFILE;
use super::block::Kind;
use super::content::{clean_id, unsupported};
use super::encode::Encoder;
use super::wire::{self, Block, Section, string};
use crate::chat::{Content, Message, Role, ToolCall};
use crate::error::Result;
use crate::json::{self, Json};
use crate::provider::body::object_or_empty;
use crate::provider::history::own_state;

/// What becomes of a system message in the middle that cannot stay there.
const MOVED: &str = "a later system message is sent in front of the conversation";

impl Encoder<'_> {
    /// Turns the messages into system and turns.
    pub(super) fn conversation(&mut self) -> Result<()> {
        for (at, message) in self.history {
            self.at = *at;
            if message.role == Role::Assistant {
                self.settle_later();
            }
            self.message(message)?;
        }
        self.settle_later();
        self.check_ending()
    }

    fn message(&mut self, message: &Message) -> Result<()> {
        if message.name.is_some() && message.role != Role::Tool {
            let field = self.path("", ".name");
            let problem = "messages have no names here; sent without";
            self.warn(&field, problem);
        }
        let before = self.blocks.len();
        let section = match message.role {
            Role::System => return self.system(message),
            Role::Tool => return self.result(message),
            Role::User => Section::User,
            Role::Assistant => Section::Assistant,
        };
        if section == Section::User {
            self.content(&message.content, section)?;
        } else {
            self.assistant(message)?;
        }
        self.mark_last(before, section, message.cache);
        Ok(())
    }

    /// Only newer models take a system message in the middle; for others all go to the top.
    fn system(&mut self, message: &Message) -> Result<()> {
        let mut hint = None;
        if let Content::Parts(parts) = &message.content {
            if parts.iter().any(|part| part.as_text().is_none()) {
                let problem = self.path("", ".content: a system message holds text only");
                return Err(unsupported(problem, "put it into a user message"));
            }
            hint = parts.last().and_then(|part| part.cache);
        }
        let is_later = |last: &Block| last.section > Section::System;
        let mut section = Section::System;
        if self.blocks.last().is_some_and(is_later) {
            if self.takes_later_system() {
                section = Section::Later;
            } else {
                let field = self.path("", "");
                self.warn(&field, MOVED);
            }
        }
        let whole = message.content.joined("");
        self.text(section, &whole, message.cache.or(hint));
        Ok(())
    }

    /// A system turn has to follow a turn of the user; where there is none it goes to the top.
    fn settle_later(&mut self) {
        let mut blocks = self.blocks.iter();
        let before = blocks.rposition(|block| block.section != Section::Later);
        let Some(before) = before.filter(|at| at + 1 < self.blocks.len()) else {
            return;
        };
        let follows = self.blocks.get(before).map(|block| block.section);
        if follows == Some(Section::User) {
            return;
        }
        self.warn("messages", MOVED);
        for mut block in self.blocks.split_off(before + 1) {
            block.section = Section::System;
            self.insert(block);
        }
    }

    /// The last run of blocks of one section: all tools, the system, or a turn.
    #[inline(never)]
    pub(super) fn run(&self, section: Section) -> &[Block] {
        let of_section = |block: &Block| block.section == section;
        let end = self.blocks.iter().rposition(of_section);
        let run = self.blocks.get(..end.map_or(0, |end| end + 1));
        let run = run.unwrap_or_default();
        let before = run.iter().rposition(|block| !of_section(block));
        run.get(before.map_or(0, |at| at + 1)..).unwrap_or_default()
    }

    /// The last assistant turn may be continued only by models that take a
    /// prefill, or where the provider itself had paused.
    fn check_ending(&mut self) -> Result<()> {
        let last = self.blocks.last();
        let Some(last) = last.filter(|last| last.section > Section::System) else {
            let problem = "messages: there is nothing said by a user or assistant";
            return Err(unsupported(problem.into(), "add a user message"));
        };
        let turn = self.run(Section::Assistant);
        let paused = turn.iter().any(|block| block.kind.is_server());
        if last.section != Section::Assistant || last.kind != Kind::Text || paused {
            return Ok(());
        }
        if self.target.known.and_then(|model| model.prefill()) == Some(false) {
            let model = self.target.model;
            let problem = format!("messages: {model} does not continue an assistant message");
            return Err(unsupported(
                problem,
                "end the conversation with a user message",
            ));
        }
        // It may not end in white space.
        if let Some(json) = last.text() {
            let (cache, text) = (last.cache, json::from_str::<String>(json));
            self.blocks.pop();
            let text = text.unwrap_or_default();
            self.text(Section::Assistant, text.trim_end(), cache);
        }
        Ok(())
    }

    /// With a budget, a turn that is still running must begin with reasoning.
    pub(super) fn check_budget(&mut self) {
        let turn = self.run(Section::Assistant);
        let last = self.blocks.last();
        let runs = turn.iter().any(|block| block.kind == Kind::Tool)
            || last.is_some_and(|last| last.section == Section::Assistant);
        let reasons = turn.first().is_some_and(|first| first.kind.is_reasoning());
        if self.plan.budget > 0 && runs && !reasons {
            self.plan.drop_thinking();
            let problem = "the running turn has no reasoning of this model in front, which a budget needs; sent without";
            self.warn("thinking", problem);
        }
    }

    // ---- the assistant's own turns ----------------------------------------

    /// The blocks as they came where they still say what the message says; else
    /// the reasoning in front and the rest rebuilt.
    fn assistant(&mut self, message: &Message) -> Result<()> {
        let raw = own_state(message, PROFILE.id, self.target.model);
        let unchanged = agrees(message, raw);
        for block in raw {
            let kind = kind_of(block);
            if unchanged || kind.is_reasoning() {
                let text = block.text().trim_end();
                self.blocks.push(Block {
                    section: Section::Assistant,
                    kind,
                    json: text.strip_suffix('}').unwrap_or(text).to_string(),
                    is_raw: true,
                    cache: None,
                });
            }
        }
        if !unchanged {
            self.rebuilt(message)?;
        }
        // A turn does not end in reasoning.
        let is_reasoning =
            |last: &mut Block| last.section == Section::Assistant && last.kind.is_reasoning();
        while self.blocks.pop_if(is_reasoning).is_some() {}
        Ok(())
    }

    fn rebuilt(&mut self, message: &Message) -> Result<()> {
        self.content(&message.content, Section::Assistant)?;
        let refusal = message.refusal.as_deref().unwrap_or_default();
        self.text(Section::Assistant, refusal, None);
        self.part = 0;
        for call in &message.tool_calls {
            self.call(call);
            self.part += 1;
        }
        Ok(())
    }

    fn call(&mut self, call: &ToolCall) {
        let (input, is_object) = object_or_empty(&call.function.arguments);
        if !is_object {
            let field = self.path("tool_calls", ".function.arguments");
            let problem = "arguments are an object here; sent `{}`";
            self.warn(&field, problem);
        }
        let mut json = wire::begin("tool_use");
        json.text("id", &clean_id(&call.id));
        json.text("name", &call.function.name);
        json.field("input", &input);
        self.push(Section::Assistant, Kind::Tool, json, None);
    }
}

fn kind_of(block: &Json) -> Kind {
    Kind::of_block(&string(block.text(), "type"))
}

/// Whether the kept blocks have the message's text and calls: a caller may have edited it.
fn agrees(message: &Message, blocks: &[Json]) -> bool {
    let mut calls = message.tool_calls.iter();
    let mut said = String::new();
    for block in blocks {
        let block = block.text();
        match &*string(block, "type") {
            "text" => said.push_str(&string(block, "text")),
            "tool_use" => {
                let id = string(block, "id");
                if calls.next().is_none_or(|call| *call.id != *id) {
                    return false;
                }
            }
            _ => {}
        }
    }
    !blocks.is_empty() && calls.next().is_none() && said == message.content.joined("")
}
