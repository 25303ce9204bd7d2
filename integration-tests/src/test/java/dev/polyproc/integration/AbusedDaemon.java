package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.ProcessStartRequest;
import dev.polyproc.v1.ProcessWaitRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * A daemon that is attacked, a bystander that is to be served meanwhile, and what is judged after
 * each attack.
 *
 * <p>Whatever an attack spoils is not held against the next one, which meets a new daemon.
 */
final class AbusedDaemon implements AutoCloseable {
  private static final int MIB = 1 << 20;

  /** As issues and promises have it: nobody waits for longer because of others. */
  private static final long SLOWEST_MILLIS = 1_000;

  /** More connections than an attack on the socket makes, in the short variant. */
  private static final int VISITS = 600;

  private static final Duration RECOVERY = Duration.ofSeconds(30);
  private static final Duration END = Duration.ofSeconds(5);

  private static final int LOG_LINES = 20;
  private static final String WAITED = "Others waited: ";

  /** As the virtual machine ends after SIGTERM: 128 and the number of the signal. */
  private static final int TERMINATED = 143;

  private final Memory memory;
  private final DaemonProcess daemon;
  private final Bystander bystander;
  private final Vitals calm;
  private String seenByOthers = "";
  private String vitalSigns = "";
  private boolean spoiled;

  /** How much memory it is given, as its user would. */
  enum Memory {
    SMALL_HEAP("-Xmx96m", Long.MAX_VALUE),
    SMALL_CONTAINER("-XX:MaxRAM=256m", 256 * MIB),
    LARGE_HEAP("-Xmx512m", Long.MAX_VALUE);

    private final String options;
    private final long mostResident;

    Memory(String options, long mostResident) {
      this.options = options;
      this.mostResident = mostResident;
    }

    @Override
    public String toString() {
      return options;
    }
  }

  private AbusedDaemon(Memory memory) {
    this.memory = memory;
    Certificates certificates = Certificates.shared();
    daemon =
        Launch.inPrivateFolder()
            .javaOptions(memory.options)
            .flags(certificates.flags(certificates.identity("server")))
            .flags("--io-threads", "1") // The caches of several would hide what is not given back.
            .start();
    bystander = new Bystander(daemon);
    bystander.awaitRounds(30);
    startProcess();
    visit();
    // The first loads what the second measures with.
    Vitals.of(daemon);
    calm = Vitals.of(daemon);
    System.out.printf("%s: calm: others: %s; %s%n", memory, bystander.report(), calm);
  }

  /**
   * Connections come and go. Who comes to the socket waits until those before are accepted, which
   * is to be as fast as it is in a daemon that has run for a while: what an attack of some hundreds
   * makes others wait in one that has seen none is a matter of the compiler's.
   */
  private void visit() {
    for (int i = 0; i < VISITS; i++) {
      try (SocketChannel visitor =
          SocketChannel.open(UnixDomainSocketAddress.of(daemon.socket()))) {
        new RawHttp2(visitor).hello();
        assertThat(visitor.read(ByteBuffer.allocate(1))).as("bytes of an answer").isOne();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** The first one makes the supervisor start. */
  private void startProcess() {
    try (Client client = Client.over(daemon.socket())) {
      var started =
          client
              .processes()
              .start(
                  ProcessStartRequest.newBuilder()
                      .setProcess(Attacker.PREFIX + "first")
                      .setCommand("true")
                      .build());
      var ended =
          client
              .processes()
              .wait(ProcessWaitRequest.newBuilder().setProcess(Attacker.PREFIX + "first").build());
    }
  }

  static AbusedDaemon start(Memory memory) {
    return new AbusedDaemon(memory);
  }

  DaemonProcess process() {
    return daemon;
  }

  /** Whether an attack left something behind, so that the next one should meet another daemon. */
  boolean isSpoiled() {
    return spoiled;
  }

  /** Others waited for long, and nothing else went wrong: it may be the machine that is slow. */
  static final class TooSlow extends AssertionError {
    private static final long serialVersionUID = 1;

    private TooSlow(String complaint) {
      super(complaint);
    }
  }

  /**
   * Lets it be attacked, and fails with all that went wrong.
   *
   * @throws TooSlow when that was only that others waited
   */
  void endure(Attack attack) {
    long from = System.nanoTime();
    List<String> complaints = new ArrayList<>();
    try (Attacker attacker = new Attacker(daemon, attack.credential(), bystander)) {
      attacker.carryOut(attack);
    } catch (AssertionError | RuntimeException e) {
      complaints.add("The attack: " + e);
    }
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - from);
    judge(attack.othersMayGet(), complaints);
    System.out.printf(
        "%s: %s: %d ms; others: %s; %s%n",
        memory, attack, millis, seenByOthers, complaints.isEmpty() ? vitalSigns : complaints);
    spoiled = !complaints.isEmpty();
    if (!spoiled) {
      return;
    }
    String all = attack + ": " + complaints + ", the end of the daemon's log: " + endOfLog();
    throw complaints.stream().allMatch(complaint -> complaint.startsWith(WAITED))
        ? new TooSlow(all)
        : new AssertionError(all);
  }

  private String endOfLog() {
    List<String> lines = daemon.log().lines().toList();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()));
  }

  private void judge(Set<ErrorReason> allowed, List<String> complaints) {
    if (!daemon.isAlive()) {
      complaints.add("The daemon has ended, with exit code " + daemon.awaitExit(END));
      return;
    }
    try {
      bystander.awaitRounds(3);
    } catch (AssertionError e) {
      complaints.add(e.getMessage());
      return;
    }
    Vitals vitals = awaitCalm();
    Bystander.Report seen = bystander.report();
    seenByOthers = seen.toString();
    vitalSigns = vitals.toString();
    if (seen.waitedMillis() >= SLOWEST_MILLIS) {
      complaints.add(WAITED + seen);
    }
    if (!seen.failures().isEmpty()) {
      complaints.add(
          seen.failures().size() + " calls of others failed, first " + seen.failures().get(0));
    }
    if (!allowed.containsAll(seen.refusals())) {
      complaints.add("Others were refused with " + seen.refusals());
    }
    if (!vitals.areBackAt(calm)) {
      complaints.add("Not given back: " + vitals + ", before: " + calm);
    }
    long resident = daemon.peakOwnBytes();
    if (resident >= memory.mostResident) {
      complaints.add("It had " + resident / MIB + " MiB in RAM beside files");
    }
    vitalSigns += ", has had " + resident / MIB + " MiB in RAM beside files";
  }

  /** What it has once that is as little as before, or else in the end. */
  private Vitals awaitCalm() {
    long from = System.nanoTime();
    Vitals vitals = Vitals.of(daemon);
    while (!vitals.areBackAt(calm) && System.nanoTime() - from < RECOVERY.toNanos()) {
      bystander.awaitRounds(10);
      vitals = Vitals.of(daemon);
    }
    return vitals;
  }

  /** Asks it to end, which it must do soon. */
  void end() {
    bystander.close();
    long from = System.nanoTime();
    daemon.signal("TERM");
    int exit = daemon.awaitExit(END);
    System.out.printf(
        "%s: ended %d ms after SIGTERM%n",
        memory, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - from));
    assertThat(exit).as("exit code").isEqualTo(TERMINATED);
  }

  @Override
  public void close() {
    bystander.close();
    daemon.close();
  }
}
