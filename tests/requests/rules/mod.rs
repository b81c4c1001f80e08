//! The differences that are meant, each with its reason.

mod openai;
pub mod parameters;
mod turns;

use aircher_llm::chat::Warning;
use serde_json::{Map, Value};

use super::Dialect::{self, Chat, Claude, Gemini, Ollama, Responses};

/// A recorded body and ours, both normalised.
pub struct Pair {
    pub recorded: Value,
    pub ours: Value,
    pub warnings: Vec<Warning>,
}

/// A difference that is meant.
pub struct Rule {
    pub name: &'static str,
    /// Why ours is as good.
    pub why: &'static str,
    dialects: &'static [Dialect],
    /// Takes the difference out of the pair.
    apply: fn(&mut Pair),
}

impl Rule {
    /// Whether the dialect knows such a difference.
    pub fn is_of(&self, dialect: Dialect) -> bool {
        self.dialects.contains(&dialect)
    }

    /// Takes the difference out of the pair.
    pub fn apply(&self, pair: &mut Pair) {
        (self.apply)(pair);
    }
}

/// In this order.
pub const RULES: [Rule; 13] = [
    Rule {
        name: "max_tokens is max_completion_tokens",
        why: "the older name is deprecated at OpenAI and refused by its reasoning models",
        dialects: &[Chat],
        apply: openai::newer_limit,
    },
    Rule {
        name: "system, developer or instructions, as the model has it",
        why: "three words for the same; reasoning models know `developer`, compatible servers only `system`",
        dialects: &[Chat, Responses],
        apply: openai::system_words,
    },
    Rule {
        name: "what only an answer carries is not sent back",
        why: "ids, status and index of calls and items, and citations, are the answer's bookkeeping; nothing is stored that an id could name",
        dialects: &[Chat, Responses],
        apply: openai::without_bookkeeping,
    },
    Rule {
        name: "strict: false is said",
        why: "left out, the Responses API would try to enforce the schema",
        dialects: &[Responses],
        apply: openai::strict_said,
    },
    Rule {
        name: "calls have ids, and results name them",
        why: "the vocabulary pairs by id; Ollama ignores or accepts them and pairs by tool_name",
        dialects: &[Ollama],
        apply: openai::ids_of_calls,
    },
    Rule {
        name: "neighbours of one role are one content, and of text one part",
        why: "the APIs want roles to alternate and results first, and join texts",
        dialects: &[Gemini, Claude],
        apply: turns::joined,
    },
    Rule {
        name: "readable reasoning is not sent back",
        why: "the API ignores it or counts it as text; what it wants back are signatures",
        dialects: &[Chat, Gemini],
        apply: turns::without_reasoning,
    },
    Rule {
        name: "an empty text is a blank, or left out",
        why: "the API refuses an empty turn",
        dialects: &[Gemini, Claude, Responses],
        apply: turns::without_empty_text,
    },
    Rule {
        name: "a call without signature gets the sentinel",
        why: "Gemini 3 refuses a history in which the first call of a step is unsigned",
        dialects: &[Gemini],
        apply: turns::sentinel,
    },
    Rule {
        name: "a call without result gets one that says so",
        why: "most servers refuse it; the answer has a warning",
        dialects: &[Chat, Responses, Claude, Gemini, Ollama],
        apply: turns::made_results,
    },
    Rule {
        name: "the word JSON is said where JSON mode needs it",
        why: "the API wants it in a message, and instructions are none; the answer has a warning",
        dialects: &[Chat, Responses],
        apply: openai::word_said,
    },
    Rule {
        name: "a schema as the grammar compiler takes it",
        why: "strict tools need closed objects and every input_schema a type; what cannot be enforced is not asked for, with a warning",
        dialects: &[Claude, Responses],
        apply: parameters::closed_schemas,
    },
    Rule {
        name: "a parameter the model does not take is left out or replaced",
        why: "the API would refuse or ignore it; the answer has a warning that names the field",
        dialects: &[Chat, Responses, Claude, Gemini, Ollama],
        apply: parameters::as_warned,
    },
];

fn fields(value: &mut Value) -> &mut Map<String, Value> {
    value.as_object_mut().unwrap()
}

/// The items of a list field; none where there is no list.
fn items<'a>(body: &'a mut Value, key: &str) -> impl Iterator<Item = &'a mut Value> {
    body.get_mut(key)
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
}
