package dev.polyproc.server.grpc;

import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.refusal.Texts;
import dev.polyproc.v1.ErrorReason;
import io.grpc.Decompressor;
import io.grpc.DecompressorRegistry;
import io.grpc.Metadata;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * Requests come as they are: what is compressed is refused before a byte of it is inflated, since a
 * few bytes can stand for a thousand times as many.
 */
final class Compression {
  private static final String NONE = "identity";
  private static final Metadata.Key<String> ENCODING =
      Metadata.Key.of("grpc-encoding", Metadata.ASCII_STRING_MARSHALLER);
  private static final Metadata.Key<String> ACCEPTED =
      Metadata.Key.of("grpc-accept-encoding", Metadata.ASCII_STRING_MARSHALLER);
  private static final int SHOWN = 32;

  /** What a message is to its handler that says it is compressed. */
  static final byte[] MESSAGE = {};

  /** Inflates nothing. */
  static final DecompressorRegistry REGISTRY =
      DecompressorRegistry.emptyInstance().with(new Refusing(), false);

  private Compression() {}

  /** The encoding of a call's requests; null for none. gRPC gets to see none. */
  static @Nullable String take(Metadata headers) {
    String encoding = headers.get(ENCODING);
    if (encoding != null) {
      headers.discardAll(ENCODING);
    }
    headers.put(ENCODING, NONE);
    headers.discardAll(ACCEPTED); // Replies are not compressed, and gRPC would keep it.
    return NONE.equals(encoding) ? null : encoding;
  }

  static Refusal refusal(String encoding) {
    return refused("their encoding is '" + Texts.shown(encoding, SHOWN) + "'");
  }

  /** A message said that it is compressed, and no encoding was named. */
  static Refusal refusal() {
    return refused("one is");
  }

  private static Refusal refused(String actual) {
    return new Refusal(
        ErrorReason.ERROR_REASON_COMPRESSED,
        "Expected requests that are not compressed, but " + actual + "; send them as they are");
  }

  /** Thrown where the bytes of a compressed message are asked for. */
  static final class Compressed extends RuntimeException {
    private static final long serialVersionUID = 1;

    Compressed() {
      super(null, null, false, false);
    }
  }

  private static final class Refusing implements Decompressor {
    @Override
    public String getMessageEncoding() {
      return NONE;
    }

    @Override
    public InputStream decompress(InputStream bytes) {
      throw new Compressed();
    }
  }
}
