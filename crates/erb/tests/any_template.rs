//! No template whatever panics, hangs or swells; text outside of tags arrives byte for byte.

mod world;

use std::time::Duration;

use dhow_erb::{MistakeKind, StagedRuntime, TemplateKind, render};
use proptest::prelude::*;
use world::{world, yaml};

/// Words of Ruby and of ERB, and what breaks them.
const WORDS: &[&str] = &[
    "<%=",
    "<%",
    "%>",
    "<%-",
    "-%>",
    "<%#",
    "<%%",
    "%%>",
    "if",
    "unless",
    "elsif",
    "else",
    "end",
    "do",
    "|x|",
    "x",
    "y",
    "=",
    "||=",
    "+=",
    "||",
    "&&",
    "!",
    "==",
    "?",
    ":",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ".",
    "&.",
    ",",
    "\"",
    "'",
    "`",
    "#{",
    "\\",
    "%w[",
    "%x(",
    ":a",
    "a:",
    "=>",
    "1",
    "99999999999999999999",
    "-",
    "*",
    "/",
    "%",
    "..",
    "ENV",
    "File",
    "JSON",
    "nil",
    "true",
    ".each",
    ".map",
    ".split",
    ".join",
    ".gsub",
    ".tr",
    ".fetch",
    "&:upcase",
    ".to_i",
    ".times",
    "\"a-z\"",
    "\n",
    " ",
    " ",
    ";",
    "#",
    "é",
    "日本",
    "\u{0}",
    "\r\n",
    "\t",
    "RUBY_VERSION",
    "require",
    "raise",
    "and",
    "or",
    "not",
    "then",
    "::",
    "case ",
    "when ",
    "next",
    "break",
    "<<",
    "<=>",
    "=~",
    "**",
    "&",
    "|",
    "/[a-z]+/",
    "/",
    "format(",
    "%05.1f",
    "(a, b)",
    "String",
    ".is_a?",
    ".with_index",
    ".inject",
    ".sort_by",
    ".each_slice",
    ".zip",
    ".succ",
    "\"a\"..\"zz\"",
];

fn word() -> impl Strategy<Value = String> {
    let words = prop::sample::select(WORDS);
    prop_oneof![12 => words.prop_map(str::to_owned), 1 => ".{0,4}"]
}

fn words() -> impl Strategy<Value = String> {
    prop::collection::vec(word(), 0..40).prop_map(|words| words.concat())
}

