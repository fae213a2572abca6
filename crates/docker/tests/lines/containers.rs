//! Which containers are stopped, kept, removed, or serve.

use std::{fs, time::Duration};

use dhow_docker::{app, image, prune};

use crate::{
    example::{SHOP, Shop},
    host::{SHELLS, StubHost},
};

#[test]
fn a_container_is_stopped_by_its_id_and_none_is_fine() {
    let table = [
        ("c45795d27733\n", "docker stop -t 30 c45795d27733\n"),
        ("", ""),
    ];
    for (id, expected) in table {
        for shell in SHELLS {
            let host = StubHost::with_docker("case $1 in container) cat \"$HOME/id\" ;; esac");
            fs::write(host.path().join("id"), id).unwrap();
            let line = app::stop("shop-web-1", Some(Duration::from_secs(30)));
            assert_eq!(host.run(shell, &line.exposed()).exit_code, Some(0));
            let asked = host.asked();
            let (first, rest) = asked.split_once('\n').unwrap();
            assert_eq!(
                first,
                "docker container ls --all --filter name=^shop-web-1$ --quiet"
            );
            assert_eq!(rest, expected);
        }
    }
}

#[test]
fn the_newest_containers_stay() {
    for shell in SHELLS {
        let host = StubHost::with_docker("case $1 in ps) seq 1 7 ;; esac");
        let names = Shop::of(SHOP, None).names;
        let done = host.run(shell, &prune::containers(&names, 5).exposed());
        assert_eq!(done.exit_code, Some(0));
        let asked = host.asked();
        let removed: Vec<&str> = asked.lines().skip(1).collect();
        assert_eq!(removed, ["docker rm 6", "docker rm 7"]);
    }
}

/// Images of the service, of another one with the same repository, and one that says nothing of itself.
const IMAGES: &str = r#"case "$*" in
    *"ls --filter label=service=shop "*) printf '%s\n' '1 ghcr.io/acme/shop:1111111' '2 ghcr.io/acme/shop:2222222' \
        '3 ghcr.io/acme/shop:latest' '4 ghcr.io/acme/shop:<none>' ;;
    *"ls --filter label=service "*) printf '%s\\|\n' 1 2 3 4 5 ;;
    "image ls ghcr.io/acme/shop "*) printf '%s ghcr.io/acme/shop:%s\n' 1 1111111 2 2222222 3 latest 4 '<none>' \
        5 5555555 6 6666666 61 '<none>' 7 7777777 7 latest-staging ;;
    "container ls"*) printf '%s\n' 'ghcr.io/acme/shop:2222222\|' 'ghcr.io/acme/shop:7777777\|' ;;
    *"ancestor=7") echo c45795d27733 ;;
    esac"#;

#[test]
fn images_of_containers_and_the_latest_and_those_of_others_stay() {
    let shop = Shop::of(SHOP, None);
    for shell in SHELLS {
        let host = StubHost::with_docker(IMAGES);
        let line = prune::tagged_images(&shop.names, &shop.repository);
        assert_eq!(host.run(shell, &line.exposed()).exit_code, Some(0));
        let asked = host.asked();
        let removed: Vec<&str> = asked.lines().filter(|line| line.contains("rmi")).collect();
        assert_eq!(
            removed,
            [
                "docker rmi ghcr.io/acme/shop:1111111",
                "docker rmi ghcr.io/acme/shop:6666666"
            ]
        );
    }
}

#[test]
fn unused_images_that_say_nothing_go_too() {
    let shop = Shop::of(SHOP, None);
    for shell in SHELLS {
        let host = StubHost::with_docker(IMAGES);
        let line = image::remove_unused(&shop.config.service, &shop.repository);
        assert_eq!(host.run(shell, &line.exposed()).exit_code, Some(0));
        let asked = host.asked();
        let removed: Vec<&str> = asked
            .lines()
            .filter(|line| line.contains("prune") || line.contains("rmi"))
            .collect();
        assert_eq!(
            removed,
            [
                "docker image prune --all --force --filter label=service=shop",
                "docker rmi ghcr.io/acme/shop:6666666",
                "docker rmi 61"
            ]
        );
    }
}

#[test]
fn the_current_container_is_one_of_the_latest_image_before_any_other() {
    let shop = Shop::of(SHOP, None);
    let table = [
        ("shop-web-1\n", "shop-web-2\n", "shop-web-1\n"),
        ("", "shop-web-2\n", "shop-web-2\n"),
        ("", "", ""),
    ];
    for (of_latest, newest, expected) in table {
        for shell in SHELLS {
            let host = StubHost::with_docker(
                r#"case "$*" in
                "image ls"*) echo 0123456789ab ;;
                *ancestor=0123456789ab) cat "$HOME/latest" ;;
                ps*) cat "$HOME/newest" ;;
                esac"#,
            );
            fs::write(host.path().join("latest"), of_latest).unwrap();
            fs::write(host.path().join("newest"), newest).unwrap();
            let line = app::current_container(&shop.names, &shop.repository, shop.role("web"));
            assert_eq!(host.run(shell, &line.exposed()).stdout, expected);
        }
    }
}
