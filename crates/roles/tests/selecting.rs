//! Which hosts and roles a command is about (cli §3.3).

#![expect(clippy::unwrap_used, reason = "a test may")]

use dhow_config::{Config, Sources, load};
use dhow_names::Host;
use dhow_roles::{Fleet, Selection, SelectionError};

/// Four roles, of which `jobs` comes before the primary role by name, and two accessories.
const SHOP: &str = "
service: shop
image: shop
registry: {server: r.example, username: u, password: p}
builder: {arch: amd64}
servers:
  web: [w1.example, w2.example]
  jobs: {hosts: [j1.example, w2.example]}
  cron: {hosts: [j1.example]}
  api: {hosts: [a1.example], proxy: true}
accessories:
  db: {image: 'mysql:8', host: d1.example}
  cache: {image: redis, roles: [web]}
";

fn config(text: &str) -> Config {
    load(&Sources::of_text(text, None), None)
        .unwrap_or_else(|problems| panic!("{problems}"))
        .config
}

fn short(hosts: impl IntoIterator<Item = impl AsRef<Host>>) -> String {
    let names = hosts.into_iter();
    let short = names.map(|host| host.as_ref().as_str().replace(".example", ""));
    short.collect::<Vec<_>>().join(" ")
}

/// Everything a fleet says, a line each.
fn fleet(text: &str, selection: &Selection) -> Result<String, SelectionError> {
    struct Shown<'a>(&'a Host);
    impl AsRef<Host> for Shown<'_> {
        fn as_ref(&self) -> &Host {
            self.0
        }
    }
    let config = config(text);
    let fleet = Fleet::select(&config, selection)?;
    let shown = |hosts: &[&Host]| short(hosts.iter().map(|host| Shown(host)));
    let roles: Vec<&str> = fleet
        .roles()
        .iter()
        .map(|role| role.name.as_str())
        .collect();
    let primary_role = fleet
        .primary_role()
        .map_or("none", |role| role.name.as_str());
    let accessories: Vec<String> = config
        .accessories
        .iter()
        .map(|it| format!("{} on {}", it.name, shown(&fleet.accessory_hosts(it))))
        .collect();
    Ok(format!(
        "hosts {}\nroles {}\nprimary {} {primary_role}\napp {}\nproxy {}\n{}",
        shown(fleet.hosts()),
        roles.join(" "),
        short([Shown(fleet.primary_host())]),
        shown(&fleet.app_hosts()),
        shown(&fleet.proxy_hosts()),
        accessories.join(", "),
    ))
}

fn select(hosts: Option<&str>, roles: Option<&str>, primary: bool) -> String {
    let selection = Selection::parse(hosts, roles, primary).unwrap();
    fleet(SHOP, &selection).unwrap_or_else(|error| format!("error: {error}"))
}

