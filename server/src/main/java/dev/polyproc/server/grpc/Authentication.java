package dev.polyproc.server.grpc;

import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ErrorReason;
import io.grpc.Attributes;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/**
 * Who may call: through the Unix socket the daemon's own user and root, through TCP whoever shows
 * the token, through TLS also whoever shows a certificate of the client CA, while it is valid.
 */
final class Authentication {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
  private static final String BEARER = "Bearer ";

  private final byte[] token;
  private final long uid;

  Authentication(String token, long uid) {
    this.token = token.getBytes(StandardCharsets.UTF_8);
    this.uid = uid;
  }

  /** Has a call served that is let in, as long as what it showed counts. */
  <Q, R> ServerCall.Listener<Q> serve(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> handler) {
    return isCertifiedStream(call, headers)
        ? CertifiedStream.serve(call, headers, handler)
        : handler.startCall(call, headers);
  }

  /** A call that is not let in, for a reason of {@link #whyNot} or of its certificate. */
  static Refusal refusal(String whyNot) {
    return new Refusal(ErrorReason.ERROR_REASON_UNAUTHENTICATED, whyNot);
  }

  /** Why a call is not let in, as a sentence; null when it is. */
  @Nullable String whyNot(Attributes attributes, Metadata headers) {
    Peer peer = Connection.of(attributes).peer();
    if (peer != null) {
      return whyNot(peer);
    }
    if (ClientCertificate.isShown(attributes)) {
      return null;
    }
    String authorization = headers.get(AUTHORIZATION);
    String certificate = authorization == null ? ClientCertificate.whyNot(attributes) : null;
    return certificate == null ? whyNot(authorization) : certificate;
  }

  /** Whether it is a stream that nothing but the certificate of its connection stands for. */
  private boolean isCertifiedStream(ServerCall<?, ?> call, Metadata headers) {
    return call.getMethodDescriptor().getType() == MethodType.BIDI_STREAMING
        && ClientCertificate.isShown(call.getAttributes())
        && whyNot(headers.get(AUTHORIZATION)) != null;
  }

  private @Nullable String whyNot(Peer peer) {
    return peer.isOurs(uid)
        ? null
        : "Expected a process of user "
            + uid
            + ", but the caller's user is "
            + peer.user()
            + "; run it as that user, or start a daemon of your own";
  }

  private @Nullable String whyNot(@Nullable String authorization) {
    if (authorization == null) {
      return "Expected the metadata 'authorization: Bearer <token>', but there is none; the token"
          + " is in the daemon's token file";
    }
    if (!authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
      return "Expected the metadata 'authorization: Bearer <token>', but it has another scheme";
    }
    byte[] shown = authorization.substring(BEARER.length()).getBytes(StandardCharsets.UTF_8);
    return MessageDigest.isEqual(shown, token)
        ? null
        : "Expected the daemon's token, but the call shows another one; read its token file again";
  }
}
