//! The secrets files of a project, read once into values that redact themselves.
