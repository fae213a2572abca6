//! Kept files, error pages and certificates, and accessories behind the proxy.

use dhow_plan::recipe::deploy::Kind;

use crate::scenario::{Scenario, commands, outline, plan};

const SHOP: &str = "
servers:
  web: {hosts: [10.0.0.1, 10.0.0.2], proxy: {host: shop.example, ssl: {certificate_pem: CERTIFICATE, private_key_pem: PRIVATE_KEY}}}
  web-api: {hosts: [10.0.0.1], proxy: true}
  jobs: {hosts: [10.0.0.2]}
asset_path: /app/assets:ro
error_pages_path: public
";

fn shop() -> Scenario {
    plan(SHOP)
        .secrets("REGISTRY_PASSWORD=x\nCERTIFICATE=--cert--\nPRIVATE_KEY=--key--\n")
        .error_page("503.html", "<h1>Closed</h1>")
        .running("web", "10.0.0.1", "1111111")
        .running("web-api", "10.0.0.1", "1111111")
        .proxy("10.0.0.2", "v0.9.2")
}

#[test]
fn all_hosts_have_the_files_before_one_of_them_switches() {
    insta::assert_snapshot!(outline(&shop().deploy(Kind::Redeploy)));
}

#[test]
fn what_hosts_are_told() {
    let plan = shop().deploy(Kind::Redeploy);
    let told = commands(&plan, "10.0.0.1");
    let about = [
        "assets",
        "apps-config",
        "error_pages",
        "docker run",
        "--tls",
    ];
    let told: Vec<&str> = told
        .iter()
        .map(String::as_str)
        .filter(|line| about.iter().any(|word| line.contains(word)))
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn nothing_of_a_certificate_is_in_a_command_or_a_title() {
    let plan = shop().deploy(Kind::Deploy);
    let all = format!(
        "{plan:?}{}{}",
        outline(&plan),
        commands(&plan, "10.0.0.1").join("\n")
    );
    assert!(
        !all.contains("--cert--") && !all.contains("--key--"),
        "{all}"
    );
}

#[test]
fn an_accessory_logs_in_to_its_own_registry_and_gets_traffic() {
    let scenario = plan(
        "
servers: [10.0.0.1]
accessories:
  metrics:
    image: acme/metrics
    host: 10.0.0.9
    registry: {server: quay.example, username: ann, password: [QUAY_PASSWORD]}
    proxy: {host: metrics.shop.example, app_port: 3000, run: {http_port: 8080}}
",
    )
    .secrets("REGISTRY_PASSWORD=x\nQUAY_PASSWORD=y\n");
    insta::assert_snapshot!(commands(&scenario.deploy(Kind::Setup), "10.0.0.9").join("\n"));
}

#[test]
fn an_accessory_has_a_certificate_of_its_own() {
    let scenario = plan(
        "
servers: [10.0.0.1]
accessories:
  metrics:
    image: acme/metrics
    host: 10.0.0.9
    proxy: {host: metrics.shop.example, ssl: {certificate_pem: CERTIFICATE, private_key_pem: PRIVATE_KEY}}
",
    )
    .secrets("REGISTRY_PASSWORD=x\nCERTIFICATE=--cert--\nPRIVATE_KEY=--key--\n");
    let plan = scenario.deploy(Kind::Setup);
    let told = commands(&plan, "10.0.0.9");
    let about = told.iter().filter(|line| line.contains("tls"));
    insta::assert_snapshot!(about.cloned().collect::<Vec<_>>().join("\n"));
    let all = format!("{plan:?}{}{}", outline(&plan), told.join("\n"));
    assert!(
        !all.contains("--cert--") && !all.contains("--key--"),
        "{all}"
    );
}
