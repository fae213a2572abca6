//! The sample hooks at work, in each shell that may be somebody's `sh`.

use std::process::{Command, Stdio};

use insta::assert_snapshot;

use crate::{
    folder::Folder,
    web::{Answer, Web},
};

const SHELLS: [&[&str]; 3] = [&["dash"], &["bash", "--posix"], &["busybox", "sh"]];

/// A hook in one shell, told what a deploy tells hooks.
fn hook(folder: &Folder, shell: &[&str], name: &str) -> Command {
    let mut program = folder.program(shell[0]);
    program
        .args(&shell[1..])
        .arg(format!(".kamal/hooks/{name}.sample"))
        .env("KAMAL_COMMAND", "deploy")
        .env("KAMAL_HOSTS", "127.0.0.1,localhost")
        .env("KAMAL_PERFORMER", "ada@example.com")
        .env("KAMAL_SERVICE_VERSION", "shop@86213f8")
        .env("KAMAL_VERSION", "86213f88aaab62d77d75a1c4c9a1a9d8f7d3a111");
    program
}

/// What a hook says in every shell, with its exit code. `prepare` sets the scene. What curl says of a failure is
/// left out: each version has words of its own.
#[track_caller]
fn says(folder: &Folder, name: &str, mut prepare: impl FnMut(&mut Command)) -> String {
    let started = SHELLS.map(|shell| {
        let mut hook = hook(folder, shell, name);
        prepare(&mut hook);
        hook.stdout(Stdio::piped()).stderr(Stdio::piped());
        (shell, hook.spawn().unwrap())
    });
    let said = started.map(|(shell, hook)| {
        let output = hook.wait_with_output().unwrap();
        let told = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        let code = format!("exit code {}", output.status.code().unwrap());
        let own = told.lines().filter(|line| !line.starts_with("curl: "));
        (
            shell,
            own.chain([code.as_str()]).collect::<Vec<_>>().join("\n"),
        )
    });
    for (shell, told) in &said {
        assert_eq!(told, &said[0].1, "{shell:?} says something else");
    }
    let [(_, said), ..] = said;
    said
}

