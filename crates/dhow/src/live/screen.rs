//! Which characters make a terminal show what should be seen: lines that stay, and below them lines that are drawn
//! anew.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar as _;

/// A terminal's size in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) columns: usize,
    pub(super) rows: usize,
}

/// What was drawn last. The cursor stands at the beginning of the line below it.
#[derive(Clone, Debug, Default)]
pub(super) struct Screen {
    /// The width of each line.
    widths: Vec<usize>,
}

impl Screen {
    /// Takes away what was drawn, writes `kept`, which is whole lines, and draws `lines`, each with its width.
    pub(super) fn frame(&mut self, kept: &str, lines: &[(usize, String)], size: Size) -> String {
        let mut frame = String::new();
        let rows = self.rows(size);
        if rows > 0 {
            // Up to the first of these rows, and away with everything from there.
            let _ = write!(frame, "\x1b[{rows}A\r\x1b[J");
        }
        frame.push_str(kept);
        for (_, line) in lines {
            frame.push_str(line);
            frame.push('\n');
        }
        self.widths = lines.iter().map(|(width, _)| *width).collect();
        frame
    }

    /// How many rows the drawn lines take by now: a terminal that became narrower has broken them.
    fn rows(&self, size: Size) -> usize {
        let rows = |width: &usize| width.div_ceil(size.columns).max(1);
        self.widths.iter().map(rows).sum()
    }
}

/// As much of a text as one row takes, with its width; `look` adds what takes no room.
pub(super) fn fitting(text: &str, size: Size, look: impl Fn(&str) -> String) -> (usize, String) {
    // The last column stays free: not every terminal stays in the row when that is written.
    let room = size.columns.saturating_sub(1);
    let mut width = 0;
    let mut fits = String::new();
    for character in anstream::adapter::strip_str(text).to_string().chars() {
        let Some(more) = character.width() else {
            continue;
        };
        if width + more > room {
            break;
        }
        width += more;
        fits.push(character);
    }
    (width, look(&fits))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str, size: Size) -> (usize, String) {
        fitting(text, size, str::to_owned)
    }

    /// What a terminal of this size shows, and all that has left it at the top.
    struct Shown(vt100::Parser);

    impl Shown {
        fn new(size: Size) -> Self {
            let rows = u16::try_from(size.rows).unwrap();
            let columns = u16::try_from(size.columns).unwrap();
            Self(vt100::Parser::new(
                rows.try_into().unwrap(),
                columns.try_into().unwrap(),
                1000,
            ))
        }

        fn after(&mut self, frame: &str) -> String {
            self.0.process(frame.replace('\n', "\r\n").as_bytes());
            self.0.screen().contents().trim_end().to_owned()
        }
    }

    const SIZE: Size = Size {
        columns: 20,
        rows: 6,
    };

    #[test]
    fn what_stays_pushes_down_what_is_drawn_anew() {
        let mut shown = Shown::new(SIZE);
        let mut screen = Screen::default();
        let frame = screen.frame("", &[line("a  1 s", SIZE), line("b", SIZE)], SIZE);
        assert_eq!(shown.after(&frame), "a  1 s\nb");
        let frame = screen.frame("kept\n", &[line("a  2 s", SIZE)], SIZE);
        assert_eq!(shown.after(&frame), "kept\na  2 s");
        let frame = screen.frame("more\n", &[], SIZE);
        assert_eq!(shown.after(&frame), "kept\nmore");
        assert_eq!(shown.0.screen().cursor_position(), (2, 0));
        assert_eq!(screen.frame("", &[], SIZE), "");
    }

    #[test]
    fn what_does_not_fit_is_cut() {
        let wide = "start web 漢字漢字 and more";
        let (width, text) = line(wide, SIZE);
        assert_eq!((width, text.as_str()), (19, "start web 漢字漢字 "));
        let (width, text) = line("\x1b[31mred\x1b[0m\ttab\r", SIZE);
        assert_eq!((width, text.as_str()), (6, "redtab"));
        let nothing = Size {
            columns: 1,
            rows: 1,
        };
        assert_eq!(line("x", nothing), (0, String::new()));
    }

    #[test]
    fn lines_that_a_narrower_terminal_broke_are_taken_away_whole() {
        let narrow = Size { columns: 8, ..SIZE };
        let mut screen = Screen::default();
        screen.frame(
            "",
            &[line("0123456789012345678", SIZE), line("b", SIZE)],
            SIZE,
        );
        let frame = screen.frame("", &[], narrow);
        assert_eq!(frame, "\x1b[4A\r\x1b[J");
    }
}
