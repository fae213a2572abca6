# Compares the answers of Kamal and dhow that bin/parity has gathered, a line for each case. A difference has to
# be explained in explained.tsv (the case, a tab, the reason), and what is explained there has to differ, where it is.
require "kamal"
require "yaml"
require "date"

ANSWERS = File.expand_path("../../target/parity/answers", __dir__)
EXPLAINED = File.readlines(File.expand_path("explained.tsv", __dir__), chomp: true)
  .reject { |line| line.empty? || line.start_with?("#") }
  .to_h { |line| line.split("\t", 2) }

# Plain data. A symbol is its text; of a way through another host its text is what counts.
def plain(value)
  case value
  when Hash then value.to_h { |key, one| [ key.to_s, plain(one) ] }
  when Array then value.map { |one| plain(one) }
  when Symbol, Date, Time then value.to_s
  when Net::SSH::Proxy::Jump then value.instance_variable_get(:@jump_proxies)
  when Net::SSH::Proxy::Command then value.command_line_template
  else value
  end
end

# The path of the first difference, with both values; nil when there is none.
def difference(kamal, dhow, path = [])
  return if kamal == dhow && kamal.class == dhow.class
  if kamal.is_a?(Hash) && dhow.is_a?(Hash)
    (kamal.keys | dhow.keys).each do |key|
      return [ [ *path, key ], "nothing", dhow[key] ] unless kamal.key?(key)
      return [ [ *path, key ], kamal[key], "nothing" ] unless dhow.key?(key)
      found = difference(kamal[key], dhow[key], [ *path, key ])
      return found if found
    end
    return [ path, kamal.keys, dhow.keys ] if kamal.keys != dhow.keys
  elsif kamal.is_a?(Array) && dhow.is_a?(Array) && kamal.size == dhow.size
    kamal.zip(dhow).each_with_index do |(one, other), position|
      found = difference(one, other, [ *path, position ])
      return found if found
    end
  else
    [ path, kamal, dhow ]
  end
end

def answer(name, tool)
  text = File.read("#{name}.#{tool}")
  return [ :refused, message("#{text}\n#{File.read("#{name}.#{tool}-errors")}") ] if File.exist?("#{name}.#{tool}-refused")
  [ :taken, plain(YAML.unsafe_load(text)) ]
end

# The first line that says something.
def message(text)
  lines = text.gsub(/\e\[\d+m/, "").lines.map(&:strip)
  lines.find { |line| line.match?(/error/i) && !line.include?("the deploy file has") }.to_s
end

def verdict(kamal, dhow)
  case [ kamal.first, dhow.first ]
  when [ :refused, :refused ] then [ "both refuse", "\n  kamal  #{kamal.last}\n  dhow   #{dhow.last}" ]
  when [ :refused, :taken ] then [ "only Kamal refuses", ": #{kamal.last}" ]
  when [ :taken, :refused ] then [ "only dhow refuses", ": #{dhow.last}" ]
  else
    path, one, other = difference(kamal.last, dhow.last)
    return [ "agree", "" ] unless path
    [ "differ", " at #{path.join("/")}\n  kamal  #{one.inspect}\n  dhow   #{other.inspect}" ]
  end
end

totals = Hash.new(0)
failed = false
File.readlines("#{ANSWERS}/cases.tsv", chomp: true).each do |line|
  name, destination = line.split("\t", -1)
  shown = destination.empty? ? name : "#{name} -d #{destination}"
  file = "#{ANSWERS}/#{name}/#{destination.empty? ? "base" : destination}"
  kind, told = verdict(answer(file, "kamal"), answer(file, "dhow"))
  is_fine = [ "agree", "both refuse" ].include?(kind)
  reason = EXPLAINED[shown]
  if is_fine && reason
    told += "\n  but explained.tsv says: #{reason}"
  elsif reason
    told += "\n  explained: #{reason}"
  end
  failed = true if is_fine != reason.nil?
  totals[is_fine ? kind : "#{kind}, #{reason ? "explained" : "not explained"}"] += 1
  puts "#{kind.ljust 18} #{shown}#{told}"
end
puts totals.map { |kind, count| "#{count} #{kind}" }.join("; ")
exit 1 if failed
