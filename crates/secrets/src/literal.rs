//! Guesses whether a value that a file writes out is a secret itself.

/// Words in the names of secrets.
const SECRET_WORDS: [&str; 8] = [
    "CREDENTIALS",
    "KEY",
    "PASSPHRASE",
    "PASSWD",
    "PASSWORD",
    "SECRET",
    "SECRETS",
    "TOKEN",
];

/// Last words of the names of what belongs to a secret but is none.
const HARMLESS_ENDINGS: [&str; 6] = ["DIR", "FILE", "ID", "NAME", "PATH", "URL"];

/// Whether the name or the value looks like that of a secret.
pub(crate) fn looks_raw(name: &str, value: &str) -> bool {
    !value.is_empty() && (is_called_secret(name) || is_private_key(value) || has_password(value))
}

fn is_called_secret(name: &str) -> bool {
    let name = name.to_uppercase();
    let words: Vec<&str> = name.split(['_', '.']).collect();
    let harmless = words
        .last()
        .is_some_and(|word| HARMLESS_ENDINGS.contains(word));
    !harmless && words.iter().any(|word| SECRET_WORDS.contains(word))
}

fn is_private_key(value: &str) -> bool {
    value.contains("PRIVATE KEY-----")
}

/// `scheme://user:password@host`.
fn has_password(value: &str) -> bool {
    let Some((_, rest)) = value.split_once("://") else {
        return false;
    };
    let authority = rest.split('/').next().unwrap_or_default();
    authority
        .rsplit_once('@')
        .and_then(|(user, _)| user.split_once(':'))
        .is_some_and(|(_, password)| !password.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_of_secrets_are_told_from_others() {
        for (name, value) in [
            ("DB_PASSWORD", "x"),
            ("secret_key_base", "x"),
            ("STRIPE.TOKEN", "x"),
            ("DATABASE_URL", "postgres://app:pw@db/x"),
            ("PEM", "-----BEGIN PRIVATE KEY-----\nx"),
        ] {
            assert!(looks_raw(name, value), "{name}");
        }
        for (name, value) in [
            ("DB_PASSWORD", ""),
            ("DB_USER", "app"),
            ("AWS_ACCESS_KEY_ID", "x"),
            ("SSH_KEY_PATH", "~/.ssh/id"),
            ("KEYBOARD", "us"),
            ("DATABASE_URL", "postgres://app@db/x"),
            ("URL", "http://db:5432/x@y"),
        ] {
            assert!(!looks_raw(name, value), "{name}");
        }
    }
}
