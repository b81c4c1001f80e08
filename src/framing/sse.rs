//! Server-sent events, by the HTML standard ("9.2.6 Interpreting an event stream").
//!
//! ```text
//! chunk --lines--> field --> event, data, id --blank line--> SseEvent
//! ```
//! One deviation, for LLM streams: a block that ends with the body instead of a
//! blank line is not discarded but handed out by [`Sse::finish`], so that the
//! caller can tell a complete last event from a cut one.

use std::borrow::Cow;

use memchr::memchr2;

use super::{Frame, Limits, TooLarge, decoded, within};

/// An event, borrowed from the parser until the next one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SseEvent<'a> {
    /// Its name; `message` when it has none.
    pub name: Cow<'a, str>,
    /// Its data lines, joined by LF.
    pub data: Cow<'a, str>,
    /// The last id seen in the stream.
    pub id: Cow<'a, str>,
}

impl SseEvent<'_> {
    /// The event as a frame.
    #[must_use]
    pub fn frame(&self) -> Frame<'_> {
        Frame::Event {
            name: &self.name,
            data: &self.data,
        }
    }
}

/// What was left when the body ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tail {
    /// An event without its blank line.
    Event(SseEvent<'static>),
    /// A bare JSON object, which Google sends when a stream fails (wire reference, Gemini §4).
    Bare(String),
}

/// The parser of `text/event-stream`.
///
/// ```
/// use aircher_llm::framing::{Limits, Sse, TooLarge};
///
/// let mut sse = Sse::new(Limits::default());
/// let mut events = Vec::new();
/// sse.feed(b": ping\n\nevent: greeting\ndata: hello\ndata: world\n\n", &mut |event| {
///     events.push((event.name.to_string(), event.data.to_string()));
///     Ok::<_, TooLarge>(())
/// })?;
/// assert_eq!(events, [("greeting".into(), "hello\nworld".into())]);
/// # Ok::<(), TooLarge>(())
/// ```
#[derive(Clone, Debug)]
pub struct Sse {
    limits: Limits,
    /// The start of a line whose end has not arrived. Without it a split inside
    /// a field or a character would lose bytes.
    carry: Vec<u8>,
    /// The last chunk ended in CR: an LF at the start of the next one belongs to it.
    skip_lf: bool,
    /// No line has been read: the first one may start with a BOM.
    at_start: bool,
    block: Block,
    /// Lines of a bare JSON object; once begun, everything belongs to it.
    bare: Option<Vec<u8>>,
    retry_ms: Option<u64>,
}

/// The fields collected since the last blank line.
#[derive(Clone, Debug, Default)]
struct Block {
    name: Vec<u8>,
    /// The data lines, each followed by LF as the standard says.
    data: Vec<u8>,
    /// Survives the block: an id holds until the next one.
    id: Vec<u8>,
}