/// Text without anything that opens a tag.
fn plain() -> impl Strategy<Value = String> {
    "[a-z%>#\\- \né:\"]{0,12}".prop_map(|text| text.replace("<%", ""))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_rendered_or_refused_at_a_place(source in words()) {
        for kind in [TemplateKind::DeployFile, TemplateKind::AccessoryFile] {
            match render(&source, kind, &mut world(), yaml) {
                Ok(rendered) => {
                    for at in 0..=rendered.text.len() {
                        let range = rendered.map.to_source(at..at);
                        prop_assert!(range.start <= range.end && range.end <= source.len());
                    }
                    rendered.map.to_source(0..rendered.text.len() + 9);
                }
                Err(mistakes) => {
                    prop_assert!(!mistakes.is_empty());
                    for mistake in mistakes {
                        let range = mistake.range;
                        prop_assert!(range.start <= range.end && range.end <= source.len(), "{range:?}");
                        prop_assert!(source.is_char_boundary(range.start), "{range:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn any_expression_is_evaluated_or_refused(inside in words()) {
        let inside = inside.replace("%>", "").replace("<%", "");
        let _ = render(&format!("<%={inside} %>"), TemplateKind::DeployFile, &mut world(), yaml);
    }

    /// Texts between tags arrive as they are, and each of their bytes leads back to itself.
    #[test]
    fn text_outside_of_tags_is_kept(texts in prop::collection::vec(plain(), 1..6)) {
        let source = texts.join("<%= \"<inserted>\" %>");
        let rendered = render(&source, TemplateKind::DeployFile, &mut world(), yaml).unwrap();
        prop_assert_eq!(&rendered.text, &texts.join("<inserted>"));
        let mut before = 0;
        for (at, byte) in rendered.text.bytes().enumerate() {
            let range = rendered.map.to_source(at..at + 1);
            prop_assert!(range.start >= before, "the map runs backwards");
            before = range.start;
            if rendered.map.is_inserted(at) {
                prop_assert_eq!(&source[range], "<%= \"<inserted>\" %>");
            } else {
                prop_assert_eq!(source.as_bytes()[range.start], byte);
                prop_assert_eq!(range.len(), 1);
            }
        }
    }
}

/// Templates that would take forever, or all of the memory, or all of the stack.
#[test]
fn bombs_are_refused_in_time() {
    let deep = |open: &str, inner: &str, close: &str| {
        format!(
            "<%= {}{inner}{} %>",
            open.repeat(50_000),
            close.repeat(50_000)
        )
    };
    let bombs = [
        deep("(", "1", ")"),
        deep("[", "", "]"),
        deep("!", "1", ""),
        deep("-", "1", ""),
        deep("not ", "1", ""),
        deep("x = ", "1", ""),
        deep("1 ? 1 : ", "1", ""),
        deep("{ a: ", "1", " }"),
        deep("[1].map { ", "1", " }"),
        deep("\"#{", "1", "}\""),
        deep("1 + ", "1", ""),
        deep("nil || ", "1", ""),
        format!("<%= nil{} %>", ".to_s".repeat(50_000)),
        format!("<%= {} %>", "name".repeat(50_000)),
        deep("if 1\n", "1\n", "end\n"),
        format!(
            "{}{}",
            "<% if 1 %>".repeat(50_000),
            "<% end %>".repeat(50_000)
        ),
        "<% x = \"y\" * 1000000 %><% 100000.times do %><% x += x %><% end %>".to_owned(),
        "<% x = \"y\" * 1000 %><% 1000000.times do %><% x << \"z\" %><% end %>".to_owned(),
        "<% x = [] %><% 10000000.times do |i| %><% x << [i] %><% end %>".to_owned(),
        "<% x = {} %><% 1000000.times do |i| %><% x[i] = i %><% end %>".to_owned(),
        "<%= (\"a\"..\"zzzzzzzzz\").to_a.size %>".to_owned(),
        "<%= 1.upto(9999999999) { } %>".to_owned(),
        "<%= [1, 2, 3] * 99999999 %>".to_owned(),
        "<%= \"a\".center(99999999) %>".to_owned(),
        "<%= format(\"%999d\" * 10000, *(1..10000)) %>".to_owned(),
        "<% x = (1..9999).to_a %><% x.each do %><% x.product(x) %><% end %>".to_owned(),
        "<% x = \"a\" * 100000 %><% 100000.times do %><% x.gsub(/a*?b|/, x) %><% end %>".to_owned(),
        "<% x = \"a\" * 1000000 %><% 100000.times do %><% x =~ /(a+)+$/ %><% end %>".to_owned(),
        "<%= /((((a{1,50}){1,50}){1,50}){1,50}){1,50}/ %><% 99999999.times do %><% end %>"
            .to_owned(),
        "<% x = [1] %><% 100000.times do %><% x = [x, x] %><% end %><%= x %>".to_owned(),
        "<% x = [1] %><% 100000.times do %><% x = [x] %><% end %><%= x %>".to_owned(),
        "<% x = [1] %><% 100000.times do %><% x += x %><% end %>".to_owned(),
        "<% 1000000.times do %><% 1000000.times do %><% end %><% end %>".to_owned(),
        "<% 1000000000.times do %>text<% end %>".to_owned(),
        "<%= (1..9999999999).to_a %>".to_owned(),
        "<% x = (\"a\" * 1000000) %><%= x.gsub(\"a\", x) %>".to_owned(),
        "<% x = (\"a\" * 1000000) %><%= (1..9999).map { x }.join(x) %>".to_owned(),
        "<% x = (\"a\" * 1000000) %><% (1..9999).each do %><%= x %><% end %>".to_owned(),
        "<% x = (\"a \" * 400000) %><% (1..9999).each { x.split } %>".to_owned(),
        "<% 1000000.times do %>".to_owned() + &"<%= 1 %>".repeat(100_000) + "<% end %>",
        (0..90_000)
            .map(|number| format!("<% a{number}=1%>"))
            .collect::<Vec<_>>()
            .concat(),
        "# <%= a %>".repeat(90_000) + "<% 1000000000.times do %><% end %>",
    ];
    for bomb in bombs {
        let start = worked();
        let mistakes = render(&bomb, TemplateKind::DeployFile, &mut world(), yaml).unwrap_err();
        let took = worked().saturating_sub(start);
        let shown: String = bomb.chars().take(60).collect();
        assert!(
            mistakes.iter().any(|one| one.kind == MistakeKind::Limit),
            "{shown}: {}",
            mistakes[0]
        );
        assert!(took < Duration::from_secs(10), "{shown}: {took:?}");
    }
}

/// What a real program would do to a template is done by the budget too: a large but honest one fits.
#[test]
fn a_thousand_hosts_fit() {
    let hosts: Vec<String> = (0..1000)
        .map(|number| format!("web-{number}.example"))
        .collect();
    let mut runtime = StagedRuntime::default().with_variable("HOSTS", &hosts.join(","));
    let source = "<% ENV[\"HOSTS\"].split(\",\").each do |host| -%>\n- <%= host.strip.downcase %>\n<% end -%>\n";
    let rendered = render(source, TemplateKind::DeployFile, &mut runtime, yaml).unwrap();
    assert_eq!(rendered.text.lines().count(), 1000);
    assert!(rendered.text.ends_with("- web-999.example\n"));
}

/// How long this thread has worked so far: other than the time on the wall, it does not depend on what else the machine
/// does.
fn worked() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.try_into().expect("it counts from zero")
}
