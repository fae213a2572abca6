//! How often a deploy talks to a host: once connected, and few requests (issue 2 §3; Kamal needs 31).

use dhow_e2e::{Fleet, World};

#[tokio::test]
async fn a_deploy_over_a_running_version_needs_one_connection_and_at_most_eight_requests() {
    let world = World::start(Fleet::hosts(["web1"])).await;
    let shop = world.app("shop").await;
    shop.configure("servers: [web1]\n");
    shop.commit("Say where to deploy").await;
    let _ = shop.dhow(["setup"]).await.succeeds();
    shop.release("v2").await;
    let _ = shop.dhow(["build", "push"]).await.succeeds();

    let host = &world["web1"];
    let before = host.ssh_use().await;
    let told = shop.dhow(["deploy", "--skip-push"]).await.succeeds();
    let used = host.ssh_use().await - before;
    println!(
        "{told}\nconnections: {}, exec requests: {}",
        used.connections, used.exec_requests
    );

    assert_eq!(host.answer("/version").await, "v2");
    assert_eq!(used.connections, 1, "{told}");
    assert!(
        (1..=8).contains(&used.exec_requests),
        "{} exec requests\n{told}",
        used.exec_requests
    );
}
