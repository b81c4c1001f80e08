//! What a client remembers of one provider.

use super::limiter::Limiter;
use super::standing::Standing;

/// One provider, as a client has seen it.
#[derive(Debug, Default)]
pub struct Seat {
    /// How it has been doing.
    pub standing: Standing,
    /// How fast it is asked, as last seen: what counts where nothing is configured, and where the store fails.
    pub limiter: Limiter,
    /// The models that are known to be there (`auto_pull`).
    pub provided: Vec<String>,
}
