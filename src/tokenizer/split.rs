//! Cutting a text into pieces that no token crosses.
//!
//! OpenAI publishes two patterns, regular expressions of seven alternatives of which the first that
//! fits counts. Here they are by hand: the engine that runs them costs more bytes than all else, and
//! most of the time. The names stand for:
//!
//! ```text
//! o200k  word   [^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?
//!               [^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?
//! cl100k word   (?i:'s|'t|'re|'ve|'m|'ll|'d)     [^\r\n\p{L}\p{N}]?\p{L}+
//! both   number \p{N}{1,3}
//!        marks   ?[^\s\p{L}\p{N}]+[\r\n/]*       (cl100k: without the slash)
//!        space  \s*[\r\n]+     \s+(?!\S)     \s+
//! ```

use super::classes::{
    BLANK, CASELESS, Class, Classes, LETTER, LINE, LOWER, MARK, NUMBER, REST, SPACE, UPPER,
};

/// By which pattern a text is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pattern {
    Cl100k,
    O200k,
}

/// What may begin a word of `o200k`, and what may end it.
const HEAD: Class = UPPER | CASELESS | MARK;
const TAIL: Class = LOWER | CASELESS | MARK;

/// The pieces of a text.
pub(super) struct Pieces<'t> {
    text: &'t [u8],
    classes: &'t Classes,
    pattern: Pattern,
    at: usize,
}

impl<'t> Iterator for Pieces<'t> {
    type Item = &'t [u8];

    #[inline]
    fn next(&mut self) -> Option<&'t [u8]> {
        let from = self.at;
        if from >= self.text.len() {
            return None;
        }
        self.at = self.end(from).min(self.text.len());
        self.text.get(from..self.at)
    }
}

impl<'t> Pieces<'t> {
    pub(super) fn new(text: &'t [u8], classes: &'t Classes, pattern: Pattern) -> Self {
        Self {
            text,
            classes,
            pattern,
            at: 0,
        }
    }

    /// Where the piece that begins here ends.
    fn end(&self, from: usize) -> usize {
        let (class, length) = self.at(from);
        let word = match self.pattern {
            Pattern::Cl100k => self.word(from, class, length),
            Pattern::O200k => self.cased_word(from, class, length),
        };
        if let Some(end) = word {
            return end;
        }
        match class {
            NUMBER => self.number(from + length),
            REST | MARK => self.marks(from),
            // A space in front of marks belongs to them.
            BLANK if self.byte(from) == b' ' && self.is(from + 1, REST | MARK) => {
                self.marks(from + 1)
            }
            _ => self.space(from),
        }
    }

    // ---- words ------------------------------------------------------------

    fn word(&self, from: usize, class: Class, length: usize) -> Option<usize> {
        if let Some(end) = self.contraction(from) {
            return Some(end);
        }
        let start = match class {
            class if class & LETTER != 0 => from,
            class if class & (NUMBER | LINE) != 0 => return None,
            _ => from + length,
        };
        self.is(start, LETTER).then(|| self.run(start, LETTER))
    }

    /// Each alternative is tried behind the character that may come first, then with it.
    fn cased_word(&self, from: usize, class: Class, length: usize) -> Option<usize> {
        let end = match class {
            class if class & LETTER != 0 => self.small(from).or_else(|| self.capital(from)),
            class if class & (NUMBER | LINE) != 0 => None,
            // Alone it ends a word.
            MARK => self.small(from + length).or_else(|| self.small(from)),
            _ if !self.is(from + length, HEAD | LOWER) => None,
            _ => self
                .small(from + length)
                .or_else(|| self.capital(from + length)),
        };
        end.map(|end| self.contraction(end).unwrap_or(end))
    }

    /// Capitals, if any, and at least one small letter, or what has no case. Of a word that has no
    /// small letter as many capitals are given back as it takes.
    fn small(&self, from: usize) -> Option<usize> {
        let (mut at, mut caseless) = (from, None);
        loop {
            let (class, length) = self.at(at);
            if class & LOWER != 0 {
                return Some(self.run(at, TAIL));
            }
            if class & HEAD == 0 {
                return caseless;
            }
            at += length;
            if class & (CASELESS | MARK) != 0 {
                caseless = Some(at);
            }
        }
    }

    fn capital(&self, from: usize) -> Option<usize> {
        let end = self.run(from, HEAD);
        (end > from).then_some(end)
    }

    /// `'s`, `'t`, `'re`, `'ve`, `'m`, `'ll`, `'d` in any case; the long s is an s.
    fn contraction(&self, from: usize) -> Option<usize> {
        if self.byte(from) != b'\'' {
            return None;
        }
        let (first, second) = (self.byte(from + 1), self.byte(from + 2));
        match (first.to_ascii_lowercase(), second.to_ascii_lowercase()) {
            (b's' | b't' | b'm' | b'd', _) => Some(from + 2),
            (b'r' | b'v', b'e') | (b'l', b'l') => Some(from + 3),
            // U+017F
            (0xc5, 0xbf) => Some(from + 3),
            _ => None,
        }
    }

    // ---- all else ---------------------------------------------------------

    /// Up to three digits.
    fn number(&self, second: usize) -> usize {
        let mut at = second;
        for _ in 0..2 {
            let (class, length) = self.at(at);
            if class != NUMBER {
                break;
            }
            at += length;
        }
        at
    }

    fn marks(&self, from: usize) -> usize {
        let mut at = self.run(from, REST | MARK);
        let slash = if self.pattern == Pattern::O200k {
            b'/'
        } else {
            b'\n'
        };
        while self.is(at, LINE) || self.byte(at) == slash {
            at += 1;
        }
        at
    }

    /// Up to the last line end, else all but the space that belongs to what follows.
    fn space(&self, from: usize) -> usize {
        let (mut at, mut last, mut line) = (from, from, None);
        loop {
            let (class, length) = self.at(at);
            if class & SPACE == 0 {
                break;
            }
            last = at;
            at += length;
            if class == LINE {
                line = Some(at);
            }
        }
        match line {
            Some(end) => end,
            None if at < self.text.len() && last > from => last,
            // What is no white space after all must not stand still.
            None => at.max(from + 1),
        }
    }

    // ---- reading ----------------------------------------------------------

    #[inline]
    fn at(&self, at: usize) -> (Class, usize) {
        self.classes.at(self.text, at)
    }

    /// 0 behind the end.
    #[inline]
    fn byte(&self, at: usize) -> u8 {
        self.text.get(at).copied().unwrap_or(0)
    }

    #[inline]
    fn is(&self, at: usize, classes: Class) -> bool {
        self.at(at).0 & classes != 0
    }

    #[inline]
    fn run(&self, from: usize, classes: Class) -> usize {
        let mut at = from;
        loop {
            let (class, length) = self.at(at);
            if class & classes == 0 {
                return at;
            }
            at += length;
        }
    }
}