impl Sse {
    /// A parser at the start of a body.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            carry: Vec::new(),
            skip_lf: false,
            at_start: true,
            block: Block::default(),
            bare: None,
            retry_ms: None,
        }
    }

    /// The last `retry` field, in milliseconds.
    #[must_use]
    pub fn retry_ms(&self) -> Option<u64> {
        self.retry_ms
    }

    /// Takes a chunk and hands out the events it completes.
    ///
    /// # Errors
    /// [`TooLarge`] for a line or an event past its limit, and whatever `out` fails with.
    pub fn feed<E: From<TooLarge>>(
        &mut self,
        chunk: &[u8],
        out: &mut impl FnMut(SseEvent<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut rest = self.without_pending_lf(chunk);
        while let Some(end) = memchr2(b'\n', b'\r', rest) {
            let (line, tail) = rest.split_at(end);
            self.end_line(line, out)?;
            rest = self.after_line_end(tail);
        }
        self.carry.extend_from_slice(rest);
        Ok(within(
            "line_bytes",
            self.limits.line_bytes,
            self.carry.len(),
        )?)
    }

    fn without_pending_lf<'a>(&mut self, chunk: &'a [u8]) -> &'a [u8] {
        if chunk.is_empty() || !std::mem::take(&mut self.skip_lf) {
            return chunk;
        }
        chunk.strip_prefix(b"\n").unwrap_or(chunk)
    }

    /// `tail` begins with the line end that was found.
    fn after_line_end<'a>(&mut self, tail: &'a [u8]) -> &'a [u8] {
        match tail {
            [b'\r', b'\n', rest @ ..] => rest,
            [b'\r'] => {
                self.skip_lf = true;
                &[]
            }
            [_, rest @ ..] => rest,
            [] => &[],
        }
    }

    fn end_line<E: From<TooLarge>>(
        &mut self,
        line: &[u8],
        out: &mut impl FnMut(SseEvent<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.carry.is_empty() {
            within("line_bytes", self.limits.line_bytes, line.len())?;
            return self.line(line, out);
        }
        let mut whole = std::mem::take(&mut self.carry);
        whole.extend_from_slice(line);
        within("line_bytes", self.limits.line_bytes, whole.len())?;
        let result = self.line(&whole, out);
        // Keep the allocation: the next line will be split as well.
        whole.clear();
        self.carry = whole;
        result
    }

    fn line<E: From<TooLarge>>(
        &mut self,
        line: &[u8],
        out: &mut impl FnMut(SseEvent<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let line = self.without_bom(line);
        if let Some(bare) = &mut self.bare {
            bare.extend_from_slice(line);
            bare.push(b'\n');
            return Ok(within("event_bytes", self.limits.event_bytes, bare.len())?);
        }
        match line.first() {
            None => self.dispatch(out),
            Some(b'{') => {
                self.bare = Some([line, b"\n"].concat());
                Ok(())
            }
            Some(_) => {
                self.field(line);
                Ok(within(
                    "event_bytes",
                    self.limits.event_bytes,
                    self.block.data.len(),
                )?)
            }
        }
    }

    fn without_bom<'a>(&mut self, line: &'a [u8]) -> &'a [u8] {
        if !std::mem::take(&mut self.at_start) {
            return line;
        }
        line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line)
    }

    fn dispatch<E>(
        &mut self,
        out: &mut impl FnMut(SseEvent<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let result = match self.block.event() {
            Some(event) => out(event),
            None => Ok(()),
        };
        self.block.name.clear();
        self.block.data.clear();
        result
    }

    fn field(&mut self, line: &[u8]) {
        let (name, value) = split_field(line);
        match name {
            b"data" => {
                self.block.data.extend_from_slice(value);
                self.block.data.push(b'\n');
            }
            b"event" => replace(&mut self.block.name, value),
            b"id" if !value.contains(&0) => replace(&mut self.block.id, value),
            b"retry" => self.retry_ms = digits(value).or(self.retry_ms),
            // A comment (empty name) or a field nobody defined.
            _ => {}
        }
    }

    /// Ends the body and hands out what had no blank line behind it.
    ///
    /// ```
    /// use aircher_llm::framing::{Limits, Sse, Tail, TooLarge};
    ///
    /// let mut sse = Sse::new(Limits::default());
    /// sse.feed(b"data: [DONE]", &mut |_| Ok::<_, TooLarge>(()))?;
    /// assert!(matches!(sse.finish(), Some(Tail::Event(event)) if event.data == "[DONE]"));
    /// # Ok::<(), TooLarge>(())
    /// ```
    #[must_use]
    pub fn finish(mut self) -> Option<Tail> {
        let line = std::mem::take(&mut self.carry);
        let line = self.without_bom(&line).to_vec();
        if let Some(mut bare) = self.bare {
            bare.extend_from_slice(&line);
            return Some(Tail::Bare(decoded(bare.trim_ascii_end()).into_owned()));
        }
        if line.first() == Some(&b'{') {
            return Some(Tail::Bare(decoded(&line).into_owned()));
        }
        self.field(&line);
        let event = self.block.event()?;
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        Some(Tail::Event(SseEvent {
            name: own(event.name),
            data: own(event.data),
            id: own(event.id),
        }))
    }
}

