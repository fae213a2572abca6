//! Templates that would take forever, or all of the memory, or all of the stack, are refused at their place.
//! `any_template.rs` has more of them, without the places.

mod world;

use std::{alloc::System, time::Duration};

use cap::Cap;
use dhow_erb::{MistakeKind, StagedRuntime, TemplateKind, render};
use world::{world, yaml};

/// What all of this may hold at any time; beyond it the program is aborted.
#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, 256 * 1024 * 1024);

const TOO_MUCH: &str = "this template takes too long or makes too much text";
const TOO_LONG: &str = "this makes too long a text";

/// What is wrong with a template, as `LINE:COLUMN: MESSAGE`.
fn told(source: &str, runtime: &mut StagedRuntime) -> (MistakeKind, String) {
    let begun = worked();
    let rendered = render(source, TemplateKind::DeployFile, runtime, yaml);
    let mistakes = rendered.expect_err("it is refused");
    let took = worked().saturating_sub(begun);
    let shown: String = source.chars().take(60).collect();
    assert!(took < Duration::from_secs(10), "{shown}: {took:?}");
    let first = &mistakes[0];
    let before = &source[..first.range.start];
    let line = before.matches('\n').count() + 1;
    let column = before.len() - before.rfind('\n').map_or(0, |newline| newline + 1) + 1;
    (first.kind, format!("{line}:{column}: {first}"))
}

/// The limit that a template meets.
fn limit(source: &str) -> String {
    let (kind, told) = told(source, &mut world());
    assert_eq!(kind, MistakeKind::Limit, "{told}");
    told
}

fn repeated(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect()
}

#[test]
fn lists_do_not_grow_behind_one_call() {
    for template in [
        "<% (1..10000).to_a.each_cons(5000) { } %>",
        "<% x = \"a\" * 1000000 %><% y = (1..10000).to_a * x %>",
        "<% x = \"a\" * 1000000 %><% y = ([x] * 10000).join %>",
        "<% x = \"a\" * 100000 %><% y = (x..(\"b\" * 100000)).to_a %>",
        "<% x = ([[1]] * 60000).sum([]) %>",
        "<% x = (\"a\" * 900000).sub(/a+/, \"\\\\0\" * 400000) %>",
        "<% x = ([[1]] * 60000).inject(:+) %>",
        "<% x = (1..10000).sum([]) { |n| [n] } %>",
    ] {
        limit_or_range(template);
    }
}

/// A limit is met, the one of ranges included, which is told as a mistake in the range.
fn limit_or_range(template: &str) {
    let (kind, told) = told(template, &mut world());
    let is_range = told.contains("a range of more than");
    assert!(kind == MistakeKind::Limit || is_range, "{template}: {told}");
}

#[test]
fn loops_end() {
    for (template, place, message) in [
        ("a\n<% 1000000000.times do %>b<% end %>", "2:15", TOO_MUCH),
        (
            "<% (1..10000).each do %>\n<% (1..10000).each do %><% end %><% end %>",
            "2:15",
            TOO_MUCH,
        ),
        (
            "<%= (1..10000000000).each { |x| x } %>",
            "1:22",
            "a range of more than 10000 elements",
        ),
        (
            "<% x = [1] %>\n<% 100000.times do %><% x = x + x %><% end %>",
            "2:29",
            TOO_MUCH,
        ),
    ] {
        assert_eq!(limit(template), format!("{place}: {message}"));
    }
    // Ruby has loops without end that are not known here, so that they are refused as such.
    for (template, told_of) in [
        ("<% while true %>x<% end %>", "1:4: `while` is not"),
        ("<% until false %>x<% end %>", "1:4: `until` is not"),
        ("<% loop do %>x<% end %>", "1:4: `loop` is not"),
        ("<% def a; a; end %><%= a %>", "1:4: `def` is not"),
    ] {
        let (kind, told) = told(template, &mut world());
        assert_eq!(kind, MistakeKind::NotUnderstood, "{told}");
        assert!(told.starts_with(told_of), "{told}");
    }
}

#[test]
fn texts_end() {
    for (template, place, message) in [
        ("<%= \"a\" * 10**9 %>", "1:5", TOO_LONG),
        ("<%= \"a\" * 1000000000 %>", "1:5", TOO_LONG),
        (
            "a\n b <%= (\"a\" * 1000).gsub(\"\", \"b\" * 10000) %>",
            "2:30",
            TOO_LONG,
        ),
        (
            "<% x = \"a\" * 1000000 %><%= [(1..10000).to_a].join(x) %>",
            "1:46",
            TOO_LONG,
        ),
        (
            "<% x = \"a\" * 1000000 %><% 8.times do %><% x = \"#{x}#{x}\" %><% end %>",
            "1:47",
            TOO_MUCH,
        ),
    ] {
        let (_, told) = told(template, &mut world());
        assert_eq!(told, format!("{place}: {message}"));
    }
}

