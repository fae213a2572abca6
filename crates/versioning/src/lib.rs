//! What is built and what it is called: the version of a work tree, and a clean clone of it.
