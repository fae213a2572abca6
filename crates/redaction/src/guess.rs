//! Guesses whether a text that is written out somewhere is a secret itself. A wrong alarm is read once and then
//! never again, so what is not clear is no secret.

/// What secrets are called, the last word of their names.
const SECRET_WORDS: [&str; 11] = [
    "CREDENTIAL",
    "CREDENTIALS",
    "KEY",
    "PASS",
    "PASSPHRASE",
    "PASSWD",
    "PASSWORD",
    "PWD",
    "SECRET",
    "SECRETS",
    "TOKEN",
];

/// Words that may stand behind those: `SECRET_KEY_BASE`, `CREDENTIALS_JSON`.
const FORMS: [&str; 6] = ["B64", "BASE", "BASE64", "JSON", "PEM", "VALUE"];

/// Keys that open nothing: `CACHE_KEY`, `RECAPTCHA_SITE_KEY`.
const HARMLESS_KEYS: [&str; 11] = [
    "BUCKET",
    "CACHE",
    "FOREIGN",
    "INDEX",
    "OBJECT",
    "PARTITION",
    "PRIMARY",
    "ROUTING",
    "SESSION",
    "SITE",
    "SORT",
];

/// Words that say that everybody may know: `NEXT_PUBLIC_API_KEY`, `STRIPE_PUBLISHABLE_KEY`.
const PUBLIC_WORDS: [&str; 2] = ["PUBLIC", "PUBLISHABLE"];

/// Whether the name of a value, or the value, looks like that of a secret.
pub fn looks_secret(name: &str, value: &str) -> bool {
    has_password(value) || is_private_key(value) || (is_called_secret(name) && can_be_secret(value))
}

fn is_called_secret(name: &str) -> bool {
    let name = name.to_uppercase();
    if name == "PWD" || name == "OLDPWD" {
        return false;
    }
    let mut words: Vec<&str> = name.split(['_', '.', '-']).collect();
    if words.iter().any(|word| PUBLIC_WORDS.contains(word)) {
        return false;
    }
    let is_form = |word: &str| FORMS.contains(&word) || word.bytes().all(|it| it.is_ascii_digit());
    while words.len() > 1 && words.last().is_some_and(|last| is_form(last)) {
        words.pop();
    }
    let is_harmless = matches!(words.as_slice(), [.., kind, "KEY"] if HARMLESS_KEYS.contains(kind));
    !is_harmless && words.last().is_some_and(|last| SECRET_WORDS.contains(last))
}

/// A switch, a path and a reference to a variable are no secrets, whatever they are called.
fn can_be_secret(value: &str) -> bool {
    const SWITCHES: [&str; 9] = ["", "0", "1", "false", "no", "none", "null", "true", "yes"];
    let value = value.trim();
    let is_path = ["/", "./", "~/"].iter().any(|root| value.starts_with(root))
        && !value.contains(char::is_whitespace);
    let is_reference = value.starts_with("${") && value.ends_with('}');
    !is_path && !is_reference && !SWITCHES.contains(&value.to_lowercase().as_str())
}

fn is_private_key(value: &str) -> bool {
    value.contains("PRIVATE KEY-----")
}

/// `scheme://user:password@host`.
fn has_password(value: &str) -> bool {
    let Some((_, rest)) = value.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority
        .rsplit_once('@')
        .and_then(|(user, _)| user.split_once(':'))
        .is_some_and(|(_, password)| can_be_secret(password))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_of_secrets_are_told_from_others() {
        for (name, value) in [
            ("DB_PASSWORD", "x"),
            ("MYSQL_ROOT_PASSWORD", "123456"),
            ("secret_key_base", "x"),
            ("SMTP_PASS", "x"),
            ("STRIPE.TOKEN", "x"),
            ("STRIPE_SECRET_KEY", "sk_live_x"),
            ("GOOGLE_CREDENTIALS_JSON", "{}"),
            ("API_KEY_2", "x"),
            ("DATABASE_URL", "postgres://app:pw@db/x"),
            ("PEM", "-----BEGIN PRIVATE KEY-----\nx"),
        ] {
            assert!(looks_secret(name, value), "{name}");
        }
    }

    #[test]
    fn what_only_sounds_like_a_secret_is_none() {
        for (name, value) in [
            ("DB_PASSWORD", ""),
            ("DB_PASSWORD", "${DB_PASSWORD}"),
            ("DB_PASSWORD", "/run/secrets/db"),
            ("USE_TOKEN", "true"),
            ("DB_USER", "app"),
            ("AWS_ACCESS_KEY_ID", "x"),
            ("SSH_KEY_PATH", "~/.ssh/id"),
            ("POSTGRES_PASSWORD_FILE", "db-password"),
            ("PASSWORD_MIN_LENGTH", "12"),
            ("TOKEN_TTL", "3600"),
            ("SECRET_KEY_BASE_DUMMY", "1"),
            ("STRIPE_PUBLISHABLE_KEY", "pk_live_x"),
            ("NEXT_PUBLIC_MAPS_TOKEN", "x"),
            ("RECAPTCHA_SITE_KEY", "x"),
            ("SESSION_KEY", "_shop"),
            ("KEYBOARD", "us"),
            ("PWD", "shop"),
            ("2024", "x"),
            ("", "x"),
            ("DATABASE_URL", "postgres://app@db/x"),
            ("DATABASE_URL", "postgres://app:${PASSWORD}@db/x"),
            ("URL", "http://db:5432/x@y"),
            ("URL", "https://x.org?a:b@c"),
        ] {
            assert!(!looks_secret(name, value), "{name}={value}");
        }
    }
}
