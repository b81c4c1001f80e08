//! Bodies as TypeScript: one statement a line, so that a line of the compiler's
//! output is a case.

use std::fmt::Write;
use std::fs;

use super::speakers::Sent;
use serde_json::Value;

const FOLDER: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/judge");

/// A file of object literals, each of which must satisfy a type.
pub struct Script {
    name: String,
    text: String,
    pub bodies: usize,
}

impl Script {
    /// A file for the bodies of one provider.
    pub fn new(kind: &str, provider: &str) -> Self {
        let mut text = format!("import type * as Of from \"judge/{provider}\";");
        text.push('\n');
        Self {
            name: format!("{kind}-{provider}.ts"),
            text,
            bodies: 0,
        }
    }

    /// A body as it was written, duplicate keys and all.
    pub fn add(&mut self, name: &str, r#type: &str, body: &str) {
        // Line ends may stand between tokens only; two more are line ends to the compiler.
        let body = body.replace(['\n', '\r'], " ");
        let body = body
            .replace('\u{2028}', "\\u2028")
            .replace('\u{2029}', "\\u2029");
        writeln!(self.text, "/* {name} */ ({body}) satisfies Of.{type};").unwrap();
        self.bodies += 1;
    }

    /// Writes the file.
    pub fn save(&self) {
        fs::create_dir_all(FOLDER).unwrap();
        fs::write(format!("{FOLDER}/{}", self.name), &self.text).unwrap();
    }
}

/// The type of `types/<provider>.ts` for a body, by where it is sent.
pub fn type_of(sent: &Sent) -> &'static str {
    let ends = |end: &str| sent.url.split('?').next().unwrap().ends_with(end);
    if ends("/chat/completions") {
        return "ChatCompletions";
    }
    if ends("/responses") {
        return "Responses";
    }
    if ends("/v1/messages") {
        let body: Value = serde_json::from_str(&sent.body).unwrap();
        let samples = ["temperature", "top_p", "top_k"];
        return match samples.iter().any(|key| body.get(key).is_some()) {
            true => "SampledMessages",
            false => "Messages",
        };
    }
    if ends(":generateContent") || ends(":streamGenerateContent") {
        return "GenerateContent";
    }
    assert!(ends("/api/chat"), "nobody knows {}", sent.url);
    "Chat"
}
