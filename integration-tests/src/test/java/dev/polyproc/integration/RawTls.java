package dev.polyproc.integration;

import dev.polyproc.integration.Certificates.Identity;
import io.grpc.netty.shaded.io.netty.handler.ssl.JdkSslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** A client of TLS that speaks no HTTP/2 beyond its first word, and resumes sessions if it can. */
final class RawTls {
  private static final int TIMEOUT_MILLIS = 20_000;

  private final SSLContext context;
  private final String version;
  private final int port;

  /** With a certificate; it keeps its sessions for further connections. */
  RawTls(String version, int port, Path ca, Identity own) {
    try {
      this.context =
          ((JdkSslContext)
                  SslContextBuilder.forClient()
                      .sslProvider(SslProvider.JDK)
                      .trustManager(ca.toFile())
                      .keyManager(own.certificate().toFile(), own.key().toFile())
                      .build())
              .context();
    } catch (SSLException e) {
      throw new IllegalStateException(e);
    }
    this.version = version;
    this.port = port;
  }

  /** Agrees on TLS and HTTP/2, and reads the first that the daemon says. */
  SSLSocket connect() throws IOException {
    SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("localhost", port);
    try {
      socket.setSoTimeout(TIMEOUT_MILLIS);
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setProtocols(new String[] {version});
      parameters.setApplicationProtocols(new String[] {"h2"});
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      socket
          .getOutputStream()
          .write(
              "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"
                  .getBytes(StandardCharsets.US_ASCII));
      if (socket.getInputStream().read() < 0) {
        throw new SSLException("The daemon said nothing");
      }
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** When the session of a connection came about: one that is resumed is older than it. */
  long session() throws IOException {
    try (SSLSocket socket = connect()) {
      return socket.getSession().getCreationTime();
    }
  }
}
