//! Documentation of what there is none of.

use insta::assert_snapshot;

use crate::project::Project;

/// No project is needed.
fn of(words: &[&str]) -> String {
    Project::empty().says(words)
}

#[test]
fn of_a_section_that_is_spelt_otherwise() {
    assert_snapshot!(of(&["docs", "prxy"]), @r"
    error: No documentation found for prxy

    hint: did you mean `dhow docs proxy`?
    exit code 2
    ");
}

#[test]
fn of_a_key_that_is_spelt_otherwise() {
    assert_snapshot!(of(&["docs", "proxy.helthcheck.path"]), @r"
    error: No documentation found for proxy.helthcheck.path

    hint: did you mean `dhow docs proxy/healthcheck`?
    exit code 2
    ");
}

#[test]
fn of_a_key_without_its_section() {
    assert_snapshot!(of(&["docs", "app_port"]), @r"
    error: No documentation found for app_port

    hint: did you mean `dhow docs proxy/app_port`?
    exit code 2
    ");
}

#[test]
fn of_nothing_that_is_like_anything() {
    assert_snapshot!(of(&["docs", "teapot"]), @r"
    error: No documentation found for teapot

    hint: `dhow docs` shows what there is
    exit code 2
    ");
    assert_snapshot!(of(&["docs", "proxy/teapot"]), @r"
    error: No documentation found for proxy/teapot

    hint: `dhow docs proxy` shows what there is
    exit code 2
    ");
}

#[test]
fn what_there_is_is_told_to_programs_as_data() {
    assert_snapshot!(of(&["docs", "accessories/db/proxy", "--output", "json"]), @r#"
    {
      "name": "accessory/proxy",
      "about": null,
      "place": [
        "accessories",
        "db"
      ],
      "keys": [
        {
          "name": "proxy",
          "type": "mapping, or `false`",
          "about": "Puts it behind the proxy, with settings of its own; the root's are not handed on.",
          "default": null,
          "examples": [
            {
              "app_port": 3000,
              "host": "metrics.shop.example"
            }
          ],
          "required": false,
          "deprecated": null,
          "section": "proxy"
        }
      ]
    }
    exit code 0
    "#);
}
