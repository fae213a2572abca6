//! The whole of what a build said, in a file of the user's cache folder
//! ([decision 0121](../../../docs/decisions/0121-the-log-of-a-build-is-a-file-of-its-own.md)).

use std::{
    fs::{File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    environment::Environment,
    failure::{Failure, Kind},
};

/// How many logs of earlier builds stay.
const KEPT: usize = 20;

/// The log of one build. What is written must be free of secrets already.
#[derive(Debug)]
pub(crate) struct BuildLog {
    path: PathBuf,
    file: File,
}

impl BuildLog {
    /// Begins a log for the build of `what`, and removes the oldest ones.
    pub(crate) fn begin(environment: &Environment, what: &str) -> Result<Self, Failure> {
        let folder = folder(environment)?;
        let now = environment.local_now().strftime("%Y-%m-%dT%H-%M-%S");
        let path = folder.join(format!("{now}_{what}.log"));
        let opened = remove_oldest(&folder).and_then(|()| {
            let mut options = OpenOptions::new();
            // Two builds may begin in the same second.
            options.create(true).append(true).mode(0o600).open(&path)
        });
        let file = opened.map_err(|error| unwritable(&path, &error))?;
        Ok(Self { path, file })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Adds a line. A disk that is full does not stop a build.
    pub(crate) fn line(&mut self, elapsed: Duration, text: &str) {
        let _ = writeln!(self.file, "{:8.1}  {text}", elapsed.as_secs_f64());
    }
}

/// The folder of logs and of what builders write down, which nobody else may read.
pub(crate) fn folder(environment: &Environment) -> Result<PathBuf, Failure> {
    let folder = environment.cache_folder().join("builds");
    let made = std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&folder);
    match made {
        Ok(()) => Ok(folder),
        Err(error) => Err(unwritable(&folder, &error)),
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    let headline = format!("{} cannot be written", path.display());
    Failure::new(Kind::Machine, headline).because(error)
}

/// The names begin with the time.
fn remove_oldest(folder: &Path) -> io::Result<()> {
    let mut logs: Vec<PathBuf> = fs_err::read_dir(folder)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|it| it == "log"))
        .collect();
    logs.sort();
    let too_many = (logs.len() + 1).saturating_sub(KEPT);
    for log in &logs[..too_many] {
        match fs_err::remove_file(log) {
            // Another build was faster.
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_logs_go() {
        let folder = tempfile::tempdir().unwrap();
        for at in 0..30 {
            fs_err::write(folder.path().join(format!("2026-01-{at:02}.log")), "").unwrap();
        }
        fs_err::write(folder.path().join("0.tmp"), "").unwrap();
        remove_oldest(folder.path()).unwrap();
        let mut left: Vec<String> = fs_err::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        assert_eq!(left.len(), KEPT, "one is to come, and the other file stays");
        assert_eq!(left[..2], ["0.tmp", "2026-01-11.log"]);
    }
}
