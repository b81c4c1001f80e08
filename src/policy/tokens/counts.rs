//! What providers have counted lately, so that the same question is asked once.

use crate::http::HttpRequest;

/// How many counts are kept.
const KEPT: usize = 128;

/// The latest counts, by what was asked. Counting the same again gives the same.
#[derive(Debug, Default)]
pub struct Counts {
    /// Oldest first, until the list is full; then written over in turn.
    known: Vec<(Question, u64)>,
    next: usize,
}

/// A request that counts, told apart by a hash: texts may be long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    hash: u64,
    length: usize,
}

impl Question {
    /// What a request to a provider asks.
    #[must_use]
    pub fn of(provider: &str, request: &HttpRequest) -> Self {
        let body = request.body.as_deref().unwrap_or_default();
        let mut hash = 0xcbf2_9ce4_8422_2325;
        for part in [provider.as_bytes(), request.url.as_bytes(), body] {
            for byte in part.iter().chain(&[0]) {
                hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
        Self {
            hash,
            length: body.len(),
        }
    }
}

impl Counts {
    /// What came of the same question before.
    #[must_use]
    pub fn get(&self, question: Question) -> Option<u64> {
        let mut known = self.known.iter();
        let found = known.find(|(asked, _)| *asked == question);
        found.map(|(_, tokens)| *tokens)
    }

    /// Keeps a count, in place of the oldest where there are many.
    pub fn keep(&mut self, question: Question, tokens: u64) {
        if let Some(oldest) = self.known.get_mut(self.next) {
            *oldest = (question, tokens);
        } else {
            self.known.push((question, tokens));
        }
        self.next = (self.next + 1) % KEPT;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(provider: &str, body: &str) -> Question {
        let request = HttpRequest::post_json("https://there/count".into(), body.into());
        Question::of(provider, &request)
    }

    #[test]
    fn the_same_question_has_the_same_answer() {
        let mut counts = Counts::default();
        counts.keep(question("a", "{}"), 7);
        assert_eq!(counts.get(question("a", "{}")), Some(7));
        assert_eq!(counts.get(question("b", "{}")), None, "another provider");
        assert_eq!(counts.get(question("a", "{ }")), None, "another body");
    }

    #[test]
    fn the_oldest_go_when_there_are_many() {
        let mut counts = Counts::default();
        for at in 0..KEPT as u64 + 2 {
            counts.keep(question("a", &at.to_string()), at);
        }
        let known = |at: u64| counts.get(question("a", &at.to_string()));
        assert_eq!((known(0), known(1)), (None, None));
        assert_eq!((known(2), known(129)), (Some(2), Some(129)));
        assert_eq!(counts.known.len(), KEPT);
    }
}
