//! `secrets`: what password managers and secrets files hold (cli §7.9). No host is asked.

use dhow_redaction::Secret;
use dhow_secrets::{
    ExtractError, FetchError, FetchRequest, Fetcher, LocalRunner, RequestError, extract,
};

use super::read_project;
use crate::{
    arguments::Secrets,
    failure::{Failure, Kind},
    invocation::Invocation,
    project::with_local_programs,
};

/// Fetches, extracts or prints.
pub(crate) async fn run(invocation: &Invocation, command: Secrets) -> Result<(), Failure> {
    match command {
        Secrets::Fetch {
            names,
            adapter,
            account,
            from,
            inline,
        } => {
            let request = FetchRequest::new(Some(&adapter), account, from, names)?;
            let json = fetch(invocation, request, inline).await?;
            print_line(invocation, &json);
            Ok(())
        }
        // Within a secrets file the value is not printed but used; here there is nothing else to do with it.
        Secrets::Extract {
            name,
            json,
            inline: _,
        } => {
            print_line(invocation, &extract(&name, &json)?);
            Ok(())
        }
        Secrets::Print => print(invocation).await,
    }
}

async fn fetch(
    invocation: &Invocation,
    request: FetchRequest,
    inline: bool,
) -> Result<Secret, Failure> {
    let environment = &invocation.environment;
    let variables = environment.variables().clone();
    let work = move |runner: LocalRunner| Fetcher::new(&runner, &variables).fetch(&request);
    let runner = LocalRunner::new(&environment.folder);
    let fetched = with_local_programs(runner, &invocation.interrupt, work).await??;
    Ok(if inline {
        fetched.to_inline_json()
    } else {
        fetched.to_json()
    })
}

async fn print(invocation: &Invocation) -> Result<(), Failure> {
    let project = read_project(invocation)?;
    let secrets = project.secrets(invocation).await?;
    for (name, secret) in secrets.iter() {
        let line = format!("{name}={}", secret.expose());
        print_line(invocation, &Secret::new(line));
    }
    Ok(())
}

/// Secrets are shown here because that is what was asked for. A line that ends already gets no second end, as
/// with Ruby's `puts`.
fn print_line(invocation: &Invocation, secret: &Secret) {
    let text = secret.expose();
    let end = if text.ends_with('\n') { "" } else { "\n" };
    invocation.terminal.exactly(&format!("{text}{end}"));
}

impl From<RequestError> for Failure {
    fn from(error: RequestError) -> Self {
        Self::of(Kind::Usage, &error)
    }
}

impl From<FetchError> for Failure {
    fn from(error: FetchError) -> Self {
        let kind = match &error {
            FetchError::Request(_) | FetchError::Unclear(_) => Kind::Usage,
            FetchError::NotInstalled { .. } => Kind::Machine,
            _ => Kind::Step,
        };
        Self::of(kind, &error)
    }
}

impl From<ExtractError> for Failure {
    fn from(error: ExtractError) -> Self {
        let kind = match &error {
            ExtractError::NotFound { .. } => Kind::Step,
            _ => Kind::Usage,
        };
        Self::of(kind, &error)
    }
}
