package dev.polyproc.benchmarks;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Measures everything in one run, prints the table, and fails when a bound is missed. */
final class Bench {
  private static final int DEPTH = 64;
  private static final double UNARY_ALONE = 0.9;
  private static final double UNARY_IN_FLIGHT = 0.8;
  private static final double ATTACH = 0.8;
  private static final double PIPELINED = 700_000;
  private static final double START = 1.3;

  /** The property that says which Python has the package. */
  private static final String PYTHON = "polyproc.python";

  private final boolean quick;
  private final Pace pace;
  private final Set<String> parts;
  private final List<TailLoad> rows;
  private final Installation installation;
  private final Table table = new Table();

  private Bench(boolean quick, Set<String> parts, List<TailLoad> rows, Installation installation) {
    this.quick = quick;
    this.pace = quick ? Pace.QUICK : Pace.FULL;
    this.parts = parts;
    this.rows = rows;
    this.installation = installation;
  }

  private static final Set<String> PARTS =
      Set.of(
          "unary",
          "attach",
          "pipelined",
          "start",
          "footprint",
          "memory",
          "python",
          "peers",
          "queues",
          "pool",
          "clients",
          "tails",
          "collectors",
          "collector-starts",
          "collector-tails",
          "collector-rates");

  /** What runs only where it is named. */
  private static final Set<String> ALONE =
      Set.of(
          "clients",
          "tails",
          "collectors",
          "collector-starts",
          "collector-tails",
          "collector-rates");

  /**
   * {@code ROOT [--quick] [unary attach pipelined start footprint memory python peers queues pool
   * clients tails collectors collector-starts collector-tails collector-rates] [--rows ROW,...]},
   * or {@code ROOT [--quick] --before JAR [unary attach pipelined]}: all parts but the last six
   * when none is named.
   */
  public static void main(String[] arguments) throws Exception {
    List<String> words = new ArrayList<>(List.of(arguments));
    boolean quick = words.remove("--quick");
    Installation installation = new Installation(Path.of(words.remove(0)));
    Path before = before(words);
    List<TailLoad> rows = rows(words);
    requireKnown(words, before == null ? PARTS : Comparison.PARTS);
    if (before != null) {
      Table table = new Table();
      new Comparison(quick ? Pace.QUICK : Pace.PAIRS, table)
          .run(
              List.of("-jar", before.toString()),
              List.of("-jar", installation.daemonJar().toString()),
              words.isEmpty() ? Comparison.PARTS : words);
      end(quick, table);
    }
    Bench bench = new Bench(quick, Set.copyOf(words), rows, installation);
    bench.run();
    end(quick, bench.table);
  }

  /** The jar behind {@code --before}, which it removes; null when it is not there. */
  private static @Nullable Path before(List<String> words) {
    int option = words.indexOf("--before");
    if (option < 0) {
      return null;
    }
    words.remove(option);
    Path jar = option < words.size() ? Path.of(words.remove(option)) : Path.of("");
    if (!Files.isRegularFile(jar)) {
      throw refused(
          "Expected --before with the polyprocd.jar of another build, but got '" + jar + "'");
    }
    return jar.toAbsolutePath();
  }

  /** Those behind {@code --rows}, which it removes; all when it is not there. */
  private static List<TailLoad> rows(List<String> words) {
    int option = words.indexOf("--rows");
    if (option < 0) {
      return List.of(TailLoad.values());
    }
    words.remove(option);
    List<String> names =
        option < words.size() ? List.of(words.remove(option).split(",")) : List.of();
    List<TailLoad> rows =
        Stream.of(TailLoad.values()).filter(load -> names.contains(load.name())).toList();
    if (names.isEmpty() || rows.size() != names.size()) {
      throw refused(
          "Expected --rows with some of "
              + List.of(TailLoad.values()).stream().map(Enum::name).toList()
              + " and commas, but got "
              + names);
    }
    return rows;
  }

  private static void requireKnown(List<String> words, Set<String> known) {
    for (String word : words) {
      if (!known.contains(word)) {
        throw refused("Expected parts of " + new TreeSet<>(known) + ", but got '" + word + "'");
      }
    }
  }

