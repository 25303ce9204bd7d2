package dev.polyproc.integration;

import static dev.polyproc.integration.Attacker.many;
import static dev.polyproc.integration.ConnectionAttacks.CHECK;
import static dev.polyproc.integration.ConnectionAttacks.WATCH;

import dev.polyproc.integration.Attack.Credential;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;

/** Frames without end that cost whoever sends them next to nothing. */
final class FloodAttacks {
  private static final int FRAMES = 40_000;
  private static final int MORE_FRAMES = 4_000_000;

  private FloodAttacks() {}

  /** What is sent again and again. */
  private interface Drop {
    void on(RawHttp2 connection, int number) throws IOException;
  }

  static Stream<Attack> all() {
    return Stream.concat(with(Credential.NONE), with(Credential.SOCKET));
  }

  private static Stream<Attack> with(Credential credential) {
    byte[] nothing = {};
    List<Attack> floods =
        List.of(
            flood(credential, "PING", (c, i) -> c.frame(RawHttp2.PING, 0, 0, new byte[8])),
            flood(credential, "SETTINGS", (c, i) -> c.frame(RawHttp2.SETTINGS, 0, 0, nothing)),
            flood(credential, "SETTINGS that change the window", FloodAttacks::changeWindow),
            flood(
                credential,
                "PRIORITY",
                (c, i) -> c.frame(RawHttp2.PRIORITY, 0, 2 * i + 1, new byte[5])),
            flood(credential, "WINDOW_UPDATE", (c, i) -> c.windowUpdate(0, 1)),
            flood(credential, "frames of no known kind", (c, i) -> c.frame(77, 0, 0, new byte[8])),
            flood(credential, "GOAWAY", (c, i) -> c.frame(RawHttp2.GOAWAY, 0, 0, new byte[8])),
            unreadFlood(credential, "PING", (c, i) -> c.frame(RawHttp2.PING, 0, 0, new byte[8])),
            unreadFlood(
                credential, "SETTINGS", (c, i) -> c.frame(RawHttp2.SETTINGS, 0, 0, nothing)),
            onStream(credential, "empty DATA", (c, i) -> c.frame(RawHttp2.DATA, 0, 1, nothing)),
            onStream(
                credential,
                "padded DATA without data",
                (c, i) -> c.frame(RawHttp2.DATA, 8, 1, new byte[1])),
            onStream(credential, "WINDOW_UPDATE of a stream", (c, i) -> c.windowUpdate(1, 1)),
            Attack.of(
                "a flood of empty CONTINUATION",
                credential,
                attacker -> {
                  RawHttp2 connection = attacker.connect().drain();
                  connection.headers(1, attacker.headers(CHECK), RawHttp2.NO_FLAGS);
                  for (int i = 0; i < many(FRAMES, MORE_FRAMES); i++) {
                    connection.frame(RawHttp2.CONTINUATION, RawHttp2.NO_FLAGS, 1, nothing);
                  }
                  connection.flush();
                }));
    return Stream.concat(
        Attack.inTurn("floods of small frames", floods),
        Stream.of(
            Attack.of("rapid resets", credential, attacker -> rapidResets(attacker, true)),
            Attack.of(
                "rapid resets that the daemon makes",
                credential,
                attacker -> rapidResets(attacker, false)),
            Attack.of(
                "calls of no method, whose refusals nobody reads",
                credential,
                attacker -> {
                  RawHttp2 connection = attacker.connect();
                  byte[] block = attacker.headers("nobody.knows/It");
                  for (int i = 0; i < many(10_000, 200_000); i++) {
                    connection.callUnread(block, RawHttp2.message(false, nothing));
                  }
                  connection.flush();
                })));
  }

  private static void changeWindow(RawHttp2 connection, int number) throws IOException {
    connection.frame(
        RawHttp2.SETTINGS,
        0,
        0,
        (byte) 0,
        (byte) RawHttp2.INITIAL_WINDOW_SIZE,
        (byte) 0,
        (byte) 1,
        (byte) 0,
        (byte) number);
  }

  private static Attack flood(Credential credential, String what, Drop drop) {
    return Attack.of(
        "a flood of " + what, credential, attacker -> send(attacker.connect().drain(), drop));
  }

  private static Attack unreadFlood(Credential credential, String what, Drop drop) {
    return Attack.of(
        "a flood of " + what + " whose answers nobody reads",
        credential,
        attacker -> send(attacker.connect(), drop));
  }

  /** A flood on a stream that is open. */
  private static Attack onStream(Credential credential, String what, Drop drop) {
    return Attack.of(
        "a flood of " + what,
        credential,
        attacker -> {
          RawHttp2 connection = attacker.connect().drain();
          connection.headers(1, attacker.headers(CHECK), RawHttp2.END_HEADERS);
          send(connection, drop);
        });
  }

  private static void send(RawHttp2 connection, Drop drop) throws IOException {
    for (int i = 0; i < many(FRAMES, MORE_FRAMES); i++) {
      drop.on(connection, i);
    }
    connection.flush();
  }

  /** Calls that are taken back at once, or of which a wrong frame makes the daemon do so. */
  private static void rapidResets(Attacker attacker, boolean byTheCaller) throws IOException {
    byte[] block =
        attacker.headers(
            attacker.credential() == Credential.NONE ? WATCH : "polyproc.v1.QueueService/Consume");
    RawHttp2 connection = attacker.connect().drain();
    for (int i = 0; i < many(20_000, 60_000); i++) {
      int stream = connection.newStream();
      connection.headers(stream, block, RawHttp2.END_HEADERS);
      if (byTheCaller) {
        connection.reset(stream);
      } else {
        connection.windowUpdate(stream, 0);
      }
    }
    connection.flush();
  }
}
