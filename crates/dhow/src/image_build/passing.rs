//! What makes a build fail now and not in a moment, so that it is worth another try: all its steps are in the cache
//! by then.

use std::time::Duration;

use crate::failure::Failure;

/// How long what fails is given to pass.
pub(super) const PAUSE: Duration = Duration::from_secs(2);

/// What a registry that is ill answers with. 501 is no illness, and 507 is one that stays.
const ILL: [&str; 4] = [
    "500 Internal Server Error",
    "502 Bad Gateway",
    "503 Service Unavailable",
    "504 Gateway Timeout",
];
/// How the engine and BuildKit tell of such an answer.
const ANSWERED: [&str; 2] = ["unexpected status from ", "unexpected HTTP status: "];

/// Something that passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Passing {
    /// The engine's own housekeeping took a layer away that it was about to unpack, which Docker's store of containerd
    /// does now and then.
    LostLayer,
    /// A registry failed, with this answer.
    IllRegistry(&'static str),
}

impl Passing {
    /// What passes of a failure.
    pub(super) fn of(failure: &Failure) -> Option<Self> {
        let texts = failure.causes.iter().chain(&failure.details);
        texts.flat_map(|text| text.lines()).find_map(Self::in_line)
    }

    /// What people are told.
    pub(super) fn told(self) -> String {
        match self {
            Self::LostLayer => {
                "the engine lost a layer that it was about to unpack (moby/buildkit#6521), so it builds again".to_owned()
            }
            Self::IllRegistry(answer) => {
                format!("the registry answered with {answer}, so it is tried again")
            }
        }
    }

    fn in_line(line: &str) -> Option<Self> {
        if line.contains("failed to prepare extraction snapshot") && line.contains("does not exist")
        {
            return Some(Self::LostLayer);
        }
        let answered = ANSWERED.iter().any(|it| line.contains(it));
        let mut answers = ILL.into_iter().filter(|it| answered && line.contains(it));
        answers.next().map(Self::IllRegistry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Kind;

    fn of(because: &str) -> Option<String> {
        let mut failure = Failure::new(Kind::Step, "the build failed at `exporting to image`");
        failure.causes.push(because.to_owned());
        Passing::of(&failure).map(Passing::told)
    }

    #[test]
    fn what_passes_is_worth_another_build() {
        let lost = "failed to prepare extraction snapshot \"extract-350512957-j2-T sha256:e5\": parent snapshot \
                    sha256:e8 does not exist: not found";
        assert_eq!(of(lost).unwrap(), Passing::LostLayer.told());
        let ill = "unexpected status from HEAD request to http://registry:5000/v2/shop/manifests/e98: 500 Internal \
                   Server Error";
        assert_eq!(
            of(ill).unwrap(),
            "the registry answered with 500 Internal Server Error, so it is tried again"
        );
        assert!(of("received unexpected HTTP status: 503 Service Unavailable").is_some());
    }

    #[test]
    fn what_stays_is_not() {
        for stays in [
            "failed to solve: /version.txt does not exist",
            "process \"/bin/sh -c make\" did not complete successfully: exit code: 2",
            "process \"curl\" printed: 503 Service Unavailable",
            "unexpected status from PUT request to http://registry:5000/v2/shop: 401 Unauthorized",
            "unexpected status from PUT request to http://registry:5000/v2/shop: 507 Insufficient Storage",
        ] {
            assert_eq!(of(stays), None, "{stays}");
        }
    }
}
