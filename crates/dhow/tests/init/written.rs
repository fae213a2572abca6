//! Which files are written, with which permissions, and what is said about it.

use std::{fs, os::unix::fs::symlink};

use insta::assert_snapshot;

use crate::folder::Folder;

#[test]
fn an_empty_folder_gets_everything() {
    let folder = Folder::empty();
    assert_snapshot!(folder.dhow(&["init"]), @"
    Created configuration file in config/deploy.yml
    Created .kamal/secrets file
    Created sample hooks in .kamal/hooks

    Filled in: service shop, image your-account/shop at Docker Hub, port 80, as nothing names another.
    Missing: a Dockerfile, from which a deploy builds the image.
    Missing: a git repository, because a version is a commit; `git init` makes one.
    Next: write your servers into config/deploy.yml, and look at it with `dhow config`. `dhow setup` deploys.
    ");
    let shown: Vec<String> = folder
        .files()
        .iter()
        .map(|file| format!("{} {file}", folder.mode(file)))
        .collect();
    assert_snapshot!(shown.join("\n"), @"
    755 .kamal/hooks/docker-setup.sample
    755 .kamal/hooks/post-app-boot.sample
    755 .kamal/hooks/post-deploy.sample
    755 .kamal/hooks/post-proxy-reboot.sample
    755 .kamal/hooks/pre-app-boot.sample
    755 .kamal/hooks/pre-build.sample
    755 .kamal/hooks/pre-connect.sample
    755 .kamal/hooks/pre-deploy.sample
    755 .kamal/hooks/pre-proxy-reboot.sample
    600 .kamal/secrets
    644 config/deploy.yml
    ");
    assert_snapshot!("deploy_file", folder.read("config/deploy.yml"));
    assert_snapshot!("secrets_file", folder.read(".kamal/secrets"));
}

#[test]
fn a_repository_with_a_dockerfile_is_looked_at() {
    let folder = Folder::empty();
    folder.git(&["init", "--quiet"]);
    folder.git(&[
        "remote",
        "add",
        "origin",
        "https://ada:t0ken@github.com/Acme/web.shop.git",
    ]);
    folder.write("Dockerfile", "FROM scratch\nEXPOSE 3000/tcp 9000\n");
    let told = folder.dhow(&["init"]);
    assert_snapshot!(told, @"
    Created configuration file in config/deploy.yml
    Created .kamal/secrets file
    Created sample hooks in .kamal/hooks

    Filled in: service web-shop, image acme/web.shop at ghcr.io, port 3000, which the Dockerfile exposes.
    Missing: a commit, because a version is one.
    Next: write your servers into config/deploy.yml, and look at it with `dhow config`. `dhow setup` deploys.
    ");
    let deploy_file = folder.read("config/deploy.yml");
    assert!(!format!("{told}{deploy_file}").contains("t0ken"));
    let active: Vec<&str> = deploy_file
        .lines()
        .filter(|line| !line.is_empty() && !line.trim_start().starts_with('#'))
        .collect();
    assert_snapshot!(active.join("\n"), @"
    service: web-shop
    image: acme/web.shop
    servers:
      web:
        - 192.0.2.1
    proxy:
      host: app.example.com
      ssl: true
      app_port: 3000
    registry:
      server: ghcr.io
      username: acme
      password:
        - KAMAL_REGISTRY_PASSWORD
    builder:
      arch: amd64
    ");
}

#[test]
fn what_is_there_stays() {
    let folder = Folder::initialised();
    folder.write("config/deploy.yml", "service: mine\n");
    folder.write(".kamal/secrets", "MINE=1\n");
    fs::remove_file(folder.path().join(".kamal/hooks/pre-build.sample")).unwrap();
    let before = folder.files();
    assert_snapshot!(folder.dhow(&["init"]), @"Config file already exists in config/deploy.yml (remove first to create a new one)");
    assert_eq!(folder.files(), before);
    assert_eq!(folder.read("config/deploy.yml"), "service: mine\n");
    assert_eq!(folder.read(".kamal/secrets"), "MINE=1\n");
}

#[test]
fn a_link_is_there_too_even_where_it_leads_nowhere() {
    let folder = Folder::empty();
    fs::create_dir(folder.path().join(".kamal")).unwrap();
    symlink("../gone", folder.path().join(".kamal/secrets")).unwrap();
    folder.dhow(&["init"]);
    assert!(!folder.path().join("gone").exists());
}

#[test]
fn another_deploy_file_can_be_named() {
    let folder = Folder::empty();
    let told = folder.dhow(&["init", "-c", "deploy/live.yml", "--quiet"]);
    assert_snapshot!(told, @"
    Created configuration file in deploy/live.yml
    Created .kamal/secrets file
    Created sample hooks in .kamal/hooks
    ");
    assert!(folder.read("deploy/live.yml").contains("service: shop\n"));
}

#[test]
fn there_is_nothing_to_bundle() {
    let folder = Folder::initialised();
    assert_snapshot!(folder.dhow(&["init", "--bundle"]), @"
    Config file already exists in config/deploy.yml (remove first to create a new one)
    warning: --bundle does nothing: dhow is one program and needs no bundle
    ");
}

#[test]
fn what_cannot_be_written_is_told() {
    let folder = Folder::empty();
    folder.write("config", "a file\n");
    assert_snapshot!(folder.dhow(&["init"]), @"
    error: writing [here]/shop/config/deploy.yml failed
      caused by: failed to create directory `[here]/shop/config`: File exists (os error 17)
    ");
}

#[test]
fn the_secrets_file_is_read_as_it_is() {
    let folder = Folder::initialised();
    let dhow = assert_cmd::cargo::cargo_bin!("dhow").to_str().unwrap();
    let mut print = folder.program(dhow);
    print.args(["secrets", "print"]);
    print.env("KAMAL_REGISTRY_PASSWORD", "open-sesame");
    let (told, _) = folder.told(&mut print);
    assert_snapshot!(told, @"KAMAL_REGISTRY_PASSWORD=open-sesame");
}
