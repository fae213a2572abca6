use dhow_config::Architecture;

use super::*;

/// As buildx 0.13.1 prints it.
const LOCAL: &str = "\
Name:          kamal-local-docker-container
Driver:        docker-container
Last Activity: 2026-01-31 12:00:00 +0000 UTC

Nodes:
Name:                  kamal-local-docker-container0
Endpoint:              unix:///var/run/docker.sock
Status:                running
BuildKit daemon flags: --allow-insecure-entitlement=network.host
BuildKit version:      v0.12.5
Platforms:             linux/amd64, linux/amd64/v2, linux/386
Context: default unix:///var/run/docker.sock
";

const HYBRID: &str = "\
Name:          kamal-hybrid-docker-container-ssh---b
Driver:        docker-container

Nodes:
Name:      kamal-hybrid-docker-container-ssh---b0
Endpoint:  default
Status:    inactive
Platforms: linux/amd64*

Name:      kamal-hybrid-docker-container-ssh---b1
Endpoint:  kamal-hybrid-docker-container-ssh---b-context
Status:    inactive
Platforms: linux/arm64*
Context: kamal-hybrid-docker-container-ssh---b-context ssh://b
";

fn here(driver: &str) -> Instance {
    Instance::Own {
        name: "kamal-local-docker-container".to_owned(),
        place: Place::Here {
            driver: driver.to_owned(),
        },
        on_host_network: false,
    }
}

fn both(url: &str, there: &str) -> Instance {
    let architecture = |text: &str| text.parse::<Architecture>().unwrap();
    Instance::Own {
        name: "kamal-hybrid-docker-container-ssh---b".to_owned(),
        place: Place::Both {
            driver: "docker-container".to_owned(),
            here: vec![architecture("amd64")],
            url: url.to_owned(),
            there: vec![architecture(there)],
        },
        on_host_network: false,
    }
}

#[test]
fn a_builder_on_this_machine_fits_with_its_driver_and_its_engine() {
    assert!(here("docker-container").fits(LOCAL));
    assert!(!here("kubernetes").fits(LOCAL));
    let named = LOCAL.replace(
        "Endpoint:              unix:///var/run/docker.sock",
        "Endpoint: default",
    );
    assert!(here("docker-container").fits(&named));
    let elsewhere = LOCAL.replace(
        "Context: default unix:///var/run/docker.sock",
        "Context: default tcp://other:2375",
    );
    assert!(!here("docker-container").fits(&elsewhere));
    assert!(!here("docker-container").fits(""));
}

#[test]
fn a_builder_on_two_machines_fits_with_both_and_what_they_build_for() {
    assert!(both("ssh://b", "arm64").fits(HYBRID));
    assert!(!both("ssh://c", "arm64").fits(HYBRID), "another machine");
    assert!(
        !both("ssh://b", "riscv64").fits(HYBRID),
        "another architecture"
    );
    assert!(!both("ssh://b", "arm64").fits(LOCAL), "one machine only");
}

#[test]
fn a_builder_elsewhere_fits_with_its_machine() {
    let there = |url: &str| Instance::Own {
        name: "kamal-remote-ssh---b".to_owned(),
        place: Place::There {
            url: url.to_owned(),
        },
        on_host_network: false,
    };
    let printed = "Driver: docker-container\nNodes:\nName: x0\nEndpoint: kamal-remote-ssh---b-context\n\
                   Context: kamal-remote-ssh---b-context ssh://b\n";
    assert!(there("ssh://b").fits(printed));
    assert!(!there("ssh://c").fits(printed));
    assert!(!there("ssh://b").fits(&printed.replace("-context ssh", "-other ssh")));
}
