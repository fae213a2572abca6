//! Files of the project that hosts get.

use std::collections::BTreeMap;

use dhow_names::AccessoryName;

use crate::plan::Content;

/// The files, read from the project before anything is decided.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// Files that accessories mount: accessory and path in the container → bytes.
    pub accessories: BTreeMap<(AccessoryName, String), Content>,
    /// Pages that the proxy shows in place of its own: file name → bytes.
    pub error_pages: BTreeMap<String, Content>,
}
