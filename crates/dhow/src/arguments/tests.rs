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
    let mut command = definition().term_width(100);
    command.build();
    let mut text = String::new();
    help(&mut command, "dhow", &mut text);
    insta::with_settings!({omit_expression => true}, { insta::assert_snapshot!(text) });
}

/// The commands that do something themselves.
fn commands(command: &Definition, path: &str, found: &mut Vec<String>) {
    for below in command.get_subcommands().filter(|it| !it.is_hide_set()) {
        let path = format!("{path} {}", below.get_name());
        if !below.is_subcommand_required_set() {
            found.push(path.trim().to_owned());
        }
        commands(below, &path, found);
    }
}

/// What hosts are asked is written down in transcripts, except by commands that ask none.
#[test]
fn every_command_has_a_transcript() {
    let mut found = Vec::new();
    commands(&definition(), "", &mut found);
    found.sort();
    let transcripts = include_str!("../../../execute/tests/transcripts/commands.tsv");
    let named = transcripts.lines().filter_map(|line| line.split_once('\t'));
    assert_eq!(named.map(|(command, _)| command).collect::<Vec<_>>(), found);
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
        let Command::Deploy {
            deploying: Deploying { build, .. },
            ..
        } = arguments.command
        else {
            panic!("{line} deploys");
        };
        assert!(build.skip_push && build.freshness == Freshness::default());
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
fn dashes_and_underscores_are_one_in_names_of_commands() {
    for line in [
        "dhow app stale_containers -s",
        "dhow app stale-containers --stop",
    ] {
        let Command::App(app) = parse(line).unwrap().command else {
            panic!("{line} is about the app");
        };
        assert!(!app.only_looks(), "{line}");
        assert_eq!(app.word(), "stale_containers");
    }
}

#[test]
fn settings_of_the_proxy_are_written_as_with_kamal() {
    let parsed = |line: &str| {
        let Command::Proxy(Proxy::BootConfig(config)) = parse(line).unwrap().command else {
            panic!("{line} is about the proxy's settings");
        };
        config
    };
    let config = parsed(
        "dhow proxy boot_config set --publish-host-ip 10.0.0.1 --publish-host-ip ::1 --metrics-port 9090 \
         --docker-options label=a=b memory=1g --debug",
    );
    assert_eq!(config.action, BootConfigAction::Set);
    assert!(config.publishes() && config.debug);
    assert_eq!(config.publish_host_ip.len(), 2);
    assert_eq!(config.docker_options, ["label=a=b", "memory=1g"]);
    assert_eq!((config.http_port, config.https_port), (80, 443));
    assert_eq!(config.log_max_size, "10m");
    for line in [
        "dhow proxy boot_config set --publish false",
        "dhow proxy boot-config set --no-publish",
        "dhow proxy boot_config set --publish=false",
    ] {
        assert!(!parsed(line).publishes(), "{line}");
    }
    assert!(parsed("dhow proxy boot_config set --publish").publishes());
    for (line, looks) in [
        ("dhow proxy boot_config get", true),
        ("dhow proxy boot_config reset", false),
    ] {
        assert_eq!(parse(line).unwrap().command.only_looks(), looks, "{line}");
    }
}

#[test]
fn commands_may_be_cut_short_where_only_one_is_meant() {
    assert!(matches!(
        parse("dhow dep").unwrap().command,
        Command::Deploy { .. }
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
        ("dhow app exec -i --raw ls", ErrorKind::ArgumentConflict),
        (
            "dhow app exec --raw --detach ls",
            ErrorKind::ArgumentConflict,
        ),
        (
            "dhow app exec --reuse --detach ls",
            ErrorKind::ArgumentConflict,
        ),
        (
            "dhow app remove_container",
            ErrorKind::MissingRequiredArgument,
        ),
        (
            "dhow app maintenance --drain-timeout soon",
            ErrorKind::ValueValidation,
        ),
        (
            "dhow deploy --lock-wait-timeout soon",
            ErrorKind::ValueValidation,
        ),
        ("dhow proxy boot_config", ErrorKind::MissingRequiredArgument),
        ("dhow proxy boot_config show", ErrorKind::InvalidValue),
        (
            "dhow proxy boot_config set --publish-host-ip here",
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
        "dhow app boot",
        "dhow app start",
        "dhow app stop",
        "dhow app stale_containers",
        "dhow app maintenance",
        "dhow app live",
        "dhow app remove",
        "dhow app remove_containers",
        "dhow app remove_images",
        "dhow app remove_app_directories",
        "dhow app version",
        "dhow app details",
        "dhow app containers",
        "dhow app images",
        "dhow app logs",
        "dhow proxy boot",
        "dhow proxy start",
        "dhow proxy stop",
        "dhow proxy restart",
        "dhow proxy upgrade",
        "dhow proxy remove_container",
        "dhow proxy remove_image",
        "dhow proxy remove_proxy_directory",
        "dhow proxy details",
        "dhow proxy logs",
        "dhow proxy reboot",
        "dhow proxy remove",
        "dhow prune all",
        "dhow prune images",
        "dhow prune containers",
        "dhow registry setup",
        "dhow registry remove",
        "dhow registry login",
        "dhow registry logout",
        "dhow server bootstrap",
        "dhow upgrade",
        "dhow build push",
        "dhow build pull",
        "dhow build deliver",
    ] {
        let words = parse(line).unwrap().command.words();
        assert_eq!(format!("dhow {}", words.join(" ")), line);
    }
    for word in [
        "boot",
        "reboot",
        "apply",
        "start",
        "stop",
        "restart",
        "logs",
        "details",
        "pull_image",
        "remove",
        "upgrade",
        "upload",
        "directories",
        "remove_container",
        "remove_image",
        "remove_service_directory",
    ] {
        let words = parse(&format!("dhow accessory {word} db")).unwrap().command;
        assert_eq!(words.words(), ["accessory", word]);
    }
    for line in ["accessory exec db ls", "server exec ls"] {
        let words = parse(&format!("dhow {line}")).unwrap().command.words();
        assert_eq!(words, line.split(' ').take(2).collect::<Vec<_>>());
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
