package dev.polyproc.client.internal.session;

import dev.polyproc.client.internal.transport.Address;
import dev.polyproc.client.internal.transport.Tls;
import io.grpc.netty.shaded.io.netty.handler.ssl.NotSslRecordException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Why no connection came about, as far as it is a matter of TLS: in a sentence. */
public final class TlsDiagnosis {
  /** What the JDK says when the other side ends it. */
  private static final Pattern ALERT = Pattern.compile("Received fatal alert: (\\w+)");

  /** What gRPC says of an answer in TLS: an alert, whose first bytes are these, or an end. */
  private static final Pattern NO_HTTP =
      Pattern.compile("first 5 bytes: 1503|Network closed|Connection reset");

  private final Settings settings;

  TlsDiagnosis(Settings settings) {
    this.settings = settings;
  }

  /** The sentence; null when it was something else. */
  @Nullable String refusal(@Nullable Throwable cause, String message) {
    Address address = settings.address();
    if (!address.tls()) {
      return !address.isSocket() && NO_HTTP.matcher(message).find()
          ? String.format(
              "Expected a daemon at %s, but it ended the connection without a word; where it speaks"
                  + " TLS, write tls://%s",
              address, address)
          : null;
    }
    for (Throwable t = cause; t != null; t = t.getCause()) {
      String why = why(t);
      if (why != null) {
        return why;
      }
    }
    return null;
  }

  private @Nullable String why(Throwable cause) {
    Address address = settings.address();
    String detail = String.valueOf(cause.getMessage());
    Matcher alert = ALERT.matcher(detail);
    if (cause instanceof NotSslRecordException) {
      return "Expected TLS at " + address + ", but what listens there does not speak it";
    } else if (cause instanceof CertificateExpiredException) {
      return daemonsCertificate("one that is valid now", "it has expired (" + detail + ")");
    } else if (cause instanceof CertificateNotYetValidException) {
      return daemonsCertificate("one that is valid now", "it is not valid yet (" + detail + ")");
    } else if (cause instanceof CertPathBuilderException) {
      return daemonsCertificate(
          "of a CA that this client trusts", "it is of another; set POLYPROC_TLS_CA to the CA's");
    } else if (cause.getClass() == CertificateException.class && detail.startsWith("No ")) {
      return daemonsCertificate("for " + address.host(), "it is for another host (" + detail + ")");
    } else if (alert.find()) {
      return refusedByDaemon(alert.group(1));
    }
    return null;
  }

  private String daemonsCertificate(String expected, String found) {
    return "Expected the certificate of the daemon at "
        + settings.address()
        + " to be "
        + expected
        + ", but "
        + found;
  }

  private String refusedByDaemon(String alert) {
    Tls tls = settings.tls();
    return tls != null && tls.certificate() != null
        ? String.format(
            "Expected the daemon at %s to take the certificate in %s with the key in %s, but it"
                + " refused them (%s)",
            settings.address(), tls.certificate(), tls.key(), alert)
        : String.format(
            "Expected the daemon at %s to agree on TLS, but it refused (%s)",
            settings.address(), alert);
  }
}
