//! Bytes to frames. UTF-8, CR and BOM splits live here and nowhere else.
//!
//! ```text
//! chunk --> Framer --> Sse     --> Frame::Event     (data: {...})
//!              |   \-> Ndjson  --> Frame::Line      ({...}\n)
//!              \-----> collect --> Frame::Document  (one JSON body, at the end)
//! ```
//! All three are push machines with bounded memory and linear time; any split
//! of the bytes gives the same frames.

mod ndjson;
mod sse;

pub use ndjson::Ndjson;
pub use sse::{Sse, SseEvent, Tail};

use std::borrow::Cow;

/// How a body is expected to be framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Server-sent events.
    Sse,
    /// One JSON value a line.
    Ndjson,
    /// One JSON body.
    Document,
}

impl Framing {
    /// That of an answer: `streamed` where a stream was asked for, else one body.
    #[must_use]
    pub fn of(stream: bool, streamed: Self) -> Self {
        match stream {
            true => streamed,
            false => Self::Document,
        }
    }
}

/// One unit of an answer, as decoders see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// A server-sent event.
    Event {
        /// Its name; `message` when it has none.
        name: &'a str,
        /// Its data.
        data: &'a str,
    },
    /// A line of NDJSON.
    Line(&'a str),
    /// A whole body, or a bare JSON object where events were expected.
    Document(&'a str),
}

impl<'a> Frame<'a> {
    /// The text, for dialects in which all frames look alike.
    #[must_use]
    pub fn text(self) -> &'a str {
        let (Self::Event { data, .. } | Self::Line(data) | Self::Document(data)) = self;
        data
    }
}

/// The size limits of a body, in bytes: `[limits]` of the configuration. Passing one is
/// [`ErrorKind::ResponseTooLarge`](crate::error::ErrorKind::ResponseTooLarge).
///
/// ```
/// use aircher_llm::framing::{Framer, Framing, Limits, TooLarge};
///
/// let limits = Limits { response_bytes: 10, ..Limits::default() };
/// let mut framer = Framer::new(Framing::Document, limits);
/// let passed = framer.feed(b"{\"answer\":42}", &mut |_| Ok::<_, TooLarge>(()));
/// assert_eq!(passed, Err(TooLarge { what: "response_bytes", limit: 10 }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest line. Default 8 MiB. Images and redacted reasoning come as single lines of megabytes.
    pub line_bytes: usize,
    /// Largest event. Default 16 MiB.
    pub event_bytes: usize,
    /// Longest arguments of one tool call. Default 16 MiB.
    pub tool_arguments_bytes: usize,
    /// Largest body, decompressed. Default 64 MiB.
    pub response_bytes: usize,
    /// How much of an error body is read; the rest is left. Default 64 KiB.
    pub error_body_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: usize = 1 << 20;
        Self {
            line_bytes: 8 * MIB,
            event_bytes: 16 * MIB,
            tool_arguments_bytes: 16 * MIB,
            response_bytes: 64 * MIB,
            error_body_bytes: 64 << 10,
        }
    }
}

/// A size limit that was passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge {
    /// Which limit, by its configuration key.
    pub what: &'static str,
    /// The limit in bytes.
    pub limit: usize,
}

/// Turns the chunks of one body into frames.
///
/// The first character decides before the expectation does: a body that begins
/// with `{`, `[` or `<` where events were expected is read as one document,
/// since servers answer a stream request with a plain JSON error or an HTML
/// page under any content type (wire reference, README §6).
///
/// ```
/// use aircher_llm::framing::{Framer, Framing, Limits, TooLarge};
///
/// let mut said = Vec::new();
/// let mut framer = Framer::new(Framing::Sse, Limits::default());
/// // A body may be cut anywhere, within a character too.
/// for chunk in ["data: {\"a\"", ":1}\n\ndata: [DO", "NE]\n\n"] {
///     framer.feed(chunk.as_bytes(), &mut |frame| Ok::<_, TooLarge>(said.push(frame.text().to_string())))?;
/// }
/// assert_eq!(said, ["{\"a\":1}", "[DONE]"]);
/// # Ok::<(), TooLarge>(())
/// ```
#[derive(Clone, Debug)]
pub struct Framer {
    machine: Machine,
    limits: Limits,
    received: usize,
}

