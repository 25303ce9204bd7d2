package dev.polyproc.client.internal.transport;

import com.google.protobuf.ByteString;
import dev.polyproc.files.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The PEM files with which a connection through TLS is made.
 *
 * @param ca whose certificates the daemon may show; null for those that the JDK trusts
 * @param certificate what the client shows; null for none
 * @param key the certificate's private key
 */
public record Tls(@Nullable Path ca, @Nullable Path certificate, @Nullable Path key) {
  public static final Tls NONE = new Tls(null, null, null);

  private static final String CERTIFICATE = "POLYPROC_TLS_CERTIFICATE";
  private static final String KEY = "POLYPROC_TLS_KEY";

  // By hand; see the package of Polyproc.
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Tls tls
        && Objects.equals(ca, tls.ca)
        && Objects.equals(certificate, tls.certificate)
        && Objects.equals(key, tls.key);
  }

  @Override
  public int hashCode() {
    return Objects.hash(ca, certificate, key);
  }

  /** Those that the environment names. */
  public static Tls of(UnaryOperator<@Nullable String> environment) {
    return new Tls(
        Setting.path(environment, "POLYPROC_TLS_CA"),
        Setting.path(environment, CERTIFICATE),
        Setting.path(environment, KEY));
  }

  public Tls withCa(Path file) {
    return new Tls(file, certificate, key);
  }

  public Tls withCertificate(Path newCertificate, Path newKey) {
    return new Tls(ca, newCertificate, newKey);
  }

  /** These, and where there are none those of {@code other}. */
  public Tls orElse(Tls other) {
    Tls identity = certificate == null ? other : this;
    return new Tls(ca == null ? other.ca : ca, identity.certificate, identity.key);
  }

  /**
   * Reads what the files hold now.
   *
   * @throws IllegalArgumentException with a sentence, when one cannot be read or is missing
   */
  TlsContent read() {
    if ((certificate == null) != (key == null)) {
      throw new IllegalArgumentException(
          String.format(
              "Expected %s and %s, but there is only %s",
              CERTIFICATE, KEY, key == null ? CERTIFICATE : KEY));
    }
    return new TlsContent(
        this,
        read("the daemon's CA in PEM", ca),
        read("the client's certificate in PEM", certificate),
        read("the client's key in PEM", key));
  }

  private static @Nullable ByteString read(String what, @Nullable Path file) {
    if (file == null) {
      return null;
    }
    try {
      return ByteString.copyFrom(Files.readAllBytes(file));
    } catch (NoSuchFileException e) {
      throw new IllegalArgumentException(
          "Expected " + what + " in " + file + ", but there is no such file", e);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "Expected " + what + " in " + file + ", but it cannot be read: " + e.getMessage(), e);
    }
  }
}