impl Block {
    fn event(&self) -> Option<SseEvent<'_>> {
        let data = self.data.strip_suffix(b"\n")?;
        let name = if self.name.is_empty() {
            Cow::Borrowed("message")
        } else {
            decoded(&self.name)
        };
        Some(SseEvent {
            name,
            data: decoded(data),
            id: decoded(&self.id),
        })
    }
}

/// Keeps the allocation, since every event of some providers has a name.
fn replace(field: &mut Vec<u8>, value: &[u8]) {
    field.clear();
    field.extend_from_slice(value);
}

/// Field name and value; one space behind the colon is not part of the value.
fn split_field(line: &[u8]) -> (&[u8], &[u8]) {
    let Some(colon) = memchr::memchr(b':', line) else {
        return (line, b"");
    };
    let (name, value) = line.split_at(colon);
    let value = value.strip_prefix(b":").unwrap_or(value);
    (name, value.strip_prefix(b" ").unwrap_or(value))
}

fn digits(value: &[u8]) -> Option<u64> {
    let all_digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    all_digits
        .then(|| std::str::from_utf8(value).ok()?.parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(chunks: &[&[u8]]) -> Vec<(String, String, String)> {
        let mut sse = Sse::new(Limits::default());
        let mut seen = Vec::new();
        for chunk in chunks {
            let taken: Result<(), TooLarge> = sse.feed(chunk, &mut |event| {
                seen.push((
                    event.name.into_owned(),
                    event.data.into_owned(),
                    event.id.into_owned(),
                ));
                Ok(())
            });
            taken.unwrap();
        }
        seen
    }

    #[track_caller]
    fn check(input: &[u8], expected: &[(&str, &str, &str)]) {
        let expected: Vec<_> = expected
            .iter()
            .map(|(a, b, c)| (a.to_string(), b.to_string(), c.to_string()))
            .collect();
        for split in 0..=input.len() {
            let (head, tail) = input.split_at(split);
            assert_eq!(events(&[head, tail]), expected, "split at {split}");
        }
        let bytes: Vec<&[u8]> = input.chunks(1).collect();
        assert_eq!(events(&bytes), expected, "byte by byte");
    }

    #[test]
    fn line_ends_of_every_kind() {
        check(
            b"data: a\n\ndata: b\r\rdata: c\r\n\r\n",
            &[
                ("message", "a", ""),
                ("message", "b", ""),
                ("message", "c", ""),
            ],
        );
        check("data:é\r\n\r\n".as_bytes(), &[("message", "é", "")]);
    }

    #[test]
    fn fields_as_the_standard_has_them() {
        check(
            b"event: x\nid: 7\n: note\ndata:  two\ndata\n\n",
            &[("x", " two\n", "7")],
        );
        check(
            b"id: 7\n\ndata: a\n\nid\ndata: b\n\n",
            &[("message", "a", "7"), ("message", "b", "")],
        );
        check(
            b"Data: x\nfoo: y\n\ndata: kept\n\n",
            &[("message", "kept", "")],
        );
        check(b"data: lost", &[]);
    }

    #[test]
    fn the_last_block_is_handed_out_apart() {
        let mut sse = Sse::new(Limits::default());
        let none: Result<(), TooLarge> = sse.feed(b"event: end\ndata: {}", &mut |_| Ok(()));
        none.unwrap();
        let Some(Tail::Event(event)) = sse.finish() else {
            panic!("an event was pending")
        };
        assert_eq!((&*event.name, &*event.data), ("end", "{}"));
    }

    #[test]
    fn lines_and_events_have_limits() {
        let limits = Limits {
            line_bytes: 8,
            event_bytes: 10,
            ..Limits::default()
        };
        let mut long_line = Sse::new(limits);
        assert_eq!(
            long_line.feed(b"data: 12345", &mut |_| Ok(())),
            Err(TooLarge {
                what: "line_bytes",
                limit: 8
            })
        );
        let mut long_event = Sse::new(limits);
        assert_eq!(
            long_event.feed(b"data:aaa\ndata:bbb\ndata:ccc\n", &mut |_| Ok(())),
            Err(TooLarge {
                what: "event_bytes",
                limit: 10
            })
        );
    }
}
