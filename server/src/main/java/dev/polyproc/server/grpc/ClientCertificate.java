package dev.polyproc.server.grpc;

import io.grpc.Attributes;
import io.grpc.Grpc;
import io.grpc.ServerTransportFilter;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** Notes which connections showed a certificate of the client CA. */
final class ClientCertificate extends ServerTransportFilter {
  private static final Attributes.Key<Boolean> SHOWN =
      Attributes.Key.create("polyproc-client-certificate");

  @Override
  public Attributes transportReady(Attributes attributes) {
    return attributes.toBuilder()
        .set(SHOWN, isVerified(attributes.get(Grpc.TRANSPORT_ATTR_SSL_SESSION)))
        .build();
  }

  private static boolean isVerified(@Nullable SSLSession session) {
    try {
      return session != null && session.getPeerCertificates().length > 0;
    } catch (SSLPeerUnverifiedException e) {
      return false; // It showed none, as it may.
    }
  }

  /** Whether the connection with these attributes did. */
  static boolean isShown(Attributes attributes) {
    return Boolean.TRUE.equals(attributes.get(SHOWN));
  }
}
