//! Replaces commands and variables in a value (secrets-and-hooks §2.2 steps 5 and 6, §3).
//!
//! Kamal looks for variables in the whole text once the commands have run, and so takes `$word` in a
//! password for one. Here the output of a command is kept apart and left as it is.

use std::collections::HashMap;

/// What happens to variables in the output of a command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Expansion {
    /// There are none: the output is a secret and stays as it is.
    #[default]
    Literal,
    /// They are replaced, as Kamal does it (secrets-and-hooks §3, step 4).
    Kamal,
}

/// A value in pieces, in the order they are read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'text> {
    /// Text in which variables are replaced.
    Text(&'text str),
    /// What stands between `$(` and `)`.
    Command(&'text str),
}

/// Cuts a value at its commands. `\$(x)` is text, without its backslash; so is a `$(` that is never closed,
/// and `$()`.
pub(crate) fn pieces(value: &str) -> Vec<Piece<'_>> {
    let closings = closings(value);
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut from = 0;
    while let Some(dollar) = value[from..].find("$(").map(|offset| from + offset) {
        let inside = dollar + 2;
        let closing = closings.get(&(dollar + 1)).copied();
        let Some(end) = closing.filter(|end| *end > inside) else {
            from = inside;
            continue;
        };
        let escaped = dollar > start && value[..dollar].ends_with('\\');
        let text_end = if escaped { dollar - 1 } else { dollar };
        pieces.push(Piece::Text(&value[start..text_end]));
        if escaped {
            pieces.push(Piece::Text(&value[dollar..=end]));
        } else {
            pieces.push(Piece::Command(&value[inside..end]));
        }
        start = end + 1;
        from = start;
    }
    pieces.push(Piece::Text(&value[start..]));
    pieces.retain(|piece| *piece != Piece::Text(""));
    pieces
}

/// Whether a `$(` is open at the end of a value.
pub(crate) fn has_open_command(value: &str) -> bool {
    let closings = closings(value);
    value
        .match_indices("$(")
        .any(|(dollar, _)| !closings.contains_key(&(dollar + 1)))
}

/// Where each parenthesis is closed that is closed. One behind a backslash does not count.
fn closings(value: &str) -> HashMap<usize, usize> {
    let mut closings = HashMap::new();
    let mut open = Vec::new();
    let mut escaped = false;
    for (at, character) in value.char_indices() {
        match character {
            '\\' if !escaped => {
                escaped = true;
                continue;
            }
            '(' if !escaped => open.push(at),
            ')' if !escaped => closings.extend(open.pop().map(|opening| (opening, at))),
            _ => {}
        }
        escaped = false;
    }
    closings
}

/// One reading step of a text with variables.
enum Step<'text> {
    Literal(&'text str),
    Variable {
        name: &'text str,
        /// The whole reference, `$NAME` or `${NAME}`.
        reference: &'text str,
    },
}

/// `text` with each variable replaced by what `look_up` gives for its name and the reference to it.
pub(crate) fn replace_variables<'text>(
    text: &'text str,
    mut look_up: impl FnMut(&'text str, &'text str) -> String,
) -> String {
    let mut result = String::with_capacity(text.len());
    for step in steps(text) {
        match step {
            Step::Literal(text) => result.push_str(text),
            Step::Variable { name, reference } => result.push_str(&look_up(name, reference)),
        }
    }
    result
}

/// The names of the variables in a text.
pub(crate) fn variables(text: &str) -> impl Iterator<Item = &str> {
    steps(text).into_iter().filter_map(|step| match step {
        Step::Variable { name, .. } => Some(name),
        Step::Literal(_) => None,
    })
}

/// Whether a text holds what would be taken for a variable, or a `\$` whose backslash would go.
pub(crate) fn holds_variables(text: &str) -> bool {
    text.contains(r"\$") || variables(text).next().is_some()
}

fn steps(text: &str) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        let (before, behind) = (&rest[..dollar], &rest[dollar + 1..]);
        let (name, length) = name_behind(behind);
        let reference = &rest[dollar..=dollar + length];
        if behind.starts_with('(') {
            // The backslash before a `$(` is not this step's to take.
            steps.push(Step::Literal(&rest[..=dollar]));
        } else if let Some(before) = before.strip_suffix('\\') {
            steps.extend([Step::Literal(before), Step::Literal(reference)]);
        } else if name.is_empty() {
            steps.extend([Step::Literal(before), Step::Literal(reference)]);
        } else {
            steps.extend([Step::Literal(before), Step::Variable { name, reference }]);
        }
        rest = &rest[dollar + 1 + length..];
        if behind.starts_with('(') {
            rest = behind;
        }
    }
    steps.push(Step::Literal(rest));
    steps
}

/// The name of a variable behind its `$`, and how long the reference is there with its braces, which need
/// not pair.
fn name_behind(text: &str) -> (&str, usize) {
    let opening = usize::from(text.starts_with('{'));
    let length = text[opening..]
        .bytes()
        .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        .count();
    let end = opening + length;
    let closing = usize::from(text[end..].starts_with('}'));
    (&text[opening..end], end + closing)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn commands_are_cut_out_with_balanced_parentheses() {
        use Piece::{Command, Text};
        assert_eq!(
            pieces("a $(b (c) $(d)) e$(f)"),
            [Text("a "), Command("b (c) $(d)"), Text(" e"), Command("f")]
        );
        assert_eq!(pieces(r"\$(x)y"), [Text("$(x)"), Text("y")]);
        assert_eq!(pieces("$()"), [Text("$()")]);
        assert_eq!(pieces("$(a $(b)"), [Text("$(a "), Command("b")]);
        assert_eq!(pieces(r"$(a \) b)"), [Command(r"a \) b")]);
        assert!(has_open_command(r#"$(echo "a b"#));
        assert!(!has_open_command("$(a) b"));
    }

    #[test]
    fn variables_are_found_as_dotenv_finds_them() {
        let look_up = |name: &str, _: &str| match name {
            "A" => "x".to_owned(),
            _ => String::new(),
        };
        for (text, result) in [
            ("$A}y", "xy"),
            ("${A:-default}", "x:-default}"),
            ("${A}", "x"),
            ("$1z", ""),
            ("${}q", "${}q"),
            ("$$", "$$"),
            (r"x\$y", "x$y"),
            (r"\${A}", "${A}"),
            ("$(A", "$(A"),
            (r"\$(A", r"\$(A"),
            ("a$", "a$"),
            ("ü$A", "üx"),
        ] {
            assert_eq!(replace_variables(text, look_up), result, "{text}");
        }
    }

    #[test]
    fn a_reference_can_be_kept() {
        let text = r"$A ${B} ${C:-d} \$E $1";
        let kept = replace_variables(text, |_, reference| reference.to_owned());
        assert_eq!(kept, "$A ${B} ${C:-d} $E $1");
    }

    proptest! {
        #[test]
        fn any_text_can_be_cut_and_nothing_is_lost(text in "[a$(){}\\\\ü _]{0,40}") {
            let length: usize = pieces(&text).iter().map(|piece| match piece {
                Piece::Text(part) => part.len(),
                Piece::Command(part) => part.len() + 3,
            }).sum();
            prop_assert!(length <= text.len());
            prop_assert!(length + text.matches('\\').count() >= text.len());
            replace_variables(&text, |_, _| String::new());
        }

        #[test]
        fn text_without_a_dollar_stays(text in "[^$]*") {
            prop_assert_eq!(replace_variables(&text, |_, _| "lost".to_owned()), text);
        }
    }
}
