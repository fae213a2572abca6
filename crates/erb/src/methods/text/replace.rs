//! `sub`, `gsub`, `scan`.

use std::ops::Range;

use super::check_length;
use crate::{
    evaluate::{Evaluated, Evaluator},
    methods::{Arguments, arguments::Wanted},
    mistake::Mistake,
    value::{COST, Value},
};

/// A place where something was found, with what its groups hold, the whole first.
pub(super) struct Found {
    pub(super) range: Range<usize>,
    pub(super) groups: Vec<Option<String>>,
}

/// Of so many bytes that a search may have looked at one is paid for.
const SEARCHED_FOR_ONE: usize = 4;

impl Evaluator<'_> {
    /// The first places where something stands, at most so many.
    pub(super) fn places(
        &mut self,
        text: &str,
        wanted: &Wanted,
        most: usize,
        place: &Range<usize>,
    ) -> Result<Vec<Found>, Mistake> {
        let mut found = Vec::new();
        match wanted {
            Wanted::Text(part) => {
                for (at, part) in text.match_indices(&**part).take(most) {
                    self.spend(place, COST)?;
                    found.push(Found {
                        range: at..at + part.len(),
                        groups: vec![Some(part.to_owned())],
                    });
                }
            }
            Wanted::Pattern(pattern) => {
                for one in pattern.all(text).take(most) {
                    let whole = one.get(0).map_or(0..0, |whole| whole.range());
                    // Each search may have run to the end of the text.
                    self.spend(place, COST + (text.len() - whole.start) / SEARCHED_FOR_ONE)?;
                    let groups = one
                        .iter()
                        .map(|group| group.map(|group| group.as_str().to_owned()));
                    found.push(Found {
                        range: whole,
                        groups: groups.collect(),
                    });
                }
            }
        }
        Ok(found)
    }

    /// `sub` and `gsub`, with a text, a map or a block for what is found.
    pub(super) fn replaced(&mut self, text: &str, arguments: &Arguments<'_>) -> Evaluated {
        let wanted = arguments.wanted(0)?;
        let range = arguments.call.name_range.clone();
        let most = if arguments.call.name == "gsub" {
            usize::MAX
        } else {
            1
        };
        let found = self.places(text, &wanted, most, &range)?;
        let mut out = String::new();
        let mut from = 0;
        for one in found {
            out.push_str(&text[from..one.range.start]);
            let whole = one.groups.first().cloned().flatten().unwrap_or_default();
            match (arguments.get(1), &arguments.call.block) {
                (Some(Value::Map(map)), _) => {
                    let new = map
                        .items
                        .iter()
                        .find(|(key, _)| *key == Value::text(whole.as_str()));
                    out.push_str(&new.map(|(_, value)| value.to_text()).unwrap_or_default());
                }
                (None, Some(block)) => {
                    let new = self.block(block, vec![Value::text(whole)], &range)?;
                    if self.leaving.is_some() {
                        break;
                    }
                    out.push_str(&new.to_text());
                }
                _ => {
                    let template = arguments.text(1)?;
                    out.push_str(&expanded(&template, &one, &wanted, &arguments.range(1))?);
                }
            }
            check_length(out.len(), &arguments.range(1))?;
            from = one.range.end;
        }
        out.push_str(&text[from..]);
        check_length(out.len(), &arguments.range(1))?;
        Ok(Value::text(out))
    }

    /// `scan`: what is found, or the groups of it.
    pub(super) fn scanned(&mut self, text: &str, arguments: &Arguments<'_>) -> Evaluated {
        let wanted = arguments.wanted(0)?;
        let groups = match &wanted {
            Wanted::Text(_) => 0,
            Wanted::Pattern(pattern) => pattern.groups(),
        };
        let value = |group: Option<String>| group.map_or(Value::Nil, Value::text);
        let found = self.places(text, &wanted, usize::MAX, &arguments.call.name_range)?;
        let found = found.into_iter().map(|one| {
            let mut all = one.groups.into_iter().map(value);
            if groups == 0 {
                all.next().unwrap_or(Value::Nil)
            } else {
                Value::list(all.skip(1).collect())
            }
        });
        let found = found.collect();
        if let Some(block) = &arguments.call.block {
            let list: Vec<Value> = found;
            for item in list {
                self.block(block, vec![item], &arguments.call.name_range)?;
                if self.leaving.is_some() {
                    break;
                }
            }
            return Ok(Value::text(text));
        }
        Ok(Value::list(found))
    }
}

/// What `\\1`, `\\0`, `\\&` and `\\k<name>` stand for in a replacement.
fn expanded(
    template: &str,
    found: &Found,
    wanted: &Wanted,
    range: &Range<usize>,
) -> Result<String, Mistake> {
    let group = |number: usize| {
        found
            .groups
            .get(number)
            .cloned()
            .flatten()
            .unwrap_or_default()
    };
    let mut out = String::new();
    let mut rest = template;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(mark) = rest.chars().next() else {
            out.push('\\');
            break;
        };
        rest = &rest[mark.len_utf8()..];
        let named = rest.strip_prefix('<').and_then(|rest| rest.split_once('>'));
        match (mark, named, wanted) {
            ('0'..='9', ..) => out.push_str(&group(mark as usize - '0' as usize)),
            ('&', ..) => out.push_str(&group(0)),
            ('\\', ..) => out.push('\\'),
            ('k', Some((name, behind)), Wanted::Pattern(pattern)) => {
                out.push_str(&pattern.group(name).map(group).unwrap_or_default());
                rest = behind;
            }
            (other, ..) => out.extend(['\\', other]),
        }
        check_length(out.len(), range)?;
    }
    out.push_str(rest);
    Ok(out)
}

/// Whether one of the arguments fits a text, for `start_with?`.
pub(super) fn starts(text: &str, arguments: &Arguments<'_>) -> Result<bool, Mistake> {
    for position in 0..arguments.len() {
        let fits = match arguments.wanted(position)? {
            Wanted::Text(start) => text.starts_with(&*start),
            Wanted::Pattern(pattern) => pattern.position(text) == Some(0),
        };
        if fits {
            return Ok(true);
        }
    }
    arguments.value(0).map(|_| false)
}
