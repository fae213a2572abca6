use proptest::prelude::*;

use super::*;
use crate::timings::Lane;

fn bar(title: &str, start: u64, took: u64, outcome: Outcome) -> Bar {
    Bar {
        title: title.to_owned(),
        start: Duration::from_millis(start),
        took: Duration::from_millis(took),
        outcome,
    }
}

/// A deploy in which each text of an event is this one.
fn named(text: &str) -> (Title, Timings) {
    let title = Title {
        headline: text.to_owned(),
        began: text.to_owned(),
        failure: Some(text.to_owned()),
    };
    let timings = Timings {
        total: Duration::from_secs(10),
        phases: vec![bar(text, 0, 9_000, Outcome::Done)],
        lanes: vec![Lane {
            name: text.to_owned(),
            bars: vec![
                bar(text, 100, 5_000, Outcome::Done),
                bar(text, 200, 1_000, Outcome::Failed),
            ],
        }],
    };
    (title, timings)
}

#[test]
fn a_deploy_is_shown_with_its_phases_hosts_and_steps() {
    let title = Title {
        headline: "dhow deploy: shop 2222222".to_owned(),
        began: "2026-01-02 03:04:05".to_owned(),
        failure: None,
    };
    let timings = Timings {
        total: Duration::from_millis(12_345),
        phases: vec![
            bar("Build the image", 200, 5_000, Outcome::Done),
            bar("Boot 2222222 on 2 hosts", 6_000, 6_000, Outcome::Failed),
        ],
        lanes: vec![
            Lane {
                name: "build".to_owned(),
                bars: vec![
                    bar("[1/2] COPY . .", 300, 100, Outcome::Cached),
                    bar("[2/2] RUN make", 350, 4_000, Outcome::Done),
                ],
            },
            Lane {
                name: "10.0.0.1".to_owned(),
                bars: vec![
                    bar(
                        "waits for the first healthy web container",
                        6_000,
                        2_000,
                        Outcome::Waited,
                    ),
                    bar("start jobs 2222222", 8_000, 1_500, Outcome::Done),
                    bar("remove old images", 9_500, 500, Outcome::Tolerated),
                    bar("wait for jobs 2222222", 10_000, 2_345, Outcome::CutOff),
                ],
            },
        ],
    };
    let shown = page(&title, &timings);
    // How it looks is no matter of this test.
    insta::assert_snapshot!(shown.replace(STYLE, "…\n"));
}

#[test]
fn a_run_that_took_no_time_is_shown_too() {
    let (title, _) = named("x");
    let shown = page(&title, &Timings::default());
    assert!(
        shown.contains("0.00 s") && !shown.contains("NaN"),
        "{shown}"
    );
}

#[test]
fn marks_stand_at_round_times() {
    for (least, step) in [
        (0.0, 0.001),
        (0.012, 0.02),
        (0.3, 0.5),
        (1.0, 1.0),
        (7.0, 10.0),
        (101.0, 200.0),
    ] {
        assert_eq!(trimmed(round_step(least)), trimmed(step), "{least}");
    }
}

proptest! {
    /// Wherever a text stands, it is the same page with another text: none opens or closes anything.
    #[test]
    fn no_text_breaks_out_of_its_place(text in any::<String>()) {
        let marked = |text: &str| format!("⟦{text}⟧");
        let (title, timings) = named(&marked(&text));
        let shown = page(&title, &timings);
        let (title, timings) = named(&marked("plain"));
        prop_assert_eq!(
            shown.replace(&escaped(&marked(&text)), &marked("plain")),
            page(&title, &timings)
        );
        let inside = escaped(&text);
        prop_assert!(!inside.contains(['<', '>', '"', '\'']), "{}", inside);
        let mut ampersands = inside.split('&').skip(1);
        prop_assert!(ampersands.all(|it| ["amp;", "lt;", "gt;", "quot;", "#39;"].iter().any(|known| it.starts_with(known))));
    }
}
