use super::*;

/// What buildx 0.13.1 printed of a build whose last step fails.
const FAILING: &str = include_str!("recorded/failing.txt");
/// What it printed of a build that was done before.
const CACHED: &str = include_str!("recorded/cached.txt");

fn read(text: &str) -> (Vec<BuildEvent>, Outcome) {
    let mut progress = Progress::default();
    let mut events: Vec<BuildEvent> = text.lines().flat_map(|line| progress.line(line)).collect();
    let (rest, outcome) = progress.end();
    events.extend(rest);
    (events, outcome)
}

fn story(events: &[BuildEvent]) -> String {
    let line = |event: &BuildEvent| match event {
        BuildEvent::Started { step, kind } => format!("began {kind:?}: {step}"),
        BuildEvent::Finished {
            step, kind, end, ..
        } => format!("{end:?} {kind:?}: {step}"),
        BuildEvent::Output {
            step,
            is_error,
            line,
        } => {
            let stream = if *is_error { "err" } else { "out" };
            format!("{step} {stream}: {line}")
        }
        BuildEvent::Warning(text) => format!("warning: {text}"),
        BuildEvent::Said(text) => format!("said: {text}"),
    };
    events.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_failing_build_tells_which_step_and_what_it_printed() {
    let (events, outcome) = read(FAILING);
    insta::assert_snapshot!(story(&events));
    let failed = outcome.failed.unwrap();
    assert_eq!(failed.step, "[3/3] RUN echo \"will fail\" && false");
    assert_eq!(failed.lines, ["will fail"]);
    assert!(failed.error.ends_with("exit code: 1"), "{}", failed.error);
    assert_eq!((outcome.steps, outcome.cached), (2, 0));
    assert_eq!(outcome.said.len(), 1);
}

#[test]
fn cached_instructions_are_counted_and_bases_are_not() {
    let (_, outcome) = read(CACHED);
    assert_eq!((outcome.steps, outcome.cached), (2, 2));
    assert_eq!(outcome.failed, None);
}

/// Newer versions print each object on a line of its own.
#[test]
fn objects_on_one_line_are_the_same() {
    let values = serde_json::Deserializer::from_str(FAILING.split("\nERROR").next().unwrap())
        .into_iter::<serde_json::Value>();
    let mut lines: Vec<String> = values.map(|it| it.unwrap().to_string()).collect();
    lines.push(FAILING.lines().last().unwrap().to_owned());
    let compact = lines.join("\n");
    assert_eq!(read(&compact), read(FAILING));
}

#[test]
fn pieces_of_lines_are_put_together() {
    let log = |data: &str, stream: u8| {
        use base64::{Engine as _, prelude::BASE64_STANDARD};
        let data = BASE64_STANDARD.encode(data);
        format!(
            "{{\"logs\": [{{\"vertex\": \"a\", \"stream\": {stream}, \"data\": \"{data}\"}}]}}\n"
        )
    };
    let text = [
        "{\"vertexes\": [{\"digest\": \"a\", \"name\": \"[1/2] RUN x\", \"started\": \"2026-01-31T12:00:00Z\"}]}\n".to_owned(),
        log("one\ntw", 1),
        log("warn", 2),
        log("o\n10%\r50%\r100%\r\n", 1),
        log("ing\nno end", 2),
    ];
    insta::assert_snapshot!(story(&read(&text.concat()).0), @r"
    began Instruction: [1/2] RUN x
    [1/2] RUN x out: one
    [1/2] RUN x out: two
    [1/2] RUN x out: 100%
    [1/2] RUN x err: warning
    [1/2] RUN x err: no end
    ");
}

#[test]
fn what_is_no_object_is_said() {
    let text =
        "ERROR: failed to solve\n{ not json\n}\n\n{\"vertexes\": null}\nDockerfile:5\n{\"half\":";
    let (events, outcome) = read(text);
    insta::assert_snapshot!(story(&events), @r#"
    said: ERROR: failed to solve
    said: { not json
    said: }
    said: Dockerfile:5
    said: {"half":
    "#);
    assert_eq!(outcome.said.len(), 5);
}

#[test]
fn warnings_have_their_place() {
    // Base64 of `use JSON`.
    let text = r#"{"warnings": [{"vertex": "a", "level": 1, "short": "dXNlIEpTT04=", "sourceInfo": {"filename": "Dockerfile"}, "range": [{"start": {"line": 3}, "end": {"line": 3}}]}]}"#;
    insta::assert_snapshot!(story(&read(text).0), @"warning: Dockerfile:3: use JSON");
}

#[test]
fn steps_are_told_apart_by_their_names() {
    use StepKind::{Base, Builder, Instruction};
    for (name, kind) in [
        ("[1/3] FROM docker.io/library/busybox", Base),
        ("[build 1/3] FROM docker.io/library/busybox", Base),
        ("[linux/arm64 2/3] RUN make", Instruction),
        ("[linux/arm64 build 2/12] COPY . .", Instruction),
        ("[internal] load .dockerignore", Builder),
        ("[auth] acme/shop:pull token for ghcr.io", Builder),
        ("exporting to image", Builder),
        ("pushing layers", Builder),
        ("[stage-1 2/x] RUN", Builder),
    ] {
        assert_eq!(kind_of(name), kind, "{name}");
    }
}

proptest::proptest! {
    #[test]
    fn nothing_makes_it_panic(text in "([{}\\[\\]\":, a-z\\n]|\"vertexes\"|\"logs\"){0,60}") {
        let _ = read(&text);
    }
}
