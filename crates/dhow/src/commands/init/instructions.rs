//! A Dockerfile as its instructions: comments, continued lines and heredocs are resolved, nothing is judged.

/// One instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Instruction {
    /// Its name, in upper case.
    pub(super) name: String,
    /// What stands behind the name, in one line.
    pub(super) arguments: String,
}

/// Reads all of them. A broken file gives what can be recognised.
pub(super) fn instructions(dockerfile: &str) -> Vec<Instruction> {
    let text = dockerfile.strip_prefix('\u{feff}').unwrap_or(dockerfile);
    let escape = escape_character(text);
    let mut lines = text.lines();
    let mut found = Vec::new();
    while let Some(line) = logical_line(&mut lines, escape) {
        let (name, arguments) = line
            .split_once(char::is_whitespace)
            .unwrap_or((line.as_str(), ""));
        let instruction = Instruction {
            name: name.to_uppercase(),
            arguments: arguments.trim().to_owned(),
        };
        for heredoc in heredocs(&instruction) {
            lines.by_ref().find(|line| heredoc.ends_at(line));
        }
        found.push(instruction);
    }
    found
}

/// What continues a line: a backslash, unless a directive at the top of the file says otherwise.
fn escape_character(text: &str) -> char {
    let directives = text.lines().map_while(|line| {
        let (name, value) = line.trim().strip_prefix('#')?.split_once('=')?;
        Some((name.trim(), value.trim()))
    });
    let named = directives
        .into_iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("escape"));
    named
        .and_then(|(_, value)| value.chars().next())
        .unwrap_or('\\')
}

/// The next line that says something, with all that continue it. Comments and empty lines between those count
/// for nothing.
fn logical_line<'text>(
    lines: &mut impl Iterator<Item = &'text str>,
    escape: char,
) -> Option<String> {
    let mut whole = String::new();
    for line in lines {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(continued) = line.strip_suffix(escape) {
            whole.push_str(continued);
            whole.push(' ');
        } else {
            whole.push_str(line);
            return Some(whole);
        }
    }
    (!whole.is_empty()).then_some(whole)
}

/// A text that stands below its instruction.
struct Heredoc<'text> {
    word: &'text str,
    /// Whether tabs may stand before the word that ends it.
    indented: bool,
}

impl Heredoc<'_> {
    fn ends_at(&self, line: &str) -> bool {
        let line = if self.indented {
            line.trim_start_matches('\t')
        } else {
            line
        };
        line.trim_end_matches('\r') == self.word
    }
}

/// The texts that follow an instruction, in their order. Only these instructions have any.
fn heredocs(instruction: &Instruction) -> impl Iterator<Item = Heredoc<'_>> {
    let takes_any = matches!(
        instruction.name.as_str(),
        "RUN" | "COPY" | "ADD" | "ONBUILD"
    );
    let words = instruction
        .arguments
        .split_whitespace()
        .filter(move |_| takes_any);
    words.filter_map(|word| {
        let word = word.trim_start_matches(|character: char| character.is_ascii_digit());
        let word = word.strip_prefix("<<")?;
        let (word, indented) = word
            .strip_prefix('-')
            .map_or((word, false), |word| (word, true));
        let word = word.trim_matches(['"', '\'']);
        let is_name = !word.is_empty() && !word.contains('<');
        is_name.then_some(Heredoc { word, indented })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(dockerfile: &str) -> Vec<String> {
        let shown = |it: Instruction| format!("{}|{}", it.name, it.arguments);
        instructions(dockerfile).into_iter().map(shown).collect()
    }

    #[test]
    fn lines_continue_over_comments_and_empty_lines() {
        let dockerfile =
            "from alpine\nRUN one \\\n  # a comment\n\n  && two \\  \n  && three\nexpose 80";
        assert_eq!(
            read(dockerfile),
            ["FROM|alpine", "RUN|one  && two  && three", "EXPOSE|80"]
        );
    }

    #[test]
    fn another_character_may_continue_lines() {
        let dockerfile = "# syntax=docker/dockerfile:1\n#ESCAPE = `\nFROM windows\nCOPY a c:\\\nRUN one `\ntwo\n";
        assert_eq!(
            read(dockerfile),
            ["FROM|windows", "COPY|a c:\\", "RUN|one  two"]
        );
        // Behind anything else it is a comment like every other.
        assert_eq!(
            read("FROM a\n# escape=`\nRUN one \\\ntwo"),
            ["FROM|a", "RUN|one  two"]
        );
    }

    #[test]
    fn texts_below_an_instruction_hold_no_instructions() {
        let dockerfile = "FROM a
RUN <<EOF
EXPOSE 1
EOF
COPY <<-\"one\" <<'two' /files/
\tEXPOSE 2
\tone
EXPOSE 3
two
RUN 3<<END cat <&3
  END
EXPOSE 4
END
EXPOSE 5 <<no
";
        let expected = [
            "FROM|a",
            "RUN|<<EOF",
            "COPY|<<-\"one\" <<'two' /files/",
            "RUN|3<<END cat <&3",
            "EXPOSE|5 <<no",
        ];
        assert_eq!(read(dockerfile), expected);
    }

    #[test]
    fn shifts_and_texts_on_the_line_are_no_heredocs() {
        assert_eq!(
            read("FROM a\nRUN cat <<<word\nRUN echo $((1 << 2))\nEXPOSE 80").len(),
            4
        );
    }

    #[test]
    fn what_is_broken_gives_what_can_be_recognised() {
        assert_eq!(read(""), [""; 0]);
        assert_eq!(
            read("\u{feff}FROM a\r\nEXPOSE 80\\\r\n"),
            ["FROM|a", "EXPOSE|80"]
        );
        assert_eq!(
            read("FROM a\nRUN <<EOF\nEXPOSE 80\n"),
            ["FROM|a", "RUN|<<EOF"]
        );
    }
}