#[test]
fn everything_is_selected_unless_something_is_said() {
    insta::assert_snapshot!(select(None, None, false), @r"
    hosts w2 w1 a1 j1 d1
    roles web api cron jobs
    primary w1 web
    app w2 w1 a1 j1
    proxy w2 w1 a1
    db on d1, cache on w2 w1
    ");
}

#[test]
fn hosts_are_selected_in_the_order_given() {
    insta::assert_snapshot!(select(Some("w2.example,w1.example"), None, false), @r"
    hosts w2 w1
    roles web jobs
    primary w2 web
    app w2 w1
    proxy w2 w1
    db on , cache on w2 w1
    ");
    insta::assert_snapshot!(select(Some("j1.example"), None, false), @r"
    hosts j1
    roles cron jobs
    primary j1 cron
    app j1
    proxy 
    db on , cache on
    ");
    insta::assert_snapshot!(select(Some("d1.example"), None, false), @r"
    hosts d1
    roles 
    primary d1 none
    app 
    proxy 
    db on d1, cache on
    ");
}

#[test]
fn roles_are_selected_in_the_order_given() {
    insta::assert_snapshot!(select(None, Some("jobs,api"), false), @r"
    hosts j1 w2 a1
    roles jobs api
    primary j1 jobs
    app j1 w2 a1
    proxy w2 a1
    db on , cache on w2
    ");
    insta::assert_snapshot!(select(None, Some("jobs,web"), false), @r"
    hosts w2 w1 j1
    roles web jobs
    primary w1 web
    app w2 w1 j1
    proxy w2 w1
    db on , cache on w2 w1
    ");
}

#[test]
fn hosts_and_roles_narrow_each_other() {
    insta::assert_snapshot!(select(Some("w*"), Some("jobs"), false), @r"
    hosts w2
    roles jobs
    primary w2 jobs
    app w2
    proxy w2
    db on , cache on w2
    ");
    insta::assert_snapshot!(select(Some("d1.example"), Some("web"), false), @"error: no selected host runs a selected role");
}

#[test]
fn the_primary_host_replaces_any_hosts() {
    insta::assert_snapshot!(select(None, None, true), @r"
    hosts w1
    roles web
    primary w1 web
    app w1
    proxy w1
    db on , cache on w1
    ");
    insta::assert_snapshot!(select(Some("d1.example"), None, true), @r"
    hosts w1
    roles web
    primary w1 web
    app w1
    proxy w1
    db on , cache on w1
    ");
    insta::assert_snapshot!(select(None, Some("cron,web"), true), @r"
    hosts j1
    roles cron
    primary j1 cron
    app j1
    proxy 
    db on , cache on
    ");
}

#[test]
fn patterns_are_those_of_a_shell() {
    let table = [
        // Roles are in the order of their names, so w2 comes with `jobs` before `web`.
        ("w*", "w2 w1"),
        ("w?.example", "w2 w1"),
        ("[wj]1.*", "j1 w1"),
        ("[!w]1.*", "a1 j1 d1"),
        ("*", "a1 j1 w2 w1 d1"),
        ("w1*,d1*", "w1 d1"),
        ("w2.example,w*", "w2 w1"),
        (r"w\1.example", "w1"),
        ("{w1}.example", "w1"),
        ("w1", "No --hosts match for w1"),
        ("W1.example", "No --hosts match for W1.example"),
        ("x*,y*", "No --hosts match for x*,y*"),
    ];
    for (pattern, expected) in table {
        let told = select(Some(pattern), None, false);
        let first = told.lines().next().unwrap();
        let found = first
            .strip_prefix("hosts ")
            .or(first.strip_prefix("error: "));
        assert_eq!(found, Some(expected), "{pattern}");
    }
}

#[test]
fn what_matches_nothing_names_what_there_is() {
    let error = |hosts: Option<&str>, roles: Option<&str>| {
        fleet(SHOP, &Selection::parse(hosts, roles, false).unwrap()).unwrap_err()
    };
    let role = error(None, Some("Web"));
    assert_eq!(role.to_string(), "No --roles match for Web");
    let SelectionError::NoRole { known, .. } = role else {
        panic!("no role has the name");
    };
    assert_eq!(known, ["api", "cron", "jobs", "web"]);
    let SelectionError::NoHost { known, .. } = error(Some("x"), None) else {
        panic!("no host has the name");
    };
    assert_eq!(known.len(), 5);
    let nothing = error(Some("d1.example"), Some("web"));
    assert_eq!(nothing.to_string(), "no selected host runs a selected role");
}

#[test]
fn what_is_no_pattern_is_refused() {
    let error = Selection::parse(Some("[a"), None, false).unwrap_err();
    assert_eq!(error.to_string(), "`[a` is not a pattern");
}

#[test]
fn a_file_of_accessories_alone_has_a_primary_host_and_no_role() {
    let text = "service: shop\nimage: shop\nregistry: {server: r.example, username: u, password: p}\n\
                builder: {arch: amd64}\naccessories:\n  db: {image: 'mysql:8', host: d1.example}\n";
    insta::assert_snapshot!(fleet(text, &Selection::default()).unwrap(), @r"
                hosts d1
                roles 
                primary d1 none
                app 
                proxy 
                db on d1
                ");
}

#[test]
fn another_role_can_be_the_primary_one() {
    let text = SHOP.replace("servers:", "primary_role: api\nservers:");
    insta::assert_snapshot!(fleet(&text, &Selection::default()).unwrap(), @r"
    hosts a1 j1 w2 w1 d1
    roles api cron jobs web
    primary a1 api
    app a1 j1 w2 w1
    proxy a1
    db on d1, cache on w2 w1
    ");
}

#[test]
fn boot_groups_count_all_hosts_of_the_file() {
    let groups = |limit: &str, hosts: Option<&str>| {
        let config = config(&format!("{SHOP}boot: {{limit: {limit}}}\n"));
        let selection = Selection::parse(hosts, None, false).unwrap();
        let fleet = Fleet::select(&config, &selection).unwrap();
        let sizes: Vec<usize> = fleet.boot_groups().iter().map(Vec::len).collect();
        sizes
    };
    let table = [
        ("1", None, vec![1, 1, 1, 1]),
        ("3", None, vec![3, 1]),
        ("9", None, vec![4]),
        // Of five hosts in the file, whatever is selected.
        ("'40%'", None, vec![2, 2]),
        ("'40%'", Some("w*"), vec![2]),
        ("'59%'", None, vec![2, 2]),
        ("'60%'", None, vec![3, 1]),
        ("'1%'", None, vec![1, 1, 1, 1]),
        ("'100%'", None, vec![4]),
    ];
    for (limit, hosts, expected) in table {
        assert_eq!(groups(limit, hosts), expected, "{limit} of {hosts:?}");
    }
    let everything = config(SHOP);
    let fleet = Fleet::select(&everything, &Selection::default()).unwrap();
    assert_eq!(fleet.boot_groups().len(), 1);
    let nothing = Selection::parse(Some("d1.example"), None, false).unwrap();
    let fleet = Fleet::select(&everything, &nothing).unwrap();
    assert!(fleet.boot_groups().is_empty());
}

#[test]
fn a_host_knows_whether_all_its_roles_are_selected() {
    let config = config(SHOP);
    let all_of = |roles: Option<&str>, host: &str| {
        let selection = Selection::parse(None, roles, false).unwrap();
        let fleet = Fleet::select(&config, &selection).unwrap();
        let on: Vec<&str> = fleet
            .on(&host.parse().unwrap())
            .iter()
            .map(|it| it.role.name.as_str())
            .collect();
        (
            fleet.has_every_role_of(&host.parse().unwrap()),
            on.join(" "),
        )
    };
    assert_eq!(all_of(None, "w2.example"), (true, "web jobs".to_owned()));
    assert_eq!(all_of(None, "j1.example"), (true, "cron jobs".to_owned()));
    assert_eq!(
        all_of(Some("jobs"), "w2.example"),
        (false, "jobs".to_owned())
    );
    assert_eq!(all_of(Some("web"), "j1.example"), (false, String::new()));
    assert_eq!(all_of(None, "d1.example"), (false, String::new()));
}
