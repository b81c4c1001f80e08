//! Calls and their results in a conversation, paired as every provider wants them.
//!
//! ```text
//! assistant (calls a, b)   user   tool (b)     -->   assistant (a, b)   tool (a)   tool (b)   user
//! ```
//! Histories come from other providers, from answers that broke off and from
//! callers that cut off their beginning. The APIs refuse a call without a
//! result behind it, a result without its call and an id used twice, so this is
//! settled before any dialect is written.

use std::borrow::Cow;

use crate::chat::{Content, Message, Role, ToolCall, Warning};
use crate::error::{Error, Result};
use crate::json::Json;

/// The messages to be sent, each with its place in the request: the results of
/// an assistant message follow it at once, one for each call, in their order.
/// A result that was made has the place of its call's message.
pub(crate) type History<'a> = Vec<(usize, Cow<'a, Message>)>;

/// The messages as a history; copied is only what has to change.
///
/// # Errors
/// `invalid_request` for a result of which no call is known.
pub(crate) fn repaired<'a>(
    messages: &'a [Message],
    warnings: &mut Vec<Warning>,
) -> Result<History<'a>> {
    let mut repair = Repair {
        messages,
        warnings,
        history: Vec::with_capacity(messages.len()),
        paired: vec![false; messages.len()],
        ids: Vec::new(),
    };
    for (at, message) in messages.iter().enumerate() {
        if message.role != Role::Tool {
            repair.message(at, message);
        } else if repair.paired.get(at) != Some(&true) {
            return Err(without_call(at, message));
        }
    }
    Ok(repair.history)
}

/// The blocks of an assistant message that belong to this kind of provider and
/// to the model as requested; what others left there is not sent.
pub(crate) fn own_state<'a>(message: &'a Message, kind: &str, model: &str) -> &'a [Json] {
    match &message.provider_state {
        Some(state) if state.provider == kind && state.model == model => &state.blocks,
        _ => &[],
    }
}

/// Whether the arguments are no JSON: an answer was cut inside them (wire
/// reference, README §3).
fn is_cut(call: &ToolCall) -> bool {
    let arguments = call.function.arguments.trim();
    !arguments.is_empty() && Json::from_text(arguments).is_err()
}

fn without_call(at: usize, message: &Message) -> Error {
    let id = message.tool_call_id.as_deref().unwrap_or_default();
    Error::invalid_request(
        &format!("messages[{at}].tool_call_id"),
        format!("no message before it calls a tool with the id `{id}` that is still unanswered"),
    )
    .hint("keep the assistant message with its tool_calls in front of the results, or remove both")
}

struct Repair<'a, 'w> {
    messages: &'a [Message],
    warnings: &'w mut Vec<Warning>,
    history: History<'a>,
    /// Which messages are results with a call.
    paired: Vec<bool>,
    /// The ids of all calls so far.
    ids: Vec<Cow<'a, str>>,
}

