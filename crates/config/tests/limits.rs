//! Files that would take forever, or all of the memory, or all of the stack, are refused at their place.

use std::{alloc::System, fmt::Write as _, fs::File, path::Path, time::Duration};

use cap::Cap;
use dhow_config::{ReadError, Sources, load};
use dhow_erb::StagedRuntime;
use dhow_names::Destination;

/// What all of this may hold at any time; beyond it the program is aborted.
#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, 256 * 1024 * 1024);

const GOOD: &str = "\
service: shop
image: acme/shop
servers: [10.0.0.1]
registry: {username: acme, password: [PW]}
builder: {arch: amd64}
";

/// The first and the last problem of a file, each on one line, and how many there are.
fn told(base: &str, over: Option<&str>) -> (String, String, usize) {
    let begun = worked();
    let staging: Destination = "staging".parse().expect("a destination");
    let over = over.map(|text| (&staging, text));
    let sources = Sources::of_text(base, over);
    let told = match load(&sources, over.map(|(name, _)| name)) {
        Ok(loaded) => ("accepted".to_owned(), String::new(), loaded.warnings.len()),
        Err(problems) => {
            problems.render(true);
            let line = |position: Option<&dhow_config::Problem>| {
                position.map(ToString::to_string).unwrap_or_default()
            };
            let all = &problems.0;
            (line(all.first()), line(all.last()), all.len())
        }
    };
    let took = worked().saturating_sub(begun);
    assert!(took < Duration::from_secs(10), "{}: {took:?}", told.0);
    told
}

/// The only problem of a file.
fn problem(text: &str) -> String {
    let (first, _, count) = told(text, None);
    assert_eq!(count, 1, "{first}");
    first
}

fn repeated(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect()
}

#[test]
fn nesting_ends_at_64_levels() {
    const DEEP: usize = 100_000;
    let too_deep = "nested deeper than 64 levels";
    for (text, place) in [
        // The parser looks ahead in lists and mappings of this kind, and stops by itself.
        ("[".repeat(DEEP), "1:256"),
        ("[".repeat(DEEP) + &"]".repeat(DEEP), "1:256"),
        ("{a: ".repeat(DEEP / 2), "1:1021"),
        ("- ".repeat(DEEP), "1:129"),
        ("? ".repeat(DEEP), "1:129"),
        (repeated(500, |level| " ".repeat(level) + "a:\n"), "65:65"),
    ] {
        let shown = text[..20].to_owned();
        let expected = format!("config/deploy.yml:{place}: {too_deep}");
        assert_eq!(problem(&text), expected, "{shown}");
    }
    let aliases = "x0: &a0 [x]\n".to_owned()
        + &repeated(70, |level| format!("x{0}: &a{0} [*a{level}]\n", level + 1));
    // Not by levels that anybody sees: an alias brings all that is below its anchor.
    assert_eq!(
        problem(&aliases),
        format!("config/deploy.yml:63:12: {too_deep}")
    );
}

#[test]
fn aliases_cannot_unfold_without_end() {
    let laughs = "x0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned()
        + &repeated(30, |level| {
            let nine = vec![format!("*a{level}"); 9].join(", ");
            format!("x{0}: &a{0} [{nine}]\n", level + 1)
        });
    assert_eq!(
        problem(&laughs),
        "config/deploy.yml:5:10: more than 20000 values in this file"
    );
    let long = format!(
        "x: &a {}\ny:\n{}",
        "x".repeat(100_000),
        "- *a\n".repeat(15_000)
    );
    assert_eq!(
        problem(&long),
        "config/deploy.yml:6:3: more than 524288 bytes of text in this file with what its aliases repeat"
    );
    let nested = repeated(60, |level| format!("[&a{level} "))
        + &vec!["x"; 19_000].join(",")
        + &"]".repeat(60);
    assert_eq!(
        problem(&nested),
        "config/deploy.yml:1:340: more than 20000 values in this file"
    );
}

#[test]
fn merge_keys_cannot_unfold_without_end() {
    let keys = (0..5000).map(|number| format!("k{number}: v"));
    let wide = format!(
        "x-a: &a {{{}}}\nx-b: {{<<: [*a, *a, *a]}}\n",
        keys.collect::<Vec<_>>().join(", ")
    );
    assert_eq!(
        problem(&wide),
        "config/deploy.yml:2:12: more than 20000 values in this file"
    );
    // One that is narrow and long repeats the same few keys, and is nothing but odd.
    let narrow = GOOD.to_owned()
        + "x-0: &a0 {k: v}\n"
        + &repeated(200, |level| {
            format!("x-{0}: &a{0} {{<<: [*a{level}, *a{level}]}}\n", level + 1)
        });
    assert_eq!(told(&narrow, None).0, "accepted");
}