/// Naming a variable again is short to write; what is done with its value is not.
#[test]
fn arguments_count() {
    let many = "x, ".repeat(100_000);
    for template in [
        format!("<% x = \"a\" * 1000000 %><%= File.join({many}x) %>"),
        format!("<% x = \"a\" * 1000000 %><%= x.start_with?({many}x) %>"),
        format!("<% x = \"a\" * 1000000 %><%= [{many}x].size %>"),
        "<% x = \"a\" * 1000000 %><% (1..10000).each do |i| %><% ENV[\"A#{i}\"] = x %><% end %>"
            .to_owned(),
    ] {
        let told = limit(&template);
        assert!(told.ends_with(TOO_MUCH), "{told}");
    }
    let set: String = ('\u{100}'..'\u{1000}').collect();
    let set = format!("<%= (\"a\" * 1000000).tr(\"{set}\", \"b\") %>");
    assert_eq!(
        limit(&set),
        "1:24: this set of characters has too many parts"
    );
}

/// What is slow only for odd texts, and what grows with the square of its length.
#[test]
fn odd_texts_are_read_in_time() {
    let number = "1".repeat(300_000) + &"-".repeat(300_000);
    let mut runtime = StagedRuntime::default().with_file("number", &number);
    let source = "<%= File.read(\"number\").to_f > 1 %>";
    let begun = worked();
    let rendered = render(source, TemplateKind::DeployFile, &mut runtime, yaml).unwrap();
    assert_eq!(rendered.text, "true");
    assert!(worked().saturating_sub(begun) < Duration::from_secs(10));

    let comments = "# <% a b c %>\n".repeat(70_000);
    let (_, told) = told(&comments, &mut world());
    assert_eq!(
        told,
        "5:6: undefined local variable or method `a' for main:Object"
    );
}

#[test]
fn files_count_each_time_they_are_read() {
    let file = " ".repeat(1_000_000);
    let mut runtime = StagedRuntime::default()
        .with_file("spaces.json", &file)
        .with_file(".env", &file);
    for template in [
        "<% 1000.times do %><% File.read(\"spaces.json\").size %><% end %>",
        "<% 1000.times do %><% Dotenv.load %><% end %>",
    ] {
        let (kind, told) = told(template, &mut runtime);
        assert_eq!(kind, MistakeKind::Limit, "{told}");
        assert!(told.ends_with(TOO_MUCH), "{told}");
    }
}

#[test]
fn values_made_of_values_end() {
    let doubled = repeated(60, |level| format!("A{}=$A{level}$A{level}\n", level + 1));
    let source = "\n<% Dotenv.load %>";
    for (file, line) in [
        (format!("A0=0123456789\n{doubled}"), 17),
        // One long value, again and again.
        (
            format!("A={}\n", "x".repeat(100_000)) + &"B=$A\n".repeat(100_000),
            11,
        ),
        (
            format!("A={}\nB={}\n", "x".repeat(1000), "$A".repeat(100_000)),
            2,
        ),
    ] {
        let mut runtime = StagedRuntime::default().with_file(".env", &file);
        let (_, told) = told(source, &mut runtime);
        assert_eq!(
            told,
            format!(
                "2:11: .env: line {line}: the values of this file are longer than 1048576 bytes together"
            )
        );
    }
    let many = repeated(60_000, |number| format!("A{number}=$HOST\n"));
    let mut runtime = StagedRuntime::default().with_file(".env", &many);
    let begun = worked();
    render(source, TemplateKind::DeployFile, &mut runtime, yaml).unwrap();
    assert!(worked().saturating_sub(begun) < Duration::from_secs(10));
}

#[test]
fn nesting_ends() {
    const DEEP: usize = 100_000;
    let deep = |open: &str, close: &str| {
        let source = format!("<%= {}1{} %>", open.repeat(DEEP), close.repeat(DEEP));
        limit(&source)
    };
    for (open, close, told) in [
        ("(", ")", "1:17: the expressions are nested too deeply"),
        ("[", "]", "1:17: the expressions are nested too deeply"),
        ("!", "", "1:28: the expressions are nested too deeply"),
        ("1 + ", "", "1:5: the expressions are nested too deeply"),
        (
            "\"#{",
            "}\"",
            "1:30: too many interpolations inside each other",
        ),
    ] {
        assert_eq!(deep(open, close), told, "{open}");
    }
    let open = "<% if 1 %>".repeat(DEEP);
    assert_eq!(limit(&open), "1:117: the expressions are nested too deeply");
}

/// How long this thread has worked so far: other than the time on the wall, it does not depend on what else the machine
/// does.
fn worked() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.try_into().expect("it counts from zero")
}
