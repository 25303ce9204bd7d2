package dev.polyproc.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class FingerprintTest {
  private static final byte[] BYTES = "123456789".getBytes(StandardCharsets.US_ASCII);

  /** The check value of CRC-32C, of RFC 3720. */
  @Test
  void shouldBeTheChecksum() {
    assertThat(Fingerprint.of(ByteString.copyFrom(BYTES))).isEqualTo(0xE3069283);
    assertThat(Fingerprint.of(ByteString.EMPTY)).isZero();
  }

  @Test
  void shouldBeTheSameHoweverTheBytesAreKept() {
    ByteString bytes = ByteString.copyFrom(BYTES);
    ByteString outside =
        UnsafeByteOperations.unsafeWrap(ByteBuffer.allocateDirect(BYTES.length).put(BYTES).flip());
    ByteString inParts = ByteString.EMPTY;
    for (int i = 0; i < 100; i++) {
      inParts = inParts.concat(bytes);
    }
    assertThat(Fingerprint.of(outside)).isEqualTo(Fingerprint.of(bytes));
    assertThat(Fingerprint.of(inParts))
        .isEqualTo(Fingerprint.of(ByteString.copyFrom(inParts.toByteArray())));
  }
}
