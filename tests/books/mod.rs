//! A ledger in memory with one reservation, `x#1`, to try things on.
#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a module of test binaries"
)]

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use aircher_llm::chat::TokenUsage;
use aircher_llm::json::from_str;
use aircher_llm::ledger::op::Reserve;
use aircher_llm::ledger::{Bucket, Budget, Memory, Op, Outcome, Settle, Store, step};

/// 2026-11-22T12:00:00Z.
pub const NOW: u64 = 1_795_348_800_000;

/// Runs a future that never has to wait.
#[track_caller]
pub fn now_or_never<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

pub struct Book {
    pub memory: Memory,
}

impl Book {
    /// A new ledger with the epoch `0000`.
    pub fn open() -> Self {
        let book = Self {
            memory: Memory::default(),
        };
        book.run(
            &Op::Open {
                epoch: "0000".into(),
                zone: "UTC".into(),
            },
            NOW,
        );
        book
    }

    /// Runs an operation as a driver does.
    pub fn run(&self, op: &Op, now: u64) -> Outcome {
        let mut keys = op.keys();
        for _ in 0..3 {
            let done = step(&self.memory.read(&keys), op, now);
            self.memory.write(done.writes);
            match done.outcome {
                Outcome::Again(more) => keys.extend(more),
                outcome => return outcome,
            }
        }
        panic!("undecided");
    }

    pub fn reservation(&self, amount: u64, at_least: u64) -> Reserve {
        reservation(amount, at_least)
    }

    /// The sums of a bucket on one line.
    pub fn sums(&self, key: &str) -> String {
        let text = self.memory.get(key).unwrap_or_else(|| "{}".into());
        let Bucket {
            settled,
            reserved,
            n,
            estimated,
            tokens_in,
            tokens_out,
            ..
        } = from_str(&text).unwrap();
        format!(
            "{settled} spent, {reserved} reserved, n {n} ({estimated} est), {tokens_in} + {tokens_out} tokens"
        )
    }

    pub fn short(&self, outcome: &Outcome) -> String {
        match outcome {
            Outcome::Pending { amount } => format!("pending {amount}"),
            Outcome::Closed { state, amount, .. } => format!("{} {amount}", state.as_str()),
            outcome => format!("{outcome:?}").to_lowercase(),
        }
    }

    fn all(&self) -> Vec<(String, String)> {
        now_or_never(self.memory.scan("", usize::MAX, None)).unwrap()
    }

    pub fn keys(&self) -> Vec<String> {
        self.all().into_iter().map(|(key, _)| key).collect()
    }

    /// All documents, one on each line.
    pub fn documents(&self) -> String {
        self.all()
            .into_iter()
            .map(|(key, text)| format!("{key} {text}\n"))
            .collect()
    }
}

fn reservation(amount: u64, at_least: u64) -> Reserve {
    let plain = |key: &str| Budget {
        key: key.into(),
        ..Budget::default()
    };
    Reserve {
        id: "x#1".into(),
        owner: "me".into(),
        amount,
        at_least,
        enforce: true,
        buckets: vec![plain("b/*/d:2026-11-22"), plain("b/*/m:2026-11")],
        deadline: NOW - 1,
        provider: "openai".into(),
        model: "gpt-4o".into(),
        attempt: 1,
        tags: vec![("team".into(), "a/b".into())],
        until: u64::MAX,
        skew: false,
    }
}

pub fn reserve(amount: u64, at_least: u64) -> Op {
    Op::Reserve(reservation(amount, at_least))
}

/// Reserves 100.
pub fn pending() -> Op {
    reserve(100, 100)
}

pub fn settle(actual: u64, estimated: bool) -> Op {
    Op::Settle(Settle {
        id: "x#1".into(),
        actual,
        estimated,
        usage: TokenUsage {
            prompt_tokens: actual / 2,
            completion_tokens: actual / 5,
            ..TokenUsage::default()
        },
        ..Settle::default()
    })
}
