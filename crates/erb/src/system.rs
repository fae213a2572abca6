//! The real world.

use std::{
    collections::BTreeMap,
    io::{self, Read},
    path::PathBuf,
    process::{Command, Stdio},
};

use fs_err as fs;

use crate::runtime::{CommandError, CommandOutput, FileKind, Runtime};

/// The most that a file or the output of a command may hold.
const MOST_BYTES: usize = 1024 * 1024;

/// Variables and folder of this run, commands and files for real. Commands run with `sh` in dhow's own process
/// group, with its standard input and standard error, so that they can ask and Ctrl-C reaches them; each blocks
/// until it ends.
#[derive(Clone)]
pub struct SystemRuntime {
    folder: PathBuf,
    variables: BTreeMap<String, String>,
}

/// Without the values of the variables.
impl std::fmt::Debug for SystemRuntime {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("SystemRuntime")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

impl SystemRuntime {
    /// Commands and relative paths start in `folder`; `variables` are all that templates and commands see.
    pub fn new(folder: impl Into<PathBuf>, variables: BTreeMap<String, String>) -> Self {
        Self {
            folder: folder.into(),
            variables,
        }
    }

    /// The variables as they are by now.
    pub fn variables(&self) -> &BTreeMap<String, String> {
        &self.variables
    }

    fn start(
        &self,
        program: &str,
        arguments: &[&str],
        errors: Stdio,
    ) -> Result<CommandOutput, CommandError> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place where commands of ERB tags are started; each is waited for"
        )]
        let mut child = Command::new(program)
            .args(arguments)
            .current_dir(&self.folder)
            .env_clear()
            .envs(&self.variables)
            .stdin(Stdio::inherit())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .map_err(CommandError::Start)?;
        let output = match child.stdout.take() {
            Some(pipe) => read_bounded(pipe),
            None => Ok(Vec::new()),
        };
        // The pipe is closed by now: a command that prints without end is ended by that.
        let status = child.wait().map_err(CommandError::Start)?;
        let output = output.map_err(CommandError::Start)?;
        if output.len() > MOST_BYTES {
            return Err(CommandError::TooMuch(MOST_BYTES));
        }
        Ok(CommandOutput {
            output,
            exit_code: status.code(),
        })
    }
}

/// One byte more than allowed at most, so that too much can be told from just enough.
fn read_bounded(source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(MOST_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

impl Runtime for SystemRuntime {
    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    fn all_variables(&self) -> Vec<(String, String)> {
        self.variables.clone().into_iter().collect()
    }

    fn set_variable(&mut self, name: &str, value: Option<&str>) {
        match value {
            Some(value) => self.variables.insert(name.to_owned(), value.to_owned()),
            None => self.variables.remove(name),
        };
    }

    fn run(&mut self, command: &str) -> Result<CommandOutput, CommandError> {
        self.start("sh", &["-c", command], Stdio::inherit())
    }

    fn read_file(&mut self, path: &str) -> io::Result<Vec<u8>> {
        let bytes = read_bounded(fs::File::open(self.folder.join(path))?)?;
        if bytes.len() > MOST_BYTES {
            let message = format!("the file has more than {MOST_BYTES} bytes");
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
        }
        Ok(bytes)
    }

    fn file_kind(&mut self, path: &str) -> Option<FileKind> {
        let about = fs::metadata(self.folder.join(path)).ok()?;
        Some(if about.is_dir() {
            FileKind::Folder
        } else {
            FileKind::File
        })
    }

    fn docker_architecture(&mut self) -> Result<String, CommandError> {
        let arguments = ["info", "--format", "{{.Architecture}}"];
        let ended = self.start("docker", &arguments, Stdio::inherit())?;
        let text = String::from_utf8_lossy(&ended.output);
        let named = text.trim();
        if ended.exit_code != Some(0) || named.is_empty() {
            let message = "`docker info` does not tell the architecture; is Docker running here?";
            return Err(CommandError::Failed(message.to_owned()));
        }
        // config §7: what contains the kernel's name becomes Docker's, the rest stays.
        Ok(match named {
            _ if named.contains("aarch64") => "arm64".to_owned(),
            _ if named.contains("x86_64") => "amd64".to_owned(),
            _ => named.to_owned(),
        })
    }

    fn ruby_version(&mut self) -> Option<String> {
        let ended = self
            .start("ruby", &["-e", "print RUBY_VERSION"], Stdio::null())
            .ok()
            .filter(|ended| ended.exit_code == Some(0))?;
        String::from_utf8(ended.output)
            .ok()
            .filter(|version| !version.is_empty())
    }
}
