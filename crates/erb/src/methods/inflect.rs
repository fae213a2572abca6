//! Names in other spellings, as `ActiveSupport` makes them, for plain letters.

use std::ops::Range;

use crate::mistake::Mistake;

/// `AdminUser` → `admin_user` and the like. Texts beyond ASCII need tables that only Ruby has.
pub(super) fn inflected(text: &str, name: &str, range: &Range<usize>) -> Result<String, Mistake> {
    if !text.is_ascii() {
        let message = format!("`{name}` works on plain letters only here");
        return Err(Mistake::not_understood(range, message));
    }
    Ok(match name {
        "dasherize" => text.replace('_', "-"),
        "underscore" => underscore(text),
        "camelize" => camelize(text),
        "titleize" => titleize(text),
        _ => parameterize(text),
    })
}

fn underscore(text: &str) -> String {
    let characters: Vec<char> = text.replace("::", "/").chars().collect();
    let mut out = String::new();
    for (at, character) in characters.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| characters[at]);
        let is_small = |one: Option<char>| {
            one.is_some_and(|one| one.is_ascii_lowercase() || one.is_ascii_digit())
        };
        let is_large = |one: Option<char>| one.is_some_and(|one| one.is_ascii_uppercase());
        // Between a small and a large letter, and before the last large one of several.
        let next = characters.get(at + 1).copied();
        let begins = character.is_ascii_uppercase()
            && (is_small(before)
                || (is_large(before) && next.is_some_and(|one| one.is_ascii_lowercase())));
        if begins {
            out.push('_');
        }
        out.push(if *character == '-' {
            '_'
        } else {
            character.to_ascii_lowercase()
        });
    }
    out
}

fn camelize(text: &str) -> String {
    let mut out = String::new();
    let mut begins = true;
    for character in text.chars() {
        match character {
            '_' => begins = true,
            '/' => {
                out.push_str("::");
                begins = true;
            }
            _ if begins => {
                out.push(character.to_ascii_uppercase());
                begins = false;
            }
            _ => out.push(character),
        }
    }
    out
}

fn titleize(text: &str) -> String {
    let words = underscore(text).replace('_', " ");
    let mut out = String::new();
    let mut begins = true;
    for character in words.trim().chars() {
        out.push(if begins {
            character.to_ascii_uppercase()
        } else {
            character
        });
        begins = !(character.is_ascii_alphanumeric() || character == '\'');
    }
    out
}

fn parameterize(text: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let spaced: String = text
        .chars()
        .map(|c| if fits(c) { c.to_ascii_lowercase() } else { '-' })
        .collect();
    let words: Vec<&str> = spaced.split('-').filter(|word| !word.is_empty()).collect();
    words.join("-")
}
