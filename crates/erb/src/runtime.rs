//! What a template may ask of the world around it.

use std::{collections::BTreeMap, fmt, io};

/// The world outside of a template. A run keeps one for all of its files, because a change of `ENV` in one is
/// seen by the next (config §1.2).
pub trait Runtime {
    /// An environment variable.
    fn variable(&self, name: &str) -> Option<String>;

    /// All environment variables, by name.
    fn all_variables(&self) -> Vec<(String, String)>;

    /// Sets an environment variable for what is rendered or run from now on, or removes it.
    fn set_variable(&mut self, name: &str, value: Option<&str>);

    /// Runs a command line in a shell and waits for it. The line may hold secrets, so it must not be shown.
    fn run(&mut self, command: &str) -> Result<CommandOutput, CommandError>;

    /// The bytes of a file; a relative path starts in the folder that dhow was started in.
    fn read_file(&mut self, path: &str) -> io::Result<Vec<u8>>;

    /// What stands at a path; none when there is nothing.
    fn file_kind(&mut self, path: &str) -> Option<FileKind>;

    /// `Kamal::Utils.docker_arch`: the architecture of the local Docker daemon as Docker names platforms,
    /// `amd64` or `arm64`.
    fn docker_architecture(&mut self) -> Result<String, CommandError>;

    /// The version of the Ruby on this machine, `3.3.5`; none when there is no Ruby.
    fn ruby_version(&mut self) -> Option<String>;
}

/// What can stand at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A file, or what behaves like one.
    File,
    /// A folder.
    Folder,
}

/// What a command printed before it ended.
#[derive(Clone, PartialEq, Eq)]
pub struct CommandOutput {
    /// Its standard output.
    pub output: Vec<u8>,
    /// Its exit code; none when a signal ended it.
    pub exit_code: Option<i32>,
}

/// Without the output, which may be secret.
impl fmt::Debug for CommandOutput {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("CommandOutput")
            .field("exit_code", &self.exit_code)
            .finish_non_exhaustive()
    }
}

/// A command that did not come to an end of its own.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The program could not be started.
    #[error("the command could not be started")]
    Start(#[source] io::Error),
    /// It printed more than a template can hold.
    #[error("the command printed more than {0} bytes")]
    TooMuch(usize),
    /// Nothing may be run here.
    #[error("commands cannot be run here")]
    NotHere,
    /// It ended, but not well.
    #[error("{0}")]
    Failed(String),
}

/// A world that holds what it is given and nothing else, for tests and for templates that may touch nothing.
#[derive(Clone, Default)]
pub struct StagedRuntime {
    variables: BTreeMap<String, String>,
    commands: BTreeMap<String, CommandOutput>,
    files: BTreeMap<String, String>,
    architecture: Option<String>,
    ruby: Option<String>,
    /// Every command line that was run, in order.
    pub ran: Vec<String>,
}

/// Without what it holds.
impl fmt::Debug for StagedRuntime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("StagedRuntime")
            .finish_non_exhaustive()
    }
}

impl StagedRuntime {
    /// With an environment variable.
    #[must_use]
    pub fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.set_variable(name, Some(value));
        self
    }

    /// With a command line that prints `output` and ends with `exit_code`.
    #[must_use]
    pub fn with_command(mut self, command: &str, output: &str, exit_code: i32) -> Self {
        let ended = CommandOutput {
            output: output.into(),
            exit_code: Some(exit_code),
        };
        self.commands.insert(command.to_owned(), ended);
        self
    }

    /// With a file.
    #[must_use]
    pub fn with_file(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path.to_owned(), text.to_owned());
        self
    }

    /// With a Docker daemon of this architecture.
    #[must_use]
    pub fn with_docker(mut self, architecture: &str) -> Self {
        self.architecture = Some(architecture.to_owned());
        self
    }

    /// With a Ruby of this version.
    #[must_use]
    pub fn with_ruby(mut self, version: &str) -> Self {
        self.ruby = Some(version.to_owned());
        self
    }
}

impl Runtime for StagedRuntime {
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
        self.ran.push(command.to_owned());
        let known = self.commands.get(command);
        known.cloned().ok_or(CommandError::NotHere)
    }

    fn read_file(&mut self, path: &str) -> io::Result<Vec<u8>> {
        let known = self.files.get(path).map(|text| text.clone().into_bytes());
        known.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn file_kind(&mut self, path: &str) -> Option<FileKind> {
        let folder = format!("{}/", path.trim_end_matches('/'));
        match () {
            () if self.files.contains_key(path) => Some(FileKind::File),
            () if self.files.keys().any(|file| file.starts_with(&folder)) => Some(FileKind::Folder),
            () => None,
        }
    }

    fn docker_architecture(&mut self) -> Result<String, CommandError> {
        self.architecture.clone().ok_or(CommandError::NotHere)
    }

    fn ruby_version(&mut self) -> Option<String> {
        self.ruby.clone()
    }
}
