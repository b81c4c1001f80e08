//! The two laws, on recorded streams.
//!
//! A split changes nothing beyond the events around it, so each is tried within
//! a window: from one event boundary to the second next. Behind the window the
//! parser and the decoder must be in the very state they are in without a split.
//! That is as strict as reading on to the end, and linear instead of quadratic.

use aircher_llm::chat::{ChatResponse, Events};
use aircher_llm::error::Error;
use aircher_llm::framing::{Frame, Framer, Limits};
use aircher_llm::provider::{Decoder, Progress};

use super::Recording;

/// Windows up to this size are split at every byte, longer ones at seeded places.
const EVERY_BYTE_UP_TO: usize = 32 << 10;
const SEEDED_SPLITS: usize = 1_000;

/// A parser and a decoder somewhere in a stream.
struct Reader {
    framer: Framer,
    decoder: Box<dyn Decoder>,
    events: Events,
    failure: Option<String>,
}

impl Reader {
    fn new(recording: &Recording) -> Self {
        let exchange = recording.exchange();
        let framer = Framer::new(exchange.framing, Limits::default());
        Self {
            framer,
            decoder: exchange.decoder,
            events: Events::new(),
            failure: None,
        }
    }

    /// A copy whose events start anew.
    fn fork(&self) -> Self {
        let failure = self.failure.clone();
        Self {
            framer: self.framer.clone(),
            decoder: self.decoder.fork(),
            events: Events::new(),
            failure,
        }
    }

    /// A copy that goes on where this one is.
    fn continued(&self) -> Self {
        let events = self.events.clone();
        Self {
            events,
            ..self.fork()
        }
    }

    fn feed(&mut self, bytes: &[u8]) {
        let Self {
            framer,
            decoder,
            events,
            failure,
        } = self;
        framer
            .feed(bytes, &mut |frame| taken(frame, decoder, events, failure))
            .unwrap();
    }

    /// Everything that can be told of it.
    fn state(&self) -> String {
        format!(
            "{:?} {:?} {:?} {:?}",
            self.framer, self.decoder, self.events, self.failure
        )
    }
}

fn taken(
    frame: Frame<'_>,
    decoder: &mut Box<dyn Decoder>,
    events: &mut Events,
    failure: &mut Option<String>,
) -> Result<(), Error> {
    if failure.is_none() && decoder.progress() != Progress::Closed {
        *failure = decoder
            .frame(frame, events)
            .err()
            .map(|error| error.to_string());
    }
    Ok(())
}

/// Checks that every split gives the same frames and events. Returns how many splits were tried.
pub fn any_split(recording: &Recording) -> usize {
    let bytes = recording.body.as_bytes();
    let bounds = boundaries(bytes);
    let mut reader = Reader::new(recording);
    let mut tried = 0;
    for (index, &start) in bounds.iter().enumerate() {
        let end = bounds.get(index + 2).copied().unwrap_or(bytes.len());
        let window = &bytes[start..end];
        let mut whole = reader.fork();
        whole.feed(window);
        let expected = whole.state();
        for at in places(window.len()) {
            let mut split = reader.fork();
            let (head, tail) = window.split_at(at);
            split.feed(head);
            split.feed(tail);
            assert!(
                split.state() == expected,
                "{} split at {}",
                recording.id,
                start + at
            );
            tried += 1;
        }
        reader.feed(&bytes[start..bounds.get(index + 1).copied().unwrap_or(bytes.len())]);
    }
    tried
}

/// Checks that every pair of split points gives the same events and the same
/// failure as no split at all. Returns how many pairs were tried.
pub fn any_two_splits(recording: &Recording) -> usize {
    let bytes = recording.body.as_bytes();
    let start = Reader::new(recording);
    let mut whole = start.fork();
    whole.feed(bytes);
    let mut tried = 0;
    for first in 0..=bytes.len() {
        let mut head = start.fork();
        head.feed(&bytes[..first]);
        for second in first..=bytes.len() {
            let mut split = head.continued();
            split.feed(&bytes[first..second]);
            split.feed(&bytes[second..]);
            let same = split.events == whole.events && split.failure == whole.failure;
            assert!(same, "{} split at {first} and {second}", recording.id);
            tried += 1;
        }
    }
    assert!(byte_by_byte(&start, bytes) == whole.state());
    tried
}

/// The state after all bytes, each fed alone.
fn byte_by_byte(start: &Reader, bytes: &[u8]) -> String {
    let mut reader = start.fork();
    for byte in bytes {
        reader.feed(&[*byte]);
    }
    reader.state()
}

/// Where events and lines end: behind every LF that no LF or CR follows.
fn boundaries(bytes: &[u8]) -> Vec<usize> {
    let is_boundary =
        |at: &usize| bytes[*at - 1] == b'\n' && !matches!(bytes.get(*at), Some(b'\n' | b'\r'));
    std::iter::once(0)
        .chain((1..bytes.len()).filter(is_boundary))
        .collect()
}

fn places(length: usize) -> Vec<usize> {
    if length <= EVERY_BYTE_UP_TO {
        return (0..=length).collect();
    }
    let mut state = length as u64;
    let mut next = || {
        // A 64-bit linear congruential step (Knuth's MMIX constants).
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % (length + 1)
    };
    (0..SEEDED_SPLITS).map(|_| next()).collect()
}

/// Checks after every event that a copy of the decoder which gets nothing more
/// says `Open` until the provider's own end. Returns how many events were cut.
pub fn never_finished_early(recording: &Recording) -> usize {
    let exchange = recording.exchange();
    let mut decoder = exchange.decoder;
    let mut framer = Framer::new(exchange.framing, Limits::default());
    let mut cuts = 0;
    let mut response = ChatResponse::new("", "");
    let mut take = |frame: Frame<'_>| {
        let fork: Box<dyn Decoder> = decoder.fork();
        let finished = response.stream.finish_reason.is_some();
        assert!(
            finished || fork.progress() == Progress::Open,
            "{} is finished before its end",
            recording.id
        );
        let mut events = Events::new();
        if decoder.frame(frame, &mut events).is_ok() {
            response.extend(&events);
        }
        cuts += 1;
        Ok::<(), Error>(())
    };
    framer.feed(recording.body.as_bytes(), &mut take).unwrap();
    framer.finish(&mut take).unwrap();
    cuts
}
