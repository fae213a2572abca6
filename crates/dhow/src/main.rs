//! Deploys containers to your own servers over SSH, with no downtime.

fn main() {}
