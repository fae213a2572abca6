# Writes into testdata/rules/kamal.json what Kamal says to each row of testdata/rules/*.txt: that it takes the
# file, that it refuses it and how, or with which of Ruby's errors it fails, be it only when the file is used.
require "kamal"
require "json"
require "stringio"
require "tmpdir"

FOLDER = File.expand_path("../rules", __dir__)
BASE = File.read("#{FOLDER}/base.yml")

# What a person is told about a file, as opposed to an error of Ruby in Kamal's code.
TOLD = [ Kamal::ConfigurationError, ArgumentError, RuntimeError, Psych::SyntaxError, NameError ]

Row = Struct.new(:title, :base, :destination)

# The row's text stands in the place of what the good file says under the same keys.
def row(title, lines)
  parts = lines.slice_before(/\Adestination:/).map { |part| part.grep(/\A    /).map { |line| line[4..] } }
  without = lines.grep(/\Awithout: /).flat_map { |line| line.delete_prefix("without: ").split(", ") }
  without += parts.first.filter_map { |line| line[/\A[a-z_]+(?=:)/] }
  kept = BASE.lines.map(&:chomp).reject { |line| without.include?(line[/\A[a-z_]+/]) }
  Row.new(title, (kept + parts.first).join("\n") + "\n", parts[1]&.join("\n"))
end

def rows(file)
  File.read(file).split("\n\n").map do |block|
    title, *lines = block.lines.map(&:chomp)
    row(title, lines)
  end
end

# What Kamal computes only when a command needs it.
def use(config)
  if config.raw_config.servers
    config.roles.each do |role|
      role.hosts.each { |host| role.env(host).clear_args }
      [ role.labels, role.option_args, role.logging_args, role.stop_args, role.asset_path ]
      role.proxy.deploy_options if role.running_proxy?
    end
  end
  config.accessories.each do |accessory|
    [ accessory.hosts.each(&:to_str), accessory.image, accessory.env_args, accessory.files, accessory.directories ]
    accessory.proxy&.deploy_options
  end
  builder = config.builder
  [ builder.cache_from, builder.cache_to ]
  builder.pack_buildpacks.each { } if builder.pack?
  [ config.boot.limit, config.absolute_image, config.hooks_output_for("pre-deploy"), config.ssh.options ]
rescue Kamal::ConfigurationError
  # No row has a file with secrets.
end

def answer(row)
  File.write "deploy.yml", row.base
  File.write "deploy.staging.yml", row.destination if row.destination
  destination = "staging" if row.destination
  config = Kamal::Configuration.create_from(config_file: Pathname.new("deploy.yml"), destination: destination, version: "1")
  use(config)
  "accepted"
rescue *TOLD => error
  error.is_a?(NoMethodError) ? "fails: #{error.class}" : "refused: #{error.message}"
rescue StandardError => error
  "fails: #{error.class}"
end

stderr, $stderr = $stderr, StringIO.new
answers = Dir["#{FOLDER}/*.txt"].sort.to_h do |file|
  said = rows(file).to_h { |row| [ row.title, Dir.mktmpdir { |folder| Dir.chdir(folder) { answer(row) } } ] }
  [ File.basename(file, ".txt"), said ]
end
$stderr = stderr
File.write "#{FOLDER}/kamal.json", "#{JSON.pretty_generate(answers)}\n"
puts "#{answers.values.sum(&:size)} rules"
