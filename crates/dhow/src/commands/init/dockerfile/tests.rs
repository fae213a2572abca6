use std::time::Duration;

use proptest::prelude::*;

use super::*;

#[track_caller]
fn check(dockerfile: &str, port: Option<u16>) {
    assert_eq!(exposed_port(dockerfile), port, "{dockerfile}");
}

#[test]
fn the_first_port_of_the_last_line_counts() {
    check("FROM a\nEXPOSE 3000", Some(3000));
    check("FROM a\nEXPOSE 3000/tcp 9000", Some(3000));
    check("FROM a\nEXPOSE 8080\nEXPOSE 3000", Some(3000));
    check("FROM a\nexpose 8000-8010/TCP", Some(8000));
    check(
        "FROM a\nEXPOSE \\\n  # the app\n  3000 \\\n  9000",
        Some(3000),
    );
    check("FROM a\nEXPOSE \"3000\"", Some(3000));
}

#[test]
fn what_is_no_tcp_port_is_passed_over() {
    check("FROM a\nEXPOSE 53/udp 8080/tcp", Some(8080));
    check("FROM a\nEXPOSE 3000\nEXPOSE 53/udp", Some(3000));
    check("FROM a\nEXPOSE 0 70000 http 3000", Some(3000));
    for nothing in [
        "",
        "FROM a",
        "FROM a\nEXPOSE",
        "EXPOSE 3000",
        "FROM a\n# EXPOSE 3000",
    ] {
        check(nothing, None);
    }
}

#[test]
fn stages_that_the_last_one_is_not_built_on_do_not_count() {
    let stages = "FROM node AS assets
EXPOSE 5173
FROM ruby AS base
EXPOSE 3000
FROM base AS build
RUN bundle install
EXPOSE 9999
FROM --platform=linux/amd64 Base
COPY --from=build /app /app
";
    check(stages, Some(3000));
    check("FROM node AS build\nEXPOSE 5173\nFROM scratch", None);
    check(
        "FROM a AS a\nEXPOSE 1\nFROM a AS a\nEXPOSE 2\nFROM a",
        Some(2),
    );
}

#[test]
fn arguments_and_variables_are_filled_in() {
    check("FROM a\nARG PORT=3000\nEXPOSE $PORT", Some(3000));
    check("FROM a\nARG PORT=3000\nEXPOSE ${PORT}/tcp", Some(3000));
    check(
        "FROM a\nENV PORT=3000 HOST=0.0.0.0\nEXPOSE $PORT",
        Some(3000),
    );
    check("FROM a\nENV PORT 3000\nEXPOSE $PORT", Some(3000));
    check(
        "FROM a\nENV NAME=\"a shop\" PORT='3000'\nEXPOSE $PORT",
        Some(3000),
    );
    check(
        "FROM a\nARG BASE=3000\nENV PORT=$BASE\nEXPOSE $PORT",
        Some(3000),
    );
    check(
        "FROM a\nENV PORT=80\nENV PORT=3000 OLD=$PORT\nEXPOSE $OLD $PORT",
        Some(80),
    );
    check("FROM a\nARG PORT\nEXPOSE 3000 $PORT", Some(3000));
    check("FROM a\nARG PORT\nEXPOSE $PORT", None);
}

#[test]
fn variables_are_looked_up_as_docker_does() {
    let env_wins = "FROM a\nENV PORT=3000\nARG PORT=80\nEXPOSE $PORT";
    check(env_wins, Some(3000));
    let global = "ARG PORT=3000\nARG BASE=ruby\nFROM $BASE";
    check(&format!("{global}\nEXPOSE $PORT"), None);
    check(&format!("{global}\nARG PORT\nEXPOSE $PORT"), Some(3000));
    check(&format!("{global}\nARG PORT=80\nEXPOSE $PORT"), Some(80));
    check(
        &format!("{global} AS base\nENV PORT=80\nFROM base\nEXPOSE $PORT"),
        Some(80),
    );
    check(
        "ARG STAGE=live\nFROM a AS live\nEXPOSE 3000\nFROM ${STAGE}",
        Some(3000),
    );
}