impl<'a> Repair<'a, '_> {
    /// A message, and behind it the results of its calls.
    fn message(&mut self, at: usize, message: &'a Message) {
        let mut kept = Cow::Borrowed(message);
        let mut results = Vec::new();
        let mut index = 0;
        for call in &message.tool_calls {
            let result = self.result_of(at, &call.id);
            if is_cut(call) {
                let problem = "was cut in the middle of its arguments; sent without it";
                self.warn("tool_call_incomplete", at, call, problem);
                kept.to_mut().tool_calls.remove(index);
                continue;
            }
            let mut result = match result {
                Some((at, result)) => (at, Cow::Borrowed(result)),
                None => (at, Cow::Owned(self.made_result(at, call))),
            };
            if let Some(id) = self.fresh_id(&call.id) {
                rename(
                    kept.to_mut().tool_calls.get_mut(index),
                    result.1.to_mut(),
                    id,
                );
            }
            results.push(result);
            index += 1;
        }
        // Reasoning alone is not taken back.
        let is_emptied = index < message.tool_calls.len() && says_nothing(&kept);
        if !is_emptied {
            self.history.push((at, kept));
        }
        self.history.append(&mut results);
    }

    /// The first result of this id behind a message, unless a later call has the same id.
    fn result_of(&mut self, at: usize, id: &str) -> Option<(usize, &'a Message)> {
        for (place, message) in self.messages.iter().enumerate().skip(at + 1) {
            if message.tool_calls.iter().any(|call| call.id == id) {
                return None;
            }
            let paired = self.paired.get_mut(place)?;
            if !*paired && message.role == Role::Tool && message.tool_call_id.as_deref() == Some(id)
            {
                *paired = true;
                return Some((place, message));
            }
        }
        None
    }

    fn made_result(&mut self, at: usize, call: &ToolCall) -> Message {
        let problem = "has no result; sent one that says so";
        self.warn("tool_result_missing", at, call, problem);
        Message {
            role: Role::Tool,
            content: Content::Text("no result was given".into()),
            name: Some(call.function.name.clone()),
            tool_call_id: Some(call.id.clone()),
            is_error: Some(true),
            ..Message::default()
        }
    }

    /// Another id for a call whose own is missing or taken: some servers count
    /// from 0 in every answer.
    fn fresh_id(&mut self, id: &'a str) -> Option<String> {
        if !id.is_empty() && !self.ids.iter().any(|known| known == id) {
            self.ids.push(Cow::Borrowed(id));
            return None;
        }
        let id = if id.is_empty() { "call" } else { id };
        let mut number = self.ids.len();
        let mut fresh = format!("{id}_{number}");
        while self.ids.iter().any(|known| *known == fresh) {
            number += 1;
            fresh = format!("{id}_{number}");
        }
        self.ids.push(Cow::Owned(fresh.clone()));
        Some(fresh)
    }

    fn warn(&mut self, code: &str, at: usize, call: &ToolCall, problem: &str) {
        let message = format!(
            "the call `{}` of `{}` {problem}",
            call.id, call.function.name
        );
        self.warnings.push(Warning {
            field: Some(format!("messages[{at}].tool_calls")),
            ..Warning::new(code, message)
        });
    }
}

fn rename(call: Option<&mut ToolCall>, result: &mut Message, id: String) {
    if let Some(call) = call {
        call.id.clone_from(&id);
    }
    result.tool_call_id = Some(id);
}

