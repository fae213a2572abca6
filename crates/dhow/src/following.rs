//! Following logs: those of all hosts in one stream, until a person has seen enough.

use std::sync::atomic::{AtomicUsize, Ordering};

use anstyle::{AnsiColor, Style};
use dhow_docker::app::{FIELD, side_by_side};
use dhow_names::Host;
use dhow_shell::CommandLine;
use dhow_ssh_exec::{Ending, Script, ScriptEvent, Step, Transport};
use futures_util::future::join_all;
use tokio_util::sync::CancellationToken;

use crate::{
    failure::{Failure, Kind},
    session::Session,
};

/// What is followed on a host, through one exec request.
#[derive(Clone, Debug)]
pub(crate) struct Followed {
    pub(crate) host: Host,
    pub(crate) sources: Vec<Source>,
}

/// One log.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// What tells it from others of the same host.
    pub(crate) name: Option<String>,
    /// What prints it.
    pub(crate) command: CommandLine,
}

/// What tells sources apart on a terminal, by turns.
const COLOURS: [AnsiColor; 6] = [
    AnsiColor::Cyan,
    AnsiColor::Yellow,
    AnsiColor::Green,
    AnsiColor::Magenta,
    AnsiColor::Blue,
    AnsiColor::BrightRed,
];

/// Follows all of them and closes the connections. Being interrupted is how this ends, so it is no failure; a host
/// that goes away is told, and the others go on.
pub(crate) async fn follow(session: &Session<'_>, followed: &[Followed]) -> Result<(), Failure> {
    let invocation = session.invocation;
    let terminal = &invocation.terminal;
    let labels = Labels::of(followed, terminal.output_shows_colours());
    let stream = Stream {
        line: &|host, line| {
            let (source, text) = labels.apart(host, line);
            terminal.line_of(host, source, text, &labels.led(host, line))
        },
        warning: &|text| invocation.announcer.warn(text),
    };
    let lost = stream
        .follow(&*session.transport, followed, &invocation.interrupt)
        .await;
    session.close().await;
    if lost == 0 || invocation.interrupt.is_cancelled() {
        return Ok(());
    }
    Err(Failure::new(
        Kind::Step,
        "nothing is left to follow, and not every log came to its end",
    ))
}

/// Where lines go.
struct Stream<'a> {
    /// Writes a line of a host, and says whether anybody still reads.
    line: &'a (dyn Fn(&Host, &str) -> bool + Sync),
    /// Tells what a person should know, beside the stream.
    warning: &'a (dyn Fn(String) + Sync),
}

impl Stream<'_> {
    /// Follows until all is over or `interrupt` is cancelled; returns how many hosts went away before.
    async fn follow<T: Transport>(
        &self,
        transport: &T,
        followed: &[Followed],
        interrupt: &CancellationToken,
    ) -> usize {
        // Nobody has to read to the end.
        let enough = interrupt.child_token();
        let left = AtomicUsize::new(followed.len());
        let hosts = followed.iter().map(async |each| {
            let watch = |event| {
                if let ScriptEvent::Output { line, .. } = event
                    && !(self.line)(&each.host, &line)
                {
                    enough.cancel();
                }
            };
            let ended = transport
                .run(&each.host, &script(each), enough.clone(), watch)
                .await;
            let others = match left.fetch_sub(1, Ordering::Relaxed) {
                1 => "",
                _ => "; the others are followed on",
            };
            match ended {
                Err(error) if !enough.is_cancelled() => {
                    (self.warning)(format!("{error}{others}"));
                    1
                }
                Ok(report) if report.ending != Ending::Interrupted => {
                    (self.warning)(format!(
                        "{}: no more lines, because no container is there or it has ended{others}",
                        each.host
                    ));
                    0
                }
                _ => 0,
            }
        });
        join_all(hosts).await.into_iter().sum()
    }
}

fn script(followed: &Followed) -> Script {
    let command = match followed.sources.as_slice() {
        [one] => one.command.clone(),
        several => {
            let named = several.iter().map(|source| {
                let name = source.name.clone().unwrap_or_default();
                (name, source.command.clone())
            });
            side_by_side(&named.collect::<Vec<_>>())
        }
    };
    // The exit code is `grep`'s or that of an ended container, and says nothing.
    Script::new([Step::new(command).allowed_to_fail()])
}

/// What stands in front of lines.
struct Labels {
    /// Host, name on it, and what is shown of both.
    known: Vec<Label>,
}

struct Label {
    host: Host,
    name: Option<String>,
    /// Whether lines of this host carry the name of their source.
    is_tagged: bool,
    shown: String,
}

impl Labels {
    /// One for each source; none when there is only one source, whose lines then come as they are.
    fn of(followed: &[Followed], coloured: bool) -> Self {
        let mut known = Vec::new();
        for each in followed {
            for source in &each.sources {
                let text = match &source.name {
                    Some(name) => format!("{} {name}", each.host),
                    None => each.host.to_string(),
                };
                known.push(Label {
                    host: each.host.clone(),
                    name: source.name.clone(),
                    is_tagged: each.sources.len() > 1,
                    shown: text,
                });
            }
        }
        if known.len() == 1 {
            known.clear();
        }
        let width = known.iter().map(|it| it.shown.chars().count()).max();
        let width = width.unwrap_or_default();
        for (label, colour) in known.iter_mut().zip(COLOURS.iter().cycle()) {
            let style = if coloured {
                colour.on_default()
            } else {
                Style::new()
            };
            label.shown = format!("{style}{:width$} |{style:#} ", label.shown);
        }
        Self { known }
    }

    /// The source that a line names, where there are several on its host, and what it printed.
    fn apart<'l>(&self, host: &Host, line: &'l str) -> (Option<&'l str>, &'l str) {
        let is_tagged = |label: &Label| label.host == *host && label.is_tagged;
        match line.split_once(FIELD) {
            Some((name, text)) if self.known.iter().any(is_tagged) => (Some(name), text),
            _ => (None, line),
        }
    }

    /// The line with what stands in front of it.
    fn led(&self, host: &Host, line: &str) -> String {
        let of_host = || self.known.iter().filter(|label| label.host == *host);
        if let (Some(name), text) = self.apart(host, line)
            && let Some(label) = of_host().find(|label| label.name.as_deref() == Some(name))
        {
            return format!("{}{text}", label.shown);
        }
        match of_host().next() {
            Some(label) => format!("{}{line}", label.shown),
            None => line.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