const MANY: usize = 10_000_000;

/// A file that is too large is refused before anything in it is judged.
fn refused(text: &str) {
    let length = text.len();
    assert_eq!(
        problem(text),
        format!(
            "config/deploy.yml:1:1: the file has {length} bytes with what its tags insert; at most 262144 are read"
        )
    );
}

#[test]
fn large_files_are_refused_as_a_whole() {
    refused(&("service: ".to_owned() + &"x".repeat(MANY)));
    refused(&"# a comment\n".repeat(MANY / 12));
    let tags = "<%= 1 %>".repeat(MANY / 8);
    assert_eq!(
        problem(&tags),
        "config/deploy.yml:1:1: a file with ERB tags may have 1048576 bytes at most"
    );
    let inserted = GOOD.to_owned() + "# <%= \"x\" * 600_000 %>";
    assert_eq!(
        problem(&inserted),
        "config/deploy.yml:1:1: the file has 600119 bytes with what its tags insert; at most 262144 are read"
    );
}

/// Refused when it is too large. As large as is read, both files together end in time, whatever is wrong with them.
fn ends(begin: &str, repeat: &str) {
    let text = begin.to_owned() + &repeat.repeat(300_000 / repeat.len());
    refused(&text);
    told(&text[..262_144], Some(&text[..262_144]));
}

#[test]
fn the_same_again_and_again_ends() {
    for repeat in ["service: shop\n", "---\n", "&a ", " "] {
        ends("", repeat);
    }
}

#[test]
fn what_is_opened_and_never_closed_ends() {
    for (begin, repeat) in [
        ("[", "a,"),
        ("{[", "a:,"),
        ("", "{a: "),
        ("a: \"", "\\x"),
        ("a: |\n", "  x\n"),
        ("registry: [", "hunter2,"),
    ] {
        ends(begin, repeat);
    }
}

#[test]
fn a_file_far_larger_is_not_read_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deploy.yml");
    File::create(&path).unwrap().set_len(1 << 40).unwrap();
    let name = Path::new("deploy.yml");
    let read = Sources::read(folder.path(), name, None, &mut StagedRuntime::default());
    assert!(matches!(read, Err(ReadError::TooLarge { path: it }) if it == path));
}

#[test]
fn many_mistakes_are_told_in_part() {
    let hosts = repeated(15_000, |number| format!("- \"a b{number}\"\n"));
    let text = GOOD.replace("servers: [10.0.0.1]\n", &format!("servers:\n{hosts}"));
    let (first, last, count) = told(&text, None);
    assert_eq!(
        first,
        "config/deploy.yml:4:3: servers/0: ' ' cannot be part of the host `a b0`"
    );
    assert_eq!(count, 501);
    assert_eq!(last, "config/deploy.yml:1:1: and 14500 more errors");
    // Warnings do not push errors out.
    let warnings = repeated(5000, |_| "service: shop\n".to_owned());
    let (_, last, count) = told(&format!("{GOOD}{warnings}imag: x\n"), None);
    assert_eq!(count, 502);
    assert_eq!(last, "config/deploy.yml:1:1: and 4500 more warnings");
}

#[test]
fn what_is_long_is_not_repeated_in_every_message() {
    let long = "k".repeat(1025);
    assert_eq!(
        problem(&format!("? {long}\n: 1\n")),
        "config/deploy.yml:1:3: a key of more than 1024 bytes"
    );
    // Names that are all a little alike, each held against all others.
    let mut text = GOOD.replace("servers: [10.0.0.1]\n", "");
    text.push_str("servers:\n");
    for number in 0..1200 {
        let _ = writeln!(text, "  role-{number:090}: [a]");
    }
    text.push_str("accessories:\n");
    for number in 0..1200 {
        let _ = writeln!(text, "  a{number}: {{image: x, role: R{number}}}");
    }
    let (_, last, _) = told(&text, None);
    assert!(last.len() < 5000, "{last}");
}

/// What somebody may really write is far from each limit.
#[test]
fn a_thousand_hosts_fit() {
    let hosts = repeated(1000, |number| {
        format!(
            "    - web-{number}.example.com: [blue, zone-{}]\n",
            number % 7
        )
    });
    let text = GOOD.replace(
        "servers: [10.0.0.1]\n",
        &format!("servers:\n  web:\n    hosts:\n{hosts}"),
    );
    let variables = repeated(500, |number| format!("    NAME_{number}: value {number}\n"));
    let text = format!("{text}env:\n  clear:\n{variables}");
    assert_eq!(told(&text, Some("env: {clear: {NAME_1: x}}")).0, "accepted");
}

/// How long this thread has worked so far: other than the time on the wall, it does not depend on what else the machine
/// does.
fn worked() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.try_into().expect("it counts from zero")
}