#[test]
fn defaults_in_braces_are_known() {
    check("FROM a\nEXPOSE ${PORT:-3000}", Some(3000));
    check("FROM a\nEXPOSE ${PORT-3000}", Some(3000));
    check("FROM a\nENV PORT=\nEXPOSE ${PORT:-3000}", Some(3000));
    check("FROM a\nENV PORT=\nEXPOSE ${PORT-3000}", None);
    check("FROM a\nENV PORT=80\nEXPOSE ${PORT:+3000}", Some(3000));
    check("FROM a\nEXPOSE ${PORT:+3000} 80", Some(80));
    check(
        "FROM a\nENV OTHER=3000\nEXPOSE ${PORT:-${OTHER:-80}}",
        Some(3000),
    );
    check("FROM a\nEXPOSE ${PORT:-3000", None);
}

#[test]
fn texts_below_an_instruction_expose_nothing() {
    check(
        "FROM a\nEXPOSE 3000\nRUN <<EOF\nEXPOSE 9000\nEOF\n",
        Some(3000),
    );
}

#[test]
fn the_dockerfile_of_a_real_project_is_understood() {
    let rails = r#"# syntax=docker/dockerfile:1
# check=error=true
ARG RUBY_VERSION=3.4.1
FROM docker.io/library/ruby:$RUBY_VERSION-slim AS base
WORKDIR /rails
ENV RAILS_ENV="production" \
    BUNDLE_PATH="/usr/local/bundle" \
    BUNDLE_WITHOUT="development"
FROM base AS build
RUN apt-get update -qq && \
    apt-get install --no-install-recommends -y build-essential git && \
    rm -rf /var/lib/apt/lists /var/cache/apt/archives
FROM base
COPY --from=build "${BUNDLE_PATH}" "${BUNDLE_PATH}"
ENTRYPOINT ["/rails/bin/docker-entrypoint"]
EXPOSE 80
CMD ["./bin/thrust", "./bin/rails", "server"]
"#;
    check(rails, Some(80));
}

/// Files that would fill the memory or the stack, or take forever, and what grows with the square of their length.
#[test]
fn no_file_takes_more_than_a_moment() {
    let repeated = |line: &dyn Fn(usize) -> String| (0..1000).map(line).collect::<String>();
    let doubled = repeated(&|level| format!("ARG A{}=$A{level}$A{level}\n", level + 1));
    let nested = "${A:-".repeat(5000);
    let stages = repeated(&|number| format!("FROM s{number} AS s{}\n", number + 1));
    let variables = repeated(&|number| format!("ENV V{number}={}\n", number + 1));
    for text in [
        format!("ARG A0=80\n{doubled}FROM a\nEXPOSE $A900\n"),
        format!("FROM a\nEXPOSE {nested}80{}\n", "}".repeat(5000)),
        format!("FROM a\nEXPOSE {nested}80\n"),
        format!("FROM a AS s0\n{}{stages}EXPOSE $A\n", &variables[..10_000]),
        "EXPOSE 80\n".repeat(1_000_000),
    ] {
        let begun = worked();
        check(&text, None);
        assert!(worked().saturating_sub(begun) < Duration::from_secs(10));
    }
    let ports = "8080/udp ".repeat(100);
    check(&format!("FROM a\nEXPOSE {ports}80\n"), Some(80));
    check("FROM a\nEXPOSE ${A:-${B:-${C:-80}}}\n", Some(80));
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "(FROM|ARG|ENV|EXPOSE|RUN|#|\\\\|\\$|\\$\\{|\\}|<<|:-|é|[a-zA-Z0-9=/ \"'\n-]){0,60}") {
        exposed_port(&text);
    }

    #[test]
    fn every_port_that_is_written_is_found(port in 1_u16.., comment in "[ -~]{0,20}") {
        let dockerfile = format!("FROM a\n# {comment}\nEXPOSE {port}\n#{comment}\n");
        prop_assert_eq!(exposed_port(&dockerfile), Some(port));
    }
}

/// How long this thread has worked so far: other than the time on the wall, it does not depend on what else the machine
/// does.
fn worked() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.try_into().expect("it counts from zero")
}
