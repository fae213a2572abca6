//! Events for tests.

use std::time::Duration;

use dhow_execute::{BuildStepEnd, Deployed, EventKind};
use dhow_names::Host;
use dhow_ssh_exec::Stream;

fn host() -> Host {
    "10.0.0.1".parse().unwrap()
}

fn finished(title: &str, exit_code: i32, tolerated: bool) -> EventKind {
    EventKind::StepFinished {
        host: host(),
        title: title.to_owned(),
        exit_code,
        tolerated,
        bookkeeping: title.starts_with("look at") || title == "write the audit log",
        duration: Duration::from_millis(1_260),
    }
}

fn deployed(role: &str, before: Option<&str>, now: Option<&str>) -> Deployed {
    Deployed {
        host: host(),
        role: role.parse().unwrap(),
        before: before.map(str::to_owned),
        now: now.map(str::to_owned),
        duration: Duration::from_millis(2_260),
    }
}

fn output(host: Option<Host>) -> EventKind {
    EventKind::Output {
        host,
        title: "start web 2222222".to_owned(),
        stream: Stream::Stdout,
        line: "a line".to_owned(),
    }
}

fn built(title: &str, end: BuildStepEnd) -> EventKind {
    EventKind::BuildStepFinished {
        title: title.to_owned(),
        end,
        bookkeeping: title.starts_with("[internal]"),
        duration: Duration::from_millis(400),
    }
}

/// One of every kind.
pub(crate) fn events() -> Vec<EventKind> {
    vec![
        EventKind::PhaseStarted {
            title: "Boot 2222222 on 1 host".to_owned(),
        },
        EventKind::HostWaits {
            host: host(),
            role: "web".parse().unwrap(),
        },
        EventKind::StepStarted {
            host: host(),
            title: "start web 2222222".to_owned(),
            command: "docker run\n  --detach".to_owned(),
            bookkeeping: false,
        },
        EventKind::StepStarted {
            host: host(),
            title: "write the audit log".to_owned(),
            command: "echo deployed".to_owned(),
            bookkeeping: true,
        },
        output(Some(host())),
        output(None),
        finished("start web 2222222", 0, false),
        finished("write the audit log", 0, true),
        finished("write the audit log", 1, true),
        finished("look at 10.0.0.1", 1, false),
        finished("remove old images", 1, true),
        finished("wait for web 2222222", 7, false),
        EventKind::BuildStepStarted {
            title: "[2/2] RUN make".to_owned(),
        },
        EventKind::BuildOutput {
            title: "[2/2] RUN make".to_owned(),
            stream: Stream::Stdout,
            line: "cc".to_owned(),
        },
        built("[internal] load .dockerignore", BuildStepEnd::Done),
        built("[1/2] COPY . .", BuildStepEnd::Cached),
        built("[2/2] RUN make", BuildStepEnd::Failed),
        built("[other 2/2] RUN make", BuildStepEnd::Canceled),
        EventKind::Deployed(vec![
            deployed("web", Some("1111111"), Some("2222222")),
            deployed("jobs", None, Some("2222222")),
            deployed("cron", Some("1111111"), None),
        ]),
        EventKind::Note("Finished all in 3.1 seconds".to_owned()),
        EventKind::Warning("the work tree has changes".to_owned()),
        EventKind::PhaseFinished {
            title: "Boot".to_owned(),
            duration: Duration::from_secs(61),
            completed: false,
        },
        EventKind::PhaseFinished {
            title: "Boot".to_owned(),
            duration: Duration::ZERO,
            completed: true,
        },
    ]
}
