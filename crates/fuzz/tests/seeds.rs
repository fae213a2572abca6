//! Every target takes its seeds, so that a change which breaks a promise shows before anybody fuzzes.

use std::{path::Path, time::Duration};

use dhow_fuzz::{TARGETS, run, seeds};

/// A test for each, so that they run beside each other.
macro_rules! takes_its_seeds {
    ($($target:ident),+ $(,)?) => {
        const TESTED: &[&str] = &[$(stringify!($target)),+];
        $(
            #[test]
            fn $target() {
                takes_its_seeds(stringify!($target));
            }
        )+
    };
}

takes_its_seeds!(
    deploy_file,
    dotenv,
    expression,
    extract,
    host_answers,
    names,
    proxy_command,
    proxy_messages,
    proxy_request,
    proxy_state,
    secret_answers,
    secrets_file,
    selection,
    template,
    yaml,
);

#[test]
fn every_target_takes_its_seeds() {
    let targets: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    assert_eq!(targets, TESTED);
}

fn takes_its_seeds(name: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let seeds = seeds(name, &root).expect("they can be read");
    assert!(seeds.len() > 50, "{name} has too few seeds");
    for seed in seeds {
        let begun = worked();
        run(name, seed.as_bytes());
        let took = worked().saturating_sub(begun);
        let shown: String = seed.chars().take(40).collect();
        assert!(
            took < Duration::from_secs(10),
            "{name}: {shown:?}: {took:?}"
        );
    }
}

/// How long this thread has worked so far: other than the time on the wall, it does not depend on what else the machine
/// does.
fn worked() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.try_into().expect("it counts from zero")
}
