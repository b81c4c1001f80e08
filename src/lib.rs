//! One interface to OpenAI, Claude, Gemini and Ollama from any WebAssembly host.
//!
//! In scope: chat and streaming, tools, images and files, reasoning, structured output, embeddings,
//! exact errors, retries and failover, time, size and rate limits, costs and budgets that hold. Out of
//! scope: agent loops, vector stores, user interfaces, any server of ours.
//!
//! The core decides, the shell does: everything but the module `wasm` is ordinary Rust
//! that has never heard of JavaScript and is tested on the host.
//!
//! ```no_run
//! # #[cfg(target_arch = "wasm32")]
//! # async fn ask() -> aircher_llm::error::Result<()> {
//! use std::rc::Rc;
//! use aircher_llm::chat::{ChatRequest, StreamEvent};
//! use aircher_llm::config::{Config, Host};
//! use aircher_llm::run::{Call, CallOptions, Client};
//! use aircher_llm::wasm::WebEnv;
//!
//! let host = Host::default();
//! let config = Config::from_json(r#"{"providers":{"ollama":{"model":"qwen3"}}}"#, &host)?;
//! // One for all calls of an app: what one of them finds out of a provider, the next one knows.
//! let (env, client) = (WebEnv::new(&config)?, Rc::new(Client::new(config)));
//! let request = ChatRequest::from_json(r#"{"messages":[{"role":"user","content":"Hello"}]}"#)?;
//! let options = CallOptions { stream: true, ..CallOptions::default() };
//! let mut call = Call::new(env, Rc::clone(&client), request, options);
//! while let Some(events) = call.next().await? {
//!     // The pieces of one network chunk, in order: the answer, and where there is some its reasoning.
//!     for event in &events {
//!         if let StreamEvent::Text(text) = event {
//!             print!("{text}");
//!         }
//!     }
//! }
//! println!("{:?}", call.response().usage);
//! # Ok(())
//! # }
//! ```
//!
//! Reading order: `chat` (the vocabulary), `error`, `http`, `framing`,
//! `provider`, `model`, `money`, `policy`, `ledger`, `account`, `config`, `env`, `run`, `wasm`.
//! Beside them stand `json`, which all of them read and write with, `duration`, and `tokenizer`.
//!
//! Units: durations are milliseconds (`_ms`, or said), sizes bytes, money whole billionths of a US dollar
//! ([`money::NanoUsd`]). Where a comment names the *wire reference*, it is our description of a provider's
//! API from its documentation and recorded traffic, named by provider and section.
//!
//! # Features
//! `openai`, `claude`, `gemini`, `ollama`: the providers, all of them by default; who leaves one out gets a
//! smaller wasm. `vertex` (by default): Gemini on Vertex AI, with service accounts. `config-toml`:
//! `Config::from_toml`. `tokenizer`: exact tokens of OpenAI's models. `js`, `js-tokenizer` and `js-toml` are
//! for the npm package alone: with them an app's wasm would export our names.

#[cfg(feature = "vertex")]
pub mod account;
pub mod chat;
pub mod config;
pub mod env;
pub mod error;
pub mod framing;
pub mod http;
pub mod ledger;
pub mod model;
pub mod money;
pub mod policy;
pub mod provider;
pub mod run;

pub mod duration;
mod http_date;
pub mod json;
mod text;
#[cfg(feature = "tokenizer")]
pub mod tokenizer;

#[cfg(target_arch = "wasm32")]
pub mod wasm;
