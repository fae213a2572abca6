//! Two hundred random secrets on their way from the secrets file through an env file into a container: the same
//! bytes arrive, or somebody was told why not and what to do instead.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use dhow_e2e::{Fleet, Host, Project, Run, World};

/// Docker reads env files by lines of at most this many bytes.
const LONGEST_LINE: usize = 65_535;

/// What secrets are made of: all that a file, a shell, Ruby, YAML or Docker reads in a way of its own, and letters
/// of many scripts.
const PIECES: [&str; 40] = [
    "'", "\"", "$", "`", "\\", "#", "=", ":", " ", "  ", "{", "}", "(", ")", "[", "]", "!", "%",
    "&", "|", ";", "<", ">", "*", "?", "~", "@", "\\n", "\\\\", "$(id)", "${HOME}", "#{x}", "\\#",
    "é", "你好", "🔑", "\u{2028}", "\u{a0}", "word", "7",
];

/// A secret, and how the secrets file comes to it.
struct Sample {
    name: String,
    value: String,
}

impl Sample {
    /// How the line of an env file begins, and the value behind it.
    fn line(&self) -> usize {
        self.name.len() + "=".len() + self.value.len()
    }

    fn fits(&self) -> bool {
        !self.value.contains('\n') && self.line() <= LONGEST_LINE
    }

    /// The value as Kamal writes it, for values without control characters but line ends (secrets-and-hooks §7).
    fn escaped(&self) -> String {
        let mut escaped = String::new();
        for (at, character) in self.value.char_indices() {
            let rest = &self.value[at + character.len_utf8()..];
            let before_hash =
                rest.starts_with('#') && !["#{", "#$", "#@"].iter().any(|it| rest.starts_with(it));
            match character {
                '\n' => escaped.push_str(r"\n"),
                '\\' if !before_hash => escaped.push_str(r"\\"),
                other => escaped.push(other),
            }
        }
        escaped
    }

    /// The line of the secrets file: written out where quotes allow it, else from the environment or a command.
    fn written(&self, project: &Project, choice: usize) -> String {
        let (name, value) = (&self.name, &self.value);
        match choice {
            0 if !value.contains('\'') && !value.ends_with('\\') => format!("{name}='{value}'\n"),
            1 if !value.contains('\\') => {
                let value = value.replace('"', "\\\"").replace('$', "\\$");
                format!("{name}=\"{value}\"\n")
            }
            2 => format!("{name}=$FROM_{name}\n"),
            _ => {
                project.write(&format!("values/{name}"), &format!("{value}\n"));
                format!("{name}=\"$(cat values/{name})\"\n")
            }
        }
    }
}

/// The same on each run, so that what fails once fails again.
fn samples() -> Vec<Sample> {
    let mut random = fastrand::Rng::with_seed(20_260_101);
    let mut samples = Vec::new();
    for number in 0..200 {
        let length = match number % 40 {
            38 => 63_000 + random.usize(..2_000),
            39 => 65_536,
            _ => random.usize(1..60),
        };
        let mut value = String::new();
        while value.len() < length {
            // Each fifth is of several lines.
            value.push_str(match random.usize(..12) {
                0 if number % 5 == 0 => "\n",
                _ => random.choice(PIECES).unwrap_or_default(),
            });
        }
        let name = format!("S{number:03}");
        samples.push(Sample { name, value });
    }
    samples
}