fn says_nothing(message: &Message) -> bool {
    message.content.is_empty() && message.tool_calls.is_empty() && message.refusal.is_none()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use expect_test::{Expect, expect};

    use super::*;
    use crate::chat::ChatRequest;

    /// The history in short: a line for each message, then the warnings.
    #[track_caller]
    fn check(messages: &str, expected: Expect) {
        let request = ChatRequest::from_json(&format!(r#"{{"messages":[{messages}]}}"#)).unwrap();
        let mut warnings = Vec::new();
        let mut seen = String::new();
        match repaired(&request.messages, &mut warnings) {
            Ok(history) => history.iter().for_each(|step| seen.push_str(&told(step))),
            Err(error) => writeln!(seen, "{error}").unwrap(),
        }
        for warning in warnings {
            let field = warning.field.as_deref().unwrap_or_default();
            writeln!(seen, "{} {field}: {}", warning.code, warning.message).unwrap();
        }
        expected.assert_eq(&seen);
    }

    fn told((at, message): &(usize, Cow<'_, Message>)) -> String {
        let copied = if matches!(message, Cow::Owned(_)) {
            " copied"
        } else {
            ""
        };
        let calls = message.tool_calls.iter().map(|call| &*call.id);
        let ids: Vec<_> = calls.chain(message.tool_call_id.as_deref()).collect();
        format!(
            "{at} {} {:?} {:?}{copied}\n",
            message.role.as_str(),
            message.content.joined(""),
            ids.join(" "),
        )
    }

    fn calls(text: &str, calls: &[(&str, &str)]) -> String {
        let calls: Vec<_> = calls
            .iter()
            .map(|(id, arguments)| {
                format!(r#"{{"id":"{id}","function":{{"name":"f","arguments":"{arguments}"}}}}"#)
            })
            .collect();
        let calls = calls.join(",");
        format!(r#"{{"role":"assistant","content":"{text}","tool_calls":[{calls}]}}"#)
    }

    fn result(id: &str) -> String {
        format!(r#"{{"role":"tool","tool_call_id":"{id}","content":"ok {id}"}}"#)
    }

    const USER: &str = r#"{"role":"user","content":"go"}"#;

    #[test]
    fn a_sound_history_is_not_copied() {
        let messages = [
            USER,
            &calls("", &[("a", ""), ("b", "{}")]),
            &result("a"),
            &result("b"),
        ];
        check(
            &messages.join(","),
            expect![[r#"
                0 user "go" ""
                1 assistant "" "a b"
                2 tool "ok a" "a"
                3 tool "ok b" "b"
            "#]],
        );
    }

    #[test]
    fn results_move_behind_their_calls() {
        let both = calls("", &[("a", "{}"), ("b", "{}")]);
        let later = r#"{"role":"assistant","content":"Wait."}"#;
        check(
            &[USER, &both, later, &result("b"), USER, &result("a")].join(","),
            expect![[r#"
                0 user "go" ""
                1 assistant "" "a b"
                5 tool "ok a" "a"
                3 tool "ok b" "b"
                2 assistant "Wait." ""
                4 user "go" ""
            "#]],
        );
    }

    #[test]
    fn a_call_without_result_is_answered() {
        let both = calls("", &[("a", "{}"), ("b", "{}")]);
        check(
            &[USER, &both, &result("b"), USER, &calls("x", &[("c", "{}")])].join(","),
            expect![[r#"
                0 user "go" ""
                1 assistant "" "a b"
                1 tool "no result was given" "a" copied
                2 tool "ok b" "b"
                3 user "go" ""
                4 assistant "x" "c"
                4 tool "no result was given" "c" copied
                tool_result_missing messages[1].tool_calls: the call `a` of `f` has no result; sent one that says so
                tool_result_missing messages[4].tool_calls: the call `c` of `f` has no result; sent one that says so
            "#]],
        );
    }

    #[test]
    fn a_cut_call_goes_with_its_result_and_an_emptied_message_too() {
        let cut = r#"{\"n\":"#;
        let second = calls("Well", &[("b", "{}"), ("c", cut)]);
        check(
            &[
                USER,
                &calls("", &[("a", cut)]),
                &result("a"),
                &second,
                &result("b"),
                &result("c"),
            ]
            .join(","),
            expect![[r#"
                0 user "go" ""
                3 assistant "Well" "b" copied
                4 tool "ok b" "b"
                tool_call_incomplete messages[1].tool_calls: the call `a` of `f` was cut in the middle of its arguments; sent without it
                tool_call_incomplete messages[3].tool_calls: the call `c` of `f` was cut in the middle of its arguments; sent without it
            "#]],
        );
    }

    #[test]
    fn a_result_without_call_is_refused() {
        check(
            &[USER, &result("lost")].join(","),
            expect![[r#"
                invalid_request: messages[1].tool_call_id: no message before it calls a tool with the id `lost` that is still unanswered
            "#]],
        );
        let twice = [USER, &calls("", &[("a", "{}")]), &result("a"), &result("a")];
        check(
            &twice.join(","),
            expect![[r#"
                invalid_request: messages[3].tool_call_id: no message before it calls a tool with the id `a` that is still unanswered
            "#]],
        );
    }

    #[test]
    fn an_id_that_is_missing_or_used_again_is_replaced() {
        let turn = [
            calls("", &[("0", "{}"), ("1", "{}")]),
            result("0"),
            result("1"),
        ]
        .join(",");
        let nameless = calls("", &[("", "{}")]);
        check(
            &[USER, &turn, USER, &turn, &nameless].join(","),
            expect![[r#"
                0 user "go" ""
                1 assistant "" "0 1"
                2 tool "ok 0" "0"
                3 tool "ok 1" "1"
                4 user "go" ""
                5 assistant "" "0_2 1_3" copied
                6 tool "ok 0" "0_2" copied
                7 tool "ok 1" "1_3" copied
                8 assistant "" "call_4" copied
                8 tool "no result was given" "call_4" copied
                tool_result_missing messages[8].tool_calls: the call `` of `f` has no result; sent one that says so
            "#]],
        );
    }

    #[test]
    fn state_belongs_to_one_provider_and_model() {
        let message =
            r#"{"role":"assistant","provider_state":{"provider":"p","model":"m","blocks":[1]}}"#;
        let request = ChatRequest::from_json(&format!(r#"{{"messages":[{message}]}}"#)).unwrap();
        let blocks = |kind, model| own_state(&request.messages[0], kind, model).len();
        assert_eq!(
            (blocks("p", "m"), blocks("p", "n"), blocks("q", "m")),
            (1, 0, 0)
        );
    }
}
