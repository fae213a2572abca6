//! Logging in, pulling and looking at what was pulled, run by the shells that hosts have.

use std::fs;

use dhow_docker::{image, registry};
use dhow_names::Digest;
use dhow_redaction::Secret;

use crate::{
    example::{SHOP, Shop},
    host::{SHELLS, StubHost},
};

#[test]
fn an_image_must_be_for_this_host_and_for_no_other_service() {
    let shop = Shop::of(SHOP, None);
    let image = shop.repository.at(&shop.version);
    let label = image::check_label(&image, &shop.config.service).exposed();
    let architecture = image::check_architecture(&image).exposed();
    let docker = |service: &str, built: &str| {
        format!(
            "case \"$*\" in *Labels*) echo '{service}' ;; *Architecture*) echo {built} ;; \
             version*) echo amd64 ;; esac"
        )
    };
    for shell in SHELLS {
        // One without the label was built elsewhere.
        for service in ["shop", "", "<no value>"] {
            let right = StubHost::with_docker(&docker(service, "amd64"));
            assert_eq!(right.run(shell, &label).exit_code, Some(0), "{service}");
            assert_eq!(right.run(shell, &architecture).exit_code, Some(0));
        }
        let wrong = StubHost::with_docker(&docker("shop-2", "arm64"));
        let done = wrong.run(shell, &label);
        assert_eq!(done.exit_code, Some(1));
        assert_eq!(
            done.stderr,
            "image ghcr.io/acme/shop:1111111 is labelled for the service shop-2, not shop\n"
        );
        let done = wrong.run(shell, &architecture);
        assert_eq!(done.exit_code, Some(1));
        assert_eq!(
            done.stderr,
            "image ghcr.io/acme/shop:1111111 is built for arm64, this host is amd64\n"
        );
        let missing = StubHost::with_docker("exit 1");
        assert_eq!(missing.run(shell, &label).exit_code, Some(1));
    }
}

#[test]
fn what_lies_there_is_not_pulled() {
    let shop = Shop::of(SHOP, None);
    let pinned = shop.repository.pinned(Digest::of(b"one"));
    let line = image::pull_pinned(&pinned).exposed();
    for shell in SHELLS {
        let there = StubHost::with_docker(":");
        assert_eq!(there.run(shell, &line).exit_code, Some(0));
        assert!(!there.asked().contains("docker pull"));
        let missing = StubHost::with_docker("[ \"$1\" = pull ]");
        assert_eq!(missing.run(shell, &line).exit_code, Some(0));
        assert!(
            missing
                .asked()
                .ends_with(&format!("docker pull {pinned}\n"))
        );
    }
}

/// The configuration as Docker writes it.
const NOTED: &str = r#"{
	"auths": {
		"ghcr.io": {
			"auth": "YWNtZTpwNHNzdzByZA=="
		},
		"https://index.docker.io/v1/": {
			"auth": "YWNtZTpodWI="
		},
		"other.example": {
			"auth": "YWNtZTpvdGhlcg=="
		}
	}
}"#;

#[test]
fn a_login_that_is_noted_is_not_made_again() {
    let user = Secret::new("acme");
    let asks = |server: Option<&str>, password: &str, noted: Option<&str>, shell: &[&str]| {
        let host = StubHost::with_docker("cat >> \"$HOME/password\"");
        if let Some(text) = noted {
            fs::create_dir(host.path().join(".docker")).unwrap();
            fs::write(host.path().join(".docker/config.json"), text).unwrap();
        }
        let words = registry::login_words(&user, &Secret::new(password));
        let line = registry::ensure_login(server, &user).exposed();
        let done = host.run_with_input(shell, &line, words.expose());
        assert_eq!(done.exit_code, Some(0), "{done:?}");
        assert!(!format!("{done:?}{}", host.asked()).contains(password));
        fs::read_to_string(host.path().join("password")).ok()
    };
    for shell in SHELLS {
        assert_eq!(asks(Some("ghcr.io"), "p4ssw0rd", Some(NOTED), shell), None);
        assert_eq!(asks(None, "hub", Some(NOTED), shell), None);
        // A password that changed, a server that is not noted, one that is noted without a password, and nothing noted.
        for (server, password, noted) in [
            (Some("ghcr.io"), "n3wpass", Some(NOTED)),
            (Some("ghcr.io"), "other", Some(NOTED)),
            (Some("new.example"), "p4ssw0rd", Some(NOTED)),
            (
                Some("ghcr.io"),
                "p4ssw0rd",
                Some("{\"auths\": {\"ghcr.io\": {}}, \"credsStore\": \"pass\"}"),
            ),
            (Some("ghcr.io"), "p4ssw0rd", None),
        ] {
            assert_eq!(
                asks(server, password, noted, shell).as_deref(),
                Some(password)
            );
        }
    }
}

#[test]
fn what_a_pull_depends_on_is_told_in_two_lines() {
    for shell in SHELLS {
        let host = StubHost::with_docker("echo '/|{\"Mirrors\":[]}'");
        let done = host.run(shell, &image::store().exposed());
        let lines: Vec<&str> = done.stdout.lines().collect();
        assert_eq!(lines[0], "/|{\"Mirrors\":[]}");
        let free = lines[1].split_whitespace().nth(3).unwrap();
        assert!(free.parse::<u64>().is_ok(), "{done:?}");
    }
}
