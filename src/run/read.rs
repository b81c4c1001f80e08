//! From the bytes of an answer to its events, and to its end.

use std::borrow::Cow;

use super::answer::Answer;
use super::guard::guard;
use super::{Call, State};
use crate::chat::{Events, RichEvent, StreamEvent};
use crate::env::{Body, Env, Notice};
use crate::error::Result;
use crate::framing::TooLarge;
use crate::json::Json;
use crate::policy::Deadline;
use crate::provider::Progress;

impl<E: Env> Call<E> {
    /// Reads one chunk into events and decides what comes next.
    pub(super) async fn read(&mut self, mut answer: Box<Answer<E>>) -> Events {
        let now_ms = self.env.now_ms();
        self.renew(now_ms).await;
        self.keep_place(now_ms).await;
        let chunk = self.chunk(&mut answer, now_ms).await;
        if let Ok(Some(bytes)) = &chunk {
            self.keep_body(bytes);
        }
        let mut events = Events::new();
        let result = match chunk {
            Ok(Some(bytes)) => answer.feed(&bytes, &mut events),
            Ok(None) => answer.end(&mut events),
            Err(error) => answer.broken(error, &mut events),
        };
        self.take(&events, &mut answer);
        let metered = |progress| match progress {
            Progress::Open => self.meter(&events).map(|()| progress),
            ended => Ok(ended),
        };
        match result
            .and_then(metered)
            .and_then(|progress| self.within_limits(progress))
        {
            Ok(Progress::Closed) => self.close(&answer),
            Ok(_) => self.state = State::Open(answer),
            // What the error says of the answer so far needs the events first.
            Err(error) => {
                self.stamp(answer.kind, &answer.model);
                self.state = State::Failed(error);
            }
        }
        events
    }

    async fn chunk(&mut self, answer: &mut Answer<E>, now_ms: f64) -> Result<Option<Vec<u8>>> {
        let deadline = answer.deadline(&self.watch, now_ms);
        let is_trailer = answer.trailer_until_ms.is_some();
        match self.received(&mut answer.body, deadline).await {
            Ok(chunk) => chunk,
            Err(_) if is_trailer => Ok(None),
            Err(late) => Err(late),
        }
    }

    pub(super) async fn received(
        &mut self,
        body: &mut E::Body,
        deadline: Option<Deadline>,
    ) -> Result<Result<Option<Vec<u8>>>> {
        guard(&self.env, &mut self.timer, deadline, body.chunk()).await
    }

    fn within_limits(&self, progress: Progress) -> Result<Progress> {
        let limit = self.client.config.limits.tool_arguments_bytes;
        if self.response.longest_arguments() > limit {
            return Err(TooLarge {
                what: "tool_arguments_bytes",
                limit,
            }
            .into());
        }
        Ok(progress)
    }

    fn take(&mut self, events: &Events, answer: &mut Answer<E>) {
        if events.is_visible() {
            // Some say in every chunk that they are done (wire reference, Gemini §4).
            answer.trailer_until_ms = None;
        }
        if !answer.visible && events.is_visible() {
            answer.visible = true;
            self.response.metadata.time_to_first_token_ms = Some(self.elapsed_ms());
            self.course.first_ms = Some(self.env.now_ms());
            self.commit();
        }
        self.response.extend(events);
        self.collect_events(events);
        for event in events {
            if let StreamEvent::Rich(RichEvent::Warning(warning)) = event {
                self.env.notify(Notice::Warning(warning));
            }
        }
    }

    fn close(&mut self, answer: &Answer<E>) {
        self.stamp(answer.kind, &answer.model);
        self.state = State::Done;
        self.timer = None;
        self.response.close();
        self.price();
        self.keep_answer();
        self.response.metadata.raw = self.kept();
        self.succeeded();
    }

    /// Fills in what only the call knows.
    pub(super) fn stamp(&mut self, kind: &str, model: &str) {
        self.response.duration = self.elapsed_ms();
        self.redact_extra();
        if let Some(state) = &mut self.response.message.provider_state {
            state.provider = kind.to_string();
            // As requested: answers name a dated model, and would never match.
            state.model = model.to_string();
        }
    }

    /// What is kept raw may be an error behind the end of an answer, and errors repeat keys.
    fn redact_extra(&mut self) {
        for (_, value) in &mut self.response.metadata.extra {
            for secret in &self.secrets {
                if let Cow::Owned(text) = secret.redact(value.text()) {
                    *value = Json::from_text(&text).unwrap_or_default();
                }
            }
        }
    }
}
