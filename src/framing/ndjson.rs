//! One JSON value a line. Lines end in LF or CRLF; blank lines mean nothing.

use memchr::memchr;

use super::{TooLarge, decoded, within, without_bom};

/// The parser of NDJSON, as Ollama streams (wire reference, Ollama §4).
///
/// ```
/// use aircher_llm::framing::{Ndjson, TooLarge};
///
/// let mut lines = Vec::new();
/// let mut out = |line: &str| Ok::<_, TooLarge>(lines.push(line.to_string()));
/// let mut parser = Ndjson::new(1 << 20);
/// parser.feed(b"{\"done\":false}\r\n\n{\"done\"", &mut out)?;
/// parser.feed(b":true}", &mut out)?;
/// parser.finish(&mut out)?;
/// assert_eq!(lines, ["{\"done\":false}", "{\"done\":true}"]);
/// # Ok::<(), TooLarge>(())
/// ```
#[derive(Clone, Debug)]
pub struct Ndjson {
    limit: usize,
    /// The start of a line whose end has not arrived.
    carry: Vec<u8>,
    /// No line has been handed out: the first one may start with a BOM.
    at_start: bool,
}

impl Ndjson {
    /// A parser at the start of a body, for lines of at most `limit` bytes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            carry: Vec::new(),
            at_start: true,
        }
    }

    /// Takes a chunk and hands out the lines it completes.
    ///
    /// # Errors
    /// [`TooLarge`] for a line past its limit, and whatever `out` fails with.
    pub fn feed<E: From<TooLarge>>(
        &mut self,
        chunk: &[u8],
        out: &mut impl FnMut(&str) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut rest = chunk;
        while let Some(end) = memchr(b'\n', rest) {
            let (line, tail) = rest.split_at(end);
            self.carried(line, out)?;
            rest = tail.strip_prefix(b"\n").unwrap_or(tail);
        }
        self.carry.extend_from_slice(rest);
        Ok(within("line_bytes", self.limit, self.carry.len())?)
    }

    /// Ends the body: the last line needs no line end.
    ///
    /// # Errors
    /// Whatever `out` fails with.
    pub fn finish<E>(mut self, out: &mut impl FnMut(&str) -> Result<(), E>) -> Result<(), E> {
        let line = std::mem::take(&mut self.carry);
        self.line(&line, out)
    }

    fn carried<E: From<TooLarge>>(
        &mut self,
        line: &[u8],
        out: &mut impl FnMut(&str) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.carry.is_empty() {
            within("line_bytes", self.limit, line.len())?;
            return self.line(line, out);
        }
        let mut whole = std::mem::take(&mut self.carry);
        whole.extend_from_slice(line);
        within("line_bytes", self.limit, whole.len())?;
        self.line(&whole, out)
    }

    fn line<E>(
        &mut self,
        line: &[u8],
        out: &mut impl FnMut(&str) -> Result<(), E>,
    ) -> Result<(), E> {
        let line = decoded(line.strip_suffix(b"\r").unwrap_or(line));
        let line = if std::mem::take(&mut self.at_start) {
            without_bom(&line)
        } else {
            &line
        };
        if line.trim().is_empty() {
            Ok(())
        } else {
            out(line)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(chunks: &[&[u8]]) -> Vec<String> {
        let mut parser = Ndjson::new(1000);
        let mut seen = Vec::new();
        let mut take = |line: &str| {
            seen.push(line.to_string());
            Ok::<(), TooLarge>(())
        };
        for chunk in chunks {
            parser.feed(chunk, &mut take).unwrap();
        }
        parser.finish(&mut take).unwrap();
        seen
    }

    #[test]
    fn any_split_gives_the_same_lines() {
        let input = "\u{FEFF}{\"a\":\"é\u{2028}\"}\r\n\n  \n{\"b\":1}\n{\"c\"".as_bytes();
        for split in 0..=input.len() {
            let (head, tail) = input.split_at(split);
            assert_eq!(
                lines(&[head, tail]),
                ["{\"a\":\"é\u{2028}\"}", "{\"b\":1}", "{\"c\""],
                "split at {split}"
            );
        }
    }

    #[test]
    fn a_line_has_a_limit() {
        let mut parser = Ndjson::new(4);
        assert_eq!(
            parser.feed(b"12345", &mut |_| Ok(())),
            Err(TooLarge {
                what: "line_bytes",
                limit: 4
            })
        );
    }
}
