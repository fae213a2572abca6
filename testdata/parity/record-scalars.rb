# Writes what psych makes of each scalar in the first column of testdata/psych-scalars.tsv into the columns
# behind it: the class, the text (`to_s`), and as which types Kamal's validation takes it. To add a scalar,
# write a line with nothing but it, then run `bin/parity record`.
require "kamal"

TABLE = File.expand_path("../psych-scalars.tsv", __dir__)
HEADER = %w[written class text accepted]
TYPES = { string: String, integer: Integer, boolean: TrueClass }

def columns(written)
  document = "k: #{written}\n"
  node = Psych.parse(document).root.children.last
  unless node.scalar? && node.plain && node.tag.nil? && node.value == written
    abort "#{written.inspect} is no plain scalar; it belongs into testdata/psych-documents"
  end
  value = YAML.unsafe_load(document).fetch("k")
  validator = Kamal::Configuration::Validator.new({}, example: {}, context: "")
  accepted = TYPES.select { |_, type| validator.send(:valid_type?, value, type) }.keys
  [ written, value.class, value.to_s, accepted.join(" ") ]
rescue Psych::Exception, ArgumentError => error
  [ written, "refused", error.class, "" ]
end

written = File.readlines(TABLE, chomp: true).drop(1).map { |line| line.split("\t").first.to_s }
lines = [ HEADER, *written.uniq.map { |text| columns(text) } ]
File.write TABLE, lines.map { |line| "#{line.join("\t")}\n" }.join
puts "#{written.uniq.size} scalars"