#[derive(Clone, Debug)]
enum Machine {
    /// Nothing but white space and BOM so far, kept in case it matters.
    Undecided(Vec<u8>),
    Sse(Sse),
    Ndjson(Ndjson),
    Document(Vec<u8>),
}

impl Framer {
    /// A framer for one body.
    #[must_use]
    pub fn new(expected: Framing, limits: Limits) -> Self {
        let machine = match expected {
            Framing::Sse => Machine::Undecided(Vec::new()),
            Framing::Ndjson => Machine::Ndjson(Ndjson::new(limits.line_bytes)),
            Framing::Document => Machine::Document(Vec::new()),
        };
        Self {
            machine,
            limits,
            received: 0,
        }
    }

    /// Takes a chunk and hands out the frames it completes.
    ///
    /// # Errors
    /// [`TooLarge`] when a line, an event or the body passes its limit, and
    /// whatever `out` fails with.
    pub fn feed<E: From<TooLarge>>(
        &mut self,
        chunk: &[u8],
        out: &mut impl FnMut(Frame<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let room = self.limits.response_bytes.saturating_sub(self.received);
        self.received = self.received.saturating_add(chunk.len());
        // What fits is read first, however the bytes were cut on their way.
        let fits = chunk.get(..room).unwrap_or(chunk);
        self.read(fits, out)?;
        Ok(within(
            "response_bytes",
            self.limits.response_bytes,
            self.received,
        )?)
    }

    fn read<E: From<TooLarge>>(
        &mut self,
        chunk: &[u8],
        out: &mut impl FnMut(Frame<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        match &mut self.machine {
            Machine::Undecided(start) => {
                start.extend_from_slice(chunk);
                let start = std::mem::take(start);
                self.decide(start, out)
            }
            Machine::Sse(sse) => sse.feed(chunk, &mut |event| told(&event, out)),
            Machine::Ndjson(lines) => lines.feed(chunk, &mut |line| out(Frame::Line(line))),
            Machine::Document(body) => {
                body.extend_from_slice(chunk);
                Ok(())
            }
        }
    }

    fn decide<E: From<TooLarge>>(
        &mut self,
        start: Vec<u8>,
        out: &mut impl FnMut(Frame<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(first) = start.iter().find(|byte| !is_blank(**byte)) else {
            self.machine = Machine::Undecided(start);
            return Ok(());
        };
        if b"{[<".contains(first) {
            self.machine = Machine::Document(start);
            return Ok(());
        }
        let mut sse = Sse::new(self.limits);
        let result = sse.feed(&start, &mut |event| told(&event, out));
        self.machine = Machine::Sse(sse);
        result
    }

    /// Ends the body: hands out what is complete without its last line end.
    /// A last event that was cut is the decoder's to recognise.
    ///
    /// # Errors
    /// Whatever `out` fails with.
    pub fn finish<E>(self, out: &mut impl FnMut(Frame<'_>) -> Result<(), E>) -> Result<(), E> {
        match self.machine {
            Machine::Undecided(_) => Ok(()),
            Machine::Sse(sse) => match sse.finish() {
                Some(Tail::Event(event)) => told(&event, out),
                Some(Tail::Bare(text)) => out(Frame::Document(&text)),
                None => Ok(()),
            },
            Machine::Ndjson(lines) => lines.finish(&mut |line| out(Frame::Line(line))),
            Machine::Document(body) => out(Frame::Document(without_bom(&String::from_utf8_lossy(
                &body,
            )))),
        }
    }

    /// How many bytes the body had so far.
    #[must_use]
    pub fn received(&self) -> usize {
        self.received
    }
}

/// Hands out an event. With empty data it is one to the standard, and a sign of
/// life to every dialect.
fn told<E>(
    event: &SseEvent<'_>,
    out: &mut impl FnMut(Frame<'_>) -> Result<(), E>,
) -> Result<(), E> {
    if event.data.is_empty() {
        Ok(())
    } else {
        out(event.frame())
    }
}

/// White space, or a byte of a BOM.
fn is_blank(byte: u8) -> bool {
    byte.is_ascii_whitespace() || b"\xEF\xBB\xBF".contains(&byte)
}

fn without_bom(text: &str) -> &str {
    text.strip_prefix('\u{FEFF}').unwrap_or(text)
}

fn within(what: &'static str, limit: usize, size: usize) -> Result<(), TooLarge> {
    if size > limit {
        Err(TooLarge { what, limit })
    } else {
        Ok(())
    }
}

/// The text of a line; bytes that are no UTF-8 become U+FFFD, never an error.
fn decoded(line: &[u8]) -> Cow<'_, str> {
    // Checked at once where it is UTF-8, piece by piece where it is not.
    match std::str::from_utf8(line) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    #[derive(Debug)]
    struct Failure(#[allow(dead_code)] TooLarge);
    impl From<TooLarge> for Failure {
        fn from(limit: TooLarge) -> Self {
            Self(limit)
        }
    }

    fn frames(expected: Framing, chunks: &[&[u8]]) -> Vec<String> {
        let mut framer = Framer::new(expected, Limits::default());
        let mut seen = Vec::new();
        for chunk in chunks {
            framer
                .feed::<Failure>(chunk, &mut |frame| {
                    seen.push(format!("{frame:?}"));
                    Ok(())
                })
                .unwrap();
        }
        framer
            .finish::<Infallible>(&mut |frame| {
                seen.push(format!("{frame:?}"));
                Ok(())
            })
            .unwrap();
        seen
    }

    /// Checks the frames for the whole input and for every split in two.
    #[track_caller]
    fn check(expected: Framing, input: &str, frames_expected: &[&str]) {
        for split in 0..=input.len() {
            let (head, tail) = input.as_bytes().split_at(split);
            assert_eq!(
                frames(expected, &[head, tail]),
                frames_expected,
                "split at {split}"
            );
        }
    }

    #[test]
    fn the_first_character_decides() {
        check(
            Framing::Sse,
            "data: {\"a\":1}\n\n",
            &[r#"Event { name: "message", data: "{\"a\":1}" }"#],
        );
        check(
            Framing::Sse,
            " \n{\"error\":\"x\"}",
            &["Document(\" \\n{\\\"error\\\":\\\"x\\\"}\")"],
        );
        check(Framing::Sse, "<html>", &["Document(\"<html>\")"]);
        check(
            Framing::Sse,
            "\u{FEFF}data: é\n\n",
            &[r#"Event { name: "message", data: "é" }"#],
        );
        check(Framing::Sse, "", &[]);
        check(Framing::Sse, "data:\n\nevent: ping\ndata: \n\ndata", &[]);
        check(
            Framing::Ndjson,
            "{\"a\":1}\r\n\n{\"b\":2}",
            &["Line(\"{\\\"a\\\":1}\")", "Line(\"{\\\"b\\\":2}\")"],
        );
        check(Framing::Document, "\u{FEFF}{}", &["Document(\"{}\")"]);
    }

    #[test]
    fn a_bare_object_in_a_stream_is_a_document() {
        let input = "data: 1\r\n\r\n{\r\n \"error\": {}\r\n}";
        check(
            Framing::Sse,
            input,
            &[
                r#"Event { name: "message", data: "1" }"#,
                "Document(\"{\\n \\\"error\\\": {}\\n}\")",
            ],
        );
    }

    #[test]
    fn what_fits_is_read_however_it_was_cut() {
        let limits = Limits {
            response_bytes: 12,
            ..Limits::default()
        };
        let body: &[u8] = b"data: 1\n\ndata: 2\n\n";
        for split in 0..=12 {
            let (head, tail) = body.split_at(split);
            let mut framer = Framer::new(Framing::Sse, limits);
            let mut seen = Vec::new();
            let mut take = |frame: Frame<'_>| {
                seen.push(frame.text().to_string());
                Ok::<(), Failure>(())
            };
            let first = framer.feed(head, &mut take);
            assert!(first.and_then(|()| framer.feed(tail, &mut take)).is_err());
            assert_eq!(seen, ["1"], "split at {split}");
        }
    }

    #[test]
    fn a_body_has_a_limit() {
        let limits = Limits {
            response_bytes: 10,
            ..Limits::default()
        };
        let mut framer = Framer::new(Framing::Document, limits);
        assert!(
            framer
                .feed::<Failure>(b"0123456789", &mut |_| Ok(()))
                .is_ok()
        );
        let failure = framer.feed::<Failure>(b"x", &mut |_| Ok(())).unwrap_err();
        assert_eq!(
            failure.0,
            TooLarge {
                what: "response_bytes",
                limit: 10
            }
        );
    }
}
