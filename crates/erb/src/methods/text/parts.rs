//! Parts of a text: `text[0, 7]`, `text[/pattern/]`, `partition`, `index`.

use super::count;
use crate::{
    evaluate::Evaluated,
    methods::{Arguments, arguments::Wanted},
    mistake::Mistake,
    value::Value,
};

/// `text[2]`, `text[0, 7]`, `text[1..]`, `text["part"]`, `text[/pattern/, 1]`.
pub(super) fn part(text: &str, arguments: &Arguments<'_>) -> Evaluated {
    match arguments.value(0)? {
        Value::Text(part) if text.contains(&**part) => return Ok(Value::Text(part.clone())),
        Value::Text(_) => return Ok(Value::Nil),
        Value::Pattern(pattern) => {
            let group = match arguments.get(1) {
                None => Some(0),
                Some(Value::Text(name) | Value::Symbol(name)) => pattern.group(name),
                Some(_) => Some(arguments.count(1)?),
            };
            let group = group.ok_or_else(|| {
                Mistake::wrong(
                    &arguments.range(1),
                    "there is no such group in this expression",
                )
            })?;
            let found = pattern
                .first(text)
                .and_then(|found| found.get(group).map(|one| one.as_str()));
            return Ok(found.map_or(Value::Nil, Value::text));
        }
        Value::Range(range) => {
            let length = text.chars().count();
            let cut = |(start, count)| cut(text, start, count);
            return Ok(range.within(length).map_or(Value::Nil, cut));
        }
        _ => {}
    }
    let at = arguments.integer(0)?;
    let length = count(text.chars());
    let start = if at < 0 {
        at.saturating_add(length)
    } else {
        at
    };
    let has_length = arguments.len() > 1;
    let wanted = if has_length { arguments.integer(1)? } else { 1 };
    let is_beyond = if has_length {
        start > length
    } else {
        start >= length
    };
    match (usize::try_from(start), usize::try_from(wanted)) {
        (Ok(start), Ok(wanted)) if !is_beyond => Ok(cut(text, start, wanted)),
        _ => Ok(Value::Nil),
    }
}

fn cut(text: &str, start: usize, count: usize) -> Value {
    Value::text(text.chars().skip(start).take(count).collect::<String>())
}

/// `partition` and `rpartition`: before, what was looked for, behind.
pub(super) fn partition(text: &str, arguments: &Arguments<'_>) -> Evaluated {
    let from_end = arguments.call.name == "rpartition";
    let found = match arguments.wanted(0)? {
        Wanted::Text(part) if from_end => text.rfind(&*part).map(|at| at..at + part.len()),
        Wanted::Text(part) => text.find(&*part).map(|at| at..at + part.len()),
        Wanted::Pattern(pattern) if !from_end => pattern
            .first(text)
            .and_then(|found| found.get(0).map(|whole| whole.range())),
        Wanted::Pattern(_) => {
            let message = "`rpartition` takes a text here";
            return Err(Mistake::not_understood(&arguments.range(0), message));
        }
    };
    let parts = match found {
        Some(found) => [
            &text[..found.start],
            &text[found.clone()],
            &text[found.end..],
        ],
        None if from_end => ["", "", text],
        None => [text, "", ""],
    };
    Ok(Value::list(parts.map(Value::text).to_vec()))
}

/// `index` and `rindex`: at which character something begins.
pub(super) fn index(text: &str, arguments: &Arguments<'_>) -> Evaluated {
    let found = match arguments.wanted(0)? {
        Wanted::Text(part) if arguments.call.name == "rindex" => text.rfind(&*part),
        Wanted::Text(part) => text.find(&*part),
        Wanted::Pattern(pattern) if arguments.call.name == "index" => pattern.position(text),
        Wanted::Pattern(_) => {
            let message = "`rindex` takes a text here";
            return Err(Mistake::not_understood(&arguments.range(0), message));
        }
    };
    if arguments.len() > 1 {
        let message = "`index` has no start here";
        return Err(Mistake::not_understood(&arguments.range(1), message));
    }
    Ok(found.map_or(Value::Nil, |at| Value::Integer(count(text[..at].chars()))))
}

/// `center`, `ljust` and `rjust`.
pub(super) fn padded(text: &str, arguments: &Arguments<'_>) -> Evaluated {
    let width = usize::try_from(arguments.integer(0)?).unwrap_or(0);
    super::check_length(width, &arguments.range(0))?;
    let filling = arguments.text_or(1, " ")?;
    if filling.is_empty() {
        return Err(Mistake::wrong(&arguments.range(1), "zero width padding"));
    }
    let missing = width.saturating_sub(text.chars().count());
    let left = match arguments.call.name.as_str() {
        "ljust" => 0,
        "rjust" => missing,
        _ => missing / 2,
    };
    let fill = |count: usize| filling.chars().cycle().take(count).collect::<String>();
    Ok(Value::text(format!(
        "{}{text}{}",
        fill(left),
        fill(missing - left)
    )))
}
