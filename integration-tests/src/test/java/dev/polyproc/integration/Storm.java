package dev.polyproc.integration;

import dev.polyproc.client.Polyproc;
import dev.polyproc.client.SessionLostException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Two Java clients of several threads and several programs over bare stubs, behind networks that
 * are cut and lose replies, and a member with a process of its own that is stopped and killed, on
 * objects of every kind. A seed says what breaks when.
 */
final class Storm implements AutoCloseable {
  /** How many members are killed at most. */
  static final int KILLS = 2;

  private static final long SECONDS = 120;

  private final DaemonProcess daemon;
  private final String name;
  private final Random random;
  private final CuttingProxy firstNetwork;
  private final CuttingProxy secondNetwork;
  private final CuttingProxy stubsNetwork;
  private final Client steady;
  private final List<SessionLostException> lost = new CopyOnWriteArrayList<>();
  private final Polyproc first;
  private final Polyproc second;
  private final List<Process> members = new ArrayList<>();
  private int cuts;
  private int stops;
  private int kills;

  Storm(DaemonProcess daemon, long seed) {
    this.daemon = daemon;
    this.name = "storm" + seed;
    this.random = new Random(seed);
    this.firstNetwork = new CuttingProxy(daemon.port());
    this.secondNetwork = new CuttingProxy(daemon.port());
    this.stubsNetwork = new CuttingProxy(daemon.socket());
    this.steady = Client.over(daemon.socket());
    this.first = connect(firstNetwork);
    this.second = connect(secondNetwork);
  }

  private Polyproc connect(CuttingProxy network) {
    return Polyproc.builder()
        .address("localhost:" + network.port())
        .token(daemon.token())
        .timeToLive(Duration.ofSeconds(30))
        .onSessionLost(lost::add)
        .connect();
  }

  /** Runs until all lanes are done, while things break; then checks each. */
  void run() throws Exception {
    List<StormLane> lanes =
        List.of(
            new StormQueueLane(name, first, second, random),
            new StormLockLane(name, first, second),
            new StormPipeLane(name, first, second),
            new StormStateLane(name, first, second),
            new StormProcessLane(name, first),
            new StormStubsLane(name, stubsNetwork, steady, random));
    startMember();
    ExecutorService threads = Executors.newCachedThreadPool();
    try {
      List<Future<?>> running = new ArrayList<>();
      for (StormLane lane : lanes) {
        for (StormLane.Task task : lane.tasks()) {
          running.add(
              threads.submit(
                  () -> {
                    task.run();
                    return null;
                  }));
        }
      }
      while (!running.stream().allMatch(Future::isDone)) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5 + random.nextInt(80)));
        disturb();
        failEarly(running);
      }
    } finally {
      threads.shutdownNow();
    }
    endMembers();
    for (StormLane lane : lanes) {
      lane.check();
    }
    if (!lost.isEmpty()) {
      throw new AssertionError("Expected no session to be lost, but " + lost);
    }
  }

  private static void failEarly(List<Future<?>> running) {
    running.stream().filter(Future::isDone).forEach(Later::get);
  }

  private void disturb() throws IOException {
    CuttingProxy network =
        List.of(firstNetwork, secondNetwork, stubsNetwork).get(random.nextInt(3));
    switch (random.nextInt(6)) {
      case 0, 1 -> {
        network.cut();
        cuts++;
      }
      case 2 -> {
        network.loseReplies();
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(20)));
        network.cut();
        cuts++;
      }
      case 3 -> {
        network.refuseNext();
        network.cut();
        cuts++;
      }
      case 4 -> {
        Process member = members.get(members.size() - 1);
        Signals.send("STOP", member.pid());
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(100)));
        Signals.send("CONT", member.pid());
        stops++;
      }
      default -> {
        if (kills < KILLS) {
          kills++;
          members.get(members.size() - 1).destroyForcibly();
          startMember();
        }
      }
    }
  }

  private void startMember() throws IOException {
    members.add(
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                StormMember.class.getName(),
                "unix:" + daemon.socket(),
                name)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start());
  }

  /** The last member ends as a program does; those that were killed are gone. */
  private void endMembers() throws Exception {
    for (Process member : members) {
      member.getOutputStream().close();
    }
    for (Process member : members) {
      if (!member.waitFor(SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError("Expected the member to end with its input, but it does not");
      }
    }
  }

  @Override
  public String toString() {
    return String.format("%s: %d cuts, %d stops, %d kills", name, cuts, stops, kills);
  }

  @Override
  public void close() {
    members.forEach(Process::destroyForcibly);
    first.close();
    second.close();
    firstNetwork.close();
    secondNetwork.close();
    stubsNetwork.close();
    Tidying.deleteAll(steady, name);
    steady.close();
  }
}
