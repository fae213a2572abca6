//! Names made of a plain set of characters.

use std::{fmt, str::FromStr};

use serde::Serialize;

/// Which kind of name a text was meant to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameKind {
    /// The `service` of a deploy file.
    Service,
    /// A key below `servers`.
    Role,
    /// A key below `accessories`.
    Accessory,
    /// What `-d` names.
    Destination,
    /// A tag behind a host.
    HostTag,
    /// A key of a secrets file.
    Secret,
}

impl fmt::Display for NameKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Service => "service",
            Self::Role => "role",
            Self::Accessory => "accessory",
            Self::Destination => "destination",
            Self::HostTag => "host tag",
            Self::Secret => "secret",
        })
    }
}

/// A text that cannot be the name it was meant to be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidName {
    /// There is no text at all.
    #[error("a {kind} name cannot be empty")]
    Empty {
        /// What the text was meant to be.
        kind: NameKind,
    },
    /// A character that the name cannot hold.
    #[error("{character:?} cannot be part of the {kind} name `{text}`")]
    Character {
        /// What the text was meant to be.
        kind: NameKind,
        /// The whole text.
        text: String,
        /// The first character that does not fit.
        character: char,
    },
}

/// Checks that `text` is not empty and holds only characters that `fits` lets in.
fn check(text: &str, kind: NameKind, fits: fn(char) -> bool) -> Result<(), InvalidName> {
    if text.is_empty() {
        return Err(InvalidName::Empty { kind });
    }
    text.chars()
        .find(|character| !fits(*character))
        .map_or(Ok(()), |character| {
            Err(InvalidName::Character {
                kind,
                text: text.to_owned(),
                character,
            })
        })
}

/// What may stand in a container name behind its first character, which is also safe in a path.
fn in_container_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.')
}

fn in_service(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '-')
}

fn in_secret(character: char) -> bool {
    !character.is_whitespace() && !character.is_control() && character != '='
}

fn in_tag(character: char) -> bool {
    !character.is_control()
}

macro_rules! name {
    ($(#[$documentation:meta])* $type:ident, $kind:ident, $fits:ident) => {
        $(#[$documentation])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub struct $type(String);

        impl $type {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $type {
            type Err = InvalidName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                check(text, NameKind::$kind, $fits)?;
                Ok(Self(text.to_owned()))
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.pad(&self.0)
            }
        }

        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}

name! {
    /// The name of the deployed service, first part of every container's name: ASCII letters, digits,
    /// `_` and `-` (config §2.3 j).
    ServiceName, Service, in_service
}
name! {
    /// The name of a role, such as `web`. Kamal takes any text; what cannot be part of a container's name
    /// would fail on the hosts, so it is refused here.
    RoleName, Role, in_container_name
}
name! {
    /// The name of an accessory, such as `db`; the same characters as a role.
    AccessoryName, Accessory, in_container_name
}
name! {
    /// The name of a destination, such as `staging`; part of file names and container names.
    Destination, Destination, in_container_name
}
name! {
    /// A tag behind a host, which selects a block of `env.tags` (config §4.1, §5).
    HostTag, HostTag, in_tag
}
name! {
    /// The name of a secret or of the environment variable it is put into.
    SecretName, Secret, in_secret
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_names_are_taken_as_they_are() {
        for text in ["shop", "Shop_2", "a-b"] {
            assert_eq!(text.parse::<ServiceName>().unwrap().as_str(), text);
        }
        assert_eq!(
            "jobs.eu".parse::<RoleName>().unwrap().to_string(),
            "jobs.eu"
        );
    }

    #[test]
    fn what_would_change_a_path_or_a_command_is_refused() {
        for text in ["../up", "a b", "a;b", "a/b", "$(x)", "ü", "a\nb"] {
            assert!(text.parse::<ServiceName>().is_err(), "{text}");
            assert!(text.parse::<RoleName>().is_err(), "{text}");
            assert!(text.parse::<Destination>().is_err(), "{text}");
            assert!(text.parse::<AccessoryName>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_message_names_the_character() {
        let error = "my shop".parse::<ServiceName>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "' ' cannot be part of the service name `my shop`"
        );
        let error = "".parse::<RoleName>().unwrap_err();
        assert_eq!(error.to_string(), "a role name cannot be empty");
    }
}
