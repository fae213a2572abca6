use clap::CommandFactory;

use super::*;
use crate::arguments::Arguments;

fn ours(line: &str) -> Result<String, Refused> {
    let mut definition = Arguments::command();
    definition.build();
    let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    in_our_words(&definition, &words).map(|words| words.join(" "))
}

#[test]
fn commands_may_be_cut_short_and_written_with_dashes() {
    for (typed, means) in [
        ("conf", "config"),
        ("dep -P", "deploy -P"),
        ("acc pull-image db", "accessory pull_image db"),
        ("acc pull_image db", "accessory pull_image db"),
        (
            "acc remove-service-directory db",
            "accessory remove_service_directory db",
        ),
    ] {
        assert_eq!(ours(typed).unwrap(), means);
    }
    assert_eq!(
        ours("de").unwrap_err().to_string(),
        "Ambiguous command de matches [deploy, details]"
    );
    assert_eq!(
        ours("depoly").unwrap_err().to_string(),
        "Could not find command \"depoly\"."
    );
    assert_eq!(
        ours("app nothing").unwrap_err().to_string(),
        "Could not find command \"nothing\"."
    );
}

#[test]
fn options_stand_anywhere_behind_the_command() {
    for (typed, means) in [
        (
            "app exec ls --reuse -l -a --foo=bar",
            "app exec --reuse -- ls -l -a --foo=bar",
        ),
        (
            "app exec bin/rails c -i -d staging",
            "app exec -i -d staging -- bin/rails c",
        ),
        (
            "accessory exec db mysql -i --reuse",
            "accessory exec -i --reuse -- db mysql",
        ),
        ("server exec -q -- ls -p", "server exec -q -- ls -p"),
        ("rollback -d staging abc", "rollback -d staging abc"),
        ("-d staging deploy", "deploy -d staging"),
        ("app -r web logs -n5", "app logs -r web -n5"),
    ] {
        assert_eq!(ours(typed).unwrap(), means, "{typed}");
    }
}

#[test]
fn flags_may_have_values_and_be_denied() {
    for (typed, means) in [
        ("deploy --skip_push", "deploy --skip-push"),
        ("deploy --lock-wait false", "deploy"),
        ("deploy --lock-wait=true", "deploy --lock-wait"),
        ("deploy --no-verbose", "deploy"),
        ("deploy --skip-lock-wait -P", "deploy -P"),
        (
            "deploy --lock_wait_timeout=5",
            "deploy --lock-wait-timeout=5",
        ),
        ("proxy reboot --rolling -y", "proxy reboot --rolling -y"),
    ] {
        assert_eq!(ours(typed).unwrap(), means, "{typed}");
    }
}

#[test]
fn a_list_takes_every_pair_that_follows() {
    assert_eq!(
        ours("app exec --env A:1 B:2 bin/task --reuse").unwrap(),
        "app exec --env A:1 --env B:2 --reuse -- bin/task"
    );
    assert_eq!(
        ours("proxy boot_config set --docker-options a=b c=d --debug").unwrap(),
        "proxy boot_config --docker-options a=b --docker-options c=d --debug set"
    );
}

#[test]
fn what_is_no_option_stays_for_the_definition_to_refuse() {
    assert_eq!(ours("deploy --fast").unwrap(), "deploy --fast");
    assert_eq!(ours("deploy extra").unwrap(), "deploy extra");
}