#[test]
fn those_that_only_tell_something_tell_it() {
    let folder = Folder::initialised();
    let said: Vec<String> = [
        "docker-setup",
        "pre-app-boot",
        "post-app-boot",
        "pre-proxy-reboot",
        "post-proxy-reboot",
    ]
    .map(|name| says(&folder, name, |_| {}))
    .to_vec();
    assert_snapshot!(said.join("\n"), @"
    docker-setup: 127.0.0.1 is ready
    docker-setup: localhost is ready
    exit code 0
    pre-app-boot: 86213f88aaab62d77d75a1c4c9a1a9d8f7d3a111 is about to boot on 127.0.0.1,localhost
    exit code 0
    post-app-boot: 86213f88aaab62d77d75a1c4c9a1a9d8f7d3a111 has booted on 127.0.0.1,localhost
    exit code 0
    pre-proxy-reboot: the proxy is about to be replaced on 127.0.0.1,localhost
    exit code 0
    post-proxy-reboot: 127.0.0.1 is back
    post-proxy-reboot: localhost is back
    exit code 0
    ");
}

#[test]
fn pre_connect_is_content_with_hosts_that_are_known() {
    let folder = Folder::initialised();
    // What `~/.ssh/config` of this user says stays out of it: ssh takes the home of the password file.
    let hosts = "localhost,127.0.0.1,root@localhost:2222,2001:db8::1";
    assert_snapshot!(says(&folder, "pre-connect", |hook| { hook.env("KAMAL_HOSTS", hosts); }), @"exit code 0");
}

#[test]
fn pre_connect_names_every_host_that_is_not_known() {
    let folder = Folder::initialised();
    let said = says(&folder, "pre-connect", |hook| {
        hook.env("KAMAL_HOSTS", "localhost,shop.invalid");
    });
    assert_snapshot!(said, @"
    pre-connect: the host shop.invalid is not known
    exit code 1
    ");
}

#[test]
fn pre_build_takes_what_is_committed_and_pushed() {
    let folder = Folder::committed("../remote.git");
    let refused = |version: &str| {
        says(&folder, "pre-build", |hook| {
            hook.env("KAMAL_VERSION", version);
        })
    };
    let version = folder.git(&["rev-parse", "HEAD"]);
    let unreachable = refused(&version);
    let expected = "\npre-build: the remote origin does not answer\nexit code 1";
    assert!(unreachable.ends_with(expected), "{unreachable}");
    folder.git(&["init", "--quiet", "--bare", "../remote.git"]);
    assert_snapshot!(refused(&version), @"
    pre-build: main is not on origin yet: git push --set-upstream origin main
    exit code 1
    ");
    folder.git(&["push", "--quiet", "origin", "main"]);
    assert_snapshot!(refused(&version), @"
    pre-build: main is on origin
    exit code 0
    ");
    assert_snapshot!(refused("1.2.3").replace(&version, "[commit]"), @"
    pre-build: the version 1.2.3 is not the commit [commit]
    exit code 1
    ");

    folder.write("new.txt", "");
    assert_snapshot!(refused(&version), @"
    ?? new.txt
    pre-build: commit these changes, or stash them
    exit code 1
    ");
    let version = folder.commit();
    assert_snapshot!(refused(&version), @"
    pre-build: main here and on origin are not the same commit: pull or push
    exit code 1
    ");
    folder.git(&["push", "--quiet", "origin", "main:live"]);
    folder.git(&["config", "branch.main.remote", "origin"]);
    folder.git(&["config", "branch.main.merge", "refs/heads/live"]);
    assert_snapshot!(refused(&version), @"
    pre-build: main is on origin
    exit code 0
    ");
    folder.git(&["checkout", "--quiet", "--detach"]);
    assert_snapshot!(refused(&version), @"
    pre-build: check out a branch, so that it can be compared
    exit code 1
    ");
    folder.git(&["checkout", "--quiet", "main"]);
    folder.git(&["config", "branch.main.remote", "elsewhere"]);
    assert_snapshot!(refused(&version), @"
    pre-build: the remote elsewhere, to which main would be pushed, is not there
    exit code 1
    ");
}

/// What `pre-deploy` says when GitHub answers this to each shell.
fn pre_deploy(answers: &[Answer]) -> String {
    let folder = Folder::committed("git@github.com:acme/shop.git");
    says(&folder, "pre-deploy", |hook| {
        let web = Web::serve(answers.to_vec());
        hook.env("GITHUB_TOKEN", "open-sesame")
            .env("GITHUB_GRAPHQL_URL", web.address())
            .env("CHECKS_SECONDS", "0")
            .env("CHECKS_LOOKS", "3");
    })
}

fn state(state: &str) -> Answer {
    let rollup = format!(r#"{{"statusCheckRollup":{state}}}"#);
    Answer::ok(format!(
        r#"{{"data":{{"repository":{{"object":{rollup}}}}}}}"#
    ))
}

#[test]
fn pre_deploy_waits_for_the_checks() {
    let answers = [
        state("null"),
        state(r#"{"state":"PENDING"}"#),
        state(r#"{"state":"SUCCESS"}"#),
    ];
    assert_snapshot!(pre_deploy(&answers), @"
    pre-deploy: the checks of 86213f88aaab62d77d75a1c4c9a1a9d8f7d3a111 are not done yet (look 1 of 3)
    pre-deploy: the checks of 86213f88aaab62d77d75a1c4c9a1a9d8f7d3a111 are not done yet (look 2 of 3)
    pre-deploy: the checks of 86213f88aaab62d77d75a1c4c9a1a9d8f7d3a111 have passed
    exit code 0
    ");
    let spaced = r#"{ "data": { "repository": { "object": { "statusCheckRollup": { "state": "SUCCESS" } } } } }"#;
    assert_snapshot!(pre_deploy(&[Answer::ok(spaced)]), @"
    pre-deploy: the checks of 86213f88aaab62d77d75a1c4c9a1a9d8f7d3a111 have passed
    exit code 0
    ");
    let pending = state(r#"{"state":"EXPECTED"}"#);
    assert_snapshot!(pre_deploy(&[pending.clone(), pending.clone(), pending]), @"
    pre-deploy: the checks of 86213f88aaab62d77d75a1c4c9a1a9d8f7d3a111 are not done yet (look 1 of 3)
    pre-deploy: the checks of 86213f88aaab62d77d75a1c4c9a1a9d8f7d3a111 are not done yet (look 2 of 3)
    pre-deploy: the checks of 86213f88aaab62d77d75a1c4c9a1a9d8f7d3a111 are not done yet (look 3 of 3)
    pre-deploy: the checks of 86213f88aaab62d77d75a1c4c9a1a9d8f7d3a111 are still not done; nobody waits for them any longer
    exit code 1
    ");
}

#[test]
fn pre_deploy_stops_at_what_will_not_pass() {
    let table = [
        state(r#"{"state":"FAILURE"}"#),
        state(r#"{"state":"ERROR"}"#),
        Answer::ok(r#"{"data":{"repository":{"object":null}}}"#),
        Answer::ok(r#"{"data":{"repository":null},"errors":[{"message":"Could not resolve"}]}"#),
        Answer::ok(r#"{"errors":[{"message":"API rate limit exceeded"}]}"#),
        Answer::refusal("401 Unauthorized"),
    ];
    let said: Vec<String> = table.map(|answer| pre_deploy(&[answer])).to_vec();
    assert_snapshot!(said.join("\n"), @r#"
    pre-deploy: a check of 86213f88aaab62d77d75a1c4c9a1a9d8f7d3a111 has failed
    exit code 1
    pre-deploy: a check of 86213f88aaab62d77d75a1c4c9a1a9d8f7d3a111 has failed
    exit code 1
    pre-deploy: GitHub has no commit 86213f88aaab62d77d75a1c4c9a1a9d8f7d3a111: is it pushed?
    exit code 1
    pre-deploy: GitHub shows no repository acme/shop to this token
    exit code 1
    pre-deploy: GitHub said: {"errors":[{"message":"API rate limit exceeded"}]}
    exit code 1
    pre-deploy: GitHub does not answer with this GITHUB_TOKEN
    exit code 1
    "#);
}

#[test]
fn pre_deploy_asks_about_the_commit_and_shows_its_token_to_nobody_else() {
    let folder = Folder::committed("https://github.com/acme/shop");
    let web = Web::serve(vec![state(r#"{"state":"SUCCESS"}"#)]);
    let mut hook = hook(&folder, &["sh"], "pre-deploy");
    hook.env("GITHUB_TOKEN", "open-sesame");
    hook.env("GITHUB_GRAPHQL_URL", web.address());
    assert_eq!(folder.told(&mut hook).1, Some(0));
    let requests = web.requests();
    let [request] = requests.as_slice() else {
        panic!("one request was expected: {requests:?}");
    };
    assert!(
        request.contains("\r\nAuthorization: bearer open-sesame\r\n"),
        "{request}"
    );
    let body = request.split("\r\n\r\n").nth(1).unwrap();
    assert_snapshot!(body, @r#"{"query":"{repository(owner:\"acme\",name:\"shop\"){object(expression:\"86213f88aaab62d77d75a1c4c9a1a9d8f7d3a111\"){... on Commit{statusCheckRollup{state}}}}}"}"#);
    let body: serde_yaml::Value = serde_yaml::from_str(body).unwrap();
    assert_snapshot!(body["query"].as_str().unwrap(), @r#"{repository(owner:"acme",name:"shop"){object(expression:"86213f88aaab62d77d75a1c4c9a1a9d8f7d3a111"){... on Commit{statusCheckRollup{state}}}}}"#);
}

#[test]
fn pre_deploy_holds_up_neither_rollbacks_nor_other_destinations() {
    let folder = Folder::initialised();
    for (variable, value) in [
        ("KAMAL_COMMAND", "rollback"),
        ("KAMAL_DESTINATION", "staging"),
        ("GITHUB_ACTIONS", "true"),
    ] {
        let said = says(&folder, "pre-deploy", |hook| {
            hook.env(variable, value);
        });
        assert_eq!(said, "exit code 0", "{variable}");
    }
    let said = says(&folder, "pre-deploy", |hook| {
        hook.env("KAMAL_DESTINATION", "production");
    });
    assert_snapshot!(said, @"
    pre-deploy: GITHUB_TOKEN is not set, so GitHub cannot be asked
    exit code 1
    ");
}

#[test]
fn post_deploy_tells_what_was_done() {
    let folder = Folder::initialised();
    let said = says(&folder, "post-deploy", |hook| {
        hook.env("KAMAL_RUNTIME", "42")
            .env("KAMAL_DESTINATION", "staging");
    });
    assert_snapshot!(said, @"
    ada@example.com: deploy of shop@86213f8 to staging took 42 seconds
    exit code 0
    ");
}

#[test]
fn post_deploy_tells_a_room() {
    let folder = Folder::initialised();
    let mut bodies = Vec::new();
    for shell in SHELLS {
        let web = Web::serve(vec![Answer::ok("ok")]);
        let mut hook = hook(&folder, shell, "post-deploy");
        hook.env("KAMAL_RUNTIME", "42");
        hook.env("KAMAL_PERFORMER", r#"Ada "the first" \o/"#);
        hook.env("CHAT_WEBHOOK_URL", web.address());
        assert_eq!(folder.told(&mut hook).1, Some(0));
        let request = web.requests().pop().unwrap();
        bodies.push(request.split("\r\n\r\n").nth(1).unwrap().to_owned());
    }
    bodies.dedup();
    let body: serde_yaml::Value = serde_yaml::from_str(&bodies[0]).unwrap();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    assert_snapshot!(body["text"].as_str().unwrap(), @r#"Ada "the first" \o/: deploy of shop@86213f8 took 42 seconds"#);
}

#[test]
fn post_deploy_does_not_fail_when_the_room_is_closed() {
    let folder = Folder::initialised();
    let said = says(&folder, "post-deploy", |hook| {
        let web = Web::serve(vec![Answer::refusal("403 Forbidden")]);
        hook.env("KAMAL_RUNTIME", "42")
            .env("CHAT_WEBHOOK_URL", web.address());
    });
    assert_snapshot!(said, @"
    ada@example.com: deploy of shop@86213f8 took 42 seconds
    post-deploy: the room was not told
    exit code 0
    ");
}

#[test]
fn dhow_runs_a_sample_that_has_lost_its_ending() {
    let folder = Folder::committed("git@github.com:acme/shop.git");
    let deploy_file = folder.read("config/deploy.yml");
    folder.write(
        "config/deploy.yml",
        &deploy_file.replace("192.0.2.1", "shop.invalid"),
    );
    folder.write("Dockerfile", "FROM scratch\n");
    folder.git(&[
        "mv",
        ".kamal/hooks/pre-connect.sample",
        ".kamal/hooks/pre-connect",
    ]);
    folder.commit();
    let mut dhow = folder.program(assert_cmd::cargo::cargo_bin!("dhow").to_str().unwrap());
    dhow.args(["deploy", "--skip-push"])
        .env("KAMAL_REGISTRY_PASSWORD", "open-sesame");
    let (told, code) = folder.told(&mut dhow);
    assert!(
        told.contains("pre-connect: the host shop.invalid is not known"),
        "{told}"
    );
    assert!(told.contains("Hook `pre-connect` failed"), "{told}");
    assert_eq!(code, Some(1));
}
