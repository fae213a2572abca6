# Writes what psych makes of each testdata/psych-documents/NAME.yml into NAME.json: `value`, or why it is
# refused. Symbols, days and times stand as their text, and so do keys; what JSON has no form for stands as
# `object` with its class.
require "kamal"
require "date"
require "json"

FOLDER = File.expand_path("../psych-documents", __dir__)

# Ruby cannot print what holds itself.
class Endless < StandardError; end

# JSON by hand, because two keys may have the same text.
def json(value, above = [])
  raise Endless if above.any? { |one| one.equal?(value) }
  inside = above + [ value ]
  case value
  when Hash then "{#{value.map { |key, one| "#{key.to_s.to_json}:#{json(one, inside)}" }.join(",")}}"
  when Array then "[#{value.map { |one| json(one, inside) }.join(",")}]"
  when Symbol, Date, Time then value.to_s.to_json
  when String, Integer, Float, true, false, nil then value.to_json
  else { object: value.class.name }.to_json
  end
end

def reading(file)
  # As Kamal reads: text from the file, through ERB without tags.
  %({"value":#{json(YAML.unsafe_load(File.read(file)))}})
rescue Endless
  { refused: "it holds itself" }.to_json
rescue StandardError, SystemStackError => error
  { refused: "#{error.class}: #{error.message.lines.first.chomp}" }.to_json
end

files = Dir["#{FOLDER}/*.yml"].sort
files.each do |file|
  File.write file.sub(/\.yml\z/, ".json"), "#{reading(file)}\n"
end
puts "#{files.size} documents"
