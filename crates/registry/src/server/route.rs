//! What a request is about, from its path and its query.

use hyper::Uri;
use percent_encoding::percent_decode_str;

use super::refusal::Refusal;
use dhow_names::{Digest, RepositoryName};

use crate::reference::Reference;

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// `/v2/`
    Base,
    /// `/v2/NAME/blobs/DIGEST`
    Blob(RepositoryName, Digest),
    /// `/v2/NAME/blobs/uploads/`
    Uploads(RepositoryName),
    /// `/v2/NAME/blobs/uploads/ID`
    Upload(RepositoryName, String),
    /// `/v2/NAME/manifests/REFERENCE`
    Manifest(RepositoryName, Reference),
    /// `/v2/NAME/tags/list`
    Tags(RepositoryName),
}

impl Route {
    /// The last parts tell; what stands before them is the repository, whatever it is called.
    pub(super) fn of(path: &str) -> Result<Self, Refusal> {
        let path = percent_decode_str(path).decode_utf8_lossy();
        if path == "/v2" || path == "/v2/" {
            return Ok(Self::Base);
        }
        let rest = path.strip_prefix("/v2/").ok_or(Refusal::NoSuchPath)?;
        let parts: Vec<&str> = rest.split('/').collect();
        let name = |parts: &[&str]| parts.join("/").parse::<RepositoryName>();
        Ok(match &parts[..] {
            [before @ .., "blobs", "uploads", ""] | [before @ .., "blobs", "uploads"] => {
                Self::Uploads(name(before)?)
            }
            [before @ .., "blobs", "uploads", id] => Self::Upload(name(before)?, (*id).to_owned()),
            [before @ .., "blobs", digest] => Self::Blob(name(before)?, digest.parse()?),
            [before @ .., "manifests", reference] => {
                Self::Manifest(name(before)?, reference.parse()?)
            }
            [before @ .., "tags", "list"] => Self::Tags(name(before)?),
            _ => return Err(Refusal::NoSuchPath),
        })
    }

    /// The repository, when there is one.
    pub(super) fn repository(&self) -> Option<&RepositoryName> {
        match self {
            Self::Base => None,
            Self::Blob(name, _)
            | Self::Uploads(name)
            | Self::Upload(name, _)
            | Self::Manifest(name, _)
            | Self::Tags(name) => Some(name),
        }
    }
}

/// The value of a parameter in the query; its first one.
pub(super) fn parameter(uri: &Uri, name: &str) -> Option<String> {
    let query = uri.query()?.as_bytes();
    form_urlencoded::parse(query).find_map(|(key, value)| (key == name).then(|| value.into_owned()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(path: &str) -> String {
        match Route::of(path) {
            Ok(route) => format!("{route:?}"),
            Err(refusal) => format!("{}", refusal.status().as_u16()),
        }
    }

    #[test]
    fn every_path_of_the_specification_is_known() {
        let digest = Digest::of(b"");
        let shop: RepositoryName = "acme/shop".parse().unwrap();
        let of = |path: &str| Route::of(path).ok();
        assert_eq!(of("/v2"), Some(Route::Base));
        assert_eq!(of("/v2/"), Some(Route::Base));
        let blob = Route::Blob(shop.clone(), digest);
        assert_eq!(
            of(&format!("/v2/acme/shop/blobs/{digest}")),
            Some(blob.clone())
        );
        let encoded = digest.to_string().replace(':', "%3A");
        assert_eq!(of(&format!("/v2/acme/shop/blobs/{encoded}")), Some(blob));
        let uploads = Some(Route::Uploads(shop.clone()));
        assert_eq!(of("/v2/acme/shop/blobs/uploads/"), uploads);
        assert_eq!(of("/v2/acme/shop/blobs/uploads"), uploads);
        let upload = Route::Upload(shop.clone(), "x1".to_owned());
        assert_eq!(of("/v2/acme/shop/blobs/uploads/x1"), Some(upload));
        let tagged = Route::Manifest(shop.clone(), Reference::Tag("v1".parse().unwrap()));
        assert_eq!(of("/v2/acme/shop/manifests/v1"), Some(tagged));
        let by_digest = Route::Manifest(shop.clone(), Reference::Digest(digest));
        assert_eq!(
            of(&format!("/v2/acme/shop/manifests/{digest}")),
            Some(by_digest)
        );
        assert_eq!(of("/v2/acme/shop/tags/list"), Some(Route::Tags(shop)));
    }

    #[test]
    fn a_repository_may_be_called_like_a_part_of_a_path() {
        let name: RepositoryName = "blobs/uploads/tags".parse().unwrap();
        let tag = Reference::Tag("list".parse().unwrap());
        let path = "/v2/blobs/uploads/tags/manifests/list";
        assert_eq!(Route::of(path).ok(), Some(Route::Manifest(name, tag)));
    }

    #[test]
    fn other_paths_are_refused() {
        assert_eq!(shown("/"), "404");
        assert_eq!(shown("/v1/"), "404");
        assert_eq!(shown("/v2//"), "404");
        assert_eq!(shown("/v2x"), "404");
        assert_eq!(shown("/v2/shop"), "404");
        assert_eq!(shown("/v2/Shop/tags/list"), "400");
        assert_eq!(shown("/v2/tags/list"), "400");
        assert_eq!(shown("/v2/shop/blobs/sha256:1"), "400");
        assert_eq!(shown("/v2/shop/manifests/-"), "400");
        assert_eq!(shown("/v2/../x/tags/list"), "400");
        assert_eq!(shown("/v2/%2e%2e/x/tags/list"), "400");
    }

    proptest! {
        #[test]
        fn no_path_is_too_much(path in "/v2(/([a-z.%]{0,4}|blobs|uploads|manifests|tags|list)){0,6}") {
            let _ = Route::of(&path);
        }
    }
}
