//! `auto_pull`: a model is there, or up to date, before it is asked.
//!
//! Once for each model and client; the call waits for it, and a warning says so. What is found out
//! of the model on the way stands before the table.

use std::future::Future;
use std::hint::black_box;
use std::pin::Pin;
use std::rc::Rc;

use super::Call;
use super::errand::Errand;
use super::task::{Task, learn};
use crate::chat::Warning;
use crate::config::{AutoPull, CallTimeouts, ProviderConfig};
use crate::env::Env;
use crate::error::{ErrorKind, Result};
use crate::json::{Pairs, to_string};
use crate::policy::seat::Seat;
use crate::provider::Target;
use crate::provider::admin::{Admin, Operation};
use crate::text;

impl<E: Env> Call<E> {
    /// Sees to it that the provider has the model that is about to be asked.
    pub(super) async fn provided(&mut self, provider: &ProviderConfig, at: usize) -> Result<()> {
        let Some(admin) = provider.kind.admin() else {
            return Ok(());
        };
        let model = self.course.model.clone();
        let is_known = |seat: &mut Seat| seat.provided.contains(&model);
        if provider.auto_pull == AutoPull::Never || self.client.seat(at, is_known) == Some(true) {
            return Ok(());
        }
        // Through a pointer that no optimiser sees through: what only this needs is no part of what
        // every call loads (`xtask/split.mjs`).
        let work: Pin<Box<dyn Future<Output = Result<()>> + '_>> =
            Box::pin(self.provide(provider, admin, &model));
        black_box(work).await.map_err(|mut error| {
            // The requests in it were repeated already.
            error.retryable = false;
            error
        })?;
        self.client.seat(at, |seat| seat.provided.push(model));
        Ok(())
    }

    async fn provide(
        &mut self,
        provider: &ProviderConfig,
        admin: &'static dyn Admin,
        model: &str,
    ) -> Result<()> {
        let id = &provider.id;
        let is_there = self.is_installed(id, admin, model).await?;
        if is_there && provider.auto_pull == AutoPull::Missing {
            return Ok(());
        }
        self.warn(Warning::new("pulling_model", told(id, model, is_there)));
        let work = (Operation::Pull, asked(model));
        let (env, client) = (self.env.clone(), Rc::clone(&self.client));
        let mut task = Task::new(env, client, id, work, self.left())?;
        while task.next().await?.is_some() {}
        self.is_installed(id, admin, model).await.map(drop)
    }

    /// Whether the model is there; if so, what it can do is known from then on.
    async fn is_installed(&self, id: &str, admin: &'static dyn Admin, model: &str) -> Result<bool> {
        let (env, client) = (self.env.clone(), Rc::clone(&self.client));
        let mut errand = Errand::new(env, client, id, self.left())?.about(model);
        let asked = asked(model);
        let write = |target: &Target<'_>| admin.request(Operation::Show, &asked, target);
        match errand.ask(&write).await {
            Ok(text) => {
                learn(&self.client, id, (Operation::Show, model), &text);
                Ok(true)
            }
            Err(error) if error.kind == ErrorKind::ModelNotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// All of it is a part of the call.
    fn left(&self) -> CallTimeouts {
        CallTimeouts {
            total_ms: self.watch.left_ms(self.env.now_ms()),
            ..CallTimeouts::default()
        }
    }
}

fn asked(model: &str) -> String {
    to_string(&Pairs(&[("model", model)]))
}

fn told(id: &str, model: &str, is_there: bool) -> String {
    let why = if is_there {
        " is brought up to date before it is asked (auto_pull of "
    } else {
        " is not installed: it is pulled before it is asked (auto_pull of "
    };
    text::concat(&[model, why, id, ")"])
}
