//! Asks a provider from a Rust app in wasm. What it exports is its own.
#![cfg(target_arch = "wasm32")]

use aircher_llm::chat::{ChatRequest, ChatResponse, StreamEvent};
use aircher_llm::config::{Config, Host};
use aircher_llm::error::{Error, Result};
use aircher_llm::run::{Call, CallOptions, Client};
use aircher_llm::wasm::WebEnv;
use std::rc::Rc;
use wasm_bindgen::prelude::wasm_bindgen;

/// The app's one export.
#[wasm_bindgen]
pub async fn app_ask(config: String, request: String) -> std::result::Result<String, String> {
    let answer = ask(&config, &request, |_| {}).await;
    match answer {
        Ok(answer) => Ok(answer.message.content.joined("")),
        Err(error) => Err(error.to_string()),
    }
}

/// Streams an answer and hands each piece of text to `heard`.
///
/// # Errors
/// Whatever ends the call early.
pub async fn ask(
    config: &str,
    request: &str,
    mut heard: impl FnMut(&str),
) -> Result<ChatResponse, Error> {
    let host = Host::default();
    let config = Config::from_json(config, &host)?;
    let (env, client) = (WebEnv::new(&config)?, Rc::new(Client::new(config)));
    let request = ChatRequest::from_json(request)?;
    let options = CallOptions {
        stream: true,
        ..CallOptions::default()
    };
    let mut call = Call::new(env, client, request, options);
    while let Some(events) = call.next().await? {
        for event in &events {
            if let StreamEvent::Text(text) = event {
                heard(text);
            }
        }
    }
    Ok(call.response().clone())
}
