//! The word that was probably meant.

use strsim::damerau_levenshtein;

/// The word of `known` that is spelt most alike, when it is alike at all: one letter in three may differ.
pub(crate) fn nearest<'a>(text: &str, known: &[&'a str]) -> Option<&'a str> {
    let allowed = (text.chars().count() / 3).max(1);
    known
        .iter()
        .map(|word| (damerau_levenshtein(word, text), *word))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, word)| word)
}
