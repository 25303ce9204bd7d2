package dev.polyproc.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A server, a client that loads it, and one whose calls are timed: three processes. */
final class TailSide implements AutoCloseable {
  /** Of the daemon; the figures are for a large heap. */
  private static final String HEAP = "-Xmx8g";

  /** Above what the loads need, on that heap. */
  private static final String LIMITS =
      "sessions=12000,connections=12000,waiters=200000,open_calls=200000,queue_items=11000000"
          + ",request_bytes=67200000,stored_bytes=2700000000";

  /** Collects by one thread: several would take the processors from the server. */
  private static final List<String> LOADER = List.of("-XX:+UseSerialGC");

  /** Room for a row without a collection, all of which is touched before. */
  private static final List<String> PROBE =
      List.of("-XX:+UseSerialGC", "-Xms400m", "-Xmx400m", "-Xmn320m", "-XX:+AlwaysPreTouch");

  /** Calls a second. */
  private static final int RATE = 1_000;

  /** More than a compiler waits for. */
  private static final int WARM_UP_RATE = 5_000;

  private final AutoCloseable server;
  private final PeerProcess loader;
  private final PeerProcess probe;

  private TailSide(AutoCloseable server, PeerProcess loader, PeerProcess probe) {
    this.server = server;
    this.loader = loader;
    this.probe = probe;
  }

  /**
   * The daemon, as its script starts it.
   *
   * @param options of its JVM
   */
  static TailSide polyproc(Path folder, Installation installation, List<String> options)
      throws Exception {
    Path socket = folder.resolve("tails.sock");
    ServerProcess daemon =
        new ServerProcess(
                socket,
                List.of(
                    "env",
                    "POLYPROCD_JAVA_OPTIONS=" + options(options),
                    installation.launcher().toString(),
                    "--socket",
                    socket.toString(),
                    "--port",
                    "0",
                    "--limit",
                    LIMITS))
            .awaitSocket();
    return new TailSide(
        daemon,
        client("Polyproc", LOADER, installation.polyprocPeer(PolyprocTails.class), socket),
        client("Polyproc", PROBE, installation.polyprocPeer(PolyprocProbe.class), socket));
  }

  /** Behind what the caller has chosen for daemons, such as a collector. */
  private static String options(List<String> options) {
    String given = System.getenv().getOrDefault("POLYPROCD_JAVA_OPTIONS", "");
    return String.join(" ", HEAP, String.join(" ", options), given).strip();
  }

  /** A Redis, which keeps nothing on disk. */
  static TailSide redis(Path program, Path folder, Installation installation) throws Exception {
    Redis redis = Redis.start(program, folder, Processor.all());
    return new TailSide(
        redis,
        client("Jedis", LOADER, installation.peer("jedis", JedisTails.class), redis.port()),
        client("Jedis", PROBE, installation.peer("jedis", JedisProbe.class), redis.port()));
  }

  private static PeerProcess client(
      String name, List<String> options, List<String> main, Object address) throws IOException {
    List<String> arguments = new ArrayList<>(options);
    arguments.addAll(main);
    arguments.add(address.toString());
    return new PeerProcess(name, Java.client(arguments));
  }

  /** Lets the compilers come to know a small part of a load, and many calls. */
  void warmUp(TailLoad load, TailPace pace) throws Exception {
    var unused = time(WARM_UP_RATE, load, pace.part() * pace.warmUpPart(), pace.warmUpSeconds());
  }

  /** Times calls while a load goes on. */
  Tail measure(TailLoad load, TailPace pace) throws Exception {
    return time(RATE, load, pace.part(), pace.seconds());
  }

  private Tail time(int rate, TailLoad load, int part, double seconds) throws Exception {
    probe.ask(Integer.toString(rate));
    loader.ask(load.name() + " " + part + " " + (long) (seconds * TimeUnit.SECONDS.toNanos(1)));
    return Tail.parse(probe.ask("end"));
  }

  /** Ends the clients, and then the server. */
  @Override
  public void close() throws Exception {
    try (server;
        loader;
        probe) {}
  }
}
