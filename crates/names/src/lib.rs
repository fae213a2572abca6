//! The names a deploy speaks in, each checked once when it is read.
