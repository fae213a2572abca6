//! Every target takes its seeds, so that a change which breaks a promise shows before anybody fuzzes.

use std::{path::Path, time::Duration};

use dhow_fuzz::{TARGETS, seeds};

#[test]
fn every_target_takes_its_seeds() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for target in TARGETS {
        let seeds = seeds(target.name, &root).unwrap();
        assert!(seeds.len() > 50, "{} has too few seeds", target.name);
        for seed in seeds {
            let begun = worked();
            (target.run)(seed.as_bytes());
            let took = worked().saturating_sub(begun);
            let shown: String = seed.chars().take(40).collect();
            let name = target.name;
            assert!(
                took < Duration::from_secs(10),
                "{name}: {shown:?}: {took:?}"
            );
        }
    }
}

/// How long this thread has worked so far: other than the time on the wall, it does not depend on what else the machine
/// does.
fn worked() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.try_into().expect("it counts from zero")
}
