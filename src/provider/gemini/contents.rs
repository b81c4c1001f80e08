//! Messages as `contents`: two roles that take turns, results in the order of
//! their calls (wire reference, Gemini §2 "Mapping").

use super::encode::{Encoder, USER};
use super::traits::GEMINI_3;
use crate::chat::{Content, ContentPart, Message, Role};
use crate::error::Result;
use crate::json::Json;

impl Encoder<'_> {
    /// All but the system messages.
    pub(super) fn contents(&mut self) -> Result<()> {
        let (mut next, history) = (0, self.history);
        while let Some((at, message)) = history.get(next) {
            (self.at, next) = (*at, next + 1);
            match message.role {
                Role::User => self.user(&message.content)?,
                Role::Assistant => self.assistant(message)?,
                Role::Tool => next = self.results(next - 1)?,
                Role::System => {}
            }
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
    fn user(&mut self, content: &Content) -> Result<()> {
        if !self.content(USER, content)? {
            self.text(USER, " ");
        }
        Ok(())
    }

    /// Text and files in order. Returns whether there are any.
    pub(super) fn content(&mut self, role: &'static str, content: &Content) -> Result<bool> {
        if let Content::Text(text) = content {
            self.text(role, text);
            return Ok(!text.is_empty());
        }
        let mut any = false;
        for (index, part) in content.parts().iter().enumerate() {
            if part.as_text() != Some("") {
                any = true;
                self.open(role);
                self.part(part, index)?;
            }
        }
        Ok(any)
    }

    /// The results of parallel calls stand in one content; the history has put them
    /// in the order of the calls. Takes all from a place on and returns the next.
    fn results(&mut self, first: usize) -> Result<usize> {
        let mut end = first;
        while matches!(self.history.get(end), Some((_, message)) if message.role == Role::Tool) {
            end += 1;
        }
        let results = self.history.get(first..end).unwrap_or_default();
        self.open(USER);
        for (nth, (at, message)) in results.iter().enumerate() {
            self.at = *at;
            self.function_response(nth, message)?;
        }
        // An older model's images stand beside the results.
        if !self.since(GEMINI_3) {
            for (at, message) in results {
                self.at = *at;
                self.files(message)?;
            }
        }
        Ok(end)
    }

    /// The result of the nth call of the open step, which alone knows the function's name.
    fn function_response(&mut self, nth: usize, message: &Message) -> Result<()> {
        let writer = &mut self.writer;
        writer.begin_object();
        writer.begin_object_at("functionResponse");
        if let Some((call, is_sent)) = self.calls.get(nth) {
            if *is_sent {
                writer.field("id", &call.id);
            }
            writer.field("name", &call.function.name);
        }
        writer.key("response");
        self.response(message);
        if self.since(GEMINI_3) && message.content.parts().iter().any(is_file) {
            self.writer.begin_list_at("parts");
            self.files(message)?;
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
    fn files(&mut self, message: &Message) -> Result<()> {
        for (index, part) in message.content.parts().iter().enumerate() {
            if is_file(part) {
                self.part(part, index)?;
            }
        }
        Ok(())
    }
}

fn is_file(part: &ContentPart) -> bool {
    part.as_text().is_none()
}
