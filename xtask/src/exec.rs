//! Running a program: from the repository's root, with the tools on PATH, and
//! never for ever.

use crate::Result;
use crate::setup;
use crate::world::World;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A program about to be started.
pub(crate) struct Exec {
    command: Command,
    name: String,
    limit: Duration,
}

/// What a program said and how it ended.
pub(crate) struct Finished {
    pub(crate) ok: bool,
    /// Standard output and error, line by line as they came.
    pub(crate) text: String,
}

impl Exec {
    pub(crate) fn new(world: &World, program: impl AsRef<OsStr>) -> Self {
        let program = program.as_ref();
        let mut command = Command::new(program);
        command.current_dir(&world.root);
        command.env("PATH", setup::path(world));
        command.env("CARGO_TERM_PROGRESS_WHEN", "never");
        command.stdin(Stdio::null());
        let name = Path::new(program).file_name().unwrap_or(program);
        Self {
            command,
            name: name.to_string_lossy().into_owned(),
            limit: Duration::from_secs(30 * 60),
        }
    }

    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    /// Arguments separated by spaces.
    pub(crate) fn words(mut self, words: &str) -> Self {
        self.command.args(words.split_whitespace());
        self
    }

    pub(crate) fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(args);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn dir(mut self, dir: impl AsRef<Path>) -> Self {
        self.command.current_dir(dir);
        self
    }

    pub(crate) fn minutes(mut self, minutes: u64) -> Self {
        self.limit = Duration::from_secs(minutes * 60);
        self
    }

    /// Its standard input stays open as long as this process lives and says
    /// nothing: a server that watches it ends with us, however we end.
    pub(crate) fn held(mut self) -> Self {
        self.command.stdin(Stdio::piped());
        self
    }

    /// Runs with this terminal; anything but success is an error.
    pub(crate) fn run(mut self) -> Result {
        let child = self.start()?;
        let status = self.wait(child)?;
        if status.success() {
            return Ok(());
        }
        Err(format!("{} failed ({status})", self.name))
    }

    /// Runs silently and hands over its standard output, trimmed.
    pub(crate) fn read(mut self) -> Result<String> {
        let output = self.command.output().map_err(|e| self.unstarted(&e))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(format!("{} failed: {}", self.name, said.trim()))
    }

    /// Shows its lines as they come and keeps them.
    pub(crate) fn tee(mut self) -> Result<Finished> {
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.start()?;
        let text = Arc::new(Mutex::new(String::new()));
        let readers = [
            child.stdout.take().map(|pipe| follow(pipe, &text)),
            child.stderr.take().map(|pipe| follow(pipe, &text)),
        ];
        let status = self.wait(child)?;
        for reader in readers.into_iter().flatten() {
            reader
                .join()
                .map_err(|_| "a reader thread died".to_owned())?;
        }
        let text = text.lock().map_err(|e| e.to_string())?.clone();
        Ok(Finished {
            ok: status.success(),
            text,
        })
    }

    /// Starts it and leaves it running, its standard output piped.
    pub(crate) fn spawn(mut self) -> Result<Child> {
        self.command.stdout(Stdio::piped());
        self.start()
    }

    fn start(&mut self) -> Result<Child> {
        self.command.spawn().map_err(|e| self.unstarted(&e))
    }

    fn unstarted(&self, error: &std::io::Error) -> String {
        format!("{} cannot be started: {error}", self.name)
    }

    fn wait(&self, mut child: Child) -> Result<ExitStatus> {
        let started = Instant::now();
        loop {
            if let Some(status) = child.try_wait().map_err(|e| e.to_string())? {
                return Ok(status);
            }
            if started.elapsed() > self.limit {
                child.kill().map_err(|e| e.to_string())?;
                return Err(format!("{} took more than {:?}", self.name, self.limit));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn follow(pipe: impl Read + Send + 'static, text: &Arc<Mutex<String>>) -> JoinHandle<()> {
    let text = Arc::clone(text);
    std::thread::spawn(move || {
        for line in BufReader::new(pipe)
            .split(b'\n')
            .map_while(|line| line.ok())
        {
            let line = String::from_utf8_lossy(&line).into_owned();
            println!("    {line}");
            if let Ok(mut text) = text.lock() {
                text.push_str(&line);
                text.push('\n');
            }
        }
    })
}

/// Says what is being done and how long it took.
pub(crate) fn timed<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("→ {what}");
    let started = Instant::now();
    let value = work()?;
    println!("✓ {what} ({:.1} s)", started.elapsed().as_secs_f64());
    Ok(value)
}
