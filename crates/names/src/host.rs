//! The address of a server, as the deploy file writes it.

use std::{fmt, num::NonZeroU16, str::FromStr};

use serde::Serialize;

/// A server as it is written in the deploy file: a name or an address, optionally `user@` before and
/// `:port` behind it. It is shown, compared and handed to containers (`KAMAL_HOST`) exactly as written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Host(String);

/// A text that cannot be a host.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHost {
    /// There is no text at all, or none beside the user.
    #[error("a host cannot be empty")]
    Empty,
    /// A leading dash would make `ssh` read the host as an option.
    #[error("the host `{0}` begins with a dash")]
    LeadingDash(String),
    /// A character that no host name, address or user holds.
    #[error("{character:?} cannot be part of the host `{text}`")]
    Character {
        /// The whole text.
        text: String,
        /// The first character that does not fit.
        character: char,
    },
}

impl Host {
    /// The host as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The user before `@`, when one is written.
    pub fn user(&self) -> Option<&str> {
        self.0.rsplit_once('@').map(|(user, _)| user)
    }

    /// The name or address to connect to, without user, port and the brackets of an IPv6 address.
    pub fn address(&self) -> &str {
        let (address, _) = self.address_and_port();
        address
    }

    /// The port behind `:`, when one is written. The colons of a bare IPv6 address are no port.
    pub fn port(&self) -> Option<NonZeroU16> {
        let (_, port) = self.address_and_port();
        port
    }

    fn address_and_port(&self) -> (&str, Option<NonZeroU16>) {
        let text = self
            .0
            .rsplit_once('@')
            .map_or(self.0.as_str(), |(_, rest)| rest);
        if let Some((address, rest)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']'))
        {
            return (
                address,
                rest.strip_prefix(':').and_then(|port| port.parse().ok()),
            );
        }
        match text.split_once(':') {
            Some((address, port)) if !port.contains(':') => match port.parse() {
                Ok(port) => (address, Some(port)),
                Err(_) => (text, None),
            },
            _ => (text, None),
        }
    }
}

impl FromStr for Host {
    type Err = InvalidHost;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fits = |character: char| {
            character.is_alphanumeric()
                || matches!(
                    character,
                    '.' | '-' | '_' | ':' | '@' | '[' | ']' | '%' | '+'
                )
        };
        if let Some(character) = text.chars().find(|character| !fits(*character)) {
            return Err(InvalidHost::Character {
                text: text.to_owned(),
                character,
            });
        }
        let host = Self(text.to_owned());
        if host.address().is_empty() || host.user() == Some("") {
            return Err(InvalidHost::Empty);
        }
        if text.starts_with('-') || host.address().starts_with('-') {
            return Err(InvalidHost::LeadingDash(text.to_owned()));
        }
        Ok(host)
    }
}

impl fmt::Display for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

impl AsRef<str> for Host {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> (Option<String>, String, Option<u16>) {
        let host: Host = text.parse().unwrap();
        (
            host.user().map(str::to_owned),
            host.address().to_owned(),
            host.port().map(NonZeroU16::get),
        )
    }

    #[test]
    fn user_and_port_are_optional() {
        assert_eq!(parts("10.0.0.1"), (None, "10.0.0.1".into(), None));
        assert_eq!(
            parts("app@web.example"),
            (Some("app".into()), "web.example".into(), None)
        );
        assert_eq!(
            parts("app@web.example:2222"),
            (Some("app".into()), "web.example".into(), Some(2222))
        );
        assert_eq!(parts("fd00::1"), (None, "fd00::1".into(), None));
        assert_eq!(
            parts("[fd00::1]:2200"),
            (None, "fd00::1".into(), Some(2200))
        );
    }

    #[test]
    fn an_option_or_a_shell_word_is_no_host() {
        for text in [
            "",
            "-oProxyCommand=x",
            "a b",
            "a;b",
            "$(x)",
            "a/b",
            "@",
            "u@",
            "u@-x",
            "a'b",
            "a,b",
        ] {
            assert!(text.parse::<Host>().is_err(), "{text}");
        }
    }
}
