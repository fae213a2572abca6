//! How a table says when, how, and where from.

use dhow_docker::proxy::Route;
use dhow_names::Digest;
use dhow_plan::status::Condition;
use jiff::Timestamp;

/// What stands where there is nothing to say.
pub(super) const NOTHING: &str = "-";

/// Docker's word for the health, else for the state.
pub(super) fn health(condition: &Condition) -> String {
    match condition.state.as_str() {
        "running" => condition
            .health
            .clone()
            .unwrap_or_else(|| "running".to_owned()),
        "exited" => format!("exited ({})", condition.exit_code),
        state => state.to_owned(),
    }
}

/// How long ago, in the one unit that says most: `12 s`, `3 min`, `5 h`, `40 d`. Clocks that differ make no negative
/// times.
pub(super) fn ago(since: Timestamp, now: Timestamp) -> String {
    let seconds = now.as_second().saturating_sub(since.as_second()).max(0);
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7_199 => format!("{} min", seconds / 60),
        7_200..=172_799 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// The first digits of a digest, enough to tell images of one version apart.
pub(super) fn short(digest: Digest) -> String {
    digest.hex().chars().take(12).collect()
}

/// `https://shop.example/api`, with the state of the service where it does not simply run.
pub(super) fn route(route: &Route) -> Vec<String> {
    let scheme = if route.tls { "https" } else { "http" };
    let any = vec!["*".to_owned()];
    let hosts = if route.hosts.is_empty() {
        &any
    } else {
        &route.hosts
    };
    let root = vec![String::new()];
    let paths = if route.paths.is_empty() {
        &root
    } else {
        &route.paths
    };
    let state = match route.state.as_str() {
        "running" => String::new(),
        state => format!(" ({state})"),
    };
    let both = hosts.iter().flat_map(|host| {
        let state = &state;
        let each = paths.iter().map(move |path| {
            let path = path.trim_end_matches('/');
            format!("{scheme}://{host}{path}{state}")
        });
        each.collect::<Vec<_>>()
    });
    both.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_in_one_unit() {
        let now = Timestamp::from_second(10_000_000).unwrap();
        let told = |seconds: i64| ago(Timestamp::from_second(10_000_000 - seconds).unwrap(), now);
        let all = [-5, 0, 119, 120, 7_199, 7_200, 172_799, 172_800, 9_000_000].map(told);
        assert_eq!(
            all.join(", "),
            "0 s, 0 s, 119 s, 2 min, 119 min, 2 h, 47 h, 2 d, 104 d"
        );
    }

    #[test]
    fn a_route_is_told_as_an_address_for_each_host_and_path() {
        let told = |hosts: &[&str], paths: &[&str], state: &str, tls| {
            route(&Route {
                service: "shop-web".to_owned(),
                hosts: hosts.iter().copied().map(str::to_owned).collect(),
                paths: paths.iter().copied().map(str::to_owned).collect(),
                state: state.to_owned(),
                tls,
            })
            .join(" ")
        };
        assert_eq!(told(&[], &["/"], "running", false), "http://*");
        assert_eq!(
            told(&["a.example", "b.example"], &["/", "/api"], "stopped", true),
            "https://a.example (stopped) https://a.example/api (stopped) https://b.example (stopped) \
             https://b.example/api (stopped)"
        );
    }
}
