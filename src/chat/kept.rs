//! Events as JSON text, and back: how an answer is kept for the next one who asks the same.
//!
//! What an answer costs is kept beside them (`policy::cache`), so events that say nothing else are left out.

use super::{Events, FinishReason, RichEvent, StreamEvent, ToolCallDelta, Warning};
use crate::json::{Json, JsonError, Read, Reader, Write, Writer, fields};

impl Write for Events {
    fn write(&self, writer: &mut Writer) {
        writer.begin_list();
        for event in self {
            match event {
                StreamEvent::Text(text) => one(writer, "text", text),
                StreamEvent::Thinking(text) => one(writer, "thinking", text),
                StreamEvent::Refusal(text) => one(writer, "refusal", text),
                StreamEvent::Rich(rich) => write_rich(rich, writer),
            }
        }
        writer.end_list();
    }
}

fn one(writer: &mut Writer, key: &str, text: &str) {
    writer.begin_object();
    writer.field(key, &text);
    writer.end_object();
}

fn write_rich(event: &RichEvent, writer: &mut Writer) {
    use RichEvent::{Billing, Restart, ServiceTier, Usage};
    // Said once, at the end, beside the events; and what was void is not kept.
    if matches!(event, Usage(_) | ServiceTier(_) | Billing(_) | Restart) {
        return;
    }
    writer.begin_object();
    match event {
        RichEvent::Start { id, model } => {
            writer.field("id", id);
            writer.field("model", model);
        }
        RichEvent::ToolCall(call) => {
            writer.field("index", &call.index);
            writer.field("id", &call.id);
            writer.field("name", &call.name);
            writer.field("arguments", &call.arguments);
        }
        RichEvent::State(block) => writer.field("state", block),
        RichEvent::Finish { reason, raw } => {
            writer.field("finish", reason);
            writer.field("raw", raw);
        }
        RichEvent::Extra { key, value } => {
            writer.field("name", key);
            writer.field("value", value);
        }
        RichEvent::Warning(warning) => writer.field("warning", warning),
        Usage(_) | ServiceTier(_) | Billing(_) | Restart => {}
    }
    writer.end_object();
}

impl<'r> Read<'r> for Events {
    fn read(reader: &mut Reader<'r>) -> Result<Self, JsonError> {
        let mut events = Self::new();
        reader.list(&mut |reader| {
            Line::read(reader)?.add_to(&mut events);
            Ok(())
        })?;
        Ok(events)
    }
}

/// One event. Which of them it is follows from what is there.
#[derive(Default)]
struct Line {
    text: Option<String>,
    thinking: Option<String>,
    refusal: Option<String>,
    index: Option<u64>,
    id: Option<String>,
    name: Option<String>,
    arguments: Option<String>,
    model: Option<String>,
    state: Option<Json>,
    finish: Option<String>,
    raw: Option<String>,
    value: Option<Json>,
    warning: Option<Warning>,
}

fields!(Line {
    text,
    thinking,
    refusal,
    index,
    id,
    name,
    arguments,
    model,
    state,
    finish,
    raw,
    value,
    warning
});
fields!(Warning {
    code,
    message,
    field,
    provider,
    model
});

impl Line {
    fn add_to(self, events: &mut Events) {
        events.text(self.text.as_deref().unwrap_or_default());
        events.thinking(self.thinking.as_deref().unwrap_or_default());
        events.refusal(self.refusal.as_deref().unwrap_or_default());
        if let Some(rich) = self.rich() {
            events.push(rich);
        }
    }

