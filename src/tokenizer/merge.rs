//! A piece that is no token, merged from its bytes: of all neighbours that are a token together, the
//! pair with the lowest number is merged first, the leftmost of equal ones, until there is none.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::vocabulary::Vocabulary;

/// No token.
const NONE: u32 = u32::MAX;
/// A longer piece is not looked through for every merge: that would take the square of its length.
const SHORT: usize = 96;

/// Merges pieces, in memory that is used again.
#[derive(Debug, Default)]
pub(super) struct Merger {
    parts: Vec<Part>,
    /// For each byte of a long piece where the part that begins there ends, and where the part before
    /// it begins. Bytes within a part have the end 0.
    ends: Vec<u32>,
    starts: Vec<u32>,
    pairs: BinaryHeap<Reverse<Pair>>,
}

/// A part of a short piece: where it begins, and what it is together with the next one.
#[derive(Clone, Copy, Debug)]
struct Part {
    start: usize,
    rank: u32,
}

/// Two neighbours of a long piece: what they are together, where they begin and end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Pair {
    rank: u32,
    start: u32,
    end: u32,
}

impl Merger {
    pub(super) fn merge(
        &mut self,
        piece: &[u8],
        vocabulary: &Vocabulary,
        found: &mut impl FnMut(u32),
    ) {
        if piece.len() <= SHORT {
            self.short(piece, vocabulary, found);
        } else {
            self.long(piece, vocabulary, found);
        }
    }

    pub(super) fn short(
        &mut self,
        piece: &[u8],
        vocabulary: &Vocabulary,
        found: &mut impl FnMut(u32),
    ) {
        let rank = |from: usize, to: usize| {
            let bytes = piece.get(from..to);
            bytes
                .and_then(|bytes| vocabulary.rank(bytes))
                .unwrap_or(NONE)
        };
        let parts = &mut self.parts;
        parts.clear();
        for start in 0..=piece.len() {
            parts.push(Part {
                start,
                rank: rank(start, start + 2),
            });
        }
        while let Some(at) = lowest(parts) {
            parts.remove(at + 1);
            // What it and the part before it now are with their neighbours.
            for at in at.saturating_sub(1)..=at {
                let end = parts.get(at + 2).map(|part| part.start);
                if let Some(part) = parts.get_mut(at) {
                    part.rank = end.map_or(NONE, |end| rank(part.start, end));
                }
            }
        }
        for pair in parts.windows(2) {
            if let [part, next] = pair {
                found(rank(part.start, next.start));
            }
        }
    }

    pub(super) fn long(
        &mut self,
        piece: &[u8],
        vocabulary: &Vocabulary,
        found: &mut impl FnMut(u32),
    ) {
        let length = piece.len() as u32;
        self.ends.clear();
        self.ends.extend(1..=length);
        self.starts.clear();
        self.starts
            .extend((0..length).map(|at| at.saturating_sub(1)));
        self.pairs.clear();
        for start in 0..length.saturating_sub(1) {
            self.offer(piece, vocabulary, start, start + 2);
        }
        while let Some(Reverse(pair)) = self.pairs.pop() {
            let middle = self.end(pair.start);
            // One of the two may have been merged with another one meanwhile.
            if middle == 0 || middle >= pair.end || self.end(middle) != pair.end {
                continue;
            }
            set(&mut self.ends, pair.start, pair.end);
            set(&mut self.ends, middle, 0);
            set(&mut self.starts, pair.end, pair.start);
            if pair.end < length {
                self.offer(piece, vocabulary, pair.start, self.end(pair.end));
            }
            if pair.start > 0 {
                let before = self.starts.get(pair.start as usize).copied();
                self.offer(piece, vocabulary, before.unwrap_or(0), pair.end);
            }
        }
        let mut at = 0;
        while at < length {
            let end = self.end(at);
            let bytes = piece.get(at as usize..end as usize);
            found(
                bytes
                    .and_then(|bytes| vocabulary.rank(bytes))
                    .unwrap_or(NONE),
            );
            at = end.max(at + 1);
        }
    }

    fn offer(&mut self, piece: &[u8], vocabulary: &Vocabulary, start: u32, end: u32) {
        let bytes = piece.get(start as usize..end as usize);
        if let Some(rank) = bytes.and_then(|bytes| vocabulary.rank(bytes)) {
            self.pairs.push(Reverse(Pair { rank, start, end }));
        }
    }

    fn end(&self, start: u32) -> u32 {
        self.ends.get(start as usize).copied().unwrap_or(0)
    }
}

fn set(list: &mut [u32], at: u32, value: u32) {
    if let Some(place) = list.get_mut(at as usize) {
        *place = value;
    }
}

/// The first part of the pair that is merged next.
fn lowest(parts: &[Part]) -> Option<usize> {
    let (mut place, mut rank) = (None, NONE);
    for (at, part) in parts.iter().enumerate() {
        if part.rank < rank {
            (place, rank) = (Some(at), part.rank);
        }
    }
    place
}
