//! How far a task has come: its layers, and how fast they fill. Pure; time is an argument.

use crate::json::{Write, Writer, writes};
use crate::provider::admin::Line;

/// The state of a task.
#[derive(Clone, Debug, Default)]
pub struct TaskProgress {
    status: String,
    layers: Vec<Layer>,
    /// Which of them the last line was about.
    current: Option<usize>,
    attempt: u32,
    /// The most that was ever there.
    furthest: u64,
    /// Bytes that came in this attempt, and what they were at some moments of the last seconds.
    came: u64,
    moments: Vec<(f64, u64)>,
}

#[derive(Clone, Debug, Default)]
struct Layer {
    digest: String,
    completed: u64,
    total: u64,
    /// Nothing was said of it in this attempt: what is there was there before.
    is_old: bool,
}
writes!(Layer {
    digest,
    completed,
    total,
});

/// More parts than any model has.
const MOST_LAYERS: usize = 1_000;
/// The time over which speed is measured, and the step of it.
const WINDOW_MS: f64 = 5_000.0;
const STEP_MS: f64 = 500.0;

impl TaskProgress {
    /// Begins a request: what the server has kept is told anew.
    pub fn begin(&mut self, now_ms: f64) {
        self.attempt += 1;
        self.current = None;
        self.came = 0;
        self.moments = vec![(now_ms, 0)];
        for layer in &mut self.layers {
            layer.is_old = true;
        }
    }

    /// Takes a line; whether its status is another than before.
    pub fn take(&mut self, line: &Line, now_ms: f64) -> bool {
        let is_new = self.status != line.status;
        self.status.clone_from(&line.status);
        self.current = self.place(&line.digest);
        if let Some(layer) = self.current.and_then(|at| self.layers.get_mut(at)) {
            if !layer.is_old {
                self.came += line.completed.saturating_sub(layer.completed);
            }
            layer.is_old = false;
            layer.completed = line.completed;
            layer.total = line.total;
        }
        self.mark(now_ms);
        is_new
    }

    /// Whether it is further than ever before; told once.
    pub fn is_further(&mut self) -> bool {
        let completed = self.completed();
        let is_further = completed > self.furthest;
        self.furthest = self.furthest.max(completed);
        is_further
    }

    /// How often it was asked for.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Whether a layer is being filled: then a server says so all the time.
    #[must_use]
    pub fn is_filling(&self) -> bool {
        let current = self.current.and_then(|at| self.layers.get(at));
        current.is_some_and(|layer| layer.completed < layer.total)
    }

    fn place(&mut self, digest: &str) -> Option<usize> {
        if digest.is_empty() {
            return None;
        }
        let known = self.layers.iter().position(|layer| layer.digest == digest);
        if known.is_none() && self.layers.len() < MOST_LAYERS {
            self.layers.push(Layer {
                digest: digest.to_string(),
                is_old: true,
                ..Layer::default()
            });
            return Some(self.layers.len() - 1);
        }
        known
    }

    fn mark(&mut self, now_ms: f64) {
        let due = self
            .moments
            .last()
            .is_none_or(|(at, _)| now_ms - at >= STEP_MS);
        if due {
            self.moments.push((now_ms, self.came));
            self.moments.retain(|(at, _)| now_ms - at <= WINDOW_MS);
        }
    }

    fn completed(&self) -> u64 {
        self.sum(|layer| layer.completed)
    }

    fn sum(&self, of: fn(&Layer) -> u64) -> u64 {
        let all = self.layers.iter().map(of);
        all.fold(0, u64::saturating_add)
    }

    fn bytes_per_second(&self) -> Option<u64> {
        let ((first_ms, before), (last_ms, now)) = (self.moments.first()?, self.moments.last()?);
        let seconds = (last_ms - first_ms) / 1_000.0;
        let is_told = self.is_filling() && seconds > 0.0;
        is_told.then(|| ((now - before) as f64 / seconds) as u64)
    }

    /// As JSON text; at the end with what came of it, which is JSON text as well.
    #[must_use]
    pub fn told(&self, result: Option<&str>) -> String {
        let mut out = Writer::default();
        out.begin_object();
        out.field("status", &self.status);
        out.field("completed", &self.completed());
        out.field("total", &self.sum(|layer| layer.total));
        out.key("bytes_per_second");
        self.bytes_per_second().write(&mut out);
        out.field("layers", &self.layers);
        out.field("attempt", &self.attempt);
        if let Some(result) = result {
            out.key("result");
            out.raw(result);
        }
        out.end_object();
        out.finish()
    }
}

#[cfg(test)]
mod tests;
