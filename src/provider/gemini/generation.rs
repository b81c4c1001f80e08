//! `generationConfig`: sampling, lengths, the form of the answer (wire
//! reference, Gemini §2).

use super::encode::Encoder;
use super::schema;
use super::traits::{GEMINI_2_5, GEMINI_3};
use crate::chat::{ResponseFormat, ToolChoice};
use crate::json::{Json, Writer};
use crate::text;

/// The API takes no more stop texts.
const MOST_STOPS: usize = 5;

impl Encoder<'_> {
    /// Writes the object. Returns what the model must be told instead.
    pub(super) fn generation_config(&mut self) -> Option<String> {
        let request = self.request;
        let thinking = self.thinking();
        let all_stops = request.stop_sequences();
        let stops = all_stops.get(..MOST_STOPS).unwrap_or(all_stops);
        if stops.len() < all_stops.len() {
            self.warn("stop", "at most 5 are taken; sent the first 5");
        }
        let seed = request.seed.filter(|seed| i32::try_from(*seed).is_ok());
        if seed != request.seed {
            self.warn("seed", "only 32-bit seeds are taken; sent without");
        }
        let takes = self.takes_sampling();
        let temperature = request.temperature.or(self.target.config.temperature);
        let temperature = self.if_taken("temperature", temperature, takes);
        let top_p = self.if_taken("top_p", request.top_p, takes);
        // Newer models refuse penalties, on Vertex AI from the next generation on; and unknown
        // ones may be old.
        let vertex = super::is_vertex(self.target.config);
        let takes = !self.since(if vertex { GEMINI_3 } else { GEMINI_2_5 });
        let frequency = self.if_taken("frequency_penalty", request.frequency_penalty, takes);
        let presence = self.if_taken("presence_penalty", request.presence_penalty, takes);
        let writer = &mut self.writer;
        writer.begin_object();
        writer.field("temperature", &temperature);
        writer.field("topP", &top_p);
        let max_tokens = request.max_tokens.or(self.target.config.max_tokens);
        writer.field("maxOutputTokens", &max_tokens);
        stop_sequences(writer, stops);
        writer.field("presencePenalty", &presence);
        writer.field("frequencyPenalty", &frequency);
        writer.field("seed", &seed);
        let told = self.response_format();
        if let Some(thinking) = thinking {
            thinking.write(&mut self.writer);
        }
        self.writer.end_object();
        told
    }

    fn if_taken(&mut self, field: &str, value: Option<f64>, takes: bool) -> Option<f64> {
        if takes || value.is_none() {
            return value;
        }
        self.warn_of_model(field, &format!("does not take `{field}`; sent without"));
        None
    }

    /// Sets JSON mode. Returns what the model must be told instead, where it does
    /// not take it.
    fn response_format(&mut self) -> Option<String> {
        let schema = match self.request.response_format.as_ref()? {
            ResponseFormat::Text => return None,
            ResponseFormat::JsonObject => None,
            ResponseFormat::JsonSchema(format) => Some(&format.schema),
        };
        if let Some(when) = self.refuses_json() {
            let problem = [
                "does not take it",
                when,
                "; asked for it in the system instruction",
            ];
            self.warn_of_model("response_format", &text::concat(&problem));
            return Some(told(schema));
        }
        self.writer.field("responseMimeType", &"application/json");
        if let Some(schema) = schema {
            self.response_json_schema(schema);
        }
        None
    }

    /// When JSON mode is refused: by some old models always, before Gemini 3 beside
    /// functions, and beside functions that must be called.
    fn refuses_json(&self) -> Option<&'static str> {
        let forced = matches!(
            self.request.tool_choice,
            Some(ToolChoice::Required | ToolChoice::Function(_))
        );
        if self.target.known.is_some_and(|model| !model.json_schema()) {
            Some("")
        } else if self.request.tools.is_empty() {
            None
        } else if self.before(GEMINI_3) {
            Some(" beside tools")
        } else {
            forced.then_some(" beside a tool that must be called")
        }
    }

    fn response_json_schema(&mut self, schema: &Json) {
        let mut dropped = Vec::new();
        self.writer.key("responseJsonSchema");
        schema::cleaned(&mut self.writer, schema.text(), &mut dropped);
        if !dropped.is_empty() {
            let dropped = text::joined(&mut dropped.iter().map(String::as_str), ", ");
            let message = format!("the provider's schemas know no {dropped}; sent without");
            self.warn("response_format", &message);
        }
    }
}

fn stop_sequences(writer: &mut Writer, stops: &[String]) {
    if !stops.is_empty() {
        writer.begin_list_at("stopSequences");
        stops.iter().for_each(|stop| writer.string(stop));
        writer.end_list();
    }
}

fn told(schema: Option<&Json>) -> String {
    match schema {
        None => "Answer with one JSON object and nothing else.".to_string(),
        Some(schema) => format!(
            "Answer with JSON that follows this JSON Schema, and nothing else:\n{}",
            schema.text()
        ),
    }
}
