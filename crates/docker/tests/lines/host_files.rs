//! What is written on a host: the lock, the log of what was done, private files.

use std::{fs, os::unix::fs::PermissionsExt};

use dhow_docker::{
    audit::Auditor,
    lock::{self, LockDetails},
    server,
};
use dhow_shell::CommandLine;

use crate::{
    example::{SHOP, Shop},
    host::{SHELLS, StubHost},
};

fn details() -> LockDetails {
    LockDetails {
        holder: "Dee Ployer".to_owned(),
        since: "2026-11-21T00:07:20Z".to_owned(),
        version: "1111111".to_owned(),
        message: "it's \"mine\", é".to_owned(),
    }
}

#[test]
fn the_lock_is_taken_once_shown_and_given_up() {
    let names = Shop::of(SHOP, None).names;
    for shell in SHELLS {
        let host = StubHost::with_docker(":");
        assert_eq!(
            host.run(shell, &lock::status(&names).exposed()).exit_code,
            Some(lock::FREE)
        );
        assert_eq!(
            host.run(shell, &lock::release(&names).exposed()).exit_code,
            Some(lock::FREE)
        );

        let acquire = lock::acquire(&names, &details()).exposed();
        assert_eq!(host.run(shell, &acquire).exit_code, Some(0));
        let text = host.read(".kamal/lock-shop/details");
        assert!(text.lines().all(|line| line.len() <= 60), "{text}");
        assert!(
            text.starts_with("TG9ja2VkIGJ5OiBEZWUgUGxveWVyIGF0IDIwMjYtMTEtMjFUMDA6MDc6MjBa\n"),
            "{text}"
        );

        let again = host.run(shell, &acquire);
        assert_eq!(again.exit_code, Some(lock::HELD));
        assert_eq!(again.stdout, details().text());
        let status = host.run(shell, &lock::status(&names).exposed());
        assert_eq!(
            (status.exit_code, status.stdout),
            (Some(0), details().text())
        );

        let release = lock::release(&names).exposed();
        assert_eq!(host.run(shell, &release).exit_code, Some(0));
        assert!(!host.path().join(".kamal/lock-shop").exists());
    }
}

#[test]
fn only_the_lock_that_was_taken_is_given_up() {
    let names = Shop::of(SHOP, None).names;
    let other = LockDetails {
        holder: "Somebody Else".to_owned(),
        ..details()
    };
    let ours = lock::release_own(&names, &details()).exposed();
    for shell in SHELLS {
        let host = StubHost::with_docker(":");
        assert_eq!(host.run(shell, &ours).exit_code, Some(lock::FREE));
        host.run(shell, &lock::acquire(&names, &other).exposed());
        assert_eq!(host.run(shell, &ours).exit_code, Some(lock::TAKEN_OVER));
        assert_eq!(
            host.run(shell, &lock::status(&names).exposed()).stdout,
            other.text()
        );
        let theirs = lock::release_own(&names, &other).exposed();
        assert_eq!(host.run(shell, &theirs).exit_code, Some(0));
        assert!(!host.path().join(".kamal/lock-shop").exists());
    }
}

#[test]
fn a_lock_that_is_being_taken_is_held_by_somebody_unknown() {
    let names = Shop::of(SHOP, None).names;
    for shell in SHELLS {
        let host = StubHost::with_docker(":");
        fs::create_dir_all(host.path().join(".kamal/lock-shop")).unwrap();
        let acquire = host.run(shell, &lock::acquire(&names, &details()).exposed());
        assert_eq!(
            (acquire.exit_code, acquire.stdout.as_str()),
            (Some(lock::HELD), "")
        );
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_no_held_lock() {
    let names = Shop::of(SHOP, None).names;
    for shell in SHELLS {
        let host = StubHost::with_docker(":");
        fs::create_dir(host.path().join(".kamal")).unwrap();
        fs::write(host.path().join(".kamal/lock-shop"), "").unwrap();
        let acquire = host.run(shell, &lock::acquire(&names, &details()).exposed());
        assert_eq!(acquire.exit_code, Some(1));
        assert!(acquire.stderr.contains("lock-shop"), "{}", acquire.stderr);
    }
}

#[test]
fn what_was_done_is_one_line_of_the_log_whatever_it_was() {
    let names = Shop::of(SHOP, None).names;
    let auditor = Auditor {
        recorded_at: "2026-01-02T03:04:05Z".to_owned(),
        performer: "dee@example.com".to_owned(),
    };
    for shell in SHELLS {
        let host = StubHost::with_docker(":");
        for message in [
            "Stopped app",
            "Executed cmd 'printf \"a\\tb\\n\" $(id)\nls' on %s",
        ] {
            let line = auditor.record(&names, None, message).exposed();
            assert_eq!(host.run(shell, &line).exit_code, Some(0));
        }
        assert_eq!(
            host.read(".kamal/shop-audit.log"),
            "[2026-01-02T03:04:05Z] [dee@example.com] Stopped app\n\
             [2026-01-02T03:04:05Z] [dee@example.com] Executed cmd 'printf \"a\\tb\\n\" $(id)\\nls' on %s\n"
        );
    }
}

#[test]
fn a_private_file_is_the_users_alone_even_where_it_lay_open_before() {
    for shell in SHELLS {
        let host = StubHost::with_docker(":");
        let file = host.path().join("web.env");
        fs::write(&file, "OLD=1\n").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        let write = CommandLine::new("printf")
            .arg("A=b\\n")
            .pipe(server::write_private_file("web.env").grouped());
        assert_eq!(host.run(shell, &write.exposed()).exit_code, Some(0));
        assert_eq!(host.read("web.env"), "A=b\n");
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(!host.path().join("web.env.new").exists());
    }
}

#[test]
fn docker_is_installed_only_where_it_is_missing() {
    for shell in SHELLS {
        let host = StubHost::with_docker(":");
        host.stub("curl", "echo asked >> \"$HOME/curl\"");
        assert_eq!(
            host.run(shell, &server::bootstrap().exposed()).exit_code,
            Some(0)
        );
        assert_eq!(host.asked(), "docker -v\n");
        assert!(!host.path().join("curl").exists());
    }
}