  /** Ends the program, which was called in a way that makes no sense. */
  private static IllegalArgumentException refused(String sentence) {
    System.err.println("bench: " + sentence);
    System.exit(2);
    return new IllegalArgumentException(sentence);
  }

  /** Says how it went, and ends the program. */
  private static void end(boolean quick, Table table) {
    int missed = table.missed();
    System.out.printf(
        "%n%s%n",
        quick
            ? "That was quick: the figures mean nothing, but everything works."
            : missed == 0 ? "All bounds are kept." : missed + " bounds are MISSED.");
    System.exit(quick || missed == 0 ? 0 : 1);
  }

  private void run() throws Exception {
    Path folder = Files.createTempDirectory("polyproc-bench");
    try {
      Path socket = folder.resolve("bench.sock");
      try (ServerProcess server =
          ServerProcess.daemon(socket, installation.benchServer()).awaitSocket()) {
        unary(server.socket());
        attach(server.socket());
        pipelined(server.socket());
        memory(server.socket());
      }
      if (runs("start")) {
        table.section("Start, fresh processes in turn: the daemon against a bare gRPC server");
        new StartTimes(folder, installation).run(pace, table, START);
      }
      if (runs("footprint")) {
        table.section("Footprint: live heap counted by jcmd GC.class_histogram");
        new Footprint(folder, installation).run(pace, table);
      }
      if (runs("python")) {
        python(folder);
      }
      if (runs("memory") || runs("peers") || runs("queues")) {
        peers(folder);
      }
      if (runs("pool")) {
        pool(folder);
      }
      if (runs("clients")) {
        table.section("Many clients at once, on all processors");
        new Crowds(pace, folder, installation).run(table);
      }
      if (runs("tails")) {
        tails(folder);
      }
      collectors(folder);
    } finally {
      delete(folder);
    }
  }

  private void python(Path folder) throws Exception {
    Optional<Path> python = findPython("python");
    if (python.isPresent()) {
      new PythonToolbox(folder, installation, python.get()).run(pace, table);
    }
  }

  private void pool(Path folder) throws Exception {
    Optional<Path> python = findPython("Python's pools");
    if (python.isPresent()) {
      new PythonPools(folder, installation, python.get()).run(pace, table);
    }
    table.section("Java client's pool beside ForkJoinPool, and Redisson's executor on a Redis");
    new PoolPeers(new PeerRounds(pace), Programs.find("redis-server"), folder, installation)
        .run(table);
  }

  /** The Python that has the package; where there is none, says what is skipped. */
  private Optional<Path> findPython(String what) {
    String python = System.getProperty(PYTHON, "");
    if (python.isEmpty()) {
      table.note(what, "skipped: there is no Python with the package");
      return Optional.empty();
    }
    return Optional.of(Path.of(python));
  }

  private void peers(Path folder) throws Exception {
    Optional<Path> redisServer = Programs.find("redis-server");
    if (redisServer.isEmpty()) {
      table.note("peers", "skipped: there is no redis-server on the PATH");
      return;
    }
    if (!Processor.first().isOne()) {
      table.note("peers", "on all processors, as there is no taskset: figures repeat less");
    }
    PeerRounds rounds = new PeerRounds(pace);
    if (runs("peers")) {
      table.section("Java client beside Redisson and Jedis on a Redis, 100-byte values");
      new Peers(rounds, redisServer.get(), folder, installation).run(table);
    }
    if (runs("peers") || runs("memory")) {
      table.section("Values by calls, Java client beside Redisson's RAtomicLong on a Redis");
      new NumberPeers(rounds, redisServer.get(), folder, installation).run(table);
    }
    if (runs("peers") || runs("queues")) {
      table.section("Queues of jobs, Java client beside Redisson and BullMQ on a Redis");
      new QueuePeers(rounds, redisServer.get(), folder, installation).run(table);
    }
  }

  private void tails(Path folder) throws Exception {
    Tails tails = new Tails(folder, installation, quick ? TailPace.QUICK : TailPace.FULL, table);
    tails.ofDaemon("the daemon", List.of(), rows);
    Optional<Path> redisServer = Programs.find("redis-server");
    if (redisServer.isPresent()) {
      tails.ofRedis(redisServer.get(), rows);
    } else {
      table.note("Redis", "skipped: there is no redis-server on the PATH");
    }
  }

