//! How a registry is told who asks: a name and a password, or a token that another server gives for them.

use dhow_redaction::Secret;
use http_auth::parser::ChallengeParser;
use serde::Deserialize;

/// A user and a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The user.
    pub username: Secret,
    /// The password or token.
    pub password: Secret,
}

/// What a registry wants to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Challenge {
    /// The name and the password themselves.
    Basic,
    /// A token from another server.
    Bearer {
        realm: String,
        service: Option<String>,
        scope: Option<String>,
    },
}

/// What is shown to a registry.
#[derive(Clone, Debug)]
pub(crate) enum Authorization {
    Login(Login),
    Token(Secret),
}

/// A token server's answer.
#[derive(Deserialize)]
pub(crate) struct Token {
    token: Option<String>,
    access_token: Option<String>,
}

impl Token {
    pub(crate) fn into_secret(self) -> Option<Secret> {
        self.token.or(self.access_token).map(Secret::new)
    }
}

impl Challenge {
    /// Reads the values of `WWW-Authenticate`; of several ways, the token is taken.
    pub(crate) fn read<'a>(headers: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut basic = None;
        for header in headers {
            for challenge in ChallengeParser::new(header) {
                let Ok(challenge) = challenge else { break };
                if challenge.scheme.eq_ignore_ascii_case("bearer") {
                    let value = |name: &str| {
                        let mut of = challenge.params.iter();
                        let (_, value) = of.find(|(it, _)| it.eq_ignore_ascii_case(name))?;
                        Some(value.to_unescaped())
                    };
                    return Some(Self::Bearer {
                        realm: value("realm")?,
                        service: value("service"),
                        scope: value("scope"),
                    });
                }
                if challenge.scheme.eq_ignore_ascii_case("basic") {
                    basic = Some(Self::Basic);
                }
            }
        }
        basic
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_preferred_to_a_password() {
        let bearer = r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull""#;
        let read = Challenge::read(["Basic realm=\"x\"", bearer].into_iter());
        assert_eq!(
            read,
            Some(Challenge::Bearer {
                realm: "https://auth.docker.io/token".into(),
                service: Some("registry.docker.io".into()),
                scope: Some("repository:a/b:pull".into()),
            })
        );
        let basic = Challenge::read(["basic realm=\"Registry Realm\""].into_iter());
        assert_eq!(basic, Some(Challenge::Basic));
        assert_eq!(Challenge::read(["Negotiate"].into_iter()), None);
        assert_eq!(Challenge::read(std::iter::empty()), None);
    }
}
