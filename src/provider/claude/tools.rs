//! Tools and which of them must be called.

use super::block::Kind;
use super::encode::Encoder;
use super::messages::is_cut;
use super::schema;
use super::wire::{self, Place};
use crate::chat::{Tool, ToolChoice};
use crate::json::Writer;

impl Encoder<'_> {
    /// Writes the tools and the choice among them.
    pub(super) fn tools(&mut self) {
        let request = self.request;
        if !request.tools.is_empty() {
            for tool in &request.tools {
                self.tool(tool);
            }
            return self.choice();
        }
        if !matches!(request.tool_choice, None | Some(ToolChoice::None)) {
            let problem = "there are no tools to choose from; sent without";
            self.warn("tool_choice", problem);
        }
        if self.past_tools() {
            self.write_choice("none", None, false);
        }
    }

    fn tool(&mut self, tool: &Tool) {
        let function = &tool.function;
        let parameters = function.parameters.as_ref().map(|schema| schema.text());
        let mut input = schema::with_object_type(parameters.unwrap_or(schema::EMPTY));
        if function.strict == Some(true) {
            let field = format!("tools.{}", function.name);
            input = schema::closed(&input, &field, &mut self.warnings);
        }
        let mut json = begin(&function.name, function.description.as_deref(), &input);
        json.field("strict", &function.strict);
        self.push(Place::Tool, Kind::Server, json, tool.cache);
    }

    /// A history with calls is refused without `tools` (wire reference, Anthropic §2).
    fn past_tools(&mut self) -> bool {
        let mut names = Vec::new();
        for message in &self.request.messages {
            for call in &message.tool_calls {
                if !is_cut(call) {
                    schema::insert(&mut names, &call.function.name);
                }
            }
        }
        for name in &names {
            let json = begin(name, None, schema::EMPTY);
            self.push(Place::Tool, Kind::Server, json, None);
        }
        !names.is_empty()
    }

    fn choice(&mut self) {
        let alone = self.request.parallel_tool_calls == Some(false);
        let (r#type, name) = match &self.request.tool_choice {
            None if !alone => return,
            None | Some(ToolChoice::Auto) => ("auto", None),
            Some(ToolChoice::None) => return self.write_choice("none", None, false),
            Some(ToolChoice::Required) => ("any", None),
            Some(ToolChoice::Function(name)) => ("tool", Some(name.as_str())),
        };
        if r#type == "auto" || self.can_force() {
            return self.write_choice(r#type, name, alone);
        }
        match name {
            Some(name) => {
                let order = format!("You must call the tool `{name}` now.");
                self.text(Place::System, &order, None);
            }
            None => self.text(Place::System, "You must call one of the tools now.", None),
        }
        self.warn_model(
            "tool_choice",
            "takes no forced call in this request; sent `auto` and an instruction",
        );
        self.write_choice("auto", None, alone);
    }

    #[inline(never)]
    fn write_choice(&mut self, r#type: &str, name: Option<&str>, alone: bool) {
        self.rest.key("tool_choice");
        self.rest.begin_object();
        wire::text(&mut self.rest, "type", r#type);
        if let Some(name) = name {
            wire::text(&mut self.rest, "name", name);
        }
        if alone {
            self.rest.field("disable_parallel_tool_use", &true);
        }
        self.rest.end_object();
    }
}

#[inline(never)]
fn begin(name: &str, description: Option<&str>, input_schema: &str) -> Writer {
    let mut json = Writer::default();
    json.begin_object();
    wire::text(&mut json, "name", name);
    if let Some(description) = description {
        wire::text(&mut json, "description", description);
    }
    json.key("input_schema");
    json.raw(input_schema);
    json
}
