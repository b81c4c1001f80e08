//! The message of an answer, or what a chunk adds to it.

use super::super::answer::list;
use crate::chat::Events;
use crate::error::Result;
use crate::provider::pick::{object, pick, picks, string, text};

picks! {
    /// The fields of a message; servers differ in the names of some.
    Said {
        content = "content",
        reasoning_content = "reasoning_content",
        reasoning = "reasoning",
        refusal = "refusal",
        audio = "audio",
        tool_calls = "tool_calls",
        /// The form before tools.
        function_call = "function_call",
        annotations = "annotations",
        reasoning_details = "reasoning_details",
    }
}

/// The name of readable reasoning.
#[derive(Clone, Copy, Debug)]
pub(super) enum Thought {
    /// `reasoning_content`: DeepSeek, vLLM, llama.cpp.
    Content,
    /// `reasoning`: OpenRouter, Groq, Ollama.
    Plain,
}

impl Thought {
    /// The field.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Content => "reasoning_content",
            Self::Plain => "reasoning",
        }
    }
}

impl Said<'_> {
    /// Tells of reasoning, text and refusal, in this order; how the reasoning was named.
    ///
    /// # Errors
    /// When a part is no JSON.
    pub(super) fn pieces(&self, out: &mut Events) -> Result<Option<Thought>> {
        let thought = self.thinking(out);
        self.content(out)?;
        if self.audio.get().is_some() {
            // What was spoken is the text.
            let [transcript] = pick(object(self.audio), ["transcript"])?;
            out.text(&text(transcript));
        }
        // Some servers say `false` instead of nothing.
        out.refusal(&text(self.refusal));
        Ok(thought)
    }

    /// Both names in one message say the same.
    fn thinking(&self, out: &mut Events) -> Option<Thought> {
        let named = [
            (Thought::Content, self.reasoning_content),
            (Thought::Plain, self.reasoning),
        ];
        for (thought, raw) in named {
            let said = text(raw);
            if !said.is_empty() {
                out.thinking(&said);
                return Some(thought);
            }
        }
        None
    }

    /// Text, or a list of parts (wire reference, OpenAI §10: Mistral).
    fn content(&self, out: &mut Events) -> Result<()> {
        if !object(self.content).starts_with('[') {
            out.text(&text(self.content));
            return Ok(());
        }
        for part in list(self.content) {
            let [said, thoughts] = pick(object(part), ["text", "thinking"])?;
            out.text(&string(said));
            for thought in list(thoughts) {
                let [said] = pick(object(thought), ["text"])?;
                out.thinking(&string(said));
            }
        }
        Ok(())
    }
}
