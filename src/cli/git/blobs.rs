use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use super::super::failure::Failure;
use super::{Repository, command, tree};

/// Reads objects of a repository through one git process, which runs until this value is dropped.
pub(in crate::cli) struct Blobs {
    repository: Repository,
    child: Child,
    /// None when git should exit.
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Blobs {
    /// Starts git for a repository.
    pub(in crate::cli) fn new(repository: &Repository) -> Result<Self, Failure> {
        let mut command = command(&repository.top, &["cat-file", "--batch"]);
        let started = command.stdin(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut child = started.map_err(|error| Failure::NoGit { error })?;
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().expect("standard output is a pipe"));
        Ok(Self { repository: repository.clone(), child, input, output })
    }

    /// The bytes of an object. None if it has more than `most` bytes.
    pub(in crate::cli) fn read(&mut self, object: &str, most: u64) -> Result<Option<Vec<u8>>, Failure> {
        self.try_read(object, most).map_err(|error| self.repository.failed(format!("object {object}: {error}")))
    }

    fn try_read(&mut self, object: &str, most: u64) -> io::Result<Option<Vec<u8>>> {
        let other = |reason: String| Err(io::Error::other(reason));
        if !tree::is_object(object) {
            return other("this is not the name of an object".to_owned());
        }
        let input = self.input.as_mut().expect("it is there until the value is dropped");
        writeln!(input, "{object}")?;
        input.flush()?;
        // The answer is `<object> <type> <size>`, a line break, the bytes, and a line break (git-cat-file(1)).
        let mut head = String::new();
        self.output.read_line(&mut head)?;
        let size = head.trim_end().rsplit(' ').next().and_then(|size| size.parse::<u64>().ok());
        let Some(size) = size else { return other(format!("unexpected answer: {:?}", head.trim_end())) };
        let mut bytes = Vec::new();
        self.output.by_ref().take(size.min(most)).read_to_end(&mut bytes)?;
        let rest = size - size.min(most);
        io::copy(&mut self.output.by_ref().take(rest + 1), &mut io::sink())?;
        if rest > 0 {
            return Ok(None);
        }
        if bytes.len() as u64 != size {
            return other("git exited before its end".to_owned());
        }
        Ok(Some(bytes))
    }
}

impl Drop for Blobs {
    fn drop(&mut self) {
        // git exits at the end of its input.
        self.input = None;
        let _ = self.child.wait();
    }
}
