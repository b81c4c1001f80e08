//! Operations and outcomes as JSON, for stores that do the arithmetic themselves.

use super::documents::{State, Tags};
use super::op::{Alert, Budget, Op, Outcome, Refusal, Reserve, Settle, named};
use crate::json::{self, Write, Writer, fields, to_string};

/// The JSON of an operation a store may decide by itself. The others have none,
/// nor has one whose buckets are not known: only `update` can look them up.
#[must_use]
pub fn op_json(op: &Op, now: u64) -> Option<String> {
    let is_known = match op {
        Op::Reserve(op) => !op.buckets.is_empty(),
        // The stores know no prices that are not known.
        Op::Settle(op) => !op.buckets.is_empty() && !op.unpriced,
        Op::Void { buckets, .. } => !buckets.is_empty(),
        _ => false,
    };
    is_known.then(|| to_string(&Order(op, now)))
}

/// An operation and its time.
struct Order<'a>(&'a Op, u64);

impl Write for Order<'_> {
    fn write(&self, writer: &mut Writer) {
        writer.begin_object();
        match self.0 {
            Op::Reserve(op) => reserve(op, writer),
            Op::Settle(op) => settle(op, writer),
            Op::Void { id, buckets } => {
                writer.field("op", &"void");
                writer.field("id", id);
                writer.field("buckets", buckets);
            }
            _ => {}
        }
        writer.field("now", &self.1);
        writer.end_object();
    }
}

fn reserve(op: &Reserve, writer: &mut Writer) {
    writer.field("op", &"reserve");
    writer.field("id", &op.id);
    writer.field("owner", &op.owner);
    writer.field("amount", &op.amount);
    writer.field("at_least", &op.at_least);
    writer.field("enforce", &op.enforce);
    writer.field("buckets", &op.buckets);
    writer.field("deadline", &op.deadline);
    writer.field("provider", &op.provider);
    writer.field("model", &op.model);
    writer.field("attempt", &op.attempt);
    writer.field("tags", &Tags(&op.tags));
}

fn settle(op: &Settle, writer: &mut Writer) {
    writer.field("op", &"settle");
    writer.field("id", &op.id);
    writer.field("buckets", &named(&op.buckets));
    writer.field("actual", &op.actual);
    writer.field("estimated", &op.estimated);
    writer.field("usage", &op.usage);
    writer.field("tokens_in", &op.usage.prompt_tokens);
    writer.field("tokens_out", &op.usage.completion_tokens);
    writer.begin_list_at("alerts");
    for budget in &op.buckets {
        if budget.alert.is_some() {
            budget.write(writer);
        }
    }
    writer.end_list();
}

impl Write for Budget {
    fn write(&self, writer: &mut Writer) {
        writer.begin_object();
        writer.field("key", &self.key);
        writer.field("limit", &json::OrNull(&self.limit));
        writer.field("alert", &json::OrNull(&self.alert));
        writer.end_object();
    }
}

/// The outcome of a store's own arithmetic; `None` when it is none we know.
#[must_use]
pub fn outcome(text: &str) -> Option<Outcome> {
    let answer: Answer = json::from_str(text).ok()?;
    Some(match answer.result.as_str() {
        "pending" => Outcome::Pending {
            amount: answer.amount,
        },
        "refused" => Outcome::Refused(Refusal {
            key: answer.key,
            limit: answer.limit,
            settled: answer.settled,
            reserved: answer.reserved,
            requested: answer.requested,
        }),
        "conflict" => Outcome::Conflict,
        "missing" => Outcome::Missing,
        name => Outcome::Closed {
            state: State::named(name)?,
            amount: answer.amount,
            alerts: answer.alerts,
        },
    })
}

#[derive(Default)]
struct Answer {
    result: String,
    amount: u64,
    key: String,
    limit: u64,
    settled: u64,
    reserved: u64,
    requested: u64,
    alerts: Vec<Alert>,
}
fields!(Answer {
    result,
    amount,
    key,
    limit,
    settled,
    reserved,
    requested,
    alerts
});
fields!(Alert {
    key,
    limit,
    alert,
    settled
});
