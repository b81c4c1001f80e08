//! Tools and which of them must be called.

use super::block::Kind;
use super::content::unsupported;
use super::encode::Encoder;
use super::wire::{self, Section};
use super::{PROFILE, schema};
use crate::chat::{Function, ResponseFormat, Tool, ToolChoice};
use crate::error::Result;
use crate::json::Writer;

/// The tool whose input is the answer, where a model knows no other form.
pub(super) const FORM: &str = "json";

impl Encoder<'_> {
    /// Writes the tools and the choice among them.
    pub(super) fn tools(&mut self) -> Result<()> {
        let request = self.request;
        for (at, tool) in request.tools.iter().enumerate() {
            self.tool(at, tool)?;
        }
        if let Some(json) = self.form() {
            self.push(Section::Tool, Kind::Server, json, None);
            self.form = true;
        }
        self.some_choice();
        Ok(())
    }

    /// Among the caller's tools, a provider's own in `provider_options`, or those of the history.
    fn some_choice(&mut self) {
        let request = self.request;
        let options = request
            .options_for(PROFILE.id)
            .map_or("", |options| options.text());
        let has_own = wire::get(options, "tools").get().is_some();
        if self.form || has_own || !request.tools.is_empty() {
            return self.choice();
        }
        if let Some(ToolChoice::Required | ToolChoice::Function(_)) = &request.tool_choice {
            let problem = "there are no tools to choose from; sent without";
            self.warn("tool_choice", problem);
        }
        if self.past_tools() {
            self.write_choice("none", None, false);
        }
    }

    fn tool(&mut self, at: usize, tool: &Tool) -> Result<()> {
        let function = &tool.function;
        if self.target.known.is_some_and(|model| !model.functions()) {
            let problem = format!("tools: {} calls no functions", self.target.model);
            return Err(unsupported(problem, "choose a newer model"));
        }
        let strict = self.strict(at, function);
        let mut input = input_schema(at, function)?;
        if strict == Some(true) {
            let field = format!("tools[{at}].function.parameters");
            input = schema::closed(&input, &field, &mut self.warnings);
        }
        let mut json = begin(&function.name, function.description.as_deref(), &input);
        json.field("strict", &strict);
        self.push(Section::Tool, Kind::Server, json, tool.cache);
        Ok(())
    }

    /// Models before native formats know no `strict`, and no model holds a schema
    /// that refers to itself.
    fn strict(&mut self, at: usize, function: &Function) -> Option<bool> {
        let schema = function
            .parameters
            .as_ref()
            .map_or("", |schema| schema.text());
        if function.strict == Some(true) && !self.can_hold(schema) {
            let field = format!("tools[{at}].function.strict");
            self.warn_model(
                &field,
                "cannot be held to this schema; sent without `strict`",
            );
            return None;
        }
        function.strict.filter(|_| !self.is_old())
    }

    /// Whether the answer or a call can be held to a schema.
    pub(super) fn can_hold(&self, schema: &str) -> bool {
        !self.is_old() && !schema::is_recursive(schema)
    }

    /// The tool a model must call that knows no native format: its input is the
    /// answer (wire reference, Anthropic §2 "Structured output").
    fn form(&self) -> Option<Writer> {
        let Some(ResponseFormat::JsonSchema(format)) = &self.request.response_format else {
            return None;
        };
        let known = self.target.known;
        let can = known.is_none_or(|model| model.functions()) && self.can_force();
        let mut tools = self.request.tools.iter();
        if !self.is_old() || !can || tools.any(|tool| tool.function.name == FORM) {
            return None;
        }
        let input = schema::with_object_type(format.schema.text())?;
        Some(begin(FORM, format.description.as_deref(), &input))
    }

    /// A history with calls is refused without `tools` (wire reference, Anthropic §2).
    fn past_tools(&mut self) -> bool {
        let mut names = Vec::new();
        for (_, message) in self.history {
            for call in &message.tool_calls {
                schema::insert(&mut names, &call.function.name);
            }
        }
        for name in &names {
            let json = begin(name, None, schema::EMPTY);
            self.push(Section::Tool, Kind::Server, json, None);
        }
        !names.is_empty()
    }

    fn choice(&mut self) {
        let alone = self.form || self.request.parallel_tool_calls == Some(false);
        let (r#type, name) = match &self.request.tool_choice {
            Some(ToolChoice::Function(name)) => ("tool", Some(name.as_str())),
            choice if self.form => {
                match self.request.tools.is_empty() || choice == &Some(ToolChoice::None) {
                    true => ("tool", Some(FORM)),
                    false => ("any", None),
                }
            }
            None if !alone => return,
            None | Some(ToolChoice::Auto) => ("auto", None),
            Some(ToolChoice::None) => return self.write_choice("none", None, false),
            Some(ToolChoice::Required) => ("any", None),
        };
        if r#type == "auto" || self.can_force() {
            return self.write_choice(r#type, name, alone);
        }
        match name {
            Some(name) => {
                let order = format!("You must call the tool `{name}` now.");
                self.text(Section::System, &order, None);
            }
            None => self.text(Section::System, "You must call one of the tools now.", None),
        }
        self.warn_model(
            "tool_choice",
            "takes no forced call in this request; sent `auto` and an instruction",
        );
        self.write_choice("auto", None, alone);
    }

    #[inline(never)]
    fn write_choice(&mut self, r#type: &str, name: Option<&str>, alone: bool) {
        self.rest.begin_object_at("tool_choice");
        self.rest.text("type", r#type);
        if let Some(name) = name {
            self.rest.text("name", name);
        }
        if alone {
            self.rest.field("disable_parallel_tool_use", &true);
        }
        self.rest.end_object();
    }
}

fn input_schema(at: usize, function: &Function) -> Result<String> {
    let given = function.parameters.as_ref().map(|schema| schema.text());
    schema::with_object_type(given.unwrap_or(schema::EMPTY)).ok_or_else(|| {
        let problem = format!(
            "tools[{at}].function.parameters: the schema of an input is an object's, without `anyOf`, `oneOf` or `allOf` at its root"
        );
        unsupported(problem, "put what it is into a property")
    })
}

#[inline(never)]
fn begin(name: &str, description: Option<&str>, input_schema: &str) -> Writer {
    let mut json = Writer::default();
    json.begin_object();
    json.text("name", name);
    if let Some(description) = description {
        json.text("description", description);
    }
    json.key("input_schema");
    json.raw(input_schema);
    json
}
