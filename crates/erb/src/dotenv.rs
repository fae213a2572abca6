//! The files that `Dotenv.load` reads.

use std::collections::HashMap;

/// What all values of a file may take together, in bytes. Values made of values double with each line.
const LONGEST: usize = 1024 * 1024;
const TOO_LONG: &str = "the values of this file are longer than 1048576 bytes together";

/// The assignments of a file in its order. Where the file refers to a variable, `lookup` is asked before what the
/// file sets itself, unless `overwrites`, as the dotenv gem does. The error tells the line and what is wrong with it, never its text.
pub(crate) fn parse(
    text: &str,
    overwrites: bool,
    lookup: impl Fn(&str) -> Option<String>,
) -> Result<Vec<(String, String)>, String> {
    let mut set: Vec<(String, String)> = Vec::new();
    // Where the last value of each name stands.
    let mut last: HashMap<String, usize> = HashMap::new();
    let mut length_of_all = 0;
    let mut rest = text;
    let mut line = 1;
    while !rest.is_empty() {
        let known = |name: &str| {
            let own = last.get(name).map(|position| set[*position].1.clone());
            if overwrites {
                own.or_else(|| lookup(name))
            } else {
                lookup(name).or(own)
            }
        };
        let at_line = |problem: &str| format!("line {line}: {problem}");
        let (assigned, length) = one(rest, &known).map_err(at_line)?;
        if let Some((name, value)) = assigned {
            length_of_all += value.len();
            if length_of_all > LONGEST {
                return Err(at_line(TOO_LONG));
            }
            last.insert(name.clone(), set.len());
            set.push((name, value));
        }
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    Ok(set)
}

type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;
/// Name and value.
type Assigned = (String, String);

/// The assignment at the beginning of `rest`, if any, and how many bytes it takes.
fn one(rest: &str, known: Lookup<'_>) -> Result<(Option<Assigned>, usize), &'static str> {
    let line_length = rest.find('\n').map_or(rest.len(), |newline| newline + 1);
    let line = rest[..line_length].trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok((None, line_length));
    }
    let indent = rest.len() - rest.trim_start().len();
    let mut at = indent;
    if let Some(behind) = rest[at..].strip_prefix("export ") {
        at = rest.len() - behind.trim_start().len();
    }
    let name_length = rest[at..]
        .find(|c: char| !(c == '_' || c == '.' || c.is_ascii_alphanumeric()))
        .unwrap_or(rest.len() - at);
    let name = &rest[at..at + name_length];
    at += name_length;
    if name.is_empty() {
        return Err("a name is missing before `=`");
    }
    at += rest[at..].len() - rest[at..].trim_start_matches([' ', '\t']).len();
    let is_assignment = at < line_length && rest[at..].starts_with(['=', ':']);
    if !is_assignment {
        // `export NAME` alone sets nothing.
        return Ok((None, line_length));
    }
    at += 1;
    at += rest[at..].len() - rest[at..].trim_start_matches([' ', '\t']).len();
    let (value, length) = value(&rest[at..], known)?;
    let behind = &rest[at + length..];
    let tail = behind
        .find('\n')
        .map_or(behind.len(), |newline| newline + 1);
    Ok((Some((name.to_owned(), value)), at + length + tail))
}

/// A value in its three forms, and how many bytes of `rest` it takes.
fn value(rest: &str, known: Lookup<'_>) -> Result<(String, usize), &'static str> {
    match rest.chars().next() {
        Some('\'') => {
            let end = rest[1..].find('\'').ok_or("the quote is not closed")?;
            Ok((rest[1..=end].to_owned(), end + 2))
        }
        Some('"') => {
            let end = closing_quote(rest).ok_or("the quote is not closed")?;
            Ok((expand(&rest[1..end], true, known)?, end + 1))
        }
        _ => {
            let end = rest.find('\n').unwrap_or(rest.len());
            let comment = rest[..end].find(" #").unwrap_or(end);
            let plain = if rest.starts_with('#') {
                ""
            } else {
                rest[..comment].trim()
            };
            Ok((expand(plain, false, known)?, end))
        }
    }
}

fn closing_quote(rest: &str) -> Option<usize> {
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => drop(characters.next()),
            '"' => return Some(at),
            _ => {}
        }
    }
    None
}

/// Escapes and `$NAME`.
fn expand(text: &str, quoted: bool, known: Lookup<'_>) -> Result<String, &'static str> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        rest = &rest[character.len_utf8()..];
        match character {
            '\\' => {
                let Some(next) = rest.chars().next() else {
                    out.push('\\');
                    break;
                };
                rest = &rest[next.len_utf8()..];
                match next {
                    'n' if quoted => out.push('\n'),
                    'r' if quoted => out.push('\r'),
                    other => out.push(other),
                }
            }
            '$' if rest.starts_with('(') => {
                return Err(
                    "commands in files that `Dotenv` loads are not run; use `%x(…)` in the tag",
                );
            }
            '$' => {
                let braced = rest.starts_with('{');
                let body = rest.strip_prefix('{').unwrap_or(rest);
                let length = body
                    .find(|c: char| !(c == '_' || c.is_ascii_alphanumeric()))
                    .unwrap_or(body.len());
                let closes = !braced || body[length..].starts_with('}');
                if length == 0 || !closes {
                    out.push('$');
                    continue;
                }
                out.push_str(&known(&body[..length]).unwrap_or_default());
                if out.len() > LONGEST {
                    return Err(TOO_LONG);
                }
                rest = &body[length + usize::from(braced)..];
            }
            other => out.push(other),
        }
    }
    Ok(out)
}
