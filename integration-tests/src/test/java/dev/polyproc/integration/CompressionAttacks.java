package dev.polyproc.integration;

import static dev.polyproc.integration.Attacker.many;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.integration.Attack.Credential;
import io.grpc.Status.Code;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

/** Requests that are far larger than they look: nothing is inflated for anybody. */
final class CompressionAttacks {
  private static final int MIB = 1 << 20;

  /** All methods are alike in this. */
  private static final String[] METHODS = {
    "grpc.health.v1.Health/Check",
    "grpc.health.v1.Health/Watch",
    "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    "polyproc.v1.QueueService/Put",
    "polyproc.v1.QueueService/Consume",
    "polyproc.v1.SessionService/Attach",
    "polyproc.v1.ProcessService/Output",
    "polyproc.v1.NoService/Nothing",
    "nobody.knows/It",
  };

  /** Made once: 66 kB on the wire. */
  private static final class Bomb {
    private static final byte[] SMALL = gzip(6 * MIB);
    private static final byte[] LARGE = gzip(64 * MIB);
  }

  private CompressionAttacks() {}

  static Stream<Attack> all() {
    return Stream.of(Credential.values()).flatMap(CompressionAttacks::with);
  }

  private static Stream<Attack> with(Credential credential) {
    return Stream.of(
        Attack.of(
            "6 MiB of unknown fields in 6 kB of gzip",
            credential,
            attacker -> refuseAll(attacker, "gzip", RawHttp2.message(true, Bomb.SMALL), 3)),
        Attack.of(
            "64 MiB of unknown fields in 66 kB of gzip",
            credential,
            attacker -> refuseAll(attacker, "gzip", RawHttp2.message(true, Bomb.LARGE), 3)),
        Attack.of(
            "encodings that are none, or make no sense", credential, CompressionAttacks::encodings),
        Attack.of(
            "a compressed message without an encoding", credential, CompressionAttacks::flag));
  }

  /** A field that no message has, with 0, again and again. */
  private static byte[] gzip(int bytes) {
    ByteArrayOutputStream compressed = new ByteArrayOutputStream();
    byte[] fields = new byte[MIB];
    for (int i = 0; i < fields.length; i += 2) {
      fields[i] = 15 << 3;
    }
    try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
      for (int i = 0; i < bytes / fields.length; i++) {
        gzip.write(fields);
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return compressed.toByteArray();
  }

  private static void refuseAll(Attacker attacker, String encoding, byte[] message, int times)
      throws IOException {
    for (String method : METHODS) {
      for (int i = 0; i < many(times, 100 * times); i++) {
        RawHttp2 connection = attacker.connect();
        byte[] headers = attacker.headers(method, "grpc-encoding", encoding);
        assertUnimplemented(method + " with " + encoding, connection.ask(headers, message));
      }
    }
  }

  private static void assertUnimplemented(String what, RawAnswer answer) {
    assertThat(answer.code()).as("%s: %s", what, answer).isEqualTo(Code.UNIMPLEMENTED);
  }

  private static void encodings(Attacker attacker) throws IOException {
    byte[] nonsense = "this is in no format at all".getBytes(UTF_8);
    for (String encoding : new String[] {"gzip", "deflate", "snappy", "br", "gzip,gzip", "GZIP"}) {
      refuseAll(attacker, encoding, RawHttp2.message(true, nonsense), 1);
      refuseAll(attacker, encoding, RawHttp2.message(false, new byte[0]), 1);
    }
  }

  private static void flag(Attacker attacker) throws IOException {
    for (String method : METHODS) {
      for (String encoding : new String[] {"", "identity"}) {
        RawHttp2 connection = attacker.connect();
        byte[] headers =
            encoding.isEmpty()
                ? attacker.headers(method)
                : attacker.headers(method, "grpc-encoding", encoding);
        RawAnswer answer = connection.ask(headers, RawHttp2.message(true, Bomb.SMALL));
        // Whoever is refused before his message was looked at learns that first.
        assertThat(answer.code())
            .as("%s: %s", method, answer)
            .isIn(Code.UNIMPLEMENTED, Code.UNAUTHENTICATED, Code.RESOURCE_EXHAUSTED);
      }
    }
  }
}
