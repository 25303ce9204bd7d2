package dev.polyproc.server.grpc;

import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * What the TLS of connections is made of: the daemon's key and certificate, and the client CA, read
 * once.
 *
 * @param authorities null when no client's certificate stands for the token
 */
record ConnectionTls(KeyManagerFactory identity, @Nullable TrustManagerFactory authorities) {
  private static final char[] NO_PASSWORD = {};

  static ConnectionTls of(
      PrivateKey key, List<X509Certificate> chain, List<X509Certificate> authorities)
      throws GeneralSecurityException, IOException {
    KeyStore own = emptyStore();
    own.setKeyEntry("daemon", key, NO_PASSWORD, chain.toArray(X509Certificate[]::new));
    KeyManagerFactory identity =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    identity.init(own, NO_PASSWORD);
    ConnectionTls tls =
        new ConnectionTls(identity, authorities.isEmpty() ? null : trusting(authorities));
    tls.build();
    return tls;
  }

  private static TrustManagerFactory trusting(List<X509Certificate> authorities)
      throws GeneralSecurityException, IOException {
    KeyStore store = emptyStore();
    for (int i = 0; i < authorities.size(); i++) {
      store.setCertificateEntry("authority " + i, authorities.get(i));
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory;
  }

  private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    return store;
  }

  /** A context for one connection; it costs little beside a handshake. */
  SslContext newContext() {
    try {
      return build();
    } catch (SSLException e) {
      throw new IllegalStateException("Expected what made a context before to make another", e);
    }
  }

  private SslContext build() throws SSLException {
    SslContextBuilder builder = SslContextBuilder.forServer(identity);
    if (authorities != null) {
      builder.trustManager(authorities).clientAuth(ClientAuth.OPTIONAL);
    }
    return GrpcSslContexts.configure(builder, SslProvider.JDK).build();
  }
}
