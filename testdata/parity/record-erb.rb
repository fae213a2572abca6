# Writes what Ruby's ERB renders of each testdata/erb*/NAME.erb into NAME.out, in trim mode `-` and with what
# Kamal loads, as Kamal renders deploy files; into NAME.error what Ruby refuses. The world around the
# templates is testdata/erb/world: the working folder, its `variables`, and the programs in its `bin`.
require "kamal"
require "erb"

TESTDATA = File.expand_path("..", __dir__)
WORLD = File.join(TESTDATA, "erb/world")

def enter_world
  Dir.chdir WORLD
  variables = File.readlines("variables", chomp: true).to_h { |line| line.split("=", 2) }
  ENV.replace variables.merge("PATH" => "#{WORLD}/bin:/usr/bin:/bin")
end

def rendered(template)
  [ "out", ERB.new(template, trim_mode: "-").result ]
rescue ScriptError, StandardError => error
  # The first line says it; Ruby adds suggestions and places behind it.
  message = error.message.lines.first.to_s.chomp.sub(/ for main:Object\z/, " for main")
  [ "error", "#{error.class}: #{message}\n" ]
end

# Each in a process of its own: constants and variables of one are not seen by the next.
def record(file)
  template = File.binread(file).force_encoding("UTF-8")
  Process.wait(fork do
    enter_world
    # What Ruby warns about is said where nobody looks.
    $stderr.reopen File::NULL
    ending, text = rendered(template)
    base = file.delete_suffix(".erb")
    %w[out error].each { |other| FileUtils.rm_f "#{base}.#{other}" }
    File.binwrite "#{base}.#{ending}", text
  end)
  abort "#{file} ended Ruby" unless $?.success?
end

files = Dir["#{TESTDATA}/erb*/*.erb"].sort
files.each { |file| record(file) }
puts "#{files.size} templates"
