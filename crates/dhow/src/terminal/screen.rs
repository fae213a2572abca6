//! The standard output as a screen of some width.

use std::io::{self, IsTerminal, Write};

/// How many columns the standard output has; none when it is no terminal.
pub(crate) fn output_width() -> Option<usize> {
    if !io::stdout().is_terminal() {
        return None;
    }
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    (size.ws_col > 0).then_some(usize::from(size.ws_col))
}

/// Shows a text in the place of the one before; where there is no screen, below it. False when nobody reads any more.
pub(crate) fn redraw(text: &str) -> bool {
    let mut output = io::stdout().lock();
    let text = if output.is_terminal() {
        redrawn(text)
    } else {
        format!("{text}\n")
    };
    output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush())
        .is_ok()
}

/// Each line over the old one, so that nothing flickers, and then nothing of what was below.
fn redrawn(text: &str) -> String {
    let lines = text.lines().map(|line| format!("{line}\u{1b}[K\n"));
    format!("\u{1b}[H{}\u{1b}[J", lines.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_drawn_over_those_before() {
        assert_eq!(redrawn("a\nb\n"), "\u{1b}[Ha\u{1b}[K\nb\u{1b}[K\n\u{1b}[J");
    }
}
