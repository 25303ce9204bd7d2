package dev.polyproc.client;

import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslProvider;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The PEM files with which a connection through TLS is made.
 *
 * @param ca whose certificates the daemon may show; null for those that the JDK trusts
 * @param certificate what the client shows; null for none
 * @param key the certificate's private key
 */
record Tls(@Nullable Path ca, @Nullable Path certificate, @Nullable Path key) {
  static final Tls NONE = new Tls(null, null, null);

  private static final String CERTIFICATE = "POLYPROC_TLS_CERTIFICATE";
  private static final String KEY = "POLYPROC_TLS_KEY";

  /** Those that the environment names. */
  static Tls of(UnaryOperator<@Nullable String> environment) {
    return new Tls(
        path(environment.apply("POLYPROC_TLS_CA")),
        path(environment.apply(CERTIFICATE)),
        path(environment.apply(KEY)));
  }

  private static @Nullable Path path(@Nullable String named) {
    return named == null || named.isEmpty() ? null : Path.of(named);
  }

  Tls withCa(Path file) {
    return new Tls(file, certificate, key);
  }

  Tls withCertificate(Path newCertificate, Path newKey) {
    return new Tls(ca, newCertificate, newKey);
  }

  /** These, and where there are none those of {@code other}. */
  Tls orElse(Tls other) {
    Tls identity = certificate == null ? other : this;
    return new Tls(ca == null ? other.ca : ca, identity.certificate, identity.key);
  }

  /**
   * Reads the files.
   *
   * @throws IllegalArgumentException with a sentence, when they cannot be used
   */
  SslContext context() {
    SslContextBuilder builder =
        GrpcSslContexts.configure(SslContextBuilder.forClient(), SslProvider.JDK);
    if (ca != null) {
      String what = "the daemon's CA in PEM";
      InputStream pem = read(what, ca);
      use(what, ca, () -> builder.trustManager(pem));
    }
    if (certificate != null && key != null) {
      String what = "the client's certificate in PEM, and its key in PKCS #8,";
      InputStream shown = read("the client's certificate in PEM", certificate);
      InputStream secret = read("the client's key in PEM", key);
      use(what, certificate + " and " + key, () -> builder.keyManager(shown, secret));
    } else if (certificate != null || key != null) {
      throw new IllegalArgumentException(
          String.format(
              "Expected %s and %s, but there is only %s",
              CERTIFICATE, KEY, key == null ? CERTIFICATE : KEY));
    }
    try {
      return builder.build();
    } catch (SSLException e) {
      throw new IllegalArgumentException(
          "Expected certificates to connect with, but they cannot be used: " + e.getMessage(), e);
    }
  }

  private static InputStream read(String what, Path file) {
    try {
      return new ByteArrayInputStream(Files.readAllBytes(file));
    } catch (NoSuchFileException e) {
      throw new IllegalArgumentException(
          "Expected " + what + " in " + file + ", but there is no such file", e);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "Expected " + what + " in " + file + ", but it cannot be read: " + e.getMessage(), e);
    }
  }

  /** Netty says in many ways that a file is not what it should be. */
  private static void use(String what, Object files, Runnable reading) {
    try {
      reading.run();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "Expected " + what + " in " + files + ", but they hold something else", e);
    }
  }
}
