//! The tokens of a vocabulary, by number and by their bytes.
//!
//! ```text
//! file: pattern (1 byte), the 256 tokens of one byte, all longer ones in order, each ended by 0xff,
//!       an empty one, then the special ones as "number name", each ended by 0xff
//! ```
//! No text in UTF-8 holds 0xff, and no token of two bytes or more does.

/// A place of the table that holds no token.
const FREE: u32 = u32::MAX;
/// How many tokens have one byte.
const BYTES: usize = 256;
/// Where those begin in the file.
const START: usize = 1;
const END: u8 = 0xff;

#[derive(Debug)]
pub(super) struct Vocabulary {
    file: Vec<u8>,
    /// Where each token begins in the file, and behind the last one where it ends.
    starts: Vec<u32>,
    /// The token of each byte.
    singles: [u32; BYTES],
    /// Tokens by a hash of their bytes: the number, and the upper half of the hash.
    table: Vec<(u32, u32)>,
    /// The most bytes a token has.
    longest: usize,
    /// Where the name of each special token lies.
    special: Vec<(u32, usize, usize)>,
}

impl Vocabulary {
    pub(super) fn read(file: Vec<u8>) -> Option<Self> {
        let singles = file.get(START..START + BYTES)?;
        let mut vocabulary = Self {
            singles: [FREE; BYTES],
            starts: (START..START + BYTES).map(|at| at as u32).collect(),
            table: Vec::new(),
            longest: 1,
            special: Vec::new(),
            file: Vec::new(),
        };
        for (token, byte) in singles.iter().enumerate() {
            *vocabulary.singles.get_mut(usize::from(*byte))? = token as u32;
        }
        let rest = vocabulary.long_tokens(&file)?;
        vocabulary.special_tokens(&file, rest)?;
        vocabulary.file = file;
        vocabulary.fill();
        Some(vocabulary)
    }

    /// Notes where the longer tokens lie; where the special ones begin.
    fn long_tokens(&mut self, file: &[u8]) -> Option<usize> {
        let mut at = START + BYTES;
        loop {
            self.starts.push(at as u32);
            let length = file.get(at..)?.iter().position(|byte| *byte == END)?;
            if length == 0 {
                return Some(at + 1);
            }
            self.longest = self.longest.max(length);
            at += length + 1;
        }
    }

    fn special_tokens(&mut self, file: &[u8], rest: usize) -> Option<()> {
        let mut at = rest;
        for line in file.get(rest..)?.split(|byte| *byte == END) {
            if let Some(space) = line.iter().position(|byte| *byte == b' ') {
                let digits = line.get(..space)?.iter();
                let number = digits.fold(0, |sum, digit| sum * 10 + u32::from(digit & 15));
                self.special.push((number, at + space + 1, at + line.len()));
            }
            at += line.len() + 1;
        }
        Some(())
    }

    /// Twice as many places as tokens, at least.
    fn fill(&mut self) {
        let size = (self.starts.len() * 2).next_power_of_two();
        let mut table = vec![(FREE, 0); size];
        for token in BYTES as u32..self.starts.len() as u32 - 1 {
            let bytes = self.ordinary(token).unwrap_or_default();
            let hash = hash(bytes);
            let mut at = hash as usize & (size - 1);
            while table.get(at).is_some_and(|place| place.0 != FREE) {
                at = (at + 1) & (size - 1);
            }
            if let Some(place) = table.get_mut(at) {
                *place = (token, (hash >> 32) as u32);
            }
        }
        self.table = table;
    }

    /// The token with these bytes: also its rank, since the earlier is merged first.
    #[inline]
    pub(super) fn rank(&self, bytes: &[u8]) -> Option<u32> {
        match bytes {
            [byte] => self.singles.get(usize::from(*byte)).copied(),
            _ if bytes.len() > self.longest => None,
            _ => self.found(bytes),
        }
    }

    #[inline]
    fn found(&self, bytes: &[u8]) -> Option<u32> {
        let hash = hash(bytes);
        let upper = (hash >> 32) as u32;
        let mask = self.table.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let &(token, known) = self.table.get(at)?;
            if token == FREE {
                return None;
            }
            if known == upper && self.ordinary(token) == Some(bytes) {
                return Some(token);
            }
            at = (at + 1) & mask;
        }
    }

    /// The bytes of a token that is not special.
    #[inline]
    fn ordinary(&self, token: u32) -> Option<&[u8]> {
        let at = token as usize;
        let start = *self.starts.get(at)? as usize;
        if at < BYTES {
            return self.file.get(start..=start);
        }
        let next = *self.starts.get(at + 1)? as usize;
        self.file.get(start..next - 1)
    }

    /// The bytes of a token.
    pub(super) fn bytes(&self, token: u32) -> Option<&[u8]> {
        self.ordinary(token).or_else(|| {
            let mut special = self.special.iter();
            let (_, from, to) = special.find(|(number, ..)| *number == token)?;
            self.file.get(*from..*to)
        })
    }
}

/// Eight bytes at a time; the upper half is the better one.
#[inline]
fn hash(bytes: &[u8]) -> u64 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut hash = bytes.len() as u64;
    let mut rest = bytes;
    while let Some((eight, more)) = rest.split_first_chunk::<8>() {
        hash = (hash ^ u64::from_le_bytes(*eight)).wrapping_mul(ODD);
        hash ^= hash >> 29;
        rest = more;
    }
    let mut last = 0;
    for byte in rest {
        last = last << 8 | u64::from(*byte);
    }
    hash = (hash ^ last).wrapping_mul(ODD);
    hash ^ hash >> 32
}
