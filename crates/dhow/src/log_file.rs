//! `output.file`: the story of a run in a file of its own (cli §9).

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use dhow_execute::{Event, Reporter};
use jiff::Zoned;

use crate::{
    failure::{Failure, Kind},
    invocation::Invocation,
    project::Project,
    reporter,
};

/// A file that holds everything that happens, whatever the terminal shows.
#[derive(Clone, Debug)]
pub(crate) struct LogFile {
    path: PathBuf,
    file: Arc<Mutex<File>>,
}

impl LogFile {
    /// Opens the file of this run where the deploy file wants one.
    pub(crate) fn open(
        invocation: &Invocation,
        project: &Project,
    ) -> Result<Option<Self>, Failure> {
        let config = &project.config;
        let Some(folder) = &config.output.file_folder else {
            return Ok(None);
        };
        let folder = invocation.environment.folder.join(folder);
        let command = invocation.command.first().copied().unwrap_or("dhow");
        let destination = config.destination.as_ref();
        let name = file_name(
            &invocation.environment.local_now(),
            destination.map(dhow_names::Destination::as_str),
            command,
        );
        let path = folder.join(name);
        let open = || -> io::Result<File> {
            fs::create_dir_all(&folder)?;
            // What programs printed on hosts is nobody else's business.
            let mut options = OpenOptions::new();
            options.create(true).append(true).mode(0o600).open(&path)
        };
        let file = open().map_err(|error| {
            let headline = format!("the log file {} cannot be written", path.display());
            Failure::new(Kind::Project, headline)
                .because(&error)
                .hint("`output: {file: {path: …}}` names its folder, relative to the project")
        })?;
        Ok(Some(Self {
            path,
            file: Arc::new(Mutex::new(file)),
        }))
    }

    /// The last line, and a word to the person about where the file is.
    pub(crate) fn finish(
        &self,
        result: Result<(), &Failure>,
        took: Duration,
        invocation: &Invocation,
    ) {
        self.line(&invocation.announcer.redact(&last_line(result, took)));
        let path = self.path.display();
        invocation
            .terminal
            .progress(&format!("Logs written to {path}"));
    }

    fn line(&self, text: &str) {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        // A full disk must not stop a deploy in the middle.
        let _ = writeln!(file, "{text}");
    }
}

impl Reporter for LogFile {
    fn report(&mut self, event: &Event) {
        if let Some(text) = reporter::everything(event) {
            let at = event.elapsed.as_secs_f64();
            for line in text.lines() {
                self.line(&format!("{at:8.1}  {line}"));
            }
        }
    }
}

fn file_name(now: &Zoned, destination: Option<&str>, command: &str) -> String {
    let time = now.strftime("%Y-%m-%dT%H-%M-%S");
    let destination = destination
        .map(|name| format!("_{name}"))
        .unwrap_or_default();
    format!("{time}{destination}_{command}.log")
}

fn last_line(result: Result<(), &Failure>, took: Duration) -> String {
    let took = took.as_secs_f64();
    match result {
        Ok(()) => format!("# Completed in {took:.1}s"),
        Err(failure) => format!("# FAILED: {} ({took:.1}s)", failure.headline),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_tells_time_destination_and_command() {
        let now: Zoned = "2026-01-31T12:00:05+01:00[Europe/Berlin]".parse().unwrap();
        assert_eq!(
            file_name(&now, None, "deploy"),
            "2026-01-31T12-00-05_deploy.log"
        );
        assert_eq!(
            file_name(&now, Some("staging"), "app"),
            "2026-01-31T12-00-05_staging_app.log"
        );
    }

    #[test]
    fn the_last_line_tells_how_it_ended() {
        let took = Duration::from_millis(1234);
        assert_eq!(last_line(Ok(()), took), "# Completed in 1.2s");
        let failure = Failure::new(Kind::Step, "the build failed");
        assert_eq!(
            last_line(Err(&failure), took),
            "# FAILED: the build failed (1.2s)"
        );
    }
}
