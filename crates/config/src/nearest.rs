//! The word that was probably meant, and the words there are.

use strsim::damerau_levenshtein;

/// In letters: a longer text is no slip of the hand, and takes long to compare.
const LONGEST: usize = 100;
/// A longer list of words would bury the message.
const MOST_LISTED: usize = 20;

/// A question for the word that is spelt most alike, or else all of them; `what` they are, in the plural.
pub(crate) fn did_you_mean(text: &str, what: &str, known: &[&str]) -> String {
    match nearest(text, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("{what}: {}", listed(known)),
    }
}

/// The word of `known` that is spelt most alike, when it is alike at all: one letter in three may differ.
pub(crate) fn nearest<'a>(text: &str, known: &[&'a str]) -> Option<&'a str> {
    let length = text.chars().count();
    let allowed = (length / 3).max(1);
    known
        .iter()
        .filter(|word| length <= LONGEST && word.chars().count().abs_diff(length) <= allowed)
        .map(|word| (damerau_levenshtein(word, text), *word))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, word)| word)
}

/// The words with commas between them, and how many more there are.
pub(crate) fn listed(words: &[&str]) -> String {
    let shown = &words[..words.len().min(MOST_LISTED)];
    match words.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
