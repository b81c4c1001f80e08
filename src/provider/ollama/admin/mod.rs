//! Managing the models of an Ollama server (wire reference, Ollama §1 and §6).

mod create;
mod model;
mod modelfile;

use super::{error, url, window, with_key};
use crate::error::{Error, Result};
use crate::http::{Header, HttpRequest, Method};
use crate::json::{self, Json, Writer, fields};
use crate::provider::Target;
use crate::provider::admin::{Admin, Line, Operation};
use crate::provider::pick::{count, pick, string};
use crate::text;

/// The dialect.
#[derive(Debug)]
pub(super) struct Management;

impl Admin for Management {
    fn request(
        &self,
        operation: Operation,
        asked: &str,
        target: &Target<'_>,
    ) -> Result<HttpRequest> {
        let (method, path) = route(operation);
        let (path, body) = match operation {
            Operation::Create => (path.to_string(), Some(asked.to_string())),
            _ => said(operation, path, &Asked::read(asked)?, target)?,
        };
        let mut headers = Vec::new();
        if body.is_some() {
            headers.push(Header::plain("content-type", "application/json"));
        }
        let request = HttpRequest {
            method,
            url: url(target, &path),
            headers,
            body: body.map(String::into_bytes),
        };
        Ok(with_key(request, target))
    }

    fn answer(&self, operation: Operation, text: &str) -> Result<String> {
        match operation {
            Operation::List | Operation::Running => model::list(text),
            Operation::Version => model::version(text),
            Operation::Show => model::shown(text),
            Operation::HasFile => Ok("true".to_string()),
            _ => Ok("null".to_string()),
        }
    }

    fn learned(&self, operation: Operation, model: &str, text: &str) -> Vec<(String, String)> {
        match operation {
            Operation::List => model::learned_from_list(text),
            Operation::Show => model::learned_from_show(model, text),
            _ => Vec::new(),
        }
    }

    /// `{"status", "digest"?, "total"?, "completed"?}` or `{"error"}`, with status 200 all the same.
    fn line(&self, line: &str) -> Result<Line> {
        let keys = ["status", "digest", "total", "completed", "error"];
        let [status, digest, total, completed, problem] = pick(line, keys)?;
        if problem.get().is_some() {
            return Err(error::inside_answer(line));
        }
        let status = string(status);
        Ok(Line {
            is_end: status == "success",
            status,
            digest: string(digest),
            total: count(total).unwrap_or_default(),
            completed: count(completed).unwrap_or_default(),
        })
    }

    fn digest(&self, list: &str, model: &str) -> (String, Option<String>) {
        model::digest(list, &full_name(model))
    }

    fn plan(&self, spec: &str) -> Result<String> {
        create::plan(spec)
    }
}

/// A name without a tag means the tag `latest`.
fn full_name(model: &str) -> String {
    let has_tag = text::has(text::after_last(model, b'/'), ":");
    text::concat(&[model, if has_tag { "" } else { ":latest" }])
}

fn route(operation: Operation) -> (Method, &'static str) {
    match operation {
        Operation::List => (Method::Get, "/api/tags"),
        Operation::Running => (Method::Get, "/api/ps"),
        Operation::Version => (Method::Get, "/api/version"),
        Operation::Show => (Method::Post, "/api/show"),
        Operation::Copy => (Method::Post, "/api/copy"),
        Operation::Delete => (Method::Delete, "/api/delete"),
        // An empty conversation loads, or unloads (wire reference, Ollama §2).
        Operation::Load | Operation::Unload => (Method::Post, "/api/chat"),
        Operation::HasFile => (Method::Head, "/api/blobs/"),
        Operation::SendFile => (Method::Post, "/api/blobs/"),
        Operation::Pull => (Method::Post, "/api/pull"),
        Operation::Create => (Method::Post, "/api/create"),
    }
}

#[derive(Default)]
struct Asked {
    model: String,
    destination: String,
    digest: String,
    verbose: bool,
    keep_alive: Option<Json>,
    num_ctx: Option<u64>,
}
fields!(Asked {
    model,
    destination,
    digest,
    verbose,
    keep_alive,
    num_ctx
});

impl Asked {
    fn read(text: &str) -> Result<Self> {
        json::from_str(text).map_err(|error| Error::invalid_request("options", error))
    }
}

/// Path and body of what is asked.
fn said(
    operation: Operation,
    path: &str,
    asked: &Asked,
    target: &Target<'_>,
) -> Result<(String, Option<String>)> {
    match operation {
        Operation::List | Operation::Running | Operation::Version => {
            return Ok((path.to_string(), None));
        }
        Operation::HasFile | Operation::SendFile => {
            return Ok((text::concat(&[path, &asked.digest]), None));
        }
        _ => {}
    }
    let mut out = Writer::default();
    out.begin_object();
    let is_copy = operation == Operation::Copy;
    name(
        &mut out,
        if is_copy { "source" } else { "model" },
        &asked.model,
    )?;
    match operation {
        Operation::Copy => name(&mut out, "destination", &asked.destination)?,
        Operation::Show if asked.verbose => out.field("verbose", &true),
        Operation::Pull => out.field("stream", &true),
        Operation::Load | Operation::Unload => loading(operation, asked, target, &mut out),
        _ => {}
    }
    out.end_object();
    Ok((path.to_string(), Some(out.finish())))
}

fn name(out: &mut Writer, key: &str, name: &str) -> Result<()> {
    if name.trim().is_empty() {
        return Err(Error::invalid_request(key, "expected the name of a model"));
    }
    out.field(key, &name);
    Ok(())
}

/// The same window as calls ask for: another one would load the model anew.
fn loading(operation: Operation, asked: &Asked, target: &Target<'_>, out: &mut Writer) {
    out.key("messages");
    out.raw("[]");
    out.field("stream", &false);
    if operation == Operation::Unload {
        out.field("keep_alive", &0_u64);
        return;
    }
    let config = target.config;
    let keep_alive = asked.keep_alive.as_ref().or(config.keep_alive.as_ref());
    out.field("keep_alive", &keep_alive);
    window(asked.num_ctx.or(config.num_ctx), out);
}

/// What no answer of the protocol looks like.
fn no_answer(text: &str) -> Error {
    let start = text::first_chars(text, 200);
    Error::invalid_response(text::concat(&[
        "the server sent what is no answer to this: ",
        start,
    ]))
}

#[cfg(test)]
mod tests;
