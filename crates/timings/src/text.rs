//! Texts of events inside HTML.

/// A text that stands for itself in an element and between the quotes of an attribute, whatever it holds. Characters
/// that HTML cannot hold are shown as such.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' => escaped.push(' '),
            it if it.is_control() => escaped.push('\u{fffd}'),
            it => escaped.push(it),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_to_a_browser_means_itself() {
        assert_eq!(
            escaped("a <b title=\"x\">'&amp;'\0\n</b>"),
            "a &lt;b title=&quot;x&quot;&gt;&#39;&amp;amp;&#39;\u{fffd} &lt;/b&gt;"
        );
    }
}
