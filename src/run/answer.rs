//! An answer that is coming: its bytes, and who reads them.

use super::problems::no_answer;
use crate::chat::Events;
use crate::env::Env;
use crate::error::{Billed, Error, ErrorKind, Result};
use crate::framing::{Frame, Framer, Framing, Limits};
use crate::policy::{Deadline, Phase, Watch};
use crate::provider::{Decoder, Progress};

/// The answer of one call.
pub(super) struct Answer<E: Env> {
    pub(super) body: E::Body,
    pub(super) framer: Framer,
    pub(super) decoder: Box<dyn Decoder>,
    /// Something a caller sees has come.
    pub(super) visible: bool,
    /// When a complete answer stops waiting for its trailer. Pings behind the end
    /// must not keep a finished call open; only what a caller sees sets it anew.
    pub(super) trailer_until_ms: Option<f64>,
    pub(super) kind: &'static str,
    pub(super) model: String,
    /// What it is by its head, in small letters, unless that is what answers are.
    pub(super) foreign: Option<String>,
    /// Whether there was anything in it that a decoder could look at.
    pub(super) framed: bool,
}

impl<E: Env> Answer<E> {
    /// When the next bytes must have come. A complete answer waits shortly for
    /// its trailer, once: pings behind the end must not keep a finished call open.
    pub(super) fn deadline(&mut self, watch: &Watch, now_ms: f64) -> Option<Deadline> {
        if self.decoder.progress() == Progress::Complete {
            let trailer_ms = self.decoder.trailer_ms() as f64;
            let at_ms = *self.trailer_until_ms.get_or_insert(now_ms + trailer_ms);
            return Some(Deadline {
                at_ms,
                limit: "trailer",
            });
        }
        watch.deadline(
            if self.visible {
                Phase::Idle
            } else {
                Phase::FirstByte
            },
            now_ms,
        )
    }

    pub(super) fn feed(&mut self, bytes: &[u8], events: &mut Events) -> Result<Progress> {
        let (decoder, framed) = (&mut self.decoder, &mut self.framed);
        self.framer.feed(bytes, &mut |frame| {
            *framed = true;
            match decoder.progress() {
                // `[DONE]` may be followed by more bytes; they mean nothing.
                Progress::Closed => Ok(()),
                _ => decoder.frame(frame, events),
            }
        })?;
        Ok(self.decoder.progress())
    }

    /// The body has ended: the last frame needs no line end, and the provider must have said that it is done.
    pub(super) fn end(&mut self, events: &mut Events) -> Result<Progress> {
        let framer = std::mem::replace(
            &mut self.framer,
            Framer::new(Framing::Document, Limits::default()),
        );
        let has_come = framer.received() > 0;
        let (decoder, framed) = (&mut self.decoder, &mut self.framed);
        let last = framer.finish(&mut |frame| {
            *framed = true;
            match (decoder.progress(), frame) {
                (Progress::Closed, _) => Ok(()),
                (_, Frame::Document(_)) => decoder.frame(frame, events),
                // An event without its end may be cut in the middle: then it says nothing.
                _ => decoder.frame(frame, events).or_else(only_cut),
            }
        });
        match (self.decoder.progress(), &self.foreign) {
            (Progress::Open, Some(kind)) if has_come && !self.framed => Err(no_answer(kind)),
            (Progress::Open, _) => last.and_then(|()| {
                Err(interrupted(
                    "the stream ended before the provider said it was done",
                ))
            }),
            // Behind a complete answer only an error counts that its decoder takes for one.
            _ => {
                last.or_else(only_cut)?;
                self.decoder.end(events);
                Ok(Progress::Closed)
            }
        }
    }

    /// The connection broke. A complete answer stays one.
    pub(super) fn broken(&mut self, error: Error, events: &mut Events) -> Result<Progress> {
        if self.decoder.progress() != Progress::Open {
            self.decoder.end(events);
            return Ok(Progress::Closed);
        }
        match error.kind {
            ErrorKind::NetworkError if self.visible => Err(interrupted(
                "the connection broke in the middle of the answer",
            )),
            // The head was good: something may have been produced.
            _ => Err(error.billed(Billed::Unknown)),
        }
    }
}

fn interrupted(problem: &str) -> Error {
    Error::new(ErrorKind::StreamInterrupted, problem).billed(Billed::Unknown)
}

/// Lets pass what a frame that was cut in the middle fails with.
fn only_cut(error: Error) -> Result<()> {
    match error.kind {
        ErrorKind::InvalidResponse | ErrorKind::StreamInterrupted => Ok(()),
        _ => Err(error),
    }
}
