//! The name under which the program was called, and what follows from it.

use std::{ffi::OsStr, path::Path};

use crate::failure::Kind;

/// Whose command line is spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum CalledAs {
    /// Our own.
    #[default]
    Dhow,
    /// That of Kamal 2, for scripts and habits (cli §1, §2).
    Kamal,
}

/// The version of Kamal whose command line is offered under its name.
const KAMAL_VERSION: &str = "2.12.0";

impl CalledAs {
    /// By the file name of the program.
    pub(crate) fn of(program: Option<&OsStr>) -> Self {
        let name = program.and_then(|it| Path::new(it).file_name());
        match name {
            Some(name) if name == "kamal" => Self::Kamal,
            _ => Self::Dhow,
        }
    }

    /// The name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Dhow => "dhow",
            Self::Kamal => "kamal",
        }
    }

    /// What `version` shows.
    pub(crate) fn version(self) -> &'static str {
        match self {
            Self::Dhow => env!("CARGO_PKG_VERSION"),
            Self::Kamal => KAMAL_VERSION,
        }
    }

    /// The exit code of a failure: Kamal knows 1 alone, but for what a program said itself and for signals.
    pub(crate) fn exit_code(self, kind: Kind) -> u8 {
        match (self, kind) {
            (Self::Dhow, kind) | (Self::Kamal, kind @ (Kind::OwnCode(_) | Kind::Signal(_))) => {
                kind.code()
            }
            (Self::Kamal, _) => Kind::Step.code(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_name_decides() {
        for (program, called_as) in [
            ("kamal", CalledAs::Kamal),
            ("/usr/local/bin/kamal", CalledAs::Kamal),
            ("dhow", CalledAs::Dhow),
            ("/opt/kamal/dhow", CalledAs::Dhow),
        ] {
            assert_eq!(CalledAs::of(Some(program.as_ref())), called_as, "{program}");
        }
    }
}
