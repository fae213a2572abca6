//! Template → text, for every construct that is known.

mod world;

use dhow_erb::{StagedRuntime, TemplateKind, render};
use world::{world, yaml};

/// The text a template renders to.
fn rendered(source: &str) -> String {
    rendered_in(source, TemplateKind::DeployFile, &mut world())
}

fn rendered_in(source: &str, kind: TemplateKind, runtime: &mut StagedRuntime) -> String {
    match render(source, kind, runtime, yaml) {
        Ok(rendered) => rendered.text,
        Err(mistakes) => panic!("{source:?}: {mistakes:#?}"),
    }
}

/// Each expression with the text that `<%= … %>` inserts for it.
fn assert_all(table: &[(&str, &str)]) {
    for (expression, expected) in table {
        assert_eq!(
            rendered(&format!("<%= {expression} %>")),
            *expected,
            "{expression}"
        );
    }
}

#[test]
fn tags_and_trimming() {
    for (source, expected) in [
        (
            "no tags % at > all\n% not code\n",
            "no tags % at > all\n% not code\n",
        ),
        ("a: <%= 1 %>\nb", "a: 1\nb"),
        ("a: <%=1%>b", "a: 1b"),
        ("<% x = 1 %>\na: <%= x %>", "\na: 1"),
        ("<% x = 1 -%>\na: <%= x %>", "a: 1"),
        ("<% x = 1 -%>\r\na: <%= x %>", "a: 1"),
        ("a\n  <%- x = 1 -%>\nb: <%= x %>", "a\nb: 1"),
        ("a <%- x = 1 %>b", "a b"),
        ("a: <%= 1 -%>\nb", "a: 1b"),
        ("<%# a comment %>b", "b"),
        ("<%# a comment -%>\nb", "b"),
        ("a <%% b %> c %%> d", "a <% b %> c %%> d"),
        ("<%%= x %>", "<%= x %>"),
        ("<% # a comment\n x = 1 # another\n %><%= x %>", "1"),
        ("<% x = 1; y = 2 %><%= x + y %>", "3"),
        ("<%\nx = [\n  1,\n  2,\n]\n%><%= x.join(\"-\") %>", "1-2"),
        ("é<%= \"ü\" %>日", "éü日"),
    ] {
        assert_eq!(rendered(source), expected, "{source:?}");
    }
}

#[test]
fn accessory_files_have_no_trim_mode() {
    let source = "a\n  <% x = 1 %>\nb <%= x %>\n# <%= ENV[\"HOST\"] %>\n";
    let text = rendered_in(source, TemplateKind::AccessoryFile, &mut world());
    assert_eq!(text, "a\n  \nb 1\n# web.example\n");
}

