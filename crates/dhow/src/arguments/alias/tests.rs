use clap::CommandFactory;

use super::*;
use crate::arguments::Arguments;

fn run(line: &str) -> Result<Option<String>, BadAlias> {
    let mut definition = Arguments::command();
    definition.build();
    let pairs = [
        ("console", "app exec -i --reuse \"bin/rails console\""),
        ("prod", "console -d production"),
        ("a", "b"),
        ("b", "a"),
        ("quiet", "-q"),
        ("open", "app 'exec"),
    ];
    let aliases = pairs.map(|(name, value)| Pair {
        name: name.to_owned(),
        value: value.to_owned(),
    });
    let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    let Some(whose) = candidate(&definition, &words) else {
        return Ok(None);
    };
    let expanded = expanded(&definition, &words, &aliases, &whose)?;
    Ok(expanded.map(|words| words.join("|")))
}

#[test]
fn an_alias_stands_for_its_words_and_what_follows_stays() {
    let console = "app|exec|-i|--reuse|bin/rails console";
    for (typed, means) in [
        ("console", console.to_owned()),
        ("console -r web", format!("{console}|-r|web")),
        ("-d staging console", format!("-d|staging|{console}")),
        ("prod -q", format!("{console}|-d|production|-q")),
    ] {
        assert_eq!(run(typed).unwrap().unwrap(), means, "{typed}");
    }
}

#[test]
fn commands_and_what_begins_like_one_are_no_aliases() {
    for line in ["deploy", "dep", "d", "app logs", "-d staging deploy", "-q"] {
        assert_eq!(run(line).unwrap(), None, "{line}");
    }
    assert_eq!(run("nothing").unwrap(), None);
}

#[test]
fn an_alias_that_leads_nowhere_is_refused() {
    for (typed, told) in [
        ("quiet", "the alias quiet stands for no command"),
        (
            "open",
            "the alias open has a quote that is never closed: app 'exec",
        ),
    ] {
        assert_eq!(run(typed).unwrap_err().to_string(), told);
    }
}

#[test]
fn the_files_of_the_call_are_those_that_are_asked() {
    let mut definition = Arguments::command();
    definition.build();
    let whose = |line: &str| {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let whose = candidate(&definition, &words).unwrap();
        (whose.config_file, whose.destination)
    };
    let default = PathBuf::from(DEFAULT_CONFIG_FILE);
    assert_eq!(
        whose("console -d staging"),
        (default.clone(), Some("staging".to_owned()))
    );
    assert_eq!(
        whose("console --config-file=a.yml"),
        (PathBuf::from("a.yml"), None)
    );
    assert_eq!(whose("console"), (default, None));
}