    fn rich(self) -> Option<RichEvent> {
        Some(if let Some(index) = self.index {
            RichEvent::ToolCall(ToolCallDelta {
                index: index as u32,
                id: self.id,
                name: self.name,
                arguments: self.arguments.unwrap_or_default(),
            })
        } else if let Some(block) = self.state {
            RichEvent::State(block)
        } else if let Some(word) = self.finish {
            RichEvent::Finish {
                reason: FinishReason::named(&word),
                raw: self.raw,
            }
        } else if let Some(value) = self.value {
            let key = self.name.unwrap_or_default();
            RichEvent::Extra { key, value }
        } else if let Some(warning) = self.warning {
            RichEvent::Warning(warning)
        } else if self.id.is_some() || self.model.is_some() {
            let (id, model) = (self.id, self.model);
            RichEvent::Start { id, model }
        } else {
            return None;
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::{Billing, TokenUsage};
    use crate::json;
    use expect_test::{Expect, expect};

    fn rich(events: impl IntoIterator<Item = RichEvent>) -> Events {
        let mut all = Events::new();
        for event in events {
            all.push(event);
        }
        all
    }

    fn call(index: u32, id: Option<&str>, arguments: &str) -> RichEvent {
        RichEvent::ToolCall(ToolCallDelta {
            index,
            id: id.map(str::to_string),
            name: id.map(|_| "look".to_string()),
            arguments: arguments.into(),
        })
    }

    /// Writes events, reads them back, and has them written as before.
    #[track_caller]
    fn check(events: &Events, expected: Expect) {
        let text = json::to_string(events);
        expected.assert_eq(&text);
        let read: Events = json::from_str(&text).unwrap();
        assert_eq!(json::to_string(&read), text);
        let is_said_elsewhere = |event: &StreamEvent<'_>| {
            let StreamEvent::Rich(rich) = event else {
                return false;
            };
            use RichEvent::{Billing, Restart, ServiceTier, Usage};
            matches!(rich, Usage(_) | ServiceTier(_) | Billing(_) | Restart)
        };
        let kept: Vec<_> = events
            .iter()
            .filter(|event| !is_said_elsewhere(event))
            .collect();
        assert_eq!(read.iter().collect::<Vec<_>>(), kept);
    }

    #[test]
    fn pieces_stay_pieces() {
        let mut events = Events::new();
        events.thinking("Hm\n");
        events.text("H\"é");
        events.text(" 😀");
        events.refusal("No.");
        check(
            &events,
            expect![[r#"[{"thinking":"Hm\n"},{"text":"H\"é"},{"text":" 😀"},{"refusal":"No."}]"#]],
        );
    }

    #[test]
    fn the_rarer_ones_keep_what_they_say() {
        let json = |text| Json::from_text(text).unwrap();
        let events = rich([
            RichEvent::Start {
                id: Some("a1".into()),
                model: Some("m".into()),
            },
            call(1, Some("c1"), ""),
            call(1, None, r#"{"q":"#),
            RichEvent::State(json(r#"{"type":"thinking","n":1e400}"#)),
            RichEvent::Extra {
                key: "logprobs".into(),
                value: json("[0.5]"),
            },
            RichEvent::Warning(Warning::field("seed", "left out")),
            RichEvent::Finish {
                reason: FinishReason::ToolCalls,
                raw: Some("tool_use".into()),
            },
            RichEvent::Finish {
                reason: FinishReason::Stop,
                raw: None,
            },
        ]);
        check(
            &events,
            expect![[
                r#"[{"id":"a1","model":"m"},{"index":1,"id":"c1","name":"look","arguments":""},{"index":1,"arguments":"{\"q\":"},{"state":{"type":"thinking","n":1e400}},{"name":"logprobs","value":[0.5]},{"warning":{"code":"unsupported_field","message":"left out","field":"seed"}},{"finish":"tool_calls","raw":"tool_use"},{"finish":"stop"}]"#
            ]],
        );
    }

    #[test]
    fn what_is_kept_beside_the_events_is_left_out() {
        let events = rich([
            RichEvent::Usage(TokenUsage::default()),
            RichEvent::ServiceTier("flex".into()),
            RichEvent::Billing(Billing::default()),
            RichEvent::Restart,
        ]);
        check(&events, expect!["[]"]);
    }

    #[test]
    fn what_is_no_list_of_events_is_an_error() {
        for text in ["", "{}", "[{]", r#"[{"text":1}]"#] {
            assert!(json::from_str::<Events>(text).is_err(), "{text}");
        }
    }
}
