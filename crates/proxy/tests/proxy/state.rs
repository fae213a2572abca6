//! What survives a restart, and what a bad state file cannot spoil.

use serde_json::{Value, json};

use crate::app::App;
use crate::client::get;
use crate::process::Proxy;

#[tokio::test(flavor = "multi_thread")]
async fn services_survive_a_restart() {
    let app = App::start("app").await;
    let proxy = Proxy::start();
    proxy.done(&[
        "deploy",
        "web",
        "--target",
        &app.target(),
        "--path-prefix",
        "/x",
    ]);
    let before = proxy.list();
    let proxy = proxy.restart();
    assert_eq!(proxy.list(), before);
    assert_eq!(get(proxy.port, "/x/").await.body, "app");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_corrupt_entry_loses_no_other() {
    let app = App::start("app").await;
    let corrupt = json!({"name": "corrupt", "active_targets": 7});
    let pages = json!({"name": "pages", "active_targets": ["localhost:1"], "options": {"error_page_path": "/none"}});
    let good =
        json!({"name": "good", "active_targets": [app.target()], "options": {"hosts": [""]}});
    let proxy = Proxy::start_from(&json!([corrupt, pages, good]).to_string());
    assert_eq!(get(proxy.port, "/").await.body, "app");
    let rejected =
        proxy.logged(|line| line["msg"] == "Service not restored" && line["service"] == "pages");
    assert!(
        rejected["error"]
            .as_str()
            .unwrap()
            .starts_with("unable to load error pages"),
        "{rejected}"
    );
    let aside = std::fs::read_to_string(proxy.state_file("kamal-proxy.state.set-aside")).unwrap();
    let aside: Value = serde_json::from_str(&aside).unwrap();
    assert_eq!(aside[0], corrupt);
    assert_eq!(aside[1]["name"], "pages");
    proxy.done(&["deploy", "web", "--target", &app.target(), "--host", "a"]);
    let proxy = proxy.restart();
    assert_eq!(proxy.list().as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_state_is_kept_aside() {
    let proxy = Proxy::start_from(r#"[{"name": "ha"#);
    proxy.logged(|line| line["msg"] == "Failed to decode saved state");
    assert_eq!(proxy.list(), json!([]));
    let kept = std::fs::read_to_string(proxy.state_file("kamal-proxy.state.unreadable")).unwrap();
    assert_eq!(kept, r#"[{"name": "ha"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_server_does_not_steal_the_socket() {
    let proxy = Proxy::start();
    let text = proxy.refused(&["run", "--http-port", "0"]);
    assert!(
        text.starts_with("Error: another proxy already takes commands at"),
        "{text}"
    );
    assert_eq!(proxy.list(), json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_and_a_missing_server_are_told_in_the_original_words() {
    let proxy = Proxy::start();
    let other = tempfile::tempdir().unwrap();
    let socket = other.path().join("other.sock");
    let port = proxy.port.to_string();
    let output = proxy.elsewhere(&socket, &["run", "--http-port", &port]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        text,
        format!("Error: listen tcp :{port}: bind: address already in use\n")
    );
    let output = proxy.elsewhere(&socket, &["list"]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        text,
        format!(
            "Error: dial unix {}: connect: no such file or directory\n",
            socket.display()
        )
    );
}
