package dev.polyproc.examples.wordcount;

import dev.polyproc.client.Codec;
import dev.polyproc.v1.Value;
import java.util.Map;
import java.util.Objects;

/**
 * What a worker counted in a chunk, as it stands in the dict under the chunk's number: a map of
 * "worker", "attempt" and "words".
 *
 * @param worker who counted
 * @param attempt how often the chunk had been handed out by then
 * @param words how often each word occurs
 */
record Result(String worker, long attempt, Map<String, Long> words) {
  static final Codec<Map<String, Value>> FIELDS = Codec.map(Codec.STRING, Codec.of(Value.class));

  static final Codec<Result> CODEC =
      new Codec<>() {
        @Override
        public Value encode(Result result) {
          return FIELDS.encode(
              Map.of(
                  "worker", Codec.STRING.encode(result.worker),
                  "attempt", Codec.LONG.encode(result.attempt),
                  "words", WORDS.encode(result.words)));
        }

        @Override
        public Result decode(Value value) {
          Map<String, Value> fields = FIELDS.decode(value);
          return new Result(
              Codec.STRING.decode(field(fields, "worker")),
              Codec.LONG.decode(field(fields, "attempt")),
              WORDS.decode(field(fields, "words")));
        }
      };

  static Value field(Map<String, Value> fields, String name) {
    return Objects.requireNonNull(
        fields.get(name),
        () -> "Expected a map with '" + name + "', but it has " + fields.keySet());
  }

  private static final Codec<Map<String, Long>> WORDS = Codec.map(Codec.STRING, Codec.LONG);
}
