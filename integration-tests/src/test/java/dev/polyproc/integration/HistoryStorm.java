package dev.polyproc.integration;

import static org.awaitility.Awaitility.await;

import dev.polyproc.v1.AdminListSessionsRequest;
import dev.polyproc.v1.SessionSummary;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Members whose network is cut, of which some are killed, and one is stopped for too long. */
final class HistoryStorm implements AutoCloseable {
  private static final Duration END = Duration.ofSeconds(60);
  private static final int STEPS = 350;
  private static final int KILLED = 2;

  /** When something breaks has written so many lines. */
  private static final int LINES = 60;

  private final DaemonProcess daemon;
  private final String prefix;
  private final Random random;
  private final CuttingProxy network;
  private final Client steady;
  private final List<Member> members = new ArrayList<>();
  private int cuts;

  /** A process, and the lines that it has printed. */
  private final class Member {
    private final String name = "m" + members.size();
    private final Process process;
    private final List<String> lines = new ArrayList<>();
    private long broken;
    private long ended;
    private final Thread reader = new Thread(this::read, "member-reader");

    Member() throws IOException {
      process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:TieredStopAtLevel=1",
                  "-XX:+UseSerialGC",
                  "-Xmx64m",
                  "-XX:-UsePerfData", // of which it may print a warning
                  "-cp",
                  System.getProperty("java.class.path"),
                  HistoryMember.class.getName(),
                  daemon.socket().toString(),
                  network.socket().toString(),
                  prefix,
                  name,
                  Integer.toString(random.nextInt()),
                  Integer.toString(STEPS))
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      reader.start();
    }

    private void read() {
      try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
        for (String line = output.readLine(); line != null; line = output.readLine()) {
          add(line);
        }
      } catch (IOException e) {
        // It was killed.
      }
    }

    private synchronized void add(String line) {
      lines.add(line);
    }

    private synchronized int size() {
      return lines.size();
    }

    /** {@code kill -9}; what it has written can be read still, as it could not after a destroy. */
    void kill() {
      broken = System.nanoTime();
      process.toHandle().destroyForcibly();
      await().atMost(END).until(this::hasNoSession);
    }

    /** Stops it, for longer than its sessions live. */
    void freeze() {
      broken = System.nanoTime();
      Signals.send("STOP", process.pid());
    }

    /** Whether its sessions have ended; that is remembered. */
    boolean hasNoSession() {
      if (sessions().stream().anyMatch(one -> one.getPid() == process.pid())) {
        return false;
      }
      ended = System.nanoTime();
      return true;
    }

    /** All lines, and that sessions have ended of which they do not say so. */
    List<String> lines() throws InterruptedException {
      reader.join();
      return HistoryRecorder.withEnds(lines, broken, ended == 0 ? System.nanoTime() : ended);
    }
  }

  HistoryStorm(DaemonProcess daemon, String prefix, long seed) {
    this.daemon = daemon;
    this.prefix = prefix;
    this.random = new Random(seed);
    this.network = new CuttingProxy(daemon.socket());
    this.steady = Client.over(daemon.socket());
  }

  /** Lets members work while things break; answers all that was written down, and a last look. */
  List<String> run() throws Exception {
    HistoryMember.lanes(prefix).forEach(lane -> lane.create(steady));
    Member staying = start();
    Member stopped = start();
    Member dying = start();
    int kills = 0;
    boolean thawed = false;
    long until = System.nanoTime() + END.toNanos();
    while (staying.process.isAlive() || stopped.process.isAlive()) {
      if (System.nanoTime() > until) {
        throw new AssertionError("Expected the members to end, but they do not: " + this);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5 + random.nextInt(60)));
      disturbNetwork();
      if (kills < KILLED && dying.size() > LINES) {
        dying.kill();
        kills++;
        dying = start();
      }
      if (stopped.broken == 0 && stopped.size() > LINES) {
        stopped.freeze();
      } else if (stopped.broken != 0 && !thawed && stopped.hasNoSession()) {
        Signals.send("CONT", stopped.process.pid());
        thawed = true;
      }
    }
    dying.kill();
    await().atMost(END).until(() -> sessions().isEmpty());
    List<String> lines = new ArrayList<>();
    for (Member member : members) {
      lines.addAll(member.lines());
    }
    lines.addAll(lastLook());
    return lines;
  }

  private Member start() throws IOException {
    Member member = new Member();
    members.add(member);
    return member;
  }

  private void disturbNetwork() {
    switch (random.nextInt(8)) {
      case 0 -> cut();
      case 1 -> {
        network.loseReplies();
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(20)));
        cut();
      }
      case 2 -> {
        network.refuseNext();
        cut();
      }
      default -> {}
    }
  }

  private void cut() {
    network.cut();
    cuts++;
  }

  private List<SessionSummary> sessions() {
    return steady
        .admin()
        .listSessions(AdminListSessionsRequest.getDefaultInstance())
        .getSessionsList();
  }

  /** What all objects are in the end. */
  private List<String> lastLook() throws InterruptedException, ExecutionException {
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(written, true, StandardCharsets.UTF_8);
    HistoryRecorder recorder = new HistoryRecorder(out, "last");
    HistoryRecorder waiting = new HistoryRecorder(out, "waiting");
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try (StormStub stub = new StormStub(daemon.socket(), steady);
        StormStub waiter = new StormStub(daemon.socket(), steady)) {
      for (HistoryLane lane : HistoryMember.lanes(prefix)) {
        Future<?> waits =
            thread.submit(
                () -> {
                  lane.awaitLook(waiter, waiting);
                  return null;
                });
        lane.look(stub, recorder);
        waits.get();
      }
    } finally {
      thread.shutdownNow();
    }
    return written.toString(StandardCharsets.UTF_8).lines().toList();
  }

  @Override
  public String toString() {
    return String.format("%s: %d members, %d cuts, a stop", prefix, members.size(), cuts);
  }

  @Override
  public void close() {
    members.forEach(member -> member.process.destroyForcibly());
    network.close();
    Tidying.deleteAll(steady, prefix);
    steady.close();
  }
}
