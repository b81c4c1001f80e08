//! How many tokens a text is, without the vocabulary that would tell exactly.
//!
//! Every tokenizer of today first cuts a text into words, numbers, marks and
//! white space, and then spells each piece with what its vocabulary has. So the
//! text is read once, character by character, and each step has a price: a word
//! begins, it grows long, it stands right behind another one, a third digit …
//! The prices are one table of bytes per vocabulary, fitted against the
//! vocabulary itself (`docs/tokens.md`).

/// The price of each step, in 64ths of a token.
#[derive(Clone, Copy, Debug)]
pub struct Weights {
    /// A word of Latin letters begins. A new one begins at `nN` too.
    pub word: u8,
    /// … right behind a letter or digit, as in `camelCase` and base64.
    pub joined: u8,
    /// Each letter of such a word.
    pub joined_letter: u8,
    /// … right behind a mark, as in code.
    pub after_mark: u8,
    /// Each letter from the fifth on.
    pub letter_past_4: u8,
    /// Each capital but the first of a word.
    pub capital: u8,
    /// A word begins with a capital.
    pub title: u8,
    /// A number begins.
    pub digits: u8,
    /// Each first, fourth, seventh … digit of a number.
    pub digit_group: u8,
    /// Each digit.
    pub digit: u8,
    /// More than one space. A single one belongs to its word.
    pub spaces: u8,
    /// Line ends, however many.
    pub lines: u8,
    /// Punctuation begins.
    pub marks: u8,
    /// Each mark.
    pub mark: u8,
    /// Each mark that repeats the one before.
    pub mark_again: u8,
    /// Each Latin letter outside ASCII.
    pub accented: u8,
    /// The first of them in a word.
    pub accented_word: u8,
    /// Each Cyrillic, Greek or Armenian letter.
    pub cyrillic: u8,
    /// Each Hebrew or Arabic letter.
    pub semitic: u8,
    /// Each letter of the scripts of India and its neighbours.
    pub indic: u8,
    /// Each Chinese character.
    pub han: u8,
    /// Each kana or full-width mark.
    pub kana: u8,
    /// A Korean word begins.
    pub hangul_word: u8,
    /// Each Korean syllable.
    pub hangul: u8,
    /// Each other character of the basic plane.
    pub symbol: u8,
    /// Each character beyond it, mostly emoji.
    pub astral: u8,
}

/// 64ths of a token in a token.
pub(super) const UNIT: u64 = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Lower,
    Upper,
    Accented,
    Digit,
    Space,
    Line,
    Mark,
    Cyrillic,
    Semitic,
    Indic,
    Han,
    Kana,
    Hangul,
    Symbol,
    Astral,
}

impl Class {
    fn of(c: char) -> Self {
        match c {
            'a'..='z' => Self::Lower,
            'A'..='Z' => Self::Upper,
            '0'..='9' => Self::Digit,
            ' ' | '\t' => Self::Space,
            '\n' | '\r' => Self::Line,
            '\0'..='\x7f' => Self::Mark,
            '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => Self::Accented,
            '\u{370}'..='\u{58f}' | '\u{1f00}'..='\u{1fff}' => Self::Cyrillic,
            '\u{590}'..='\u{8ff}' => Self::Semitic,
            '\u{1100}'..='\u{11ff}' | '\u{ac00}'..='\u{d7af}' => Self::Hangul,
            '\u{900}'..='\u{1dff}' => Self::Indic,
            '\u{3000}'..='\u{30ff}' | '\u{ff00}'..='\u{ffff}' => Self::Kana,
            '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' => {
                Self::Han
            }
            '\u{10000}'.. => Self::Astral,
            _ => Self::Symbol,
        }
    }

    fn is_letter(self) -> bool {
        matches!(self, Self::Lower | Self::Upper | Self::Accented)
    }

    /// Whether a run that ends with `last` goes on.
    fn continues(self, last: Self) -> bool {
        if self.is_letter() {
            last.is_letter() && (self != Self::Upper || last == Self::Upper)
        } else {
            self == last
        }
    }
}

/// Counts a text that comes in pieces, as if it had come in one.
#[derive(Clone, Debug)]
pub struct Meter {
    run: Run,
    units: u64,
}