/// A line of the secrets file as the error proposes it. The backslash before the dollar leaves the variable to the
/// shell, where quotes protect its value.
fn encoded(name: &str) -> String {
    let print = format!(r#"printf %s \"\${{FROM_{name}}}\""#);
    format!("{name}_BASE64=\"$({print} | base64 | tr -d '\\n')\"\n")
}

struct Shop {
    project: Project,
    samples: Vec<Sample>,
}

impl Shop {
    async fn open(world: &World) -> Self {
        let project = world.app("shop").await;
        let samples = samples();
        let mut file = "KAMAL_REGISTRY_PASSWORD=$KAMAL_REGISTRY_PASSWORD\n".to_owned();
        for (at, sample) in samples.iter().enumerate() {
            file += &sample.written(&project, at % 4);
            file += &encoded(&sample.name);
        }
        project.write(".kamal/secrets", &file);
        Self { project, samples }
    }

    /// Lets the app have these secrets.
    async fn configure(&self, names: impl IntoIterator<Item = String>, settings: &str) -> String {
        let names: Vec<String> = names.into_iter().collect();
        let names = names.join(", ");
        self.project.configure(&format!(
            "servers: [web1]\nenv:\n  secret: [{names}]\n{settings}\n"
        ));
        self.project.commit("Ask for secrets").await
    }

    fn dhow<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Run {
        let run = self.project.dhow(arguments);
        self.samples.iter().fold(run, |run, sample| {
            run.env(&format!("FROM_{}", sample.name), &sample.value)
        })
    }

    fn all(&self) -> impl Iterator<Item = String> {
        self.samples.iter().map(|sample| sample.name.clone())
    }

    /// No line of any secret that is long enough to be told from other words is in a text.
    #[track_caller]
    fn is_hidden_in(&self, text: &str) {
        for sample in &self.samples {
            for line in sample
                .value
                .lines()
                .map(str::trim)
                .filter(|line| line.len() >= 12)
            {
                assert!(
                    !text.contains(line),
                    "a line of {} is shown:\n{text}",
                    sample.name
                );
            }
        }
    }
}

/// The environment of the app's first process, bytes and all.
async fn environment(host: &Host, version: &str) -> BTreeMap<String, String> {
    let read = format!(
        "base64 --wrap 0 /proc/$(docker inspect --format '{{{{.State.Pid}}}}' shop-web-{version})/environ"
    );
    let bytes = STANDARD
        .decode(host.exec(&read).await.trim())
        .expect("base64 writes base64");
    let text = String::from_utf8(bytes).expect("all secrets are text");
    let pairs = text.split('\0').filter_map(|pair| pair.split_once('='));
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

const LITERAL: &str = "x-dhow: {secrets: {env_files: literal}}";

#[tokio::test]
async fn the_same_bytes_arrive_or_it_is_told_why_not() {
    let world = World::start(Fleet::hosts(["web1"])).await;
    let (shop, web1) = (Shop::open(&world).await, &world["web1"]);
    let samples = &shop.samples;

    shop.configure(shop.all(), LITERAL).await;
    let refused = shop.dhow(["setup"]).await.fails_with(3);
    refused
        .shows("secrets cannot be delivered")
        .shows("encode the value")
        .shows("mount that with `volumes`");
    shop.is_hidden_in(&refused.to_string());
    for sample in samples {
        let told = refused.stderr.contains(&format!(": {} ", sample.name));
        assert_eq!(told, !sample.fits(), "{}", sample.name);
    }
    assert!(web1.containers().await.is_empty(), "nothing was begun");

    // What fits goes as it is, several lines in the way that was told.
    let (fitting, others): (Vec<&Sample>, Vec<&Sample>) = samples.iter().partition(|it| it.fits());
    let lines: Vec<&Sample> = others.into_iter().filter(|it| it.line() < 1_000).collect();
    assert!(
        fitting.len() > 140 && lines.len() > 20,
        "{} {}",
        fitting.len(),
        lines.len()
    );
    let names = fitting.iter().map(|it| it.name.clone());
    let encoded = lines.iter().map(|it| format!("{}_BASE64", it.name));
    let version = shop.configure(names.chain(encoded), LITERAL).await;
    let told = shop.dhow(["setup"]).await.succeeds();
    shop.is_hidden_in(&told.to_string());
    let arrived = environment(web1, &version).await;
    for sample in &fitting {
        assert_eq!(arrived[&sample.name], sample.value, "{}", sample.name);
    }
    for sample in &lines {
        let bytes = STANDARD
            .decode(&arrived[&format!("{}_BASE64", sample.name)])
            .expect("it was encoded");
        assert_eq!(
            String::from_utf8_lossy(&bytes),
            sample.value,
            "{}",
            sample.name
        );
    }

    // Without a word in the deploy file the bytes are Kamal's, and each difference is told.
    let fitting: Vec<&Sample> = samples
        .iter()
        .filter(|it| it.line() + it.escaped().len() - it.value.len() <= LONGEST_LINE)
        .collect();
    let version = shop
        .configure(fitting.iter().map(|it| it.name.clone()), "")
        .await;
    let told = shop.dhow(["deploy"]).await.succeeds();
    shop.is_hidden_in(&told.to_string());
    let warned = told
        .stderr
        .lines()
        .find(|line| line.contains("reach the containers changed"));
    let names = warned.and_then(|line| line.strip_prefix("warning: ")?.split_once(" reach "));
    let changed: BTreeSet<&str> = names
        .map(|(names, _)| names.split(", ").collect())
        .unwrap_or_default();
    let arrived = environment(web1, &version).await;
    for sample in fitting {
        assert_eq!(arrived[&sample.name], sample.escaped(), "{}", sample.name);
        let differs = sample.escaped() != sample.value;
        assert_eq!(
            changed.contains(sample.name.as_str()),
            differs,
            "{}",
            sample.name
        );
    }
    assert!(changed.len() > 50, "{changed:?}");
}
