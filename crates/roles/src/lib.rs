//! The fleet: which host runs what, and which of them a command is about.
