//! Exact tokens of OpenAI's models: byte pair encoding, as `tiktoken` does it.
//!
//! ```text
//! text -> pieces (split: words, numbers, marks, white space)
//!      -> a piece that is a token, or the tokens it is merged from (merge)
//! ```
//! The vocabulary is a file of its own, made from the package `tiktoken` by `xtask/vocabulary.mjs`.

mod classes;
mod merge;
mod split;
#[cfg(test)]
mod tests;
mod vocabulary;

use classes::Classes;
use merge::Merger;
use split::{Pattern, Pieces};
use vocabulary::Vocabulary;

/// A vocabulary, ready to encode. What a chat costs beyond its texts, tokens around messages and
/// tools, is no part of it (wire reference, OpenAI §11).
///
/// ```
/// use aircher_llm::tokenizer::Tokenizer;
///
/// // A vocabulary of all single bytes, of `he`, `ll` and `hell`: the npm package's are made of this form.
/// let mut file = vec![1];
/// file.extend(0..=255);
/// for token in ["he", "ll", "hell", ""] {
///     file.extend(token.bytes().chain([0xff]));
/// }
/// let mut tokenizer = Tokenizer::new(file).unwrap();
/// assert_eq!(tokenizer.encode("hello"), [258, u32::from(b'o')]);
/// assert_eq!(tokenizer.decode([258, 111].into_iter()), Ok(b"hello".to_vec()));
/// assert_eq!(tokenizer.count("hello hello"), 5);
/// ```
#[derive(Debug)]
pub struct Tokenizer {
    vocabulary: Vocabulary,
    classes: Classes,
    pattern: Pattern,
    merger: Merger,
}

impl Tokenizer {
    /// Reads a vocabulary as `xtask/vocabulary.mjs` writes it; `None` for anything else.
    #[must_use]
    pub fn new(file: Vec<u8>) -> Option<Self> {
        let pattern = match file.first()? {
            1 => Pattern::Cl100k,
            2 => Pattern::O200k,
            _ => return None,
        };
        Some(Self {
            vocabulary: Vocabulary::read(file)?,
            classes: Classes::read(),
            pattern,
            merger: Merger::default(),
        })
    }

    /// The tokens of a text, in order. Names of special tokens are text like any other.
    pub fn encode(&mut self, text: &str) -> Vec<u32> {
        let mut tokens = Vec::new();
        self.each(text.as_bytes(), &mut |token| tokens.push(token));
        tokens
    }

    /// How many tokens a text is.
    pub fn count(&mut self, text: &str) -> usize {
        let mut count = 0;
        self.each(text.as_bytes(), &mut |_| count += 1);
        count
    }

    /// The bytes of tokens, one behind the other; `Err` is the first that is none.
    ///
    /// # Errors
    /// A number that no token has.
    pub fn decode(&self, tokens: impl Iterator<Item = u32>) -> Result<Vec<u8>, u32> {
        let mut bytes = Vec::new();
        for token in tokens {
            let found = self.vocabulary.bytes(token);
            bytes.extend_from_slice(found.ok_or(token)?);
        }
        Ok(bytes)
    }

    /// Hands out the tokens of a text in UTF-8.
    pub(crate) fn each(&mut self, text: &[u8], found: &mut impl FnMut(u32)) {
        let pieces = Pieces::new(text, &self.classes, self.pattern);
        for piece in pieces {
            match self.vocabulary.rank(piece) {
                Some(token) => found(token),
                None => self.merger.merge(piece, &self.vocabulary, found),
            }
        }
    }
}
