package dev.polyproc.examples.wordcount;

import dev.polyproc.client.Codec;
import dev.polyproc.v1.Value;
import java.util.Map;

/**
 * A piece of the text, as it stands in the queue: a map of "chunk" and "text".
 *
 * @param number its number, under which its result is stored
 * @param text its bytes, which begin and end with whole words
 */
record Chunk(long number, byte[] text) {
  static final Codec<Chunk> CODEC =
      new Codec<>() {
        @Override
        public Value encode(Chunk chunk) {
          return Result.FIELDS.encode(
              Map.of(
                  "chunk", Codec.LONG.encode(chunk.number),
                  "text", BYTES.encode(chunk.text)));
        }

        @Override
        public Chunk decode(Value value) {
          Map<String, Value> fields = Result.FIELDS.decode(value);
          return new Chunk(
              Codec.LONG.decode(Result.field(fields, "chunk")),
              BYTES.decode(Result.field(fields, "text")));
        }
      };

  private static final Codec<byte[]> BYTES = Codec.of(byte[].class);
}
