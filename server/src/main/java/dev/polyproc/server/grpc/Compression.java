package dev.polyproc.server.grpc;

import dev.polyproc.server.engine.Refusal;
import dev.polyproc.server.engine.Texts;
import dev.polyproc.v1.ErrorReason;
import io.grpc.Decompressor;
import io.grpc.DecompressorRegistry;
import io.grpc.Metadata;
import io.grpc.Status;
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
  private static final int SHOWN = 32;

  /** Inflates nothing; a message that says it is compressed is refused where it is met. */
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
    return NONE.equals(encoding) ? null : encoding;
  }

  static Refusal refusal(String encoding) {
    return new Refusal(
        ErrorReason.ERROR_REASON_COMPRESSED,
        "Expected requests that are not compressed, but their encoding is '"
            + Texts.shown(encoding, SHOWN)
            + "'");
  }

  private static final class Refusing implements Decompressor {
    @Override
    public String getMessageEncoding() {
      return NONE;
    }

    @Override
    public InputStream decompress(InputStream bytes) {
      throw Status.UNIMPLEMENTED
          .withDescription("Expected requests that are not compressed, but one is")
          .asRuntimeException();
    }
  }
}
