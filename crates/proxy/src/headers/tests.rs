use super::*;
use proptest::prelude::*;

fn headers(lines: &[(&str, &str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in lines {
        map.append(
            name.parse::<HeaderName>().unwrap(),
            HeaderValue::from_str(value).unwrap(),
        );
    }
    map
}

fn forwarded(lines: &[(&str, &str)], trust_client: bool) -> String {
    let mut headers = headers(lines);
    rewrite_request(
        &mut headers,
        &Forwarding {
            peer: "::ffff:192.0.2.7".parse().unwrap(),
            scheme: "http",
            trust_client,
            target: "web:3000",
            now_milliseconds: 1234,
            fresh_request_id: || "fresh".to_owned(),
        },
    );
    let mut lines: Vec<String> = headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))
        .collect();
    lines.sort();
    lines.join("\n")
}

#[test]
fn a_plain_request_gets_its_marks() {
    insta::assert_snapshot!(forwarded(&[("host", "a.example.com:81")], true), @"
    host: a.example.com:81
    x-forwarded-for: 192.0.2.7
    x-forwarded-host: a.example.com:81
    x-forwarded-proto: http
    x-kamal-target: web:3000
    x-request-id: fresh
    x-request-start: t=1234
    ");
}

const SPOOFED: &[(&str, &str)] = &[
    ("host", "a"),
    ("x-forwarded-for", "198.51.100.1"),
    ("x-forwarded-for", "198.51.100.2"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-host", "b"),
    ("x-kamal-target", "other:1"),
    ("x-request-id", "kept"),
    ("x-request-start", "t=1"),
    ("forwarded", "for=1"),
];

#[test]
fn a_trusted_client_is_believed() {
    insta::assert_snapshot!(forwarded(SPOOFED, true), @"
    host: a
    x-forwarded-for: 198.51.100.1, 198.51.100.2, 192.0.2.7
    x-forwarded-host: b
    x-forwarded-proto: https
    x-kamal-target: other:1, web:3000
    x-request-id: kept
    x-request-start: t=1
    ");
}

#[test]
fn an_untrusted_client_is_not() {
    insta::assert_snapshot!(forwarded(SPOOFED, false), @"
    host: a
    x-forwarded-for: 192.0.2.7
    x-forwarded-host: a
    x-forwarded-proto: http
    x-kamal-target: web:3000
    x-request-id: kept
    x-request-start: t=1
    ");
}

#[test]
fn hop_by_hop_headers_stay_on_their_hop() {
    let lines = [
        ("connection", "close, X-Private, host"),
        ("x-private", "1"),
        ("host", "a"),
        ("keep-alive", "timeout=5"),
        ("te", "trailers, deflate"),
        ("transfer-encoding", "chunked"),
        ("content-length", "5"),
        ("proxy-authorization", "secret"),
        ("x-request-id", ""),
    ];
    insta::assert_snapshot!(forwarded(&lines, false), @"
    host: a
    te: trailers
    x-forwarded-for: 192.0.2.7
    x-forwarded-host: a
    x-forwarded-proto: http
    x-kamal-target: web:3000
    x-request-id: fresh
    x-request-start: t=1234
    ");
}

#[test]
fn an_upgrade_passes() {
    let text = forwarded(
        &[
            ("connection", "keep-alive, Upgrade"),
            ("upgrade", "websocket"),
        ],
        false,
    );
    assert!(
        text.contains("connection: Upgrade\nupgrade: websocket"),
        "{text}"
    );
    let text = forwarded(&[("upgrade", "websocket")], false);
    assert!(
        !text.contains("upgrade"),
        "an upgrade that Connection does not announce is none: {text}"
    );
}

proptest! {
    #[test]
    fn other_headers_are_untouched(name in "x-[a-e]{1,8}", value in "[ -~]{0,20}") {
        let value = value.trim().to_owned();
        let kept = forwarded(&[(&name, &value)], true);
        let line = format!("{name}: {value}");
        prop_assert!(kept.lines().any(|found| found == line), "{} lost {}", kept, line);
    }

    #[test]
    fn an_untrusted_client_never_chooses_its_address(address in "[0-9.]{1,15}") {
        let text = forwarded(&[("x-forwarded-for", &address)], false);
        prop_assert!(text.contains("x-forwarded-for: 192.0.2.7"));
    }
}
