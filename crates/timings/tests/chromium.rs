//! The page in a real browser, in light and in dark.

#![expect(clippy::unwrap_used, reason = "a test may")]

use std::{fs, path::Path, process::Output, time::Duration};

use dhow_timings::{Bar, Lane, Outcome, Timings, Title, page};

/// What Chromium says of a page without a screen, and how it ended.
struct Browser(tempfile::TempDir);

impl Browser {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Opens a page. `scheme` is what the person prefers.
    #[expect(clippy::disallowed_methods, reason = "the browser is what is asked")]
    fn open(&self, html: &str, scheme: &str, options: &[&str]) -> Output {
        let file = self.0.path().join("page.html");
        fs::write(&file, html).unwrap();
        let profile = self.0.path().join("profile");
        let scheme = match scheme {
            "dark" => "--blink-settings=preferredColorScheme=0",
            _ => "--blink-settings=preferredColorScheme=1",
        };
        let output = std::process::Command::new("chromium")
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"])
            .args(["--no-first-run", "--disable-background-networking", "--disable-dev-shm-usage"])
            .args(["--enable-logging=stderr", "--window-size=1200,900", scheme])
            .arg(format!("--user-data-dir={}", profile.display()))
            .args(options)
            .arg(format!("file://{}", file.display()))
            .output()
            .unwrap_or_else(|error| {
                panic!("chromium does not start ({error}); on Debian: apt-get install --no-install-recommends chromium")
            });
        assert!(output.status.success(), "{output:?}");
        output
    }

    /// The page as the browser understood it, and what it complained about.
    fn understood(&self, html: &str) -> (String, Vec<String>) {
        let output = self.open(html, "light", &["--dump-dom"]);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        let console = errors.lines().filter(|line| line.contains("CONSOLE"));
        (
            String::from_utf8_lossy(&output.stdout).into_owned(),
            console.map(str::to_owned).collect(),
        )
    }

    fn picture(&self, html: &str, scheme: &str) -> Vec<u8> {
        let file = self.0.path().join(format!("{scheme}.png"));
        self.open(html, scheme, &[&format!("--screenshot={}", file.display())]);
        keep(&file);
        fs::read(&file).unwrap()
    }
}

/// Where a person who looks at the pictures wants them: `DHOW_PICTURES` names the folder.
#[expect(clippy::disallowed_methods, reason = "a test has no other edge")]
fn keep(file: &Path) {
    if let Ok(folder) = std::env::var("DHOW_PICTURES") {
        fs::copy(file, Path::new(&folder).join(file.file_name().unwrap())).unwrap();
    }
}

fn bar(title: &str, start: u64, took: u64, outcome: Outcome) -> Bar {
    Bar {
        title: title.to_owned(),
        start: Duration::from_millis(start),
        took: Duration::from_millis(took),
        outcome,
    }
}

fn deploy() -> String {
    let title = Title {
        headline: "shop: dhow deploy to <staging>".to_owned(),
        began: "2026-01-02 03:04:05".to_owned(),
        failure: Some("failed to boot 2222222 & more".to_owned()),
    };
    let host = |name: &str, later: u64| Lane {
        name: name.to_owned(),
        bars: vec![
            bar("log in to the registry", 5_300, 400, Outcome::Done),
            bar("pull 2222222", 5_700, 3_000 + later, Outcome::Done),
            bar(
                "waits for the first healthy web container",
                9_000 + later,
                2_000,
                Outcome::Waited,
            ),
            bar("start web 2222222", 11_000 + later, 700, Outcome::Done),
            bar(
                "remove \"old\" images",
                11_700 + later,
                300,
                Outcome::Tolerated,
            ),
            bar(
                "wait for web 2222222",
                12_000 + later,
                1_500,
                Outcome::Failed,
            ),
        ],
    };
    let build = Lane {
        name: "build".to_owned(),
        bars: vec![
            bar("[internal] load build context", 250, 300, Outcome::Done),
            bar(
                "[1/3] FROM docker.io/library/debian",
                250,
                200,
                Outcome::Cached,
            ),
            bar("[2/3] RUN make", 600, 3_600, Outcome::Done),
            bar("[3/3] COPY . .", 4_200, 900, Outcome::CutOff),
        ],
    };
    let timings = Timings {
        total: Duration::from_secs(15),
        phases: vec![
            bar("Build and push 2222222", 200, 5_000, Outcome::Done),
            bar("Pull 2222222 on 2 hosts", 5_250, 3_700, Outcome::Done),
            bar("Boot 2222222 on 2 hosts", 9_000, 5_000, Outcome::Failed),
        ],
        lanes: vec![
            build,
            host("10.0.0.1", 0),
            host("a-long-name.of-a-host.example.com", 400),
        ],
    };
    page(&title, &timings)
}

#[test]
fn every_row_is_there_and_nothing_is_complained_about() {
    let (dom, console) = Browser::new().understood(&deploy());
    assert_eq!(console, [""; 0]);
    assert_eq!(dom.matches("class=\"lane steps\"").count(), 3, "{dom}");
    assert_eq!(
        dom.matches("<div class=\"bar ").count(),
        3 + 4 + 2 * 6,
        "{dom}"
    );
    assert_eq!(dom.matches("<tr class=").count(), 4 + 2 * 6, "{dom}");
    assert!(
        dom.contains("<h1>shop: dhow deploy to &lt;staging&gt;</h1>"),
        "{dom}"
    );
}

#[test]
fn a_complaint_would_be_noticed() {
    let with_script = deploy().replace("</body>", "<script>alert(1)</script></body>");
    let (_, console) = Browser::new().understood(&with_script);
    assert!(
        console
            .iter()
            .any(|line| line.contains("Content Security Policy")),
        "the policy forbids scripts: {console:?}"
    );
}

#[test]
fn light_and_dark_are_two_pictures() {
    let browser = Browser::new();
    let (light, dark) = (
        browser.picture(&deploy(), "light"),
        browser.picture(&deploy(), "dark"),
    );
    assert!(light.starts_with(b"\x89PNG") && dark.starts_with(b"\x89PNG"));
    assert_ne!(light, dark);
    let again = browser.picture(&deploy(), "light");
    assert!(light == again, "the same page is the same picture");
}
