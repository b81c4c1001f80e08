//! One interface to OpenAI, Claude, Gemini and Ollama from any WebAssembly host.
//!
//! In scope: chat and streaming, tools, images, reasoning, structured output,
//! exact errors, time and size limits. Out of scope: agent loops, vector
//! stores, user interfaces, any server of ours.
//!
//! The core decides, the shell does: everything but the module `wasm` is ordinary Rust
//! that has never heard of JavaScript and is tested on the host.

// The modules, in reading order.
pub mod chat;
pub mod config;
pub mod env;
pub mod error;
pub mod framing;
pub mod http;
pub mod model;
pub mod policy;
pub mod provider;
pub mod run;

pub mod duration;
pub mod json;

#[cfg(target_arch = "wasm32")]
pub mod wasm;
