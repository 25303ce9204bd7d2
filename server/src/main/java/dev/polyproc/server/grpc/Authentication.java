package dev.polyproc.server.grpc;

import io.grpc.Attributes;
import io.grpc.Metadata;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/**
 * Who may call: through the Unix socket the daemon's own user and root, through TCP whoever shows
 * the token, through TLS also whoever shows a certificate of the client CA.
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

  /** Why a call is not let in, as a sentence; null when it is. */
  @Nullable String whyNot(Attributes attributes, Metadata headers) {
    Peer peer = Connection.of(attributes).peer();
    if (peer != null) {
      return whyNot(peer);
    }
    return ClientCertificate.isShown(attributes) ? null : whyNot(headers.get(AUTHORIZATION));
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
