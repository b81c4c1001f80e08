//! The exports of the TOML reader, a wasm of its own without imports. Text goes
//! in and comes out byte by byte (`js/toml.js`): numbers are all that passes
//! without glue, and a configuration is short.

use std::cell::RefCell;
use std::mem::take;

use wasm_bindgen::prelude::*;

use crate::config::toml::Document;

/// What has come in, what was read last, what goes out and how much of it is gone.
#[derive(Default)]
struct Reader {
    input: Vec<u8>,
    document: Option<Document>,
    output: Vec<u8>,
    gone: usize,
}

thread_local! {
    static READER: RefCell<Reader> = RefCell::default();
}

/// Takes a byte of a text.
#[wasm_bindgen]
pub fn push(byte: u8) {
    READER.with_borrow_mut(|reader| reader.input.push(byte));
}

/// The next byte that goes out; 256 behind the last.
#[wasm_bindgen]
pub fn pull() -> u32 {
    READER.with_borrow_mut(|reader| {
        let byte = reader.output.get(reader.gone).copied();
        reader.gone += 1;
        byte.map_or(256, u32::from)
    })
}

/// Reads what came in as TOML. 0: it goes out as JSON text. Otherwise the line
/// of what is wrong, and that goes out.
#[wasm_bindgen]
pub fn read() -> usize {
    READER.with_borrow_mut(Reader::read)
}

/// The line of the key that what came in, a message about the last text, begins with; 0 where there is none.
#[wasm_bindgen]
pub fn line() -> usize {
    READER.with_borrow_mut(Reader::line)
}

impl Reader {
    fn read(&mut self) -> usize {
        self.gone = 0;
        match Document::parse(&self.text()) {
            Ok(document) => {
                self.output = document.json().into_bytes();
                self.document = Some(document);
                0
            }
            Err(fault) => {
                self.output = fault.problem.into_bytes();
                fault.line
            }
        }
    }

    fn line(&mut self) -> usize {
        let message = self.text();
        let document = self.document.as_ref();
        let line = document.and_then(|document| document.line_of(&message));
        line.unwrap_or_default()
    }

    fn text(&mut self) -> String {
        String::from_utf8(take(&mut self.input)).unwrap_or_default()
    }
}
