//! Names: of hosts, services, roles, versions and the like.

use dhow_config::{Sources, load};
use dhow_names::{AccessoryName, Destination, Host, HostTag, RoleName, SecretName, ServiceName};
use dhow_secrets::Adapter;
use dhow_versioning::{Remote, Version};

use crate::parts;

/// What is taken for a name is the text itself; what is refused says why, and a version near to it is a version.
pub(crate) fn names(data: &[u8]) {
    let Some([text]) = parts(data) else {
        return;
    };
    if let Ok(host) = text.parse::<Host>() {
        assert_eq!(host.as_str(), text);
        assert!(!host.address().is_empty() && text.contains(host.address()));
        assert!(host.user().is_none_or(|user| !user.is_empty()));
        host.port();
    }
    for refused in [
        text.parse::<AccessoryName>().err(),
        text.parse::<Destination>().err(),
        text.parse::<HostTag>().err(),
        text.parse::<RoleName>().err(),
        text.parse::<SecretName>().err(),
        text.parse::<ServiceName>().err(),
    ] {
        drop(refused.map(|error| error.to_string()));
    }
    drop(text.parse::<Adapter>().map_err(|error| error.to_string()));
    match text.parse::<Version>() {
        Ok(version) => {
            assert_eq!(version.as_str(), text);
            assert!(text.starts_with(version.abbreviated()));
        }
        Err(error) => {
            let near = error.suggestion().map(ToString::to_string);
            assert!(near.is_none_or(|near| near.parse::<Version>().is_ok()));
        }
    }
    if let Some(remote) = Remote::parse(text) {
        assert!(!remote.repository().is_empty() && !remote.repository().contains('/'));
    }
    minimum_version(text);
}

/// `minimum_version` of a deploy file, which is a version in the manner of Ruby's gems.
fn minimum_version(text: &str) {
    let quoted = serde_json::Value::from(text);
    let file = format!("service: shop\nminimum_version: {quoted}\n");
    drop(load(&Sources::of_text(&file, None), None));
}
