package dev.polyproc.client.internal.transport;

import com.google.protobuf.ByteString;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslProvider;
import java.util.Objects;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * What the files of a client's TLS held at one look; equal when their bytes are.
 *
 * @param ca null for those that the JDK trusts
 * @param certificate null when the client shows none
 * @param key the certificate's
 */
public record TlsContent(
    Tls files,
    @Nullable ByteString ca,
    @Nullable ByteString certificate,
    @Nullable ByteString key) {
  // By hand; see the package of Polyproc.
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof TlsContent content
        && files.equals(content.files)
        && Objects.equals(ca, content.ca)
        && Objects.equals(certificate, content.certificate)
        && Objects.equals(key, content.key);
  }

  @Override
  public int hashCode() {
    return Objects.hash(files, ca, certificate, key);
  }

  /**
   * The context for connections.
   *
   * @throws IllegalArgumentException with a sentence, when the files make no sense
   */
  SslContext context() {
    SslContextBuilder builder =
        GrpcSslContexts.configure(SslContextBuilder.forClient(), SslProvider.JDK);
    if (ca != null) {
      use("the daemon's CA in PEM", files.ca(), () -> builder.trustManager(ca.newInput()));
    }
    if (certificate != null && key != null) {
      use(
          "the client's certificate in PEM, and its key in PKCS #8,",
          files.certificate() + " and " + files.key(),
          () -> builder.keyManager(certificate.newInput(), key.newInput()));
    }
    try {
      return builder.build();
    } catch (SSLException e) {
      throw new IllegalArgumentException(
          "Expected certificates to connect with, but they cannot be used: " + e.getMessage(), e);
    }
  }

  /** Netty says in many ways that a file is not what it should be. */
  private static void use(String what, @Nullable Object where, Runnable reading) {
    try {
      reading.run();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "Expected " + what + " in " + where + ", but they hold something else", e);
    }
  }
}
