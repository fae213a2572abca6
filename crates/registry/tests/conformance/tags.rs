//! Lists of tags.

use serde_json::json;

use crate::client::Listening;

async fn with_tags() -> Listening {
    let registry = Listening::start().await;
    for tag in ["b", "a", "d", "c", "B"] {
        registry.push_image("shop", tag, "layer").await;
    }
    registry
}

#[tokio::test]
async fn all_tags_are_listed_in_order() {
    let registry = with_tags().await;
    let answer = registry.get("/v2/shop/tags/list").await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.json(),
        json!({"name": "shop", "tags": ["B", "a", "b", "c", "d"]})
    );
    assert!(!answer.headers.contains_key("link"));
}

#[tokio::test]
async fn pages_lead_to_each_other() {
    let registry = with_tags().await;
    let mut path = "/v2/shop/tags/list?n=2".to_owned();
    let mut pages = Vec::new();
    loop {
        let answer = registry.get(&path).await;
        pages.push(answer.json()["tags"].clone());
        let Some(link) = answer.headers.get("link") else {
            break;
        };
        let link = link.to_str().unwrap();
        path = link
            .strip_prefix('<')
            .unwrap()
            .strip_suffix(">; rel=\"next\"")
            .unwrap()
            .to_owned();
    }
    assert_eq!(pages, [json!(["B", "a"]), json!(["b", "c"]), json!(["d"])]);
}

#[tokio::test]
async fn a_page_begins_after_the_tag_that_is_named() {
    let registry = with_tags().await;
    let tags = async |query: &str| {
        let answer = registry.get(&format!("/v2/shop/tags/list?{query}")).await;
        answer.json()["tags"].clone()
    };
    assert_eq!(tags("last=b").await, json!(["c", "d"]));
    // One that does not exist, or no longer, stands for its place.
    assert_eq!(tags("last=bb&n=1").await, json!(["c"]));
    assert_eq!(tags("last=z").await, json!([]));
    assert_eq!(tags("n=0").await, json!([]));
    assert_eq!(tags("n=100").await, json!(["B", "a", "b", "c", "d"]));
    registry
        .get("/v2/shop/tags/list?n=x")
        .await
        .refuses(400, "PAGINATION_NUMBER_INVALID");
}

#[tokio::test]
async fn a_repository_that_is_not_there_is_unknown() {
    let registry = with_tags().await;
    registry
        .get("/v2/other/tags/list")
        .await
        .refuses(404, "NAME_UNKNOWN");
}