impl Default for Meter {
    fn default() -> Self {
        Self {
            run: Run {
                last: Class::Line,
                before: Class::Line,
                length: 0,
                joined: false,
                accented: false,
                previous: '\n',
            },
            units: 0,
        }
    }
}

impl Meter {
    /// The next piece.
    pub fn push(&mut self, text: &str, weights: &Weights) {
        for c in text.chars() {
            let again = c == self.run.previous;
            self.run.step(c, Class::of(c));
            self.units += weights.price(&mut self.run, again);
        }
    }

    /// Tokens so far.
    #[must_use]
    pub fn tokens(&self) -> u64 {
        self.units.div_ceil(UNIT)
    }
}

/// Where the reading stands.
#[derive(Clone, Debug)]
struct Run {
    /// What the run is made of, so far.
    last: Class,
    /// What stood before the run.
    before: Class,
    /// Characters of the run.
    length: u32,
    /// A word right behind a letter or digit.
    joined: bool,
    /// A word with a letter outside ASCII.
    accented: bool,
    previous: char,
}

impl Run {
    fn step(&mut self, c: char, class: Class) {
        if class.continues(self.last) {
            self.length = self.length.saturating_add(1);
        } else {
            self.before = self.last;
            self.length = 1;
            self.joined = self.last.is_letter() || self.last == Class::Digit;
            self.accented = false;
        }
        self.last = class;
        self.previous = c;
    }
}

/// The vocabulary of Gemma 3, which more than one provider serves.
pub static GEMMA: Weights = Weights {
    word: 63,
    joined: 0,
    joined_letter: 6,
    after_mark: 15,
    letter_past_4: 1,
    capital: 1,
    title: 3,
    digits: 0,
    digit_group: 89,
    digit: 25,
    spaces: 38,
    lines: 82,
    marks: 59,
    mark: 1,
    mark_again: 8,
    accented: 5,
    accented_word: 109,
    cyrillic: 25,
    semitic: 23,
    indic: 22,
    han: 45,
    kana: 26,
    hangul_word: 72,
    hangul: 15,
    symbol: 67,
    astral: 64,
};

impl Weights {
    /// The price of a text in 64ths of a token.
    pub(super) fn units(&self, text: &str) -> u64 {
        let mut meter = Meter::default();
        meter.push(text, self);
        meter.units
    }

    fn price(&self, run: &mut Run, again: bool) -> u64 {
        let first = run.length == 1;
        let when = |holds: bool, weight: u8| if holds { u64::from(weight) } else { 0 };
        match run.last {
            Class::Lower | Class::Upper | Class::Accented => self.letter(run),
            Class::Digit => {
                when(first, self.digits)
                    + when(run.length % 3 == 1, self.digit_group)
                    + u64::from(self.digit)
            }
            Class::Space => when(run.length == 2, self.spaces),
            Class::Line => when(first, self.lines),
            Class::Mark if first || !again => when(first, self.marks) + u64::from(self.mark),
            Class::Mark => u64::from(self.mark_again),
            Class::Cyrillic => u64::from(self.cyrillic),
            Class::Semitic => u64::from(self.semitic),
            Class::Indic => u64::from(self.indic),
            Class::Han => u64::from(self.han),
            Class::Kana => u64::from(self.kana),
            Class::Hangul => when(first, self.hangul_word) + u64::from(self.hangul),
            Class::Symbol => u64::from(self.symbol),
            Class::Astral => u64::from(self.astral),
        }
    }

    fn letter(&self, run: &mut Run) -> u64 {
        let first = run.length == 1;
        let accented = run.last == Class::Accented;
        let steps = [
            (first, self.word),
            (first && run.joined, self.joined),
            (run.joined, self.joined_letter),
            (first && run.before == Class::Mark, self.after_mark),
            (run.length > 4, self.letter_past_4),
            (!first && run.last == Class::Upper, self.capital),
            (first && run.last == Class::Upper, self.title),
            (accented, self.accented),
            (accented && !run.accented, self.accented_word),
        ];
        run.accented |= accented;
        let mut units = 0;
        for (holds, weight) in steps {
            if holds {
                units += u64::from(weight);
            }
        }
        units
    }
}
