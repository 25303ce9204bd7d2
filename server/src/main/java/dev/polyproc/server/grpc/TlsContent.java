package dev.polyproc.server.grpc;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the files of a daemon's TLS held at one look; equal when their bytes are.
 *
 * @param clientCa empty when no client's certificate stands for the token
 */
record TlsContent(TlsFiles files, ByteString certificate, ByteString key, ByteString clientCa) {
  private static final Pattern KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----(.+?)-----END PRIVATE KEY-----", Pattern.DOTALL);
  private static final byte[] PROBE = "polyproc".getBytes(StandardCharsets.US_ASCII);

  /**
   * What contexts for connections are made of.
   *
   * @throws IllegalArgumentException with a sentence, when the files make no sense together
   */
  ConnectionTls forConnections() {
    List<X509Certificate> chain = certificates(certificate, files.certificate());
    PrivateKey own = privateKey(chain.get(0).getPublicKey());
    List<X509Certificate> authorities =
        clientCa.isEmpty() || files.clientCa() == null
            ? List.of()
            : certificates(clientCa, files.clientCa());
    try {
      return ConnectionTls.of(own, chain, authorities);
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalArgumentException(
          "Expected a certificate to serve with in " + files.certificate() + ", but: " + e, e);
    }
  }

  /**
   * Requires the certificate to be valid now.
   *
   * @throws IllegalArgumentException with a sentence, when it is not
   */
  void requireValid() {
    X509Certificate own = certificates(certificate, files.certificate()).get(0);
    try {
      own.checkValidity();
    } catch (CertificateException e) {
      throw new IllegalArgumentException(
          String.format(
              "Expected a certificate that is valid now in %s, but it is so from %s to %s",
              files.certificate(), own.getNotBefore().toInstant(), own.getNotAfter().toInstant()),
          e);
    }
  }

  private static List<X509Certificate> certificates(ByteString pem, Path file) {
    try {
      List<X509Certificate> certificates =
          CertificateFactory.getInstance("X.509").generateCertificates(pem.newInput()).stream()
              .map(X509Certificate.class::cast)
              .toList();
      if (!certificates.isEmpty()) {
        return certificates;
      }
    } catch (CertificateException e) {
      throw noCertificate(file, e);
    }
    throw noCertificate(file, null);
  }

  private static IllegalArgumentException noCertificate(Path file, @Nullable Exception cause) {
    return new IllegalArgumentException(
        "Expected a certificate in PEM in " + file + ", but it holds none that can be read", cause);
  }

  private PrivateKey privateKey(PublicKey certified) {
    Matcher block = KEY.matcher(key.toString(StandardCharsets.US_ASCII));
    if (!block.find()) {
      throw new IllegalArgumentException(
          String.format(
              "Expected '-----BEGIN PRIVATE KEY-----' in %s, but there is none; 'openssl pkcs8"
                  + " -topk8 -nocrypt' makes one of a key in another form",
              files.key()));
    }
    try {
      byte[] encoded = Base64.getMimeDecoder().decode(block.group(1));
      PrivateKey own =
          KeyFactory.getInstance(certified.getAlgorithm())
              .generatePrivate(new PKCS8EncodedKeySpec(encoded));
      if (belongTogether(own, certified)) {
        return own;
      }
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw anotherKey(e);
    }
    throw anotherKey(null);
  }

  private IllegalArgumentException anotherKey(@Nullable Exception cause) {
    return new IllegalArgumentException(
        String.format(
            "Expected the key of the certificate in %s, but %s holds another one",
            files.certificate(), files.key()),
        cause);
  }

  private static boolean belongTogether(PrivateKey own, PublicKey certified)
      throws GeneralSecurityException {
    String algorithm =
        switch (own.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> own.getAlgorithm();
        };
    Signature signature = Signature.getInstance(algorithm);
    signature.initSign(own);
    signature.update(PROBE);
    byte[] signed = signature.sign();
    signature.initVerify(certified);
    signature.update(PROBE);
    return signature.verify(signed);
  }
}
