//! The exports of the tokenizer, a wasm of its own without imports. What goes in and out lies in one
//! buffer, which JavaScript writes and reads where `reserve` and `place` say (`js/tokenizer.js`).

use std::cell::RefCell;

use wasm_bindgen::prelude::*;

use crate::tokenizer::Tokenizer;

/// What passes, and who works on it.
#[derive(Default)]
struct Desk {
    buffer: Vec<u8>,
    tokenizer: Option<Tokenizer>,
}

thread_local! {
    static DESK: RefCell<Desk> = RefCell::default();
}

/// Makes room for so many bytes; where they go.
#[wasm_bindgen]
pub fn reserve(bytes: usize) -> usize {
    DESK.with_borrow_mut(|desk| {
        desk.buffer.resize(bytes, 0);
        desk.buffer.as_ptr() as usize
    })
}

/// Where the buffer lies now.
#[wasm_bindgen]
pub fn place() -> usize {
    DESK.with_borrow(|desk| desk.buffer.as_ptr() as usize)
}

/// Takes the buffer as the vocabulary; whether it is one.
#[wasm_bindgen]
pub fn learn() -> bool {
    DESK.with_borrow_mut(|desk| {
        desk.tokenizer = Tokenizer::new(std::mem::take(&mut desk.buffer));
        desk.tokenizer.is_some()
    })
}

/// How many tokens the first bytes of the buffer, a text, are.
#[wasm_bindgen]
pub fn count(bytes: usize) -> usize {
    let mut count = 0;
    DESK.with_borrow_mut(|desk| desk.each(bytes, &mut |_| count += 1));
    count
}

/// Puts the tokens of such a text in its place, four bytes each, the least telling first; how many.
#[wasm_bindgen]
pub fn encode(bytes: usize) -> usize {
    DESK.with_borrow_mut(|desk| {
        let mut tokens = Vec::with_capacity(bytes);
        desk.each(bytes, &mut |token| {
            tokens.extend_from_slice(&token.to_le_bytes())
        });
        desk.buffer = tokens;
        desk.buffer.len() / 4
    })
}

/// Puts the text of all tokens in the buffer in their place; how many bytes it has. Of a number that no
/// token has: itself, as -1 and below.
#[wasm_bindgen]
pub fn decode() -> f64 {
    DESK.with_borrow_mut(|desk| {
        let tokens = desk.buffer.chunks_exact(4);
        let tokens = tokens.map(|four| four.try_into().map_or(0, u32::from_le_bytes));
        let Some(tokenizer) = &desk.tokenizer else {
            return 0.0;
        };
        match tokenizer.decode(tokens) {
            Ok(text) => {
                desk.buffer = text;
                desk.buffer.len() as f64
            }
            Err(token) => -1.0 - f64::from(token),
        }
    })
}

impl Desk {
    fn each(&mut self, bytes: usize, found: &mut impl FnMut(u32)) {
        if let (Some(tokenizer), Some(text)) = (&mut self.tokenizer, self.buffer.get(..bytes)) {
            tokenizer.each(text, found);
        }
    }
}
