//! Every command line a host is asked to run, built by pure functions.
