//! What each kind of name may be made of, for people.

use std::{fmt::Display, str::FromStr};

use dhow_names::{AccessoryName, Host, HostTag, RoleName};

/// A name that is written in deploy files.
pub(crate) trait Spelling: FromStr<Err: Display> {
    /// What to write where a text cannot be one.
    const HELP: &'static str;
}

impl Spelling for Host {
    const HELP: &'static str =
        "write one name or address, with `user@` before it and `:PORT` behind it where needed";
}

impl Spelling for HostTag {
    const HELP: &'static str = "write a word";
}

impl Spelling for RoleName {
    const HELP: &'static str = IN_CONTAINERS;
}

impl Spelling for AccessoryName {
    const HELP: &'static str = IN_CONTAINERS;
}

const IN_CONTAINERS: &str =
    "it becomes part of the name of a container: write letters, digits, `-`, `_` and `.`";
