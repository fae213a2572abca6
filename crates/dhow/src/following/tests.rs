use std::sync::Mutex;

use dhow_ssh_exec::{Answer, RecordingTransport};

use super::*;

fn followed(host: &str, sources: &[&str]) -> Followed {
    let source = |name: &&str| Source {
        name: (!name.is_empty()).then(|| (*name).to_owned()),
        command: CommandLine::new("docker").args(["logs", "--follow", name]),
    };
    Followed {
        host: host.parse().unwrap(),
        sources: sources.iter().map(source).collect(),
    }
}

/// What a run showed: its lines, its warnings, and how many hosts went away.
struct Seen {
    lines: Vec<String>,
    warnings: Vec<String>,
    lost: usize,
}

/// Follows, and interrupts once so many lines were read.
async fn see(hosts: &RecordingTransport, followed: &[Followed], enough: usize) -> Seen {
    let names: Vec<Host> = followed.iter().map(|it| it.host.clone()).collect();
    hosts.connect(&names).await;
    let (lines, warnings) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    let labels = Labels::of(followed, false);
    let line = |host: &Host, line: &str| {
        let mut lines = lines.lock().unwrap();
        lines.push(labels.led(host, line));
        lines.len() < enough
    };
    let warning = |text| warnings.lock().unwrap().push(text);
    let stream = Stream {
        line: &line,
        warning: &warning,
    };
    let lost = stream
        .follow(hosts, followed, &CancellationToken::new())
        .await;
    Seen {
        lines: lines.into_inner().unwrap(),
        warnings: warnings.into_inner().unwrap(),
        lost,
    }
}

#[tokio::test]
async fn a_host_that_goes_away_does_not_end_the_others() {
    let hosts = RecordingTransport::new();
    hosts.answer("10.0.0.1", "logs", Answer::losing_connection());
    hosts.answer(
        "10.0.0.2",
        "logs",
        Answer::hanging().with_stdout("one\ntwo\n"),
    );
    let both = [
        followed("10.0.0.1", &["web"]),
        followed("10.0.0.2", &["web"]),
    ];
    let seen = see(&hosts, &both, 2).await;
    assert_eq!(seen.lines, ["10.0.0.2 web | one", "10.0.0.2 web | two"]);
    assert_eq!(seen.lost, 1);
    assert_eq!(
        seen.warnings,
        ["the connection to 10.0.0.1 was lost during step 0; the others are followed on"]
    );
    assert_eq!(hosts.script_count("10.0.0.1"), 1);
    assert_eq!(hosts.script_count("10.0.0.2"), 1);
}

#[tokio::test]
async fn a_log_that_ends_is_told() {
    let hosts = RecordingTransport::new();
    hosts.answer("10.0.0.1", "logs", Answer::printing("last\n"));
    let seen = see(&hosts, &[followed("10.0.0.1", &["web"])], 9).await;
    assert_eq!(
        seen.lines,
        ["last"],
        "the lines of the only source come as they are"
    );
    assert_eq!(
        seen.warnings,
        ["10.0.0.1: no more lines, because no container is there or it has ended"]
    );
    assert_eq!(seen.lost, 0);
}

#[tokio::test]
async fn sources_of_one_host_share_one_request() {
    let hosts = RecordingTransport::new();
    hosts.answer(
        "10.0.0.1",
        "logs",
        Answer::printing("web\tGET /\njobs\twork\tdone\nWARNING: of docker\n"),
    );
    let seen = see(&hosts, &[followed("10.0.0.1", &["web", "jobs"])], 9).await;
    assert_eq!(
        seen.lines,
        [
            "10.0.0.1 web  | GET /",
            "10.0.0.1 jobs | work\tdone",
            "10.0.0.1 web  | WARNING: of docker"
        ]
    );
    assert_eq!(hosts.script_count("10.0.0.1"), 1);
    insta::assert_snapshot!(hosts.transcript(), @r#"10.0.0.1: { docker logs --follow web; } | while IFS= read -r line; do printf '%s\t%s\n' web "$line"; done & { docker logs --follow jobs; } | while IFS= read -r line; do printf '%s\t%s\n' jobs "$line"; done & wait"#);
}

#[test]
fn labels_have_colours_of_their_own_on_a_terminal() {
    let labels = Labels::of(
        &[followed("10.0.0.1", &["web"]), followed("10.0.0.22", &[""])],
        true,
    );
    let led = |host: &str| labels.led(&host.parse().unwrap(), "x");
    assert_eq!(led("10.0.0.1"), "\u{1b}[36m10.0.0.1 web |\u{1b}[0m x");
    assert_eq!(led("10.0.0.22"), "\u{1b}[33m10.0.0.22    |\u{1b}[0m x");
}

#[test]
fn programs_get_the_source_apart_from_the_line() {
    let one: Host = "10.0.0.1".parse().unwrap();
    let tagged = format!("jobs{FIELD}done");
    let several = Labels::of(&[followed("10.0.0.1", &["web", "jobs"])], false);
    assert_eq!(several.apart(&one, &tagged), (Some("jobs"), "done"));
    let single = Labels::of(&[followed("10.0.0.1", &[""])], false);
    assert_eq!(single.apart(&one, "done"), (None, "done"));
}
