package dev.polyproc.server;

import dev.polyproc.files.Environment;
import dev.polyproc.files.Users;
import dev.polyproc.internal.v1.Boot;
import dev.polyproc.internal.v1.Origin;
import dev.polyproc.server.grpc.GrpcServer;
import dev.polyproc.server.grpc.ServerLoops;
import dev.polyproc.server.log.CommandLog;
import dev.polyproc.server.log.Later;
import dev.polyproc.server.memory.SegmentFiles;
import dev.polyproc.server.supervisor.Reports;
import dev.polyproc.server.supervisor.Supervisor;
import dev.polyproc.v1.Limits;
import io.grpc.ServerServiceDefinition;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running daemon: the parts, wired. */
final class Daemon {
  /** The name of the only node there is. */
  private static final String NODE = "local";

  private static final int BUG = 70;
  private static final long LOOK_SECONDS = 1;

  /** One descriptor of so many may watch a client's process; see {@link DefaultLimits#within}. */
  private static final int WATCHES_PART = 16;

  /** What the virtual machine exits with when the heap is full. */
  private static final int OUT_OF_MEMORY = 3;

  private final Settings settings;
  private final Place place;
  private final String token;
  private final boolean tokenIsNew;
  private final ScheduledExecutorService timer;
  private final Assembly assembly;
  private final GrpcServer server;
  private int port;
  private int listenPort;

  /** The timer's own: whether it was said that the socket is gone. */
  private boolean lost;

  /**
   * What a daemon is told.
   *
   * @param port on loopback; 0 for any
   * @param listen the address for other machines; null for none
   * @param ioThreads how many event loops serve its connections
   * @param memoryFolder where segments of shared memory are made
   * @param passing whether all that it makes goes with it, its folder too
   */
  record Settings(
      Path socket,
      int port,
      @Nullable Listen listen,
      Path tokenFile,
      int ioThreads,
      Path memoryFolder,
      Limits limits,
      boolean passing) {}

  private Daemon(Settings settings, CommandLog.Factory logs, Place place, long now)
      throws IOException, StartException {
    this.settings = settings;
    this.place = place;
    this.tokenIsNew = !Files.exists(settings.tokenFile(), LinkOption.NOFOLLOW_LINKS);
    this.token = new TokenFile(settings.tokenFile()).token();
    this.timer = new Timer(Daemon::dead);
    Clock clock = Clock.startingAt(now);
    GrpcServer.Fatal fatal = new EndOfDaemon();
    ServerLoops loops = GrpcServer.newLoops(settings.ioThreads(), fatal);
    this.assembly =
        new Assembly(
            boot(settings, clock.nanos()),
            new Assembly.Surroundings(
                clock::nanos, Later.on(timer), loops.all(), session -> false, Daemon::bug),
            logs,
            reports -> processes(settings, reports),
            SegmentFiles.in(
                settings.memoryFolder(), Home.memoryRecord(settings.socket()), WholeFile::write));
    this.server =
        new GrpcServer(
            loops,
            assembly.services(),
            assembly.engine().operations(),
            timer,
            settings.limits(),
            token,
            Users.own(),
            fatal);
  }

  private static Processes processes(Settings settings, Reports reports) {
    Supervisor supervisor =
        new Supervisor(
            GivenEnvironment.of(Environment.ofThisProcess()),
            reports,
            settings.limits(),
            (int) Math.min(Descriptors.most() / WATCHES_PART, Integer.MAX_VALUE),
            Daemon::dead);
    return new SupervisedProcesses(supervisor, settings.socket(), settings.tokenFile());
  }

  private static Boot boot(Settings settings, long now) {
    return Boot.newBuilder()
        .setOrigin(Origin.newBuilder().setNode(NODE).setBoot(uniqueBoot()))
        .setPid(ProcessHandle.current().pid())
        .setVersion(Main.version())
        .setLimits(settings.limits())
        .setTime(now)
        .build();
  }

  /** Another one at every start: no process has the same number at the same time. */
  private static String uniqueBoot() {
    return Long.toHexString(System.currentTimeMillis())
        + "-"
        + Long.toHexString(ProcessHandle.current().pid());
  }

  /** Wall time at the start, and monotonic time since. */
  private record Clock(long offset) {
    static Clock startingAt(long now) {
      return new Clock(now - System.nanoTime());
    }

    long nanos() {
      return offset + System.nanoTime();
    }
  }

  /**
   * Starts a daemon that listens at its place, and serves {@code further} services beside its own.
   */
  static Daemon start(
      Settings settings,
      Place place,
      CommandLog.Factory logs,
      List<ServerServiceDefinition> further)
      throws IOException, StartException {
    long now = StartTime.nanos(System.currentTimeMillis());
    GrpcServer.loadAhead();
    Daemon daemon = new Daemon(settings, logs, place, now);
    further.forEach(daemon.server::add);
    try {
      daemon.listen();
      daemon.assembly.processes().begin();
    } catch (IOException | StartException e) {
      daemon.stop();
      throw e;
    }
    return daemon;
  }

