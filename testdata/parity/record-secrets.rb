# Writes what `kamal secrets print` makes of each testdata/secrets-files/NAME.secrets into NAME.out, or into
# NAME.error when it fails. NAME.common stands in as `.kamal/secrets-common`, NAME.staging as
# `.kamal/secrets.staging`, which is then selected. The world around the files is testdata/secrets-files/world.
require "kamal"
require "tmpdir"

FOLDER = File.expand_path("../secrets-files", __dir__)
WORLD = "#{FOLDER}/world"
PROGRAM = Gem.bin_path("kamal", "kamal")
DEPLOY = <<~YAML
  service: shop
  image: acme/shop
  servers: [web.example]
  registry: { username: acme, password: [PW] }
  builder: { arch: amd64 }
YAML

def place(name, project)
  FileUtils.mkdir_p [ "#{project}/config", "#{project}/.kamal" ]
  %w[config/deploy.yml config/deploy.staging.yml].zip([ DEPLOY, "{}\n" ]) { |file, text| File.write "#{project}/#{file}", text }
  FileUtils.cp Dir["#{WORLD}/*.{txt,pem}"], project
  { "secrets" => "secrets", "common" => "secrets-common", "staging" => "secrets.staging" }.each do |ending, file|
    written = "#{FOLDER}/#{name}.#{ending}"
    FileUtils.cp written, "#{project}/.kamal/#{file}" if File.exist?(written)
  end
end

# In a process of its own, with what it prints in a file.
def printed(name, project)
  variables = File.readlines("#{WORLD}/variables", chomp: true).to_h { |line| line.split("=", 2) }
  asking = fork do
    ENV.replace variables.merge("PATH" => "#{WORLD}/bin:/usr/bin:/bin", "HOME" => project)
    Dir.chdir project
    $stdout.reopen "#{project}/printed", "w"
    $stderr.reopen "#{project}/errors", "w"
    destination = File.exist?("#{FOLDER}/#{name}.staging") ? %w[-d staging] : []
    ARGV.replace [ "secrets", "print", *destination ]
    load PROGRAM
  end
  Process.wait asking
  [ $?.success?, File.binread("#{project}/printed"), File.binread("#{project}/errors") ]
end

# The first line that names an error; the rest of a trace is full of places.
def message(text)
  lines = text.force_encoding("UTF-8").scrub.gsub(/\e\[\d+m/, "").lines.map(&:strip)
  line = lines.find { |one| one.match?(/error/i) } || lines.first.to_s
  "#{line.sub(/\A.*?:in `[^']*': /, "")}\n"
end

def record(name)
  Dir.mktmpdir do |project|
    place name, project
    fine, text, errors = printed(name, project)
    %w[out error].each { |ending| FileUtils.rm_f "#{FOLDER}/#{name}.#{ending}" }
    if fine
      File.binwrite "#{FOLDER}/#{name}.out", text
    else
      File.write "#{FOLDER}/#{name}.error", message("#{text}\n#{errors}")
    end
  end
end

names = Dir["#{FOLDER}/*.{secrets,common,staging}"].map { |file| File.basename(file).sub(/\.[^.]*\z/, "") }.uniq.sort
names.each { |name| record(name) }
puts "#{names.size} secrets files"
