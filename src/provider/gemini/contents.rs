//! Messages as `contents`: two roles that take turns, results in the order of
//! their calls (wire reference, Gemini §2 "Mapping").

use super::encode::{Encoder, USER};
use super::traits::GEMINI_3;
use crate::chat::{Content, ContentPart, Message, Role};
use crate::error::{Error, Result};
use crate::json::Json;

impl Encoder<'_> {
    /// All but the system messages.
    pub(super) fn contents(&mut self) -> Result<()> {
        let messages = &self.request.messages;
        let mut at = 0;
        while let Some(message) = messages.get(at) {
            match message.role {
                Role::User => self.user(&message.content, at)?,
                Role::Assistant => self.assistant(message, at),
                Role::Tool => at = self.results(at)?,
                Role::System => {}
            }
            at += 1;
        }
        if self.role.is_empty() {
            self.text(USER, " ");
        }
        self.close();
        if self.blank {
            self.warn(
                "messages",
                "a conversation must begin with the user; sent a blank first message",
            );
        }
        Ok(())
    }

    /// A blank text where there is nothing, since an empty turn is refused.
    fn user(&mut self, content: &Content, at: usize) -> Result<()> {
        let mut is_empty = true;
        match content {
            Content::Text(text) => {
                is_empty = text.is_empty();
                self.text(USER, text);
            }
            Content::Parts(parts) => {
                for (index, part) in parts.iter().enumerate() {
                    if part.as_text() != Some("") {
                        is_empty = false;
                        self.open(USER);
                        self.part(part, at, index)?;
                    }
                }
            }
        }
        if is_empty {
            self.text(USER, " ");
        }
        Ok(())
    }

    /// The results of parallel calls stand in one content, in the order of the
    /// calls. Takes all results from a message on and returns the last.
    fn results(&mut self, first: usize) -> Result<usize> {
        let messages = &self.request.messages;
        let mut order: Vec<(usize, usize)> = Vec::new();
        let mut last = first;
        for (at, message) in messages.iter().enumerate().skip(first) {
            if message.role != Role::Tool {
                break;
            }
            let id = message.tool_call_id.as_deref().unwrap_or_default();
            let place = self.calls.iter().rposition(|(call, _)| call.id == id);
            let place = place.unwrap_or(usize::MAX);
            let before = order.iter().take_while(|(other, _)| *other <= place);
            order.insert(before.count(), (place, at));
            last = at;
        }
        self.open(USER);
        for (place, at) in &order {
            if let Some(message) = messages.get(*at) {
                self.function_response(*place, message, *at)?;
            }
        }
        // An older model's images stand beside the results.
        for (_, at) in &order {
            if let Some(message) = messages.get(*at)
                && !self.since(GEMINI_3)
            {
                self.files(message, *at)?;
            }
        }
        Ok(last)
    }

    /// A result names its function, which only its call knows, or the caller.
    fn function_response(&mut self, place: usize, message: &Message, at: usize) -> Result<()> {
        let call = self.calls.get(place);
        let name = call.map(|(call, _)| &call.function.name);
        let Some(name) = name.or(message.name.as_ref()) else {
            return Err(Error::invalid_request(
                &format!("messages[{at}].tool_call_id"),
                "no call before it has this id, and the name of its function is needed",
            ));
        };
        let writer = &mut self.writer;
        writer.begin_object();
        writer.key("functionResponse");
        writer.begin_object();
        if call.is_none_or(|(_, sent)| *sent) {
            writer.field("id", &message.tool_call_id.as_deref().unwrap_or_default());
        }
        writer.field("name", name);
        writer.key("response");
        self.response(message);
        if self.since(GEMINI_3) && parts_of(message).iter().any(is_file) {
            self.writer.key("parts");
            self.writer.begin_list();
            self.files(message, at)?;
            self.writer.end_list();
        }
        self.writer.end_object();
        self.writer.end_object();
        Ok(())
    }

    /// An object whatever the tool said: its JSON, or its text.
    fn response(&mut self, message: &Message) {
        let text = message.content.joined("\n");
        let writer = &mut self.writer;
        writer.begin_object();
        writer.key(if message.is_error == Some(true) {
            "error"
        } else {
            "output"
        });
        match Json::from_text(text.trim()) {
            Ok(json) if json.text().starts_with(['{', '[']) => writer.raw(json.text()),
            _ => writer.string(&text),
        }
        writer.end_object();
    }

    /// What a tool's result holds besides text.
    fn files(&mut self, message: &Message, at: usize) -> Result<()> {
        for (index, part) in parts_of(message).iter().enumerate() {
            if is_file(part) {
                self.part(part, at, index)?;
            }
        }
        Ok(())
    }
}

fn parts_of(message: &Message) -> &[ContentPart] {
    match &message.content {
        Content::Parts(parts) => parts,
        Content::Text(_) => &[],
    }
}

fn is_file(part: &ContentPart) -> bool {
    part.as_text().is_none()
}
