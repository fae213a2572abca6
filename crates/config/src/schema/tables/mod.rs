//! The tables of config §3 to §11, a file per section.
//!
//! A row is a key with its type, its default, an example and a text about it. Checks, documentation and JSON
//! Schema all come from here.

mod accessory;
mod builder;
mod connection;
mod env;
#[cfg(test)]
mod everything;
mod proxy;
mod registry;
mod root;
mod running;
mod servers;
#[cfg(test)]
mod tests;

pub(crate) use accessory::{ACCESSORY, MOUNT};
pub(crate) use env::{ENV, ENV_OF_TAG};
pub(crate) use proxy::CERTIFICATE;
pub(crate) use root::ROOT;
pub(crate) use servers::ROLE;

use super::{Kind, Rule, Support};

const fn key(name: &'static str, kind: Kind, about: &'static str) -> Rule {
    Rule {
        name,
        kind,
        about,
        default: None,
        example: None,
        other_forms: &[],
        is_required: false,
        support: Support::Yes,
    }
}

impl Rule {
    /// What holds when the key is absent, as YAML.
    const fn default(mut self, value: &'static str) -> Self {
        self.default = Some(value);
        self
    }

    /// A value as somebody would write it, as YAML.
    const fn example(mut self, value: &'static str) -> Self {
        self.example = Some(value);
        self
    }

    /// Values in further forms, as YAML.
    const fn also(mut self, values: &'static [&'static str]) -> Self {
        self.other_forms = values;
        self
    }

    const fn required(mut self) -> Self {
        self.is_required = true;
        self
    }

    const fn ignored(mut self, reason: &'static str) -> Self {
        self.support = Support::Ignored(reason);
        self
    }

    /// A key of Kamal 1 whose meaning is plain; the section that reads it tells how Kamal 2 spells it.
    const fn of_kamal_1(mut self) -> Self {
        self.support = Support::OfKamal1;
        self
    }
}
