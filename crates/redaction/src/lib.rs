//! A secret that no print, log or error can show, and a filter that takes known secrets out of text.
