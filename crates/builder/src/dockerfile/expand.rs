//! Variables in a `FROM`.

/// The text with its variables filled in, or the name of the first that is not known. `${NAME:-word}` and
/// `${NAME:+word}` are as in a shell; a backslash takes a dollar sign its meaning.
pub(super) fn expand(
    text: &str,
    value_of: &dyn Fn(&str) -> Option<String>,
) -> Result<String, String> {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['$', '\\']) {
        expanded.push_str(&rest[..at]);
        let tail = &rest[at..];
        if let Some(escaped) = tail.strip_prefix('\\') {
            let next = escaped.chars().next();
            expanded.extend(next);
            rest = &escaped[next.map_or(0, char::len_utf8)..];
        } else if let Some(braced) = tail.strip_prefix("${") {
            let end = end_of(braced).ok_or_else(|| braced.to_owned())?;
            expanded.push_str(&in_braces(&braced[..end], value_of)?);
            rest = &braced[end + 1..];
        } else {
            let name = name_at(&tail[1..]);
            if name.is_empty() {
                expanded.push('$');
            } else {
                expanded.push_str(&value_of(name).ok_or_else(|| name.to_owned())?);
            }
            rest = &tail[1 + name.len()..];
        }
    }
    expanded.push_str(rest);
    Ok(expanded)
}

fn in_braces(inner: &str, value_of: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let name = name_at(inner);
    let value = value_of(name);
    let operation = &inner[name.len()..];
    let filled = value.clone().filter(|value| !value.is_empty());
    if let Some(word) = operation.strip_prefix(":-") {
        return filled.map_or_else(|| expand(word, value_of), Ok);
    }
    if let Some(word) = operation.strip_prefix('-') {
        return value.map_or_else(|| expand(word, value_of), Ok);
    }
    if let Some(word) = operation.strip_prefix(":+") {
        return filled.map_or_else(|| Ok(String::new()), |_| expand(word, value_of));
    }
    if let Some(word) = operation.strip_prefix('+') {
        return value.map_or_else(|| Ok(String::new()), |_| expand(word, value_of));
    }
    match value {
        Some(value) if operation.is_empty() => Ok(value),
        _ => Err(inner.to_owned()),
    }
}

/// Where the brace closes.
fn end_of(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, character) in text.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

fn name_at(text: &str) -> &str {
    let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let end = text.find(|character| !is_part(character));
    &text[..end.unwrap_or(text.len())]
}
