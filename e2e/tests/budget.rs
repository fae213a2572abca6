//! How often a command talks to a host: connected once, and few requests (issue 5 §2; Kamal needs 31 for a deploy).

use dhow_e2e::{Fleet, World};

/// At most this many exec requests for a deploy over a running version, prune and audit included.
const DEPLOY: usize = 6;

/// And for a command that looks at something.
const LOOK: usize = 2;

#[tokio::test]
async fn commands_need_one_connection_to_each_host_and_few_requests() {
    let world = World::start(Fleet::hosts(["web1", "web2"])).await;
    let shop = world.app("shop").await;
    shop.configure("servers: [web1, web2]\n");
    shop.commit("Say where to deploy").await;
    let _ = shop.dhow(["setup"]).await.succeeds();
    shop.release("v2").await;
    let _ = shop.dhow(["build", "push"]).await.succeeds();

    let most = [
        (vec!["deploy", "--skip-push"], DEPLOY),
        (vec!["details"], LOOK),
        (vec!["app", "version"], LOOK),
        (vec!["lock", "status", "-h", "web*"], LOOK),
        (vec!["audit"], LOOK),
        (vec!["app", "logs"], LOOK),
    ];
    for (command, most) in most {
        let before = [world["web1"].ssh_use().await, world["web2"].ssh_use().await];
        let told = shop.dhow(command.clone()).await.succeeds();
        for (host, before) in ["web1", "web2"].iter().zip(before) {
            let used = world[*host].ssh_use().await - before;
            println!(
                "{command:?} on {host}: connections: {}, exec requests: {}",
                used.connections, used.exec_requests
            );
            // The lock lies on one host, and only that one is asked.
            let is_asked = command[0] != "lock" || *host == "web1";
            assert_eq!(used.connections, usize::from(is_asked), "{told}");
            assert!(used.exec_requests <= most, "{host} {used:?}\n{told}");
            assert_eq!(used.exec_requests > 0, is_asked, "{host} {used:?}\n{told}");
        }
    }
    assert_eq!(world["web1"].answer("/version").await, "v2");
}
