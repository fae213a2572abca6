# Writes testdata/merges.json: random pairs of a deploy file and a destination's, and what Kamal makes of each
# pair: what every role and accessory gets after the destination was laid over the base and the role over the root.
require "kamal"
require "json"
require "stringio"
require "tmpdir"

PAIRS = 120
RANDOM = Random.new(2_12)

def one_of(*choices) = choices[RANDOM.rand(choices.size)]
def maybe(chance = 0.4) = RANDOM.rand < chance ? yield : nil
def some(keys, chance = 0.5) = keys.select { RANDOM.rand < chance }.to_h { |key| [ key, yield ] }
def present(pairs) = pairs.compact

def value = one_of("one", "two", "a b", "", 3, 1.5, true, "x/y:z")
def seconds = one_of(1, 5, 60)
def secrets = %w[ A B A:X C:Y B:X ].select { RANDOM.rand < 0.4 }.shuffle(random: RANDOM)

def env(tags: false)
  return some(%w[ RED BLUE GREEN ]) { value } if RANDOM.rand < 0.3
  present "clear" => maybe(0.7) { some(%w[ RED BLUE GREEN ]) { value } }, "secret" => maybe(0.7) { secrets },
    "tags" => (maybe(0.6) { some(%w[ eu us big ]) { env } } if tags)
end

def proxy
  present "host" => maybe { one_of("a.example", "b.example", "a.example,b.example") },
    "app_port" => maybe { one_of(80, 3000) }, "response_timeout" => maybe(0.2) { seconds },
    "forward_headers" => maybe(0.2) { one_of(true, false) }, "path_prefix" => maybe(0.2) { one_of("/a", "/a,/b") },
    "path_prefixes" => maybe(0.1) { [ "/c" ] }, "strip_path_prefix" => maybe(0.2) { one_of(true, false) },
    "healthcheck" => maybe { present("path" => maybe(0.5) { one_of("/up", "/ok") }, "interval" => maybe(0.5) { seconds }) },
    "buffering" => maybe { present("requests" => maybe(0.5) { one_of(true, false) }, "memory" => maybe(0.5) { one_of(1, 2) }) },
    "logging" => maybe { present("request_headers" => maybe(0.5) { one_of([], [ "X-A" ]) }) }
end

def logging
  present "driver" => maybe { one_of("local", "json-file") }, "options" => maybe { some(%w[ max-size max-file ]) { one_of("1m", 2) } }
end

def labels = some(%w[ team tier ]) { one_of("red", "blue", 7) }
def hosts = %w[ h1 h2 h3 ].shuffle(random: RANDOM).take(RANDOM.rand(1..3)).map { |host| maybe { { host => one_of("eu", "us", %w[ us big ], %w[ big eu ]) } } || host }

def role
  present "hosts" => hosts, "cmd" => maybe { one_of("run one", "run two") }, "stop_timeout" => maybe { seconds },
    "labels" => maybe { labels }, "env" => maybe { env }, "logging" => maybe { logging },
    "proxy" => maybe { one_of(true, false, {}, proxy, proxy) }, "options" => maybe { some(%w[ cpus memory ]) { one_of(1, "2g") } }
end

def servers = one_of(hosts, { "web" => role }, { "web" => hosts, "job" => role }, { "web" => role, "job" => role, "cron" => role })
def accessory = present("image" => one_of("postgres", "redis"), "host" => one_of("h1", "h9"), "env" => maybe { env }, "labels" => maybe { labels })

def sections
  present "servers" => maybe { servers }, "env" => maybe(0.6) { env(tags: true) }, "labels" => maybe { labels },
    "logging" => maybe { logging }, "proxy" => maybe(0.6) { proxy }, "stop_timeout" => maybe(0.2) { seconds },
    "drain_timeout" => maybe(0.2) { seconds }, "accessories" => maybe { some(%w[ db cache ]) { accessory } }
end

def base
  { "service" => "shop", "image" => "acme/shop", "registry" => { "username" => [ "USER" ], "password" => [ "PASSWORD" ] },
    "builder" => { "arch" => "amd64" }, "servers" => servers, "env" => { "clear" => {} } }.merge(sections)
end

def environment(env)
  { clear: env.clear.transform_values(&:to_s), secret: env.instance_variable_get(:@secret_keys).to_a }
end

def flags(words) = words.flatten.map(&:to_s)

def deployed(options)
  options.except(:"error-pages").to_h { |name, value| [ name, value.is_a?(Array) ? value.map(&:to_s) : value.to_s ] }
end

def made_of(config)
  roles = config.roles.to_h do |role|
    [ role.name, {
      hosts: role.hosts.to_h { |host| [ host, environment(role.env(host)) ] }, cmd: role.cmd,
      labels: role.labels.except("service", "role", "destination").transform_values(&:to_s),
      logging: flags(role.logging_args), stop: flags(role.stop_args), options: flags(role.option_args),
      proxy: (deployed(role.proxy.deploy_options) if role.running_proxy?)
    } ]
  end
  accessories = config.accessories.to_h do |accessory|
    [ accessory.name, { hosts: accessory.hosts, image: accessory.image, labels: accessory.labels.except("service").transform_values(&:to_s),
      env: environment(accessory.env) } ]
  end
  { roles: roles, accessories: accessories }
end

def pair
  files = { "deploy.yml" => base, "deploy.staging.yml" => sections }.transform_values { |file| YAML.dump(file).delete_prefix("---\n") }
  files["deploy.staging.yml"] = "{}\n" if files["deploy.staging.yml"].strip == "{}"
  Dir.mktmpdir do |folder|
    files.each { |name, text| File.write File.join(folder, name), text }
    config = Kamal::Configuration.create_from(config_file: Pathname.new("#{folder}/deploy.yml"), destination: "staging", version: "1")
    { base: files["deploy.yml"], destination: files["deploy.staging.yml"], kamal: made_of(config) }
  end
rescue Kamal::ConfigurationError, NoMethodError
  # A pair that Kamal does not take, or cannot work with, says nothing about merging.
end

stderr, $stderr = $stderr, StringIO.new
pairs = []
pairs << pair until pairs.compact.size == PAIRS
$stderr = stderr
File.write File.expand_path("../merges.json", __dir__), "[\n#{pairs.compact.map { |one| JSON.generate(one) }.join(",\n")}\n]\n"
puts "#{PAIRS} pairs"
