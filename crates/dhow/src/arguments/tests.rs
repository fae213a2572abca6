use std::fmt::Write as _;

use clap::{Command as Definition, CommandFactory, Parser, error::ErrorKind};

use super::*;

/// The help of a command and of all below it. What every command takes is shown with the first only.
fn help(command: &mut Definition, path: &str, text: &mut String) {
    let own = command.render_long_help().to_string();
    let shown = match own.split_once("Options of every command:") {
        Some((own, _)) if path.contains(' ') => own.trim_end().to_owned(),
        _ => own.trim_end().to_owned(),
    };
    // Writing to a string cannot fail.
    let _ = writeln!(text, "$ {path} --help\n{shown}\n");
    for below in command.get_subcommands_mut() {
        let path = format!("{path} {}", below.get_name());
        help(below, &path, text);
    }
}

#[test]
fn every_command_explains_itself() {
    let mut command = Arguments::command().term_width(100);
    command.build();
    let mut text = String::new();
    help(&mut command, "dhow", &mut text);
    insta::with_settings!({omit_expression => true}, { insta::assert_snapshot!(text) });
}

#[test]
fn the_definition_is_consistent() {
    Arguments::command().debug_assert();
}

fn parse(line: &str) -> Result<Arguments, clap::Error> {
    Arguments::try_parse_from(line.split(' '))
}

#[test]
fn options_of_every_command_stand_before_and_behind_it() {
    for line in [
        "dhow -d staging -h a,b* -r web -v deploy -P",
        "dhow deploy -P -d staging -h a,b* -r web -v",
        "dhow deploy --skip-push --destination=staging --hosts=a,b* --roles=web --verbose",
    ] {
        let arguments = parse(line).unwrap();
        let Global {
            destination,
            hosts,
            roles,
            verbose,
            ..
        } = arguments.global;
        assert_eq!(destination.as_deref(), Some("staging"), "{line}");
        assert_eq!(hosts.as_deref(), Some("a,b*"), "{line}");
        assert_eq!(roles.as_deref(), Some("web"), "{line}");
        assert!(verbose, "{line}");
        let Command::Deploy(build) = arguments.command else {
            panic!("{line} deploys");
        };
        assert!(build.skip_push && !build.no_cache);
    }
}

#[test]
fn defaults_are_kamals() {
    let global = parse("dhow deploy").unwrap().global;
    assert_eq!(global.config_file, PathBuf::from("config/deploy.yml"));
    assert_eq!(
        (global.lock_wait_timeout, global.lock_wait_interval),
        (900, 15)
    );
    assert!(!global.lock_wait && !global.skip_hooks && !global.primary && !global.quiet);
    assert_eq!(global.version, None);
}

#[test]
fn a_command_for_the_app_keeps_its_own_options() {
    let Command::App(App::Exec(exec)) =
        parse("dhow app exec -e A:b --reuse bin/rails -v c --sandbox")
            .unwrap()
            .command
    else {
        panic!("it runs a command");
    };
    assert_eq!(exec.command, ["bin/rails", "-v", "c", "--sandbox"]);
    assert_eq!(exec.env, ["A:b"]);
    assert!(exec.reuse && !exec.interactive);
}

#[test]
fn commands_may_be_cut_short_where_only_one_is_meant() {
    assert!(matches!(
        parse("dhow dep").unwrap().command,
        Command::Deploy(_)
    ));
    assert_eq!(
        parse("dhow re").unwrap_err().kind(),
        ErrorKind::InvalidSubcommand
    );
}

#[test]
fn what_cannot_be_is_refused() {
    let table = [
        ("dhow", ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand),
        ("dhow depoly", ErrorKind::InvalidSubcommand),
        ("dhow deploy --fast", ErrorKind::UnknownArgument),
        ("dhow lock acquire", ErrorKind::MissingRequiredArgument),
        ("dhow app exec", ErrorKind::MissingRequiredArgument),
        ("dhow app exec -i --detach ls", ErrorKind::ArgumentConflict),
        (
            "dhow deploy --lock-wait-timeout soon",
            ErrorKind::ValueValidation,
        ),
        ("dhow app logs -n -3", ErrorKind::UnknownArgument),
    ];
    for (line, kind) in table {
        assert_eq!(parse(line).unwrap_err().kind(), kind, "{line}");
    }
}

#[test]
fn hooks_are_told_the_words_that_were_typed() {
    for line in [
        "dhow init",
        "dhow setup",
        "dhow deploy",
        "dhow redeploy",
        "dhow rollback",
        "dhow plan",
        "dhow config",
        "dhow version",
        "dhow audit",
        "dhow details",
        "dhow remove",
        "dhow lock status",
        "dhow lock release",
        "dhow app version",
        "dhow app details",
        "dhow app containers",
        "dhow app images",
        "dhow app logs",
        "dhow proxy boot",
        "dhow proxy details",
        "dhow proxy logs",
        "dhow proxy reboot",
        "dhow proxy remove",
        "dhow build push",
        "dhow build pull",
        "dhow build deliver",
    ] {
        let words = parse(line).unwrap().command.words();
        assert_eq!(format!("dhow {}", words.join(" ")), line);
    }
    assert_eq!(
        parse("dhow lock acquire -m x").unwrap().command.words(),
        ["lock", "acquire"]
    );
    assert_eq!(
        parse("dhow app exec ls").unwrap().command.words(),
        ["app", "exec"]
    );
}
