# Loads the stubs in a folder; names the fields that cannot be read by their names, as a message has
# another method of that name, and the rpcs that replace a method that Ruby calls by itself.

folder = File.expand_path(ARGV[0])
$LOAD_PATH.unshift(folder)
files = Dir["#{folder}/polyproc/**/*.rb"].sort
files.each { |file| require file }

clashes = []
stubs = 0
Polyproc::V1.constants.map { |name| Polyproc::V1.const_get(name) }.each do |it|
  if it.respond_to?(:descriptor)
    it.descriptor.each do |field|
      next unless field.is_a?(Google::Protobuf::FieldDescriptor)
      clashes << "#{it}.#{field.name}" if it.public_method_defined?(field.name)
    end
  elsif it.is_a?(Module) && it.const_defined?(:Stub)
    stubs += 1
    stub = it::Stub.new('localhost:1', :this_channel_is_insecure)
    [:inspect, :to_s, :hash, :class, :nil?, :respond_to?, :object_id, :is_a?].each do |name|
      clashes << "#{it}.#{name}" if it::Stub.public_method_defined?(name, false)
    end
  end
end
abort 'Expected stubs, but there is none' if stubs.zero?
abort "Names that Ruby has itself: #{clashes.join(', ')}" unless clashes.empty?
