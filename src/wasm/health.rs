//! Health: what `js/aircher.js` and `js/health.js` call.

use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::exports::{Client, promise};
use crate::env::Env;
use crate::policy::recovery::chance;
use crate::policy::standing::Standing;
use crate::run::check_health;

#[wasm_bindgen]
impl Client {
    /// What is known of every provider, as JSON.
    pub fn health(&self) -> String {
        self.client.health(self.env.now_ms(), self.env.wall_ms())
    }

    /// Milliseconds between checks that come by themselves; 0: there are none.
    #[wasm_bindgen(js_name = healthInterval)]
    pub fn health_interval(&self) -> f64 {
        let health = &self.client.config.health;
        let interval_ms = health.interval_ms.filter(|_| health.periodic);
        interval_ms.unwrap_or_default() as f64
    }

    /// Takes what another tab has found out; whether listeners have something to hear. `tried`: by
    /// the one request of all tabs.
    #[wasm_bindgen(js_name = hearHealth)]
    pub fn hear_health(
        &self,
        id: &str,
        at_ms: f64,
        latency_ms: Option<f64>,
        error: Option<String>,
        tried: bool,
    ) -> bool {
        let (now_ms, chance) = (self.env.now_ms(), chance(self.env.random()));
        let hear = |standing: &mut Standing| {
            if tried {
                standing.tried_elsewhere(error.is_none(), now_ms, chance);
                standing.health.hear(at_ms as u64, error);
            } else {
                let latency_ms = latency_ms.map(|ms| ms as u64);
                standing.health.asked(at_ms as u64, latency_ms, error);
            }
            standing.health.has_news(standing.circuit(now_ms))
        };
        let place = self.place(id);
        let has_news = place.and_then(|at| self.client.standing(at, hear));
        has_news.unwrap_or_default()
    }

    /// Asks a provider now. Never rejects: what came of it is in its record.
    #[wasm_bindgen(js_name = checkHealth)]
    pub fn check_health(&self, id: &str) -> Promise {
        let (env, client, at) = (self.env.clone(), Rc::clone(&self.client), self.place(id));
        promise(Box::pin(async move {
            if let Some(at) = at {
                check_health(env, client, at).await;
            }
            Ok(JsValue::UNDEFINED)
        }))
    }
}

impl Client {
    fn place(&self, id: &str) -> Option<usize> {
        let mut providers = self.client.config.providers.iter();
        providers.position(|provider| provider.id == id)
    }
}
