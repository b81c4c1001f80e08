//! Managing the models of a server that people run themselves: what can be asked of it.
//!
//! ```text
//! operation + what is asked (JSON) --Admin::request--> request
//! answer   --Admin::answer--> JSON text              list, show, copy …
//! line     --Admin::line----> Line --> run::TaskProgress  pull, create
//! ```

use super::Target;
use super::pick::{pick, string};
use crate::error::Result;
use crate::http::HttpRequest;

/// What can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// The installed models.
    List,
    /// The models in memory.
    Running,
    /// The server's version.
    Version,
    /// All that is known of a model.
    Show,
    /// A model under another name as well.
    Copy,
    /// A model removed.
    Delete,
    /// A model into memory.
    Load,
    /// A model out of memory.
    Unload,
    /// Whether a file is there, by its digest.
    HasFile,
    /// A file sent. The host brings its bytes.
    SendFile,
    /// A model got or brought up to date: a task.
    Pull,
    /// A model made: a task.
    Create,
}

const ALL: [(Operation, &str); 12] = [
    (Operation::List, "list"),
    (Operation::Running, "ps"),
    (Operation::Version, "version"),
    (Operation::Show, "show"),
    (Operation::Copy, "copy"),
    (Operation::Delete, "delete"),
    (Operation::Load, "preload"),
    (Operation::Unload, "unload"),
    (Operation::HasFile, "has_file"),
    (Operation::SendFile, "send_file"),
    (Operation::Pull, "pull"),
    (Operation::Create, "create"),
];

impl Operation {
    /// The operation of that name.
    ///
    /// ```
    /// use aircher_llm::provider::admin::Operation;
    ///
    /// assert_eq!(Operation::named("ps"), Some(Operation::Running));
    /// assert!(Operation::named("pull").is_some_and(Operation::is_task));
    /// ```
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let found = ALL.iter().find(|(_, known)| *known == name);
        found.map(|(operation, _)| *operation)
    }

    /// Whether the server tells how far it has come.
    #[must_use]
    pub fn is_task(self) -> bool {
        matches!(self, Self::Pull | Self::Create)
    }
}

/// The model that is asked about; empty: none.
pub(crate) fn model_of(asked: &str) -> String {
    let [model] = pick(asked, ["model"]).unwrap_or_default();
    string(model)
}

/// How a dialect says all this.
pub trait Admin: Sync {
    /// Writes the request. `asked` is JSON: `{ model, destination?, digest?, verbose?, keep_alive?, num_ctx? }`,
    /// for [`Operation::Create`] what [`Admin::plan`] has made, with digests.
    ///
    /// # Errors
    /// `invalid_request` without the name of a model, where one is needed.
    fn request(
        &self,
        operation: Operation,
        asked: &str,
        target: &Target<'_>,
    ) -> Result<HttpRequest>;

    /// What an answer says, as JSON text.
    ///
    /// # Errors
    /// `invalid_response` for what is no answer to it.
    fn answer(&self, operation: Operation, text: &str) -> Result<String>;

    /// What an answer says of models that were asked about by that name: ids, and rows that
    /// [`Registry::learn`](crate::model::Registry::learn) takes.
    fn learned(&self, operation: Operation, model: &str, text: &str) -> Vec<(String, String)>;

    /// Reads one line of a task.
    ///
    /// # Errors
    /// The error the server reports in it, or `invalid_response`.
    fn line(&self, line: &str) -> Result<Line>;

    /// The full name of a model and its digest in the answer to [`Operation::List`], where it is there.
    fn digest(&self, list: &str, model: &str) -> (String, Option<String>);

    /// Checks what a model is to be made of (JSON, with files by name alone) and makes of it what is asked.
    ///
    /// # Errors
    /// `invalid_request` naming the field, or the line of a Modelfile.
    fn plan(&self, spec: &str) -> Result<String>;
}

/// One line of a task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// The server's word for what it does.
    pub status: String,
    /// The layer it is about; empty: none.
    pub digest: String,
    /// Bytes of the layer.
    pub total: u64,
    /// Of these, how many are there.
    pub completed: u64,
    /// Whether this is the end.
    pub is_end: bool,
}
