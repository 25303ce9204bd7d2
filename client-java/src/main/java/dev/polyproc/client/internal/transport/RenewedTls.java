package dev.polyproc.client.internal.transport;

import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import org.jspecify.annotations.Nullable;

/** The TLS of new connections, made anew when its files have changed since the last one. */
public final class RenewedTls {
  private final Tls files;
  private @Nullable TlsContent content;
  private @Nullable SslContext context;

  RenewedTls(Tls files) {
    this.files = files;
  }

  /**
   * With what the files hold now; while one makes no sense, as it is being written, with what they
   * held before. Whether they belong together the daemon will say.
   *
   * @throws IllegalArgumentException with a sentence, when they make no sense from the beginning
   */
  synchronized SslContext context() {
    SslContext latest = context;
    try {
      TlsContent now = files.read();
      if (latest == null || !now.equals(content)) {
        latest = now.context();
        context = latest;
        content = now;
      }
    } catch (IllegalArgumentException e) {
      if (latest == null) {
        throw e;
      }
    }
    return latest;
  }
}
