//! Two destinations of one app beside each other, on one host.

use std::collections::BTreeSet;

use dhow_e2e::{Fleet, World};

const STAGING: &str = "proxy:
  host: staging.shop.example
env:
  clear: {SHOP_COLOUR: amber}
  secret: [SHOP_KEY]
";

#[tokio::test]
async fn a_destination_has_names_labels_tags_and_secrets_of_its_own() {
    let world = World::start(Fleet::hosts(["web1"])).await;
    let shop = world.app("shop").await;
    shop.configure("servers: [web1]\nproxy:\n  host: shop.example\n");
    shop.write("config/deploy.staging.yml", STAGING);
    let login = "KAMAL_REGISTRY_PASSWORD=$KAMAL_REGISTRY_PASSWORD\n";
    shop.write(".kamal/secrets-common", login);
    shop.write(".kamal/secrets", "SHOP_KEY=for-production\n");
    shop.write(".kamal/secrets.staging", "SHOP_KEY=for-staging\n");
    let first = shop.commit("Say where to deploy").await;
    let _ = shop.dhow(["setup"]).await.succeeds();
    let version = shop.release("v2").await;
    let told = shop.dhow(["deploy", "-d", "staging"]).await.succeeds();
    told.hides("for-staging").hides("for-production");

    let host = &world["web1"];
    let production = format!("shop-web-{first}");
    let staging = format!("shop-web-staging-{version}");
    assert_eq!(host.running().await, ["kamal-proxy", &production, &staging]);
    let container = host.inspect(&staging).await;
    assert_eq!(container["Config"]["Labels"]["destination"], "staging");
    assert_eq!(
        host.tags("registry:5000/shop").await,
        BTreeSet::from([
            first.clone(),
            "latest".into(),
            version.clone(),
            "latest-staging".into()
        ])
    );
    let at = async |name: &str, path: &str| host.answer_as(name, path).await;
    let (here, there) = ("shop.example", "staging.shop.example");
    assert_eq!(at(here, "/version").await, "v1");
    assert_eq!(at(there, "/version").await, "v2");
    assert_eq!(at(there, "/env/KAMAL_DESTINATION").await, "staging");
    assert_eq!(at(there, "/env/SHOP_KEY").await, "for-staging");
    assert_eq!(at(there, "/env/SHOP_COLOUR").await, "amber");

    let audit = host.read("~/.kamal/shop-staging-audit.log").await;
    assert!(
        audit.contains(&format!("] [staging] [web] Booted app version {version}")),
        "{audit}"
    );
    assert_eq!(
        host.exec("ls ~/.kamal/apps").await,
        "shop\nshop-staging",
        "each with its own folder"
    );
    each_has_a_lock_of_its_own(&world, &shop).await;
}

async fn each_has_a_lock_of_its_own(world: &World, shop: &dhow_e2e::Project) {
    let acquire = ["lock", "acquire", "-d", "staging", "-m", "hands off"];
    let _ = shop.dhow(acquire).await.succeeds();
    let details = "~/.kamal/lock-shop-staging/details";
    assert!(world["web1"].file(details).await.is_some());
    shop.dhow(["lock", "status"])
        .await
        .succeeds()
        .shows("There is no deploy lock");
    shop.dhow(["deploy", "-P", "-d", "staging"])
        .await
        .fails_with(6)
        .shows("hands off");
    let _ = shop.dhow(["redeploy", "-P"]).await.succeeds();
}
