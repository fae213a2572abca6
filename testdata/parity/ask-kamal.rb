# Kamal's answer to each case that bin/parity has staged: what `kamal config` prints, and whether it failed.
require "kamal"
require "stringio"

STATE = File.expand_path("../../target/parity", __dir__)
TESTDATA = File.expand_path("..", __dir__)
PROGRAM = Gem.bin_path("kamal", "kamal")

def variables
  File.readlines("#{TESTDATA}/erb/world/variables", chomp: true).to_h { |line| line.split("=", 2) }
end

# In a process of its own, because tags of one case may change anything for the next.
def ask(name, destination)
  answer = "#{STATE}/answers/#{name}/#{destination.empty? ? "base" : destination}"
  asking = fork do
    path = ENV["PATH"]
    ENV.replace variables.merge("HOME" => STATE, "PATH" => "#{TESTDATA}/parity/bin:#{path}")
    Dir.chdir "#{STATE}/cases/#{name}"
    $stdout.reopen "#{answer}.kamal", "w"
    $stderr.reopen "#{answer}.kamal-errors", "w"
    ARGV.replace [ "config", *(destination.empty? ? [] : [ "-d", destination ]) ]
    load PROGRAM
  end
  Process.wait asking
  File.write "#{answer}.kamal-refused", "" unless $?.success?
end

File.readlines("#{STATE}/answers/cases.tsv", chomp: true).each { |line| ask(*line.split("\t", -1)) }
