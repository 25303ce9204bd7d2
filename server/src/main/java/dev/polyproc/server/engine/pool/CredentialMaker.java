package dev.polyproc.server.engine.pool;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Makes credentials out of one secret: one for each number, which tells nothing of the secret, nor
 * of any other. So what the engine starts by itself has credentials that all who apply the same
 * entries know, and nobody else does.
 *
 * <p>They are the HMAC-SHA-256 of the number, with the secret as its key.
 */
final class CredentialMaker {
  private static final String ALGORITHM = "HmacSHA256";

  private final Mac mac;

  CredentialMaker(String secret) {
    try {
      mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(ByteString.copyFromUtf8(secret).toByteArray(), ALGORITHM));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Expected " + ALGORITHM + ", but it is not there", e);
    }
  }

  /** The credential of a number. */
  String of(long number) {
    byte[] bytes = ByteBuffer.allocate(Long.BYTES).putLong(number).array();
    return HexFormat.of().formatHex(mac.doFinal(bytes));
  }
}