  private void listen() throws IOException, StartException {
    try {
      place.open(server::listen);
    } catch (IOException e) {
      throw new StartException(
          String.format(
              "Expected to listen on %s, but that failed (%s); choose another --socket",
              settings.socket(), e.getMessage()));
    }
    try {
      port =
          server.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), settings.port()));
    } catch (IOException e) {
      throw new StartException(
          "Expected port "
              + settings.port()
              + " on loopback to be free, but it is not ("
              + e.getMessage()
              + "); choose another --port, or 0 for any");
    }
    if (settings.listen() != null) {
      listenPort = listen(settings.listen());
    }
    regularly(this::keepPlace);
    regularly(assembly.segments()::tryAgain);
  }

  private void regularly(Runnable task) {
    var unused = timer.scheduleWithFixedDelay(task, LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS);
  }

  /**
   * Makes the socket again when it vanished: somebody tidied up, while a second daemon would be
   * told that this one is there. With its folder went its token, which others know.
   */
  private void keepPlace() {
    if (!place.isGone()) {
      watchPlace();
      return;
    }
    try {
      boolean whole = place.restore(server::listen);
      if (whole && !Files.exists(settings.tokenFile(), LinkOption.NOFOLLOW_LINKS)) {
        WholeFile.write(settings.tokenFile(), token + "\n");
      }
      logger().warn("The socket {} was removed; it was made again", settings.socket());
      lost = false;
    } catch (IOException | StartException | RuntimeException e) {
      if (!lost) {
        lost = true;
        logger()
            .warn(
                "The socket {} was removed and cannot be made again: {}",
                settings.socket(),
                e.getMessage());
      }
    }
  }

  private void watchPlace() {
    try {
      boolean taken = place.isTaken();
      if (taken && !lost) {
        logger()
            .warn(
                "Expected the socket {} to be this daemon's, but something else lies there; it is"
                    + " made again when that is removed",
                settings.socket());
      }
      lost = taken;
      if (!taken && place.restoreLock()) {
        logger().warn("The lock beside {} was removed; it was made again", settings.socket());
      }
      place.keepFresh();
      assembly.segments().keep();
      if (settings.socket().resolveSibling("token").equals(settings.tokenFile())) {
        Place.keepFresh(settings.tokenFile());
      }
    } catch (IOException e) {
      logger().debug("The files beside the socket stay as they are: {}", e.toString());
    }
  }

  private int listen(Listen listen) throws StartException {
    try {
      return listen.tls() == null
          ? server.listen(listen.address())
          : server.listen(listen.address(), listen.tls());
    } catch (IOException e) {
      throw new StartException(
          String.format(
              "Expected to listen on %s, but that failed (%s); choose another --listen",
              listen.uri(listen.address().getPort()), e.getMessage()));
    } catch (IllegalArgumentException e) {
      throw new StartException(String.valueOf(e.getMessage()));
    }
  }

  /** The port on loopback; in a second line that of the address for other machines. */
  String ports() {
    return port + "\n" + (settings.listen() == null ? "" : listenPort + "\n");
  }

  /** Does something again and again, as long as nothing keeps the timer and the engine. */
  void repeatWhileItAnswers(Duration period, Runnable task) {
    var unused =
        timer.scheduleAtFixedRate(
            () ->
                assembly
                    .log()
                    .submit(List.of(), (none, isFull) -> task.run()), // In its turn, as every call.
            0,
            period.toNanos(),
            TimeUnit.NANOSECONDS);
  }

  /** Calls {@code end}, once, when an input has ended and no session is left. */
  void liveFor(InputStream input, Runnable end) {
    new Lifeline(input, assembly.keeper(), assembly::drainWhereNoSessionIs, end).begin();
  }

  /** What tells whoever started the daemon that it is ready. */
  String readyLine() {
    return "polyprocd ready on unix:"
        + settings.socket()
        + (settings.listen() == null ? " and localhost:" : ", localhost:")
        + port
        + (settings.listen() == null ? "" : " and " + settings.listen().uri(listenPort))
        + " (token in "
        + settings.tokenFile()
        + ")";
  }

  /** Made when there is something to say, as that takes a tenth of the daemon's start. */
  private static Logger logger() {
    return LoggerFactory.getLogger(Daemon.class);
  }

  /** An engine that threw must not be used any more. */
  private static void bug(Throwable e) {
    halt("This is a bug of ours; the daemon stops. Please report it with these lines.", e, BUG);
  }

  /** Without one of its threads a daemon would answer, but never again do what it answers. */
  private static void dead(Throwable e) {
    halt("A thread of the daemon has ended, which must not be; the daemon stops.", e, BUG);
  }

  private static void halt(String sentence, Throwable why, int status) {
    try {
      logger().error(sentence, why);
      Logging.flush();
    } finally {
      Runtime.getRuntime().halt(status);
    }
  }

  /** What the server must not survive. */
  private static final class EndOfDaemon implements GrpcServer.Fatal {
    @Override
    public void outOfMemory(Throwable why) {
      halt("There is no memory left outside of the heap; the daemon stops.", why, OUT_OF_MEMORY);
    }

    @Override
    public void dead(Throwable why) {
      Daemon.dead(why);
    }
  }

  /** Goes down: tells health checks, then everybody who waits, then ends the processes. */
  void stop() {
    server.announceEnd();
    assembly.drain();
    assembly.processes().close();
    assembly.segments().close();
    try {
      place.close();
    } catch (IOException e) {
      logger().warn("Expected to remove {}, but: {}", settings.socket(), e.getMessage());
    }
    try {
      server.stop();
      timer.shutdownNow();
      timer.awaitTermination(1, TimeUnit.SECONDS);
      leavePlace();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      logger().warn("Expected to give the lock up, but: {}", e.getMessage());
    }
    Logging.flush();
  }

  private void leavePlace() throws IOException {
    if (!settings.passing()) {
      place.release();
      return;
    }
    if (tokenIsNew) {
      Files.deleteIfExists(settings.tokenFile());
    }
    place.remove();
  }
}
