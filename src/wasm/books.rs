//! The ledger's part of the [`Client`]: what `js/costs.js` and `js/ledger.js` call.

use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::exports::{Client, promise};
use super::fetch::random_id;
use super::host::Host;
use super::store::WebStore;
use crate::config::Config;
use crate::env::Env;
use crate::error::Result;
use crate::json::to_string;
use crate::ledger::{Ledger, Overview, Zone, ZoneNamed};

/// The ledger in the host's store, with the limits of the configuration.
pub(super) fn ledger(config: &Config, host: &Rc<Host>) -> Result<Ledger<WebStore>> {
    let clocks = Rc::clone(host);
    let zones: ZoneNamed = Rc::new(move |name| {
        clocks.offset(name, 0.0)?;
        let (clocks, zone) = (Rc::clone(&clocks), name.to_string());
        let offset = move |at_ms| clocks.offset(&zone, at_ms as f64).unwrap_or_default();
        Some(Zone::named(name, Rc::new(offset)))
    });
    let setup = config.costs.setup(Rc::new(|_| random_id()), zones)?;
    let store = WebStore::new(host.store(), Some(host.live()));
    Ok(Ledger::new(store, setup))
}

#[wasm_bindgen]
impl Client {
    /// Who this client is among all that share the ledger.
    pub fn owner(&self) -> String {
        self.env.ledger().owner().to_string()
    }

    /// The current periods and the limits, as JSON (see [`Overview`]).
    pub fn costs(&self) -> String {
        let config = &self.client.config;
        let costs = &config.costs;
        // Where only totals are kept there is nothing to tell of each.
        let providers = config.providers.iter().filter(|_| costs.by_provider);
        to_string(&Overview {
            mode: costs.mode.as_str(),
            rules: &costs.rules,
            zone: self.env.ledger().zone(),
            providers: providers.map(|it| it.id.as_str()).collect(),
            now_ms: self.env.wall_ms(),
        })
    }

    /// Charges what dead owners had reserved.
    pub fn recover(&self) -> Promise {
        self.later(Task::Recover)
    }

    /// Deletes what is too old to matter.
    pub fn compact(&self) -> Promise {
        self.later(Task::Compact)
    }

    /// How many operations are under way or kept.
    pub fn unsettled(&self) -> usize {
        self.env.ledger().unsettled()
    }

    /// Tries again what the store has not taken yet.
    pub fn flush(&self) -> Promise {
        self.later(Task::Flush)
    }

    /// The whole ledger as JSON text.
    #[wasm_bindgen(js_name = exportLedger)]
    pub fn export_ledger(&self) -> Promise {
        self.later(Task::Export)
    }

    /// Merges such a text.
    #[wasm_bindgen(js_name = importLedger)]
    pub fn import_ledger(&self, text: String) -> Promise {
        self.later(Task::Import(text))
    }

    /// Empties all periods.
    #[wasm_bindgen(js_name = resetLedger)]
    pub fn reset_ledger(&self) -> Promise {
        self.later(Task::Reset)
    }
}

/// Something to be done to the ledger as a whole.
enum Task {
    Recover,
    Compact,
    Flush,
    Export,
    Import(String),
    Reset,
}

impl Client {
    /// One promise for all: one for each would be the same code many times.
    fn later(&self, task: Task) -> Promise {
        let env = self.env.clone();
        promise(Box::pin(async move {
            let (ledger, now) = (env.ledger(), env.wall_ms());
            match task {
                Task::Recover => drop(ledger.tend(now).await?),
                Task::Compact => drop(ledger.compact(now).await?),
                Task::Flush => ledger.flush(now).await,
                Task::Export => return ledger.export(now).await.map(JsValue::from),
                Task::Import(text) => ledger.import(&text, now).await?,
                Task::Reset => ledger.reset(now).await?,
            }
            Ok(JsValue::UNDEFINED)
        }))
    }
}
