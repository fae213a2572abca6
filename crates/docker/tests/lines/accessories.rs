//! Comparing an accessory with its deploy file.

use dhow_docker::accessory;

use crate::{
    example::{SHOP, Shop},
    host::{SHELLS, StubHost},
};

/// An accessory that Kamal booted: there is no record of it.
const CONTAINER: &str = r#"case "$*" in
  "ps -a"*) echo c45795d27733 ;;
  *Config.Env*) printf '%s\n' 'MYSQL_ROOT_HOST=%' 'PASSWORD=it'\''s *secret*' 'EMPTY=' ;;
  inspect*) echo running ;;
esac"#;

#[test]
fn values_are_compared_by_the_shell_alone() {
    let shop = Shop::of(SHOP, None);
    let line = accessory::compare(&shop.names, &shop.config.accessories[0]).exposed();
    for shell in SHELLS {
        let host = StubHost::with_docker(CONTAINER);
        // What stands in the arguments of a program is seen by everybody on the host.
        host.stub("grep", r#"echo "$*" >> "$HOME/seen"; exec /bin/grep "$@""#);
        let asked = "=MYSQL_ROOT_HOST=%\n=PASSWORD=it's *secret*\n=EMPTY=\n=PASSWORD=it's *\n=OTHER=x\n=EMPT=\n";
        let done = host.run_with_input(shell, &line, asked);
        assert_eq!(
            (done.exit_code, done.stdout.as_str()),
            (
                Some(0),
                "running\ndiffers env PASSWORD\ndiffers env OTHER\ndiffers env EMPT\n"
            ),
            "{shell:?} {}",
            done.stderr
        );
        assert!(!host.path().join("seen").exists());
    }
}
