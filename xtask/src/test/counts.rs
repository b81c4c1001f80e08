//! How many tests ran, read from what the runners print.

use std::fmt;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) passed: u64,
    pub(super) failed: u64,
    pub(super) skipped: u64,
}

impl Counts {
    pub(super) const PASSED: Self = Self::new(1, 0, 0);
    pub(super) const FAILED: Self = Self::new(0, 1, 0);
    pub(super) const SKIPPED: Self = Self::new(0, 0, 1);

    const fn new(passed: u64, failed: u64, skipped: u64) -> Self {
        Self {
            passed,
            failed,
            skipped,
        }
    }

    /// Adds up Rust's `test result: ok. 3 passed; 0 failed; 1 ignored; …` (the
    /// wasm runner prints the same) and Node's `ℹ pass 3`.
    pub(super) fn read(text: &str) -> Self {
        text.lines()
            .map(|line| rust(line).or_else(|| node(line)).unwrap_or_default())
            .fold(Self::default(), Self::plus)
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self::new(
            self.passed + other.passed,
            self.failed + other.failed,
            self.skipped + other.skipped,
        )
    }

    /// `other` if nothing was counted.
    pub(super) fn or(self, other: Self) -> Self {
        match self == Self::default() {
            true => other,
            false => self,
        }
    }

    /// A step can fail without a test of it failing: it may not compile.
    pub(super) fn with_a_failure(self) -> Self {
        Self::new(self.passed, self.failed.max(1), self.skipped)
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} passed, {} failed, {} skipped",
            self.passed, self.failed, self.skipped
        )
    }
}

fn rust(line: &str) -> Option<Counts> {
    let (_, rest) = line.split_once("test result: ")?;
    let number = |word: &str| {
        rest.split([';', '.'])
            .filter_map(|part| part.trim().strip_suffix(word))
            .find_map(|number| number.trim().parse().ok())
            .unwrap_or(0)
    };
    Some(Counts::new(
        number("passed"),
        number("failed"),
        number("ignored"),
    ))
}

fn node(line: &str) -> Option<Counts> {
    let mut words = line.trim().strip_prefix('ℹ')?.split_whitespace();
    let (word, number) = (words.next()?, words.next()?.parse().ok()?);
    match word {
        "pass" => Some(Counts::new(number, 0, 0)),
        "fail" | "cancelled" => Some(Counts::new(0, number, 0)),
        "skipped" | "todo" => Some(Counts::new(0, 0, number)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Counts;

    #[track_caller]
    fn check(text: &str, passed: u64, failed: u64, skipped: u64) {
        assert_eq!(Counts::read(text), Counts::new(passed, failed, skipped));
    }

    #[test]
    fn runners_are_understood() {
        check("running 2 tests", 0, 0, 0);
        check(
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.00s",
            12,
            0,
            1,
        );
        check(
            "test result: FAILED. 1 passed; 2 failed; 0 ignored",
            1,
            2,
            0,
        );
        check(
            "test result: ok. 5 passed; 0 failed; 0 ignored; 0 filtered out",
            5,
            0,
            0,
        );
        check(
            "ℹ tests 9\nℹ pass 6\nℹ fail 1\nℹ cancelled 1\nℹ skipped 1",
            6,
            2,
            1,
        );
        check(
            "test result: ok. 1 passed; 0 failed\ntest result: ok. 2 passed; 0 failed",
            3,
            0,
            0,
        );
    }

    #[test]
    fn a_failed_step_counts_at_least_once() {
        assert_eq!(Counts::default().with_a_failure(), Counts::FAILED);
        assert_eq!(Counts::new(3, 2, 0).with_a_failure(), Counts::new(3, 2, 0));
    }
}
