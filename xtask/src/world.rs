//! Where things lie: the repository, the build folder, the tools.

use crate::Result;
use std::path::{Path, PathBuf};

/// The folders of one run.
pub(crate) struct World {
    /// The repository.
    pub(crate) root: PathBuf,
    /// Cargo's build folder; everything made here goes below it, except `pkg/`.
    pub(crate) target: PathBuf,
    /// Tools, kept apart from the clone and keyed by version.
    pub(crate) tools: PathBuf,
    /// In CI nothing may be skipped because it is missing.
    pub(crate) ci: bool,
}

impl World {
    pub(crate) fn find() -> Result<Self> {
        // Cargo's word at run time first: two checkouts may share a build folder,
        // and with it this program.
        let here = variable("CARGO_MANIFEST_DIR");
        let here = here.unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").to_owned());
        let root = Path::new(&here)
            .parent()
            .ok_or("xtask has no parent folder")?
            .to_path_buf();
        let target = absolute(&root, variable("CARGO_TARGET_DIR"), || root.join("target"));
        let home = PathBuf::from(variable("HOME").ok_or("HOME is not set")?);
        let tools = absolute(&root, variable("AIRCHER_TOOLS"), || {
            home.join(".cache/aircher")
        });
        let ci = variable("CI").is_some_and(|value| value != "false");
        Ok(Self {
            root,
            target,
            tools,
            ci,
        })
    }

    /// The version in Cargo.toml, which is the package's too.
    pub(crate) fn version(&self) -> Result<String> {
        let text = self.read("Cargo.toml")?;
        let version = text.lines().find_map(|line| {
            let value = line.strip_prefix("version = \"")?;
            value.strip_suffix('"')
        });
        version
            .map(str::to_owned)
            .ok_or_else(|| "Cargo.toml has no version".to_owned())
    }

    /// The package as npm would publish it.
    pub(crate) fn tarball(&self) -> Result<PathBuf> {
        let name = format!("aircher-llm-{}.tgz", self.version()?);
        Ok(self.target.join("pack").join(name))
    }

    /// The text of a file of the repository.
    pub(crate) fn read(&self, path: &str) -> Result<String> {
        let path = self.root.join(path);
        std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))
    }

    pub(crate) fn has(&self, path: &str) -> bool {
        self.root.join(path).exists()
    }

    /// The recorded exchanges: `$AIRCHER_CASSETTES`, or beside the repository.
    pub(crate) fn cassettes(&self) -> Option<PathBuf> {
        let folder = absolute(&self.root, variable("AIRCHER_CASSETTES"), || {
            self.root.join("../shared/cassettes/open")
        });
        folder.canonicalize().ok().filter(|path| path.is_dir())
    }
}

/// An environment variable that is set and not empty.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn absolute(root: &Path, value: Option<String>, default: impl FnOnce() -> PathBuf) -> PathBuf {
    value.map_or_else(default, |value| root.join(value))
}

/// The first file of this name on PATH.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}
