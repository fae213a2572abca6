//! What the proxy is told, flag by flag (host-commands §4.6).

use crate::example::Shop;

/// The flags behind the target when the file says this of the proxy.
fn flags(proxy: &str) -> String {
    let text = format!(
        "service: shop\nimage: shop\nservers: [h1]\nregistry: {{server: r.example, username: u, password: p}}\n\
         builder: {{arch: amd64}}\nproxy: {proxy}\n"
    );
    let line = Shop::of(&text, None).proxy_deploy("web");
    let (_, flags) = line.split_once("boot?}\":").unwrap();
    let defaults = "--deploy-timeout=\"30s\" --drain-timeout=\"30s\" ";
    let logged = " --log-request-header=\"Cache-Control\" --log-request-header=\"Last-Modified\" \
                  --log-request-header=\"User-Agent\"";
    assert!(flags.contains(defaults), "{flags}");
    flags.replace(defaults, "").replace(logged, " …")
}

#[test]
fn every_setting_is_the_flag_of_the_reference() {
    let table = [
        ("{}", "80 --buffer-requests --buffer-responses …"),
        (
            "{app_port: 3000}",
            "3000 --buffer-requests --buffer-responses …",
        ),
        (
            "{host: \"a.example,b.example\"}",
            r#"80 --host="a.example" --host="b.example" --buffer-requests --buffer-responses …"#,
        ),
        (
            "{hosts: [a.example, b.example], ssl: true}",
            r#"80 --host="a.example" --host="b.example" --tls --buffer-requests --buffer-responses …"#,
        ),
        (
            "{ssl: false, ssl_redirect: false, forward_headers: true}",
            r#"80 --buffer-requests --buffer-responses --forward-headers --tls-redirect="false" …"#,
        ),
        (
            "{ssl_redirect: true, forward_headers: false}",
            r#"80 --buffer-requests --buffer-responses --forward-headers="false" --tls-redirect …"#,
        ),
        (
            "{healthcheck: {path: \"/up?x=$1\", interval: 3, timeout: 7}}",
            r#"80 --health-check-interval="3s" --health-check-timeout="7s" --health-check-path="/up?x=\$1" --buffer-requests --buffer-responses …"#,
        ),
        (
            "{response_timeout: 10}",
            r#"80 --target-timeout="10s" --buffer-requests --buffer-responses …"#,
        ),
        (
            "{buffering: {requests: false, responses: false}}",
            r#"80 --buffer-requests="false" --buffer-responses="false" …"#,
        ),
        (
            "{buffering: {memory: 1000, max_request_body: 2000, max_response_body: 0}}",
            r#"80 --buffer-requests --buffer-responses --buffer-memory="1000" --max-request-body="2000" --max-response-body="0" …"#,
        ),
        (
            "{path_prefix: \"/api,/v2\", strip_path_prefix: false}",
            r#"80 --buffer-requests --buffer-responses --path-prefix="/api" --path-prefix="/v2" --strip-path-prefix="false" …"#,
        ),
        (
            "{path_prefixes: [/api], strip_path_prefix: true}",
            r#"80 --buffer-requests --buffer-responses --path-prefix="/api" --strip-path-prefix …"#,
        ),
        (
            "{logging: {request_headers: [X-A], response_headers: [X-B, X-C]}}",
            r#"80 --buffer-requests --buffer-responses --log-request-header="X-A" --log-response-header="X-B" --log-response-header="X-C""#,
        ),
    ];
    for (proxy, expected) in table {
        assert_eq!(flags(proxy), expected, "{proxy}");
    }
}

#[test]
fn timeouts_are_those_of_the_root() {
    let text = "service: shop\nimage: shop\nservers: [h1]\ndeploy_timeout: 90\ndrain_timeout: 5\n\
                registry: {server: r.example, username: u, password: p}\nbuilder: {arch: amd64}\n";
    let line = Shop::of(text, None).proxy_deploy("web");
    assert!(
        line.contains(r#" --deploy-timeout="90s" --drain-timeout="5s" "#),
        "{line}"
    );
}

#[test]
fn a_role_lays_its_settings_over_the_root() {
    let text = "service: shop\nimage: shop\nservers:\n  web: [h1]\n  api:\n    hosts: [h1]\n    proxy: {app_port: 9, healthcheck: {path: /ok}}\n\
                proxy: {app_port: 3000, host: a.example, healthcheck: {interval: 2}}\n\
                registry: {server: r.example, username: u, password: p}\nbuilder: {arch: amd64}\n";
    insta::assert_snapshot!(Shop::of(text, None).proxy_deploy("api"), @r#"id="$(docker container ls --all --filter 'name=^shop-api-1111111$' --quiet)" && docker exec kamal-proxy kamal-proxy deploy shop-api --target="${id:?the container is not there, did it boot?}":9 --host="a.example" --deploy-timeout="30s" --drain-timeout="30s" --health-check-interval="2s" --health-check-path="/ok" --buffer-requests --buffer-responses --log-request-header="Cache-Control" --log-request-header="Last-Modified" --log-request-header="User-Agent""#);
}

/// The proxy's own container with these settings of `proxy.run`.
fn made(run: &str) -> String {
    let text = format!(
        "service: shop\nimage: shop\nservers: [h1]\nregistry: {{server: r.example, username: u, password: p}}\n\
         builder: {{arch: amd64}}\nproxy: {{run: {run}}}\n"
    );
    let shop = Shop::of(&text, None);
    let run = shop.role("web").proxy.as_ref().unwrap().run.as_ref();
    let line = dhow_docker::proxy::make(run).exposed();
    let (_, rest) = line.split_once(".apps-config ").unwrap();
    rest.to_owned()
}

#[test]
fn the_proxys_container_runs_as_the_file_says() {
    let table = [
        (
            "{version: v0.9.5}",
            "--publish 80:80 --publish 443:443 --log-opt max-size=10m basecamp/kamal-proxy:v0.9.5 kamal-proxy run",
        ),
        (
            "{http_port: 8080, https_port: 8443, bind_ips: [127.0.0.1, \"::1\"]}",
            "--publish 127.0.0.1:8080:80 --publish 127.0.0.1:8443:443 --publish '[::1]:8080:80' \
             --publish '[::1]:8443:443' --log-opt max-size=10m basecamp/kamal-proxy:v0.9.2 kamal-proxy run",
        ),
        (
            "{publish: false, log_max_size: \"\"}",
            "basecamp/kamal-proxy:v0.9.2 kamal-proxy run",
        ),
        (
            "{metrics_port: 9090, debug: true, registry: r.example:5000, repository: own/proxy, options: {memory: 1g, read-only: true}}",
            "--publish 80:80 --publish 443:443 --log-opt max-size=10m --expose=9090 --memory \"1g\" --read-only \
             r.example:5000/own/proxy:v0.9.2 kamal-proxy run --debug --metrics-port 9090",
        ),
    ];
    for (run, expected) in table {
        assert_eq!(made(run), expected, "{run}");
    }
}
