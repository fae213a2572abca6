//! A command line as data: words that are quoted when it is rendered and secrets that are shown only to a shell.
