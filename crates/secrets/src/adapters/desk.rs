//! Where adapters hand in their calls and get answers.

use std::collections::BTreeMap;

use dhow_redaction::Secret;

use super::FetchError;
use crate::{
    Call, CommandRunner, Finished, ProgramError,
    json::{self, Value},
};

/// The program of a password manager.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    /// What Kamal calls it.
    pub(crate) name: &'static str,
    /// The call that succeeds when it is there.
    pub(crate) check: Call,
}

impl Client {
    pub(crate) fn new(name: &'static str, program: &'static str, check: &str) -> Self {
        let check = Call::new(program, &[check]).silently();
        Self { name, check }
    }
}

/// Runs calls for adapters.
pub(crate) struct Desk<'run> {
    pub(crate) runner: &'run dyn CommandRunner,
    pub(crate) environment: &'run BTreeMap<String, String>,
}

impl Desk<'_> {
    /// Makes sure that the program is there.
    pub(crate) fn check(&self, client: &Client) -> Result<(), FetchError> {
        self.output(&client.check, |source| FetchError::NotInstalled {
            client: client.name,
            source: match source {
                ProgramError::Failed(code) => ProgramError::FailedSilently(code),
                other => other,
            },
        })?;
        Ok(())
    }

    /// How a call ended; a call that could not even be made is an error made by `explain`.
    pub(crate) fn finish(
        &self,
        call: &Call,
        explain: impl Fn(ProgramError) -> FetchError,
    ) -> Result<Finished, FetchError> {
        self.runner.run(call).map_err(|error| told(error, explain))
    }

    /// What a call printed; anything but success is an error made by `explain`.
    pub(crate) fn output(
        &self,
        call: &Call,
        explain: impl Fn(ProgramError) -> FetchError,
    ) -> Result<Secret, FetchError> {
        let finished = self.finish(call, &explain)?;
        finished.into_output().map_err(|error| told(error, explain))
    }

    /// Whether a call succeeds.
    pub(crate) fn succeeds(&self, call: &Call) -> Result<bool, FetchError> {
        match self.runner.run(call) {
            Ok(finished) => Ok(finished.succeeded()),
            Err(ProgramError::Stopped) => Err(FetchError::Stopped),
            Err(_) => Ok(false),
        }
    }
}

/// A stop is nobody's failure.
fn told(error: ProgramError, explain: impl Fn(ProgramError) -> FetchError) -> FetchError {
    match error {
        ProgramError::Stopped => FetchError::Stopped,
        error => explain(error),
    }
}

/// An explanation for a program that could not read `what`.
pub(crate) fn not_read(what: String) -> impl Fn(ProgramError) -> FetchError {
    move |source| FetchError::NotRead {
        what: what.clone(),
        source,
    }
}

/// An explanation for a log-in that did not work.
pub(crate) fn not_logged_in(text: &'static str) -> impl Fn(ProgramError) -> FetchError {
    move |source| FetchError::NotLoggedIn {
        text,
        source: Some(source),
    }
}

/// The JSON that a program answered with.
pub(crate) fn read_json(program: &'static str, output: &Secret) -> Result<Value, FetchError> {
    json::parse(output).map_err(|source| FetchError::NotJson { program, source })
}

/// The list that a program answered with.
pub(crate) fn read_list(program: &'static str, output: &Secret) -> Result<Vec<Value>, FetchError> {
    match read_json(program, output)? {
        Value::Array(list) => Ok(list),
        _ => Err(FetchError::Unexpected {
            program,
            expected: "list",
        }),
    }
}

/// The text of a member that must be there.
pub(crate) fn text<'json>(
    program: &'static str,
    object: &'json Value,
    member: &'static str,
) -> Result<&'json str, FetchError> {
    object[member].as_str().ok_or(FetchError::Unexpected {
        program,
        expected: member,
    })
}

/// Names as Ruby shows a list of texts: `["a", "b"]`.
pub(crate) fn ruby_list(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| json::quoted(name)).collect();
    format!("[{}]", quoted.join(", "))
}