  private void collectors(Path folder) throws Exception {
    boolean all = runs("collectors");
    if (!all && parts.stream().noneMatch(part -> part.startsWith("collector-"))) {
      return;
    }
    CollectorTrials trials = new CollectorTrials(folder, installation, table);
    trials.prepare();
    if (all || runs("collector-starts")) {
      trials.starts(pace);
    }
    if (all || runs("collector-tails")) {
      trials.tails(quick ? TailPace.QUICK : TailPace.FULL, rows);
    }
    if (all || runs("collector-rates")) {
      trials.rates(quick ? Pace.QUICK : Pace.PAIRS);
    }
  }

  private boolean runs(String part) {
    return parts.contains(part) || parts.isEmpty() && !ALONE.contains(part);
  }

  private void unary(Path socket) throws Exception {
    if (!runs("unary")) {
      return;
    }
    table.section("Unary, generated stubs, against an empty echo of the same process and channel");
    try (Connection connection = new Connection(socket)) {
      UnaryLoads unary = new UnaryLoads(connection);
      new Race(pace, unary.say())
          .against(unary.put(), UNARY_ALONE)
          .against(unary.set(), UNARY_ALONE)
          .run(table, ", alone");
      new Race(pace, unary.say(DEPTH))
          .against(unary.put(DEPTH), UNARY_IN_FLIGHT)
          .against(unary.set(DEPTH), UNARY_IN_FLIGHT)
          .run(table, ", " + DEPTH);
    }
  }

  private void attach(Path socket) throws Exception {
    if (!runs("attach")) {
      return;
    }
    table.section("Java client, one call at a time, against a bare stream's echo");
    try (Connection connection = new Connection(socket);
        ClientLoads client = new ClientLoads(socket);
        WaitingLoads waiting = new WaitingLoads(socket)) {
      StreamEcho echo = new StreamEcho(connection);
      against(echo, 2, List.of(client.putAndTake(), client.lockAndUnlock()));
      against(echo, 1, List.of(client.set()));
      against(echo, 1, waiting.once());
      against(echo, 2, waiting.twice());
      against(echo, 3, waiting.thrice());
    }
  }

  private void memory(Path socket) throws Exception {
    if (!runs("memory")) {
      return;
    }
    table.section("Shared memory, 64 MB in bulk and element by element");
    new SharedMemoryRates(socket, installation).run(pace, table);
    table.section("Values by calls, one at a time, against a bare stream's echo");
    try (Connection connection = new Connection(socket);
        ValueLoads values = new ValueLoads(socket)) {
      against(new StreamEcho(connection), 1, values.once());
    }
  }

  /** Loads that take so many round trips each, beside as many of a bare stream. */
  private void against(StreamEcho echo, int trips, List<Load> loads) throws Exception {
    Race race =
        new Race(
            pace,
            new OneAtATime(
                "stream echo, " + trips + (trips == 1 ? " time" : " times"),
                () -> {
                  for (int i = 0; i < trips; i++) {
                    echo.say();
                  }
                }));
    loads.forEach(load -> race.against(load, ATTACH));
    race.run(table, "");
  }

  private void pipelined(Path socket) throws Exception {
    if (!runs("pipelined")) {
      return;
    }
    table.section("Java client, one thread, pipelined, items of 100 bytes");
    List<Double> puts = new ArrayList<>();
    List<Double> gets = new ArrayList<>();
    try (ClientLoads client = new ClientLoads(socket)) {
      long warm = System.nanoTime() + TimeUnit.SECONDS.toNanos(pace.warmUpSeconds());
      do {
        Progress.say("warming up: pipelined");
        client.putMany(pace.items());
        client.takeMany(pace.items());
      } while (System.nanoTime() < warm);
      for (int i = 0; i < pace.rounds(); i++) {
        Progress.say("pipelined puts and gets, round " + (i + 1));
        puts.add(client.putMany(pace.items()));
        gets.add(client.takeMany(pace.items()));
      }
    }
    Progress.clear();
    table.rate("queue put", Sample.of(puts), PIPELINED);
    table.rate("queue get", Sample.of(gets), PIPELINED);
  }

  private static void delete(Path folder) throws Exception {
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
