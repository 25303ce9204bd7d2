package dev.polyproc.server.grpc;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where the PEM files of a daemon's TLS are.
 *
 * @param certificate the daemon's certificate, and those between it and its CA
 * @param key its private key, in PKCS #8
 * @param clientCa whose certificates stand for the token; null when none do
 */
public record TlsFiles(Path certificate, Path key, @Nullable Path clientCa) {

  /**
   * Reads what they hold now.
   *
   * @throws IllegalArgumentException with a sentence, when one cannot be read
   */
  TlsContent read() {
    return new TlsContent(
        this, read(certificate), read(key), clientCa == null ? ByteString.EMPTY : read(clientCa));
  }

  private static ByteString read(Path file) {
    try {
      return ByteString.copyFrom(Files.readAllBytes(file));
    } catch (NoSuchFileException e) {
      throw new IllegalArgumentException(
          "Expected a file in PEM at " + file + ", but there is none", e);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "Expected a file in PEM at " + file + ", but it cannot be read (" + e + ")", e);
    }
  }
}
