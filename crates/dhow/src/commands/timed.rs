//! `--timings`: a page that shows where the time of a run went (decision 0180).

use std::{future::Future, path::PathBuf, time::Duration};

use dhow_timings::{Recorder, Title, page};
use fs_err as fs;
use jiff::Zoned;

use crate::{
    arguments::{TimingsOption, TimingsPlace},
    environment::Environment,
    failure::{Failure, Kind},
    invocation::Invocation,
};

/// Does the work and writes the page, whatever becomes of it, where one is wanted.
pub(super) async fn timed(
    invocation: &Invocation,
    wanted: TimingsOption,
    work: impl Future<Output = Result<(), Failure>>,
) -> Result<(), Failure> {
    let Some(place) = wanted.timings else {
        return work.await;
    };
    let began = invocation.environment.local_now();
    let file = match place {
        TimingsPlace::File(file) => invocation.environment.folder.join(file),
        TimingsPlace::Cache => default_file(&invocation.environment, &began, &invocation.command),
    };
    // That it cannot be written is told before anything is done.
    write(&file, "").map_err(|error| {
        let headline = format!("the page of timings {} cannot be written", file.display());
        Failure::new(Kind::Usage, headline).because(&error)
    })?;
    let recorder = Recorder::default();
    invocation.announcer.add(Box::new(recorder.clone()));
    let result = work.await;
    let title = Title {
        headline: headline(invocation),
        began: began.strftime("%Y-%m-%d %H:%M:%S %Z").to_string(),
        failure: result
            .as_ref()
            .err()
            .map(|it| invocation.announcer.redact(&it.headline)),
    };
    let total: Duration = invocation.announcer.elapsed();
    match write(&file, &page(&title, &recorder.timings(total))) {
        Ok(()) => invocation
            .announcer
            .note(format!("Timings written to {}", file.display())),
        Err(error) => invocation
            .announcer
            .warn(format!("the page of timings was not written: {error}")),
    }
    result
}

fn write(file: &PathBuf, text: &str) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file, text)
}

/// A file of this run alone, outside of the project.
fn default_file(environment: &Environment, began: &Zoned, command: &[&str]) -> PathBuf {
    let name = format!(
        "{}_{}.html",
        began.strftime("%Y-%m-%dT%H-%M-%S"),
        command.join("_")
    );
    environment.cache_folder().join("timings").join(name)
}

/// `shop: dhow deploy to staging`, after the folder of the project.
fn headline(invocation: &Invocation) -> String {
    let folder = invocation.environment.folder.file_name();
    let project = folder.map(|it| it.to_string_lossy()).unwrap_or_default();
    let program = invocation.called_as.name();
    let destination = invocation.global.destination.as_deref();
    let destination = destination
        .map(|it| format!(" to {it}"))
        .unwrap_or_default();
    format!(
        "{project}: {program} {}{destination}",
        invocation.command.join(" ")
    )
}