#[test]
fn literals_and_interpolation() {
    assert_all(&[
        ("nil", ""),
        ("true", "true"),
        ("1_000", "1000"),
        ("-5", "-5"),
        ("1.50", "1.5"),
        (r#""a\tb\u00e9\u{1F600}\"\\ \#{x}""#, "a\tbé😀\"\\ #{x}"),
        (r"'it\'s \n #{x} \\'", r"it's \n #{x} \"),
        (r##""#{1 + 1}-#{"#{ENV["HOST"]}"}""##, "2-web.example"),
        ("%w[a b c].join(\",\")", "a,b,c"),
        ("%i[a b]", "[:a, :b]"),
        ("%q(a (b) c)", "a (b) c"),
        ("%Q[a #{1}]", "a 1"),
        ("%(x)", "x"),
        ("[1, \"a\", nil, :b, [true]]", "[1, \"a\", nil, :b, [true]]"),
        (
            "{ a: 1, \"b\" => 2, \"c\": 3 }.to_json",
            "{\"a\":1,\"b\":2,\"c\":3}",
        ),
        ("{ a: 1 }[:a]", "1"),
        (":sym", "sym"),
        ("(1..3).to_a", "[1, 2, 3]"),
        ("(1...3).map { |n| \"web-#{n}\" }", "[\"web-1\", \"web-2\"]"),
    ]);
}

#[test]
fn operators_and_conditions() {
    assert_all(&[
        ("nil || \"d\"", "d"),
        ("ENV[\"NONE\"] || ENV[\"HOST\"] || \"d\"", "web.example"),
        ("1 && 2", "2"),
        ("nil && 2", ""),
        ("!nil", "true"),
        ("not true", "false"),
        ("(nil or 3)", "3"),
        ("1 == 1 ? \"y\" : \"n\"", "y"),
        (
            "ENV[\"HOST\"] == \"x\" ? 1 : ENV[\"NONE\"].nil? ? 2 : 3",
            "2",
        ),
        ("\"a\" != \"b\"", "true"),
        ("2 < 3 && 3 >= 3", "true"),
        ("1 + 2 * 3 - 4", "3"),
        ("-7 / 2", "-4"),
        ("-7 % 3", "2"),
        ("7 / -2", "-4"),
        ("7 % -3", "-2"),
        ("1 == 1.0", "true"),
        ("\"a\" + \"b\" * 3", "abbb"),
        ("[1] + [2] - [1]", "[2]"),
        ("\"x\" if true", "x"),
        ("\"x\" unless true", ""),
        ("if nil then 1 else 2 end", "2"),
        ("nil&.strip", ""),
        ("\" a \"\n  .strip\n  .upcase", "A"),
        ("ENV.fetch \"NONE\", \"d\"", "d"),
    ]);
}

#[test]
fn variables_and_blocks() {
    for (source, expected) in [
        (
            "<% a = 1 %><% a ||= 2 %><% b ||= 3 %><% b += 4 %><%= a %><%= b %>",
            "17",
        ),
        ("<% if false %><% x = 1 %><% end %>[<%= x %>]", "[]"),
        (
            "<% if ENV[\"HOST\"] == \"web.example\" %>yes<% elsif true %>maybe<% else %>no<% end %>",
            "yes",
        ),
        (
            "<% if false %>yes<% elsif true %>maybe<% else %>no<% end %>",
            "maybe",
        ),
        ("<% unless true %>yes<% else %>no<% end %>", "no"),
        (
            "<% \"a,b\".split(\",\").each do |h| %>- <%= h %>\n<% end %>",
            "- a\n- b\n",
        ),
        (
            "<%- %w[a b].each do |h| -%>\n- <%= h %>\n<%- end -%>\nz",
            "- a\n- b\nz",
        ),
        (
            "<% [1, 2].each_with_index { |x, i| %><%= x %>@<%= i %> <% } %>",
            "1@0 2@1 ",
        ),
        (
            "<% { a: 1, b: 2 }.each do |k, v| %><%= k %>=<%= v %> <% end %>",
            "a=1 b=2 ",
        ),
        ("<% 2.times do |i| %><%= i %><% end %>", "01"),
        (
            "<% total = 0 %><% [1, 2].each { |n| total += n } %><%= total %>",
            "3",
        ),
        (
            "<% x = 9 %><% [1].each do |x| %><%= x %><% end %><%= x %>",
            "19",
        ),
        ("<% x = if true\n 1\n else\n 2\n end %><%= x %>", "1"),
        (
            "<% [[1, [2]], [3, nil]].each do |a, b| %><%= a %>:<%= b %>;<% end %>",
            "1:[2];3:;",
        ),
    ] {
        assert_eq!(rendered(source), expected, "{source}");
    }
}

#[test]
fn methods_of_texts() {
    assert_all(&[
        ("\" a \\n\".strip + \"|\"", "a|"),
        ("\"a\\n\\n\".chomp.inspect", "\"a\\n\""),
        ("\"a.rb\".chomp(\".rb\")", "a"),
        ("\"a,b,,\".split(\",\")", "[\"a\", \"b\"]"),
        ("\" a  b \".split", "[\"a\", \"b\"]"),
        ("\"a,b,c\".split(\",\", 2)", "[\"a\", \"b,c\"]"),
        (
            "\"aB\".upcase + \"aB\".downcase + \"aB\".capitalize + \"aB\".swapcase",
            "ABabAbAb",
        ),
        ("\"a/b/c\".gsub(\"/\", \"-\")", "a-b-c"),
        ("\"a/b/c\".sub(\"/\", \"-\")", "a-b/c"),
        (
            "\"Feature/X_1\".downcase.tr(\"^a-z0-9\", \"-\")",
            "feature-x-1",
        ),
        ("\"abc\".tr(\"a-c\", \"xy\")", "xyy"),
        ("\"a-b\".tr(\"-\", \"_\")", "a_b"),
        ("\"a-b\".delete(\"-\")", "ab"),
        ("\"abc\".start_with?(\"x\", \"ab\")", "true"),
        ("\"abc\".end_with?(\"c\")", "true"),
        ("\"abc\".include?(\"bc\")", "true"),
        ("\"\".empty?", "true"),
        ("\" \".blank?", "true"),
        ("\"\".presence || \"d\"", "d"),
        ("ENV[\"NONE\"].present?", "false"),
        ("\"12ab\".to_i + 1", "13"),
        ("\"1.5x\".to_f", "1.5"),
        ("\"héllo\".length", "5"),
        ("\"héllo\"[0, 2]", "hé"),
        ("\"hello\"[0..2] + \"hello\"[-1]", "helo"),
        ("\"abcdef\"[0, 3]", "abc"),
        ("\"v1.2\".delete_prefix(\"v\")", "1.2"),
        ("\"My App!\".parameterize", "my-app"),
        ("\"a\\nb\".lines.map(&:chomp)", "[\"a\", \"b\"]"),
        ("\"a\".to_sym.inspect", ":a"),
        ("\"q\\\"#\\{\".inspect", "\"q\\\"\\#{\""),
    ]);
}

#[test]
fn methods_of_lists_and_maps() {
    assert_all(&[
        ("[3, 1, 2].sort.reverse", "[3, 2, 1]"),
        ("[1, 2, 3].select { |n| n.odd? }.first", "1"),
        ("[1, 2, 3].reject(&:odd?).last", "2"),
        ("[nil, 1, 1].compact.uniq", "[1]"),
        ("[[1], [2, [3]]].flatten.sum", "6"),
        ("[].any? || [1].any? { |n| n > 0 }", "true"),
        ("[1, 2].all? { |n| n > 1 }", "false"),
        ("[\"a\"].include?(\"a\")", "true"),
        ("[1, 2][5].inspect", "nil"),
        ("[1, 2][-1]", "2"),
        ("[1, 2].fetch(9, 7)", "7"),
        (
            "[\"bb\", \"a\"].sort_by { |x| x.length }",
            "[\"a\", \"bb\"]",
        ),
        ("[\"bb\", \"a\"].find { |x| x.length > 1 }", "bb"),
        ("[1, 2].flat_map { |x| [x, x] }", "[1, 1, 2, 2]"),
        ("[1, 2, 3].take(2) + [1, 2, 3].drop(2)", "[1, 2, 3]"),
        ("[1, [2, nil]].join(\"-\")", "1-2-"),
        ("{ a: 1 }.keys + { a: 1 }.values", "[:a, 1]"),
        ("{ \"a\" => { \"b\" => [5] } }.dig(\"a\", \"b\", 0)", "5"),
        ("{ a: 1 }.fetch(:b, 2)", "2"),
        ("{ a: 1 }.fetch(:b) { |k| k }", "b"),
        ("{ a: 1 }.key?(:a)", "true"),
        ("{ a: 1, b: 2 }.map { |k, v| \"#{k}#{v}\" }.join", "a1b2"),
        (
            "{ a: 1, b: 2 }.select { |k, v| v > 1 }.to_json",
            "{\"b\":2}",
        ),
        ("[[:a, 1]].to_h.to_json", "{\"a\":1}"),
        ("{ a: 1, a: 2 }.size", "1"),
    ]);
}

#[test]
fn the_world_outside() {
    assert_all(&[
        ("ENV[\"HOST\"]", "web.example"),
        ("ENV[\"NONE\"]", ""),
        ("ENV.fetch(\"HOST\")", "web.example"),
        ("ENV.fetch(\"NONE\", 5)", "5"),
        ("ENV.fetch(\"NONE\") { \"block\" }", "block"),
        ("ENV.key?(\"NONE\")", "false"),
        ("`git rev-parse HEAD`", "abc123\n"),
        ("%x(git rev-parse HEAD).chomp", "abc123"),
        ("%x[git rev-parse #{\"HEAD\"}].strip", "abc123"),
        ("File.read(\"VERSION\").strip", "1.2.3"),
        ("File.exist?(\"nothing\")", "false"),
        ("File.join(\"a/\", \"/b\", \"c\")", "a/b/c"),
        (
            "File.basename(\"a/b.rb\", \".rb\") + File.dirname(\"a/b.rb\")",
            "ba",
        ),
        (
            "JSON.parse(File.read(\"hosts.json\"))[\"web\"].join(\",\")",
            "a,b",
        ),
        (
            "JSON.parse('{\"a\": {\"b\": 1.5}}', symbolize_names: true).dig(:a, :b)",
            "1.5",
        ),
        ("YAML.load_file(\"hosts.yml\")[\"web\"]", "[\"a\", \"b\"]"),
        (
            "Kamal::Utils.docker_arch == \"arm64\" ? \"linux/arm64\" : \"linux/amd64\"",
            "linux/arm64",
        ),
        ("\"#{RUBY_ENGINE}-#{RUBY_VERSION}\"", "ruby-3.3.5"),
    ]);
}

#[test]
fn dotenv_files_set_what_is_not_set() {
    let source = "<% require \"dotenv\"; Dotenv.load(\".env\") %><%= ENV[\"TOKEN\"] %> <%= ENV[\"HOST\"] %> <%= ENV[\"URL\"] %>";
    assert_eq!(
        rendered(source),
        "se cret web.example http://web.example/#x"
    );
    let source = "<% Dotenv.overload %><%= ENV[\"HOST\"] %>";
    assert_eq!(rendered(source), "from-file");
    assert_eq!(rendered("<% Dotenv.load(\"no.env\") %>x"), "x");
}

#[test]
fn a_changed_environment_is_seen_by_commands_and_later_files() {
    let mut runtime = world();
    let source = "<% ENV[\"NEW\"] ||= \"n\" %><% ENV[\"HOST\"] ||= \"other\" %><%= ENV[\"NEW\"] + ENV[\"HOST\"] %>";
    let text = rendered_in(source, TemplateKind::DeployFile, &mut runtime);
    assert_eq!(text, "nweb.example");
    let text = rendered_in(
        "<%= ENV[\"NEW\"] %>",
        TemplateKind::DeployFile,
        &mut runtime,
    );
    assert_eq!(text, "n");
}

/// The line of the file that `kamal init` writes, with and without what it looks for.
#[test]
fn the_comment_that_kamal_init_writes() {
    let line = "#     RUBY_VERSION: <%= ENV[\"RBENV_VERSION\"] || ENV[\"rvm_ruby_string\"] || \"#{RUBY_ENGINE}-#{RUBY_ENGINE_VERSION}\" %>\n";
    let mut without_ruby = StagedRuntime::default();
    let text = rendered_in(line, TemplateKind::DeployFile, &mut without_ruby);
    assert_eq!(text, "#     RUBY_VERSION: ruby-ruby\n");
    let mut with_rbenv = StagedRuntime::default().with_variable("RBENV_VERSION", "3.3.5");
    let text = rendered_in(line, TemplateKind::DeployFile, &mut with_rbenv);
    assert_eq!(text, "#     RUBY_VERSION: 3.3.5\n");
}

#[test]
fn commands_in_comments_run_too() {
    let mut runtime = world();
    let text = rendered_in(
        "# at <%= `git rev-parse HEAD`.chomp %>\n",
        TemplateKind::DeployFile,
        &mut runtime,
    );
    assert_eq!(text, "# at abc123\n");
    assert_eq!(runtime.ran, ["git rev-parse HEAD"]);
}

/// Lines of the kind that people write.
#[test]
fn lines_as_people_write_them() {
    for (source, expected) in [
        (
            "hosts: <%= ENV[\"NONE\"]&.split(\",\") || [] %>",
            "hosts: []",
        ),
        (
            "hosts: <%= (ENV[\"NONE\"] || \"a,b\").split(\",\").map(&:strip) %>",
            "hosts: [\"a\", \"b\"]",
        ),
        (
            "<%= %w[a b].map { |h| \"- #{h}\" }.join(\"\\n\") %>",
            "- a\n- b",
        ),
        (
            "tag: <%= ENV.fetch('NONE') { `git rev-parse HEAD`.strip[0, 3] } %>",
            "tag: abc",
        ),
        (
            "a: <%= ENV['NONE'].to_s.empty? ? 'none' : ENV['NONE'] %>",
            "a: none",
        ),
        ("a: <%= ENV.fetch('NONE', nil) %>", "a: "),
        ("a: <%= ENV.fetch('NONE', 3).to_i * 2 %>", "a: 6"),
        (
            "<% require 'yaml' %><%= YAML.load(File.read('hosts.yml'), aliases: true)['web'].first %>",
            "a",
        ),
        (
            "<% hosts = %w[a b] %><% hosts += [ENV['HOST']] if ENV['HOST'].present? %><%= hosts.size %>",
            "3",
        ),
        (
            "<% staging = ENV['KAMAL_DESTINATION'] == 'staging' -%>\na: <%= staging ? 1 : 2 %>",
            "a: 2",
        ),
        (
            "<%- if ENV['NONE'] -%>\na: 1\n<%- else -%>\na: 2\n<%- end -%>\n",
            "a: 2\n",
        ),
        ("<% unless ENV['HOST'] then raise 'no HOST' end %>ok", "ok"),
        ("<% raise 'no HOST' unless ENV['HOST'] %>ok", "ok"),
        (
            "arch: <%= Kamal::Utils.docker_arch == 'arm64' && ENV['HOST'] ? 'arm64' : 'amd64' %>",
            "arch: arm64",
        ),
        (
            "args: <%= { 'A' => 1, b: [nil, true] }.to_json %>",
            "args: {\"A\":1,\"b\":[null,true]}",
        ),
        (
            "a: <%= [ENV['HOST'], ENV['NONE']].compact.join(':') %>",
            "a: web.example",
        ),
    ] {
        assert_eq!(rendered(source), expected, "{source}");
    }
}

/// The words of `raise` are shown when they are the template's own.
#[test]
fn a_template_can_stop_the_run() {
    let message = |source: &str| {
        let mistakes = render(source, TemplateKind::DeployFile, &mut world(), yaml);
        mistakes.expect_err("it raises")[0].message.clone()
    };
    assert_eq!(
        message("<% raise 'set REGION' unless ENV['REGION'] %>"),
        "set REGION"
    );
    assert_eq!(
        message("<% raise \"not #{ENV['HOST']}\" %>"),
        "the template stops here with `raise`"
    );
}
