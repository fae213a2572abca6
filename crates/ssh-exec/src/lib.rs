//! Runs scripts on hosts over one multiplexed connection each, and programs on this machine.
