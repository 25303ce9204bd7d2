package dev.polyproc.integration;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Certificates for tests, made by the JDK's keytool, in PEM. */
final class Certificates {
  private static final char[] PASSWORD = "for tests".toCharArray();

  private final Path folder;
  private int expiring;

  /** What somebody shows, and the key to it. */
  record Identity(Path certificate, Path key) {
    /** Puts another identity's files in the place of these. */
    void become(Identity other) {
      try {
        Files.copy(other.key, key, StandardCopyOption.REPLACE_EXISTING);
        Files.copy(other.certificate, certificate, StandardCopyOption.REPLACE_EXISTING);
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** Made once for all tests that run in this virtual machine. */
  private static final class Shared {
    private static final Certificates MADE = new Certificates();
  }

  private Certificates() {
    try {
      folder = Files.createTempDirectory("polyproc-certificates-");
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    folder.toFile().deleteOnExit();
    keep(folder.resolve("store"));
    authority("ca");
    authority("stranger");
    issue("server", "ca", "-ext", "san=dns:localhost,ip:127.0.0.1,ip:0:0:0:0:0:0:0:1");
    issue("renewed", "ca", "-ext", "san=dns:localhost,ip:127.0.0.1");
    issue("elsewhere", "ca", "-ext", "san=dns:elsewhere.example");
    issue("expired", "ca", "-ext", "san=dns:localhost", "-startdate", "-9d", "-validity", "3");
    issue("client", "ca", "-ext", "eku=clientAuth");
    issue("expired-client", "ca", "-startdate", "-9d", "-validity", "3");
    issue("moved", "stranger", "-ext", "san=dns:localhost");
    issue("strange-client", "stranger", "-ext", "eku=clientAuth");
  }

  static Certificates shared() {
    return Shared.MADE;
  }

  /** The CA of all that is not strange. */
  Path ca() {
    return certificate("ca");
  }

  /** A CA that nobody asked. */
  Path strangeCa() {
    return certificate("stranger");
  }

  /** One of those made above. */
  Identity identity(String name) {
    return new Identity(certificate(name), folder.resolve(name + ".key"));
  }

  /** A client's of the CA, which expires in so many seconds from now. */
  synchronized Identity expiring(int seconds) {
    String name = "expiring-" + ++expiring;
    issue(name, "ca", "-startdate", "-1d+" + seconds + "S", "-validity", "1");
    return identity(name);
  }

  /** What a daemon is told to serve with it, on any port of this machine. */
  String[] flags(Identity daemon) {
    return new String[] {
      "--listen", "127.0.0.1:0",
      "--tls-certificate", daemon.certificate().toString(),
      "--tls-key", daemon.key().toString(),
      "--tls-client-ca", ca().toString(),
    };
  }

  private Path certificate(String name) {
    return folder.resolve(name + ".pem");
  }

  private Path keep(Path file) {
    file.toFile().deleteOnExit();
    return file;
  }

  private void authority(String name) {
    keytool("-alias", name, "-dname", "CN=" + name, "-ext", "bc:c", "-validity", "9");
    export(name);
  }

  private void issue(String name, String authority, String... flags) {
    List<String> words =
        new ArrayList<>(List.of("-alias", name, "-dname", "CN=" + name, "-signer", authority));
    words.addAll(List.of(flags));
    keytool(words.toArray(String[]::new));
    export(name);
  }

  private void keytool(String... words) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-storepass",
                new String(PASSWORD),
                "-keystore",
                folder.resolve("store").toString()));
    command.addAll(List.of(words));
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new IllegalStateException(printed);
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private void export(String name) {
    try (InputStream store = Files.newInputStream(folder.resolve("store"))) {
      KeyStore keys = KeyStore.getInstance("PKCS12");
      keys.load(store, PASSWORD);
      StringBuilder chain = new StringBuilder();
      for (Certificate certificate : keys.getCertificateChain(name)) {
        chain.append(pem("CERTIFICATE", certificate.getEncoded()));
      }
      Files.writeString(keep(certificate(name)), chain);
      Files.writeString(
          keep(folder.resolve(name + ".key")),
          pem("PRIVATE KEY", keys.getKey(name, PASSWORD).getEncoded()));
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String pem(String what, byte[] encoded) {
    String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded);
    return "-----BEGIN " + what + "-----\n" + lines + "\n-----END " + what + "-----\n";
  }
}
