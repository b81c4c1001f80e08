//! The stand-in provider server, running as long as this value lives.

use crate::Result;
use crate::exec::Exec;
use crate::world::World;
use std::io::{BufRead, BufReader};
use std::process::Child;

/// A running stand-in.
pub(crate) struct Standin {
    /// Its address, without a slash at the end.
    pub(crate) url: String,
    child: Child,
}

impl Standin {
    const CLI: &'static str = "tests/standin/cli.mjs";

    /// Starts one on a free port. It watches its standard input, so it ends with
    /// this process even if that is killed.
    pub(crate) fn start(world: &World) -> Result<Self> {
        let mut child = Exec::new(world, "node")
            .arg(Self::CLI)
            .arg("--with-stdin")
            .held()
            .spawn()?;
        let pipe = child.stdout.take().ok_or("the stand-in has no output")?;
        let mut line = String::new();
        let read = BufReader::new(pipe).read_line(&mut line);
        let url = read.ok().and_then(|_| address(&line)).map(str::to_owned);
        match url {
            Some(url) => Ok(Self { url, child }),
            None => Err(format!("the stand-in did not tell its address: {line:?}")),
        }
    }
}

impl Drop for Standin {
    fn drop(&mut self) {
        // Already gone is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The address in `{"url":"http://127.0.0.1:8787"}`.
fn address(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("\"url\"")?;
    rest.split('"').nth(1)
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn the_address_is_read_from_the_first_line() {
        assert_eq!(address("{\"url\":\"http://a:1\"}\n"), Some("http://a:1"));
        assert_eq!(address("{ \"url\": \"http://a:1\" }"), Some("http://a:1"));
        assert_eq!(address("Error: no port"), None);
    }
}
