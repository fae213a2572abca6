use std::collections::BTreeMap;

use super::*;

fn images(text: &str, target: Option<&str>) -> String {
    let given = BTreeMap::from([("RUBY".to_owned(), "3.4".to_owned())]);
    let Some(images) = Dockerfile::parse(text).base_images(&given, target) else {
        return "no such stage".to_owned();
    };
    let line = |image: &BaseImage| {
        let what = match &image.base {
            Base::Image(image) => image.clone(),
            Base::Unknown { text, variable } => format!("{text} ({variable}?)"),
            other => format!("{other:?}"),
        };
        let platform = image.platform.as_ref();
        let platform = platform.map(|it| format!(" for {it}")).unwrap_or_default();
        format!("{}: {what}{platform}", image.line)
    };
    images.iter().map(line).collect::<Vec<_>>().join("\n")
}

const STAGES: &str = r#"# syntax=docker/dockerfile:1
# escape=\
ARG RUBY=3.3 VARIANT="slim"
ARG NODE=22
from --platform=$BUILDPLATFORM node:${NODE}-alpine AS Assets
RUN --mount=type=bind,from=acme/tools:2,target=/tools \
  # a comment in the middle

  make assets
FROM ruby:${RUBY:-9}-$VARIANT as base
FROM base AS app
COPY --link --from=assets /out /public
COPY --from=ghcr.io/acme/certs@sha256:abc /certs /certs
COPY --from=0 /x /y
FROM scratch AS empty
COPY --from=busybox /bin/busybox /
FROM ${UNSET}:1 AS other
FROM app
"#;

#[test]
fn images_are_those_of_the_stages_that_are_needed() {
    insta::assert_snapshot!(images(STAGES, None), @r"
    5: node:22-alpine for $BUILDPLATFORM
    6: acme/tools:2
    10: ruby:3.4-slim
    13: ghcr.io/acme/certs@sha256:abc
    ");
    insta::assert_snapshot!(images(STAGES, Some("EMPTY")), @"16: busybox");
    insta::assert_snapshot!(images(STAGES, Some("other")), @"17: ${UNSET}:1 (UNSET?)");
    insta::assert_snapshot!(images(STAGES, Some("1")), @"10: ruby:3.4-slim");
    assert_eq!(images(STAGES, Some("nothing")), "no such stage");
    assert_eq!(images("# nothing\n", None), "no such stage");
    assert_eq!(images("FROM scratch\nCOPY a b\n", None), "");
}

#[test]
fn the_directives_are_read_at_the_top_only() {
    let file = Dockerfile::parse(STAGES);
    assert_eq!(file.syntax(), Some("docker/dockerfile:1"));
    let file = Dockerfile::parse("# words\n# syntax=other\nFROM a\n");
    assert_eq!(file.syntax(), None);
    let file = Dockerfile::parse("# escape=`\nFROM a\nRUN one `\n  two\n");
    assert_eq!(file.instructions()[1].text, "one   two");
}

#[test]
fn lines_go_on_and_here_documents_are_no_instructions() {
    let text = "FROM a\n\
        RUN <<EOF cat > /x\nFROM b\nEOF\n\
        COPY <<-\"ONE\" <<TWO /y/\nFROM c\n\t\tONE\nFROM d\nTWO\n\
        RUN cat <<< here && \\\n  echo 1 << 2\nRUN last";
    let file = Dockerfile::parse(text);
    let told: Vec<String> = file
        .instructions()
        .iter()
        .map(|it| format!("{:?} {} {}", it.lines, it.keyword, it.text))
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    1..=1 FROM a
    2..=4 RUN <<EOF cat > /x
    5..=9 COPY <<-"ONE" <<TWO /y/
    10..=11 RUN cat <<< here &&   echo 1 << 2
    12..=12 RUN last
    "#);
}

#[test]
fn a_step_is_found_by_its_text_when_that_is_clear() {
    let file = Dockerfile::parse("FROM a\nRUN one && \\\n  two\nRUN three\nrun three\n");
    let lines = |step| file.instruction_of(step).map(|it| it.lines.clone());
    assert_eq!(lines("RUN one &&   two"), Some(2..=3));
    assert_eq!(lines("RUN three"), None);
    assert_eq!(lines("COPY x y"), None);
}

#[test]
fn variables_are_filled_in_as_a_shell_does() {
    let value_of = |name: &str| match name {
        "A" => Some("a".to_owned()),
        "EMPTY" => Some(String::new()),
        _ => None,
    };
    for (text, expected) in [
        ("x$A-${A}b", Ok("xa-ab")),
        (r"\$A", Ok("$A")),
        ("$", Ok("$")),
        ("${A:-no}${B:-yes}${EMPTY:-full}${EMPTY-no}", Ok("ayesfull")),
        ("${B:-${A}}", Ok("a")),
        ("${A:+there}${B:+no}", Ok("there")),
        ("$B", Err("B")),
        ("${A", Err("A")),
        ("${A%x}", Err("A%x")),
    ] {
        let expected = expected.map(str::to_owned).map_err(str::to_owned);
        assert_eq!(expand::expand(text, &value_of), expected, "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn every_text_can_be_read(text in "(FROM |RUN |ARG |COPY --from=|<<|AS |[a-z$ {}:=\\\\\n\"'#-]){0,40}") {
        let file = Dockerfile::parse(&text);
        let _ = file.base_images(&BTreeMap::new(), None);
        let lines = text.lines().count();
        for instruction in file.instructions() {
            proptest::prop_assert!(*instruction.lines.end() <= lines);
        }
    }
}
