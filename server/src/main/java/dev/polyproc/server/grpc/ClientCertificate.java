package dev.polyproc.server.grpc;

import io.grpc.Attributes;
import io.grpc.Grpc;
import io.grpc.ServerTransportFilter;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Instant;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Notes which connections showed a certificate of the client CA, and how long it is valid. The
 * handshake has asked whether it was valid then; a connection lives longer than that.
 */
final class ClientCertificate extends ServerTransportFilter {
  private static final Attributes.Key<Validity> SHOWN =
      Attributes.Key.create("polyproc-client-certificate");

  /** When a certificate, and all between it and its CA, are valid: from then to then. */
  private record Validity(Instant from, Instant to) {
    /**
     * Of what was shown. A self-signed certificate is a CA, which counts because it is known and
     * not because it is valid: the handshake does not ask its dates either.
     */
    static Validity of(Certificate[] chain) {
      Validity all = new Validity(Instant.MIN, Instant.MAX);
      for (int i = 0; i < chain.length && chain[i] instanceof X509Certificate shown; i++) {
        boolean isSelfSigned =
            shown.getIssuerX500Principal().equals(shown.getSubjectX500Principal());
        if (i == 0 || !isSelfSigned) {
          all = all.and(shown.getNotBefore().toInstant(), shown.getNotAfter().toInstant());
        }
      }
      return all;
    }

    private Validity and(Instant since, Instant until) {
      return new Validity(since.isAfter(from) ? since : from, until.isBefore(to) ? until : to);
    }

    boolean contains(Instant time) {
      return !time.isBefore(from) && !time.isAfter(to);
    }
  }

  @Override
  public Attributes transportReady(Attributes attributes) {
    Validity shown = verified(attributes.get(Grpc.TRANSPORT_ATTR_SSL_SESSION));
    return shown == null ? attributes : attributes.toBuilder().set(SHOWN, shown).build();
  }

  private static @Nullable Validity verified(@Nullable SSLSession session) {
    try {
      return session == null ? null : Validity.of(session.getPeerCertificates());
    } catch (SSLPeerUnverifiedException e) {
      return null; // It showed none, as it may.
    }
  }

  /** Whether the connection with these attributes did, and the certificate is valid now. */
  static boolean isShown(Attributes attributes) {
    Validity shown = attributes.get(SHOWN);
    return shown != null && shown.contains(Instant.now());
  }

  /** Why the certificate of a connection does not count now; null when it does or there is none. */
  static @Nullable String whyNot(Attributes attributes) {
    Validity shown = attributes.get(SHOWN);
    Instant now = Instant.now();
    if (shown == null || shown.contains(now)) {
      return null;
    }
    return "Expected a client certificate that is valid now, but that of this connection is so "
        + (now.isBefore(shown.from) ? "only from " + shown.from : "no more since " + shown.to)
        + "; connect again with another one";
  }
}
