//! What kind of character each one is, as far as the patterns ask.

/// Kinds of character, as bits so that several can be asked for at once.
pub(super) type Class = u8;

/// Capitals and titles (Lu, Lt).
pub(super) const UPPER: Class = 1;
/// Small letters (Ll).
pub(super) const LOWER: Class = 1 << 1;
/// Letters without case (Lm, Lo).
pub(super) const CASELESS: Class = 1 << 2;
/// What belongs to the letter before (M).
pub(super) const MARK: Class = 1 << 3;
/// Digits and other numbers (N).
pub(super) const NUMBER: Class = 1 << 4;
/// `\r` and `\n`.
pub(super) const LINE: Class = 1 << 5;
/// Other white space.
pub(super) const BLANK: Class = 1 << 6;
/// Everything else.
pub(super) const REST: Class = 1 << 7;

pub(super) const LETTER: Class = UPPER | LOWER | CASELESS;
pub(super) const SPACE: Class = LINE | BLANK;

/// The kinds in runs, written by `xtask/classes.mjs`.
static RUNS: &[u8] = include_bytes!("classes.bin");

/// Behind the ideographs there is nothing but marks that choose a variant.
const FLAT: usize = 0x33480;
const VARIANTS: std::ops::RangeInclusive<u32> = 0xe0100..=0xe01ef;

/// The kinds, by code point.
#[derive(Debug)]
pub(super) struct Classes {
    ascii: [Class; 128],
    all: Vec<Class>,
}

impl Classes {
    pub(super) fn read() -> Self {
        let mut all = Vec::with_capacity(FLAT);
        let mut runs = RUNS.iter().copied().map(usize::from);
        while let Some(run) = runs.next().filter(|_| all.len() < FLAT) {
            let length = match run >> 3 {
                0 => runs.next().unwrap_or(0) | runs.next().unwrap_or(0) << 8,
                length => length,
            };
            all.resize((all.len() + length).min(FLAT), 1 << (run & 7));
        }
        let mut ascii = [REST; 128];
        ascii
            .iter_mut()
            .zip(&all)
            .for_each(|(to, from)| *to = *from);
        Self { ascii, all }
    }

    /// The kind of the character at a place, and its bytes; nothing behind the end.
    #[inline]
    pub(super) fn at(&self, text: &[u8], at: usize) -> (Class, usize) {
        match text.get(at) {
            Some(&byte) if byte < 128 => {
                let class = self.ascii.get(usize::from(byte));
                (class.copied().unwrap_or(REST), 1)
            }
            Some(&byte) => self.beyond(byte, text, at),
            None => (0, 0),
        }
    }

    fn beyond(&self, first: u8, text: &[u8], at: usize) -> (Class, usize) {
        let next = |step: usize| u32::from(text.get(at + step).copied().unwrap_or(0) & 0x3f);
        let first = u32::from(first);
        let (code, length) = match first {
            0xf0.. => (
                (first & 7) << 18 | next(1) << 12 | next(2) << 6 | next(3),
                4,
            ),
            0xe0.. => ((first & 15) << 12 | next(1) << 6 | next(2), 3),
            _ => ((first & 31) << 6 | next(1), 2),
        };
        let class = match self.all.get(code as usize) {
            Some(known) => *known,
            None if VARIANTS.contains(&code) => MARK,
            None => REST,
        };
        (class, length)
    }
}
