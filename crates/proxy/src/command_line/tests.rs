use super::*;
use crate::control::Request;
use crate::services::Deployment;

fn parsed(line: &str) -> Result<Command, UsageError> {
    let words = std::iter::once("kamal-proxy").chain(line.split_whitespace());
    parse(&words.map(str::to_owned).collect::<Vec<_>>())
}

fn deployment(line: &str) -> Deployment {
    match parsed(line) {
        Ok(Command::Ask(Request::Deploy(deployment))) => *deployment,
        other => panic!("{line}: {other:?}"),
    }
}

fn refusal(line: &str) -> String {
    match parsed(line) {
        Err(error) => error.to_string(),
        Ok(command) => panic!("{line}: {command:?}"),
    }
}

/// Everything Kamal 2.12 can send without TLS, as a shell would pass it (host-commands §4.6).
#[test]
fn everything_kamal_sends_is_understood() {
    let deployment = deployment(
        "deploy shop-web --target=0123456789ab:3000 --host=shop.example.com --host=www.example.com \
         --deploy-timeout=30s --drain-timeout=1m30s --health-check-interval=1s --health-check-timeout=500ms \
         --health-check-path=/healthy --target-timeout=10s --buffer-requests --buffer-responses=false \
         --buffer-memory=2048 --max-request-body=4096 --path-prefix=/api --path-prefix=/v2,/v3 \
         --strip-path-prefix=false --forward-headers --tls-redirect=false \
         --log-request-header=Cache-Control --log-request-header=User-Agent --log-response-header=X-A,X-B \
         --error-pages=/home/kamal-proxy/.apps-config/shop/error_pages/1",
    );
    insta::assert_json_snapshot!(deployment, @r#"
    {
      "service": "shop-web",
      "targets": [
        "0123456789ab:3000"
      ],
      "options": {
        "hosts": [
          "shop.example.com",
          "www.example.com"
        ],
        "path_prefixes": [
          "/api",
          "/v2",
          "/v3"
        ],
        "tls_enabled": false,
        "tls_certificate_path": "",
        "tls_private_key_path": "",
        "tls_redirect": false,
        "canonical_host": "",
        "error_page_path": "/home/kamal-proxy/.apps-config/shop/error_pages/1",
        "strip_prefix": false,
        "read_targets_accept_websockets": false,
        "writer_affinity_timeout": 1000000000
      },
      "target_options": {
        "health_check_config": {
          "path": "/healthy",
          "port": 0,
          "interval": 1000000000,
          "timeout": 500000000,
          "host": ""
        },
        "response_timeout": 10000000000,
        "buffer_requests": true,
        "buffer_responses": false,
        "max_memory_buffer_size": 2048,
        "max_request_body_size": 4096,
        "max_response_body_size": 0,
        "log_request_headers": [
          "Cache-Control",
          "User-Agent"
        ],
        "log_response_headers": [
          "X-A",
          "X-B"
        ],
        "forward_headers": true,
        "scope_cookie_paths": false
      },
      "deploy_timeout": 30000000000,
      "drain_timeout": 90000000000,
      "force": false
    }
    "#);
}

#[test]
fn a_boolean_takes_no_word_that_follows_it() {
    let deployment = deployment("deploy --target aa --buffer-requests shop --force");
    assert_eq!(deployment.service.as_str(), "shop");
    assert!(deployment.target_options.buffer_requests && deployment.force);
}

#[test]
fn wrong_lines_are_refused_in_the_original_words() {
    let lines = [
        "deploy",
        "deploy a b --target cc",
        "deploy a",
        "deploy a --target x",
        "deploy a --target bb --health-check-timeout 5",
        "deploy a --target bb --health-check-timeout=soon",
        "deploy a --target bb --buffer-requests=maybe",
        "deploy a --target bb --max-request-body 5",
        "deploy a --target bb --max-response-body 5 --buffer-requests",
        "deploy a --target bb --tls-certificate-path /c",
        "deploy a --target bb --tls --tls-certificate-path /c --tls-private-key-path /k",
        "deploy a --target bb --tls --host h --path-prefix /x",
        "deploy a --target bb --nonsense",
        "deploy a --target bb --health-check-port x",
        "deploy a --target",
        "stop",
        "resume a b",
        "frobnicate",
    ];
    let refusals: Vec<_> = lines
        .iter()
        .map(|line| format!("{line}\n  {}", refusal(line)))
        .collect();
    insta::assert_snapshot!(refusals.join("\n"), @r#"
    deploy
      accepts 1 arg(s), received 0
    deploy a b --target cc
      accepts 1 arg(s), received 2
    deploy a
      required flag(s) "target" not set
    deploy a --target x
      x :invalid host pattern
    deploy a --target bb --health-check-timeout 5
      invalid argument "5" for "--health-check-timeout" flag: time: missing unit in duration "5"
    deploy a --target bb --health-check-timeout=soon
      invalid argument "soon" for "--health-check-timeout" flag: time: invalid duration "soon"
    deploy a --target bb --buffer-requests=maybe
      invalid argument "maybe" for "--buffer-requests" flag: strconv.ParseBool: parsing "maybe": invalid syntax
    deploy a --target bb --max-request-body 5
      max-request-body can only be set when request buffering is enabled
    deploy a --target bb --max-response-body 5 --buffer-requests
      max-response-body can only be set when response buffering is enabled
    deploy a --target bb --tls-certificate-path /c
      if any flags in the group [tls-certificate-path tls-private-key-path] are set they must all be set; missing [tls-private-key-path]
    deploy a --target bb --tls --tls-certificate-path /c --tls-private-key-path /k
      service options invalid: host must be set when using TLS
    deploy a --target bb --tls --host h --path-prefix /x
      service options invalid: TLS settings must be specified on the root path service
    deploy a --target bb --nonsense
      unknown flag: --nonsense
    deploy a --target bb --health-check-port x
      invalid argument "x" for "--health-check-port" flag: invalid digit found in string
    deploy a --target
      flag needs an argument: --target
    stop
      accepts 1 arg(s), received 0
    resume a b
      accepts 1 arg(s), received 2
    frobnicate
      unknown command "frobnicate" for "kamal-proxy"
    "#);
}

#[test]
fn what_does_not_exist_yet_is_refused_by_name() {
    let lines = [
        "deploy a --target bb --tls --host h",
        "deploy a --target bb --tls-staging=true",
        "deploy a --target bb --tls-on-demand-url /allowed",
        "deploy a --target bb --canonical-host c",
        "deploy a --target bb --read-target cc",
        "deploy a --target bb --scope-cookie-paths",
        "rollout deploy a --target bb",
        "rollout set a --percent 5",
    ];
    for line in lines {
        let refusal = refusal(line);
        assert!(
            refusal.contains("not supported yet by dhow-proxy"),
            "{line}: {refusal}"
        );
    }
    assert!(
        deployment("deploy a --target bb --tls=false --tls-redirect")
            .options
            .tls_redirect
    );
}

#[test]
fn a_certificate_from_files_is_all_that_tls_needs() {
    let deployment = deployment(
        "deploy shop-web --target=0123456789ab:3000 --host=shop.example.com --tls \
         --tls-certificate-path=/home/kamal-proxy/.apps-config/shop/tls/web/cert.pem \
         --tls-private-key-path=/home/kamal-proxy/.apps-config/shop/tls/web/key.pem",
    );
    let options = &deployment.options;
    assert!(options.tls_enabled && options.tls_redirect && options.has_certificate_files());
    assert!(
        !deployment.target_options.forward_headers,
        "over TLS nobody before us is trusted unless it is said"
    );
}

#[test]
fn aliases_and_defaults_are_the_original_ones() {
    assert!(matches!(parsed("ls"), Ok(Command::List { json: false })));
    assert!(matches!(
        parsed("list --json"),
        Ok(Command::List { json: true })
    ));
    assert!(matches!(
        parsed("rm a"),
        Ok(Command::Ask(Request::Remove(_)))
    ));
    assert!(matches!(parsed(""), Ok(Command::Print(_))));
    assert!(matches!(parsed("help"), Ok(Command::Print(_))));
    let thirty = Duration::from_secs(30);
    match parsed("pause a") {
        Ok(Command::Ask(Request::Pause {
            drain_timeout,
            max_pause,
            ..
        })) => {
            assert_eq!((drain_timeout, max_pause), (thirty, thirty));
        }
        other => panic!("{other:?}"),
    }
}
