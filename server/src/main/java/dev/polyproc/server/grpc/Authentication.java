package dev.polyproc.server.grpc;

import dev.polyproc.server.engine.Refusal;
import dev.polyproc.v1.ErrorReason;
import io.grpc.Attributes;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/**
 * Who may call: through the Unix socket the daemon's own user and root, through TCP whoever shows
 * the token, through TLS also whoever shows a certificate of the client CA, while it is valid. The
 * health service answers everybody.
 */
final class Authentication implements ServerInterceptor {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
  private static final String BEARER = "Bearer ";
  private static final String HEALTH = "grpc.health.v1.Health";

  private final byte[] token;
  private final long uid;

  Authentication(String token, long uid) {
    this.token = token.getBytes(StandardCharsets.UTF_8);
    this.uid = uid;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    String why = whyNot(call.getAttributes(), headers);
    if (why == null && isCertifiedStream(call, headers)) {
      return CertifiedStream.serve(call, headers, next);
    }
    if (why == null || HEALTH.equals(call.getMethodDescriptor().getServiceName())) {
      return next.startCall(call, headers);
    }
    Wire.close(call, new Refusal(ErrorReason.ERROR_REASON_UNAUTHENTICATED, why).status());
    return new ServerCall.Listener<>() {};
  }

  private @Nullable String whyNot(Attributes attributes, Metadata headers) {
    Peer peer = attributes.get(Peer.UNIX);
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
    return call.getMethodDescriptor().getType() != MethodType.UNARY
        && ClientCertificate.isShown(call.getAttributes())
        && whyNot(headers.get(AUTHORIZATION)) != null;
  }

  private @Nullable String whyNot(Peer peer) {
    return peer.isOurs(uid)
        ? null
        : "Expected a process of user " + uid + ", but the caller's user is " + peer.user();
  }

  private @Nullable String whyNot(@Nullable String authorization) {
    if (authorization == null) {
      return "Expected the metadata 'authorization: Bearer <token>', but there is none";
    }
    if (!authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
      return "Expected the metadata 'authorization: Bearer <token>', but it has another scheme";
    }
    byte[] shown = authorization.substring(BEARER.length()).getBytes(StandardCharsets.UTF_8);
    return MessageDigest.isEqual(shown, token)
        ? null
        : "Expected the daemon's token, but the call shows another one";
  }
}
