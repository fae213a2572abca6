use super::*;
use proptest::prelude::*;
use serde_json::json;

/// As the original writes it: nil lists as null, durations in nanoseconds.
fn original() -> Value {
    json!({
        "name": "shop-web",
        "options": {
            "hosts": ["shop.example.com"], "path_prefixes": ["/"], "tls_enabled": false,
            "tls_certificate_path": "", "tls_private_key_path": "", "tls_redirect": true,
            "canonical_host": "", "acme_directory": "", "acme_cache_path": "/home/kamal-proxy/certs",
            "error_page_path": "", "strip_prefix": true, "writer_affinity_timeout": 1_000_000_000,
            "read_targets_accept_websockets": false
        },
        "target_options": {
            "health_check_config": {
                "path": "/up", "port": 0, "interval": 1_000_000_000, "timeout": 5_000_000_000_u64, "host": ""
            },
            "response_timeout": 30_000_000_000_u64, "buffer_requests": true, "buffer_responses": true,
            "max_memory_buffer_size": 1_048_576, "max_request_body_size": 0, "max_response_body_size": 0,
            "log_request_headers": ["Cache-Control"], "log_response_headers": null,
            "forward_headers": true, "scope_cookie_paths": false
        },
        "active_targets": ["0123456789ab:3000"], "active_readers": null,
        "rollout_targets": ["cd:3000"], "rollout_readers": [],
        "pause_controller": {"state": 1, "stop_message": "", "fail_after": 30_000_000_000_u64},
        "rollout_controller": {"percentage": 10, "percentage_split_point": 429_496_729, "allowlist": ["7"]}
    })
}

fn read_values(values: &Value) -> Saved {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("kamal-proxy.state");
    std::fs::write(&path, values.to_string()).unwrap();
    read(&path).unwrap()
}

#[test]
fn what_the_original_wrote_is_written_back_the_same() {
    let saved = read_values(&json!([original()]));
    assert!(saved.rejected.is_empty(), "{:?}", saved.rejected);
    let mut expected = original();
    expected["active_readers"] = json!([]);
    expected["target_options"]["log_response_headers"] = json!([]);
    assert_eq!(serde_json::to_value(&saved.entries[0]).unwrap(), expected);
}

#[test]
fn one_bad_entry_loses_no_other() {
    let mut tls = original();
    tls["name"] = json!("secure");
    tls["options"]["tls_enabled"] = json!(true);
    let saved = read_values(&json!([7, original(), {"name": "empty"}, tls]));
    assert_eq!(saved.entries.len(), 1);
    let reasons: Vec<_> = saved
        .rejected
        .iter()
        .map(|(_, reason)| reason.to_string())
        .collect();
    assert_eq!(
        reasons,
        [
            "not a service",
            "no targets",
            "automatic TLS is not supported yet by dhow-proxy, give it certificate files"
        ]
    );
}

#[test]
fn older_forms_are_read() {
    let old =
        json!({"name": "old", "active_target": "web", "hosts": ["a.b"], "path_prefixes": null});
    let saved = read_values(&json!([old]));
    let entry = &saved.entries[0];
    assert_eq!(entry.active_targets[0].as_str(), "web:80");
    assert_eq!(entry.options.hosts[0].as_str(), "a.b");
    assert_eq!(entry.options.path_prefixes[0].as_str(), "/");
}

#[test]
fn rejected_entries_are_kept_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("kamal-proxy.state");
    set_aside(&path, &[json!(1)]).unwrap();
    let aside = set_aside(&path, &[json!(1), json!(2)]).unwrap();
    assert_eq!(aside, directory.path().join("kamal-proxy.state.set-aside"));
    assert_eq!(std::fs::read_to_string(aside).unwrap(), "[1,2]");
}

proptest! {
    #[test]
    fn every_gate_state_survives(state in 0_u8..3, message in ".{0,9}", seconds in 0_u64..1000) {
        let gate = match state {
            0 => GateState::Running,
            1 => GateState::Paused { max_pause: Duration::from_secs(seconds) },
            _ => GateState::Stopped { message },
        };
        let text = serde_json::to_string(&SavedPause::from(gate.clone())).unwrap();
        let saved: SavedPause = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(GateState::from(saved), gate);
    }
}
