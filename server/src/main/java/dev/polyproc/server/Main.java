package dev.polyproc.server;

import dev.polyproc.files.Environment;
import dev.polyproc.files.TrustedPath;
import dev.polyproc.files.UntrustedFileException;
import dev.polyproc.server.Options.Option;
import dev.polyproc.server.log.CommandLog;
import dev.polyproc.server.log.MemoryLog;
import dev.polyproc.server.memory.SegmentFiles;
import dev.polyproc.v1.Limits;
import io.grpc.ServerServiceDefinition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The daemon's command line. */
public final class Main {
  private static final int FAILED = 1;

  private Main() {}

  /** Runs a daemon until it is told to stop. */
  public static void main(String[] arguments) {
    run(arguments);
  }

  /** Runs a daemon that serves {@code further} services beside its own: benchmarks have one. */
  public static void run(String[] arguments, ServerServiceDefinition... further) {
    run(arguments, MemoryLog::new, further);
  }

  /** The same, on another log. */
  static void run(String[] arguments, CommandLog.Factory logs, ServerServiceDefinition... further) {
    Logging.takeStandardError();
    List<String> words = Arrays.asList(arguments);
    if (words.contains("-h") || words.contains("--help")) {
      System.out.print(Options.usage());
    } else if (words.contains("-V") || words.contains("--version")) {
      System.out.println("polyprocd " + version());
    } else {
      int status = start(arguments, logs, List.of(further));
      if (status != 0) {
        Logging.flush();
        System.exit(status);
      }
    }
  }

  /** Starts a daemon; says why not when it cannot. */
  private static int start(
      String[] arguments, CommandLog.Factory logs, List<ServerServiceDefinition> further) {
    try {
      FileNames.requireRead();
      start(Options.read(arguments), logs, further);
      return 0;
    } catch (StartException e) {
      if (e.showsUsage()) {
        Logging.print(Options.usage() + "\n");
      }
      Logging.say(String.valueOf(e.getMessage()));
      return e.status();
    } catch (IllegalArgumentException e) {
      Logging.say(String.valueOf(e.getMessage()));
    } catch (UntrustedFileException e) {
      Logging.say(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      // A file system's exception says in its name what is wrong, in its message where.
      Logging.say("Expected to read and write its files, but could not: " + e);
    } catch (OutOfMemoryError e) {
      // Thrown by Java, not by the VM, which would have ended: no thread is to be had, say.
      Logging.say("Expected the threads and the memory to start with, but " + e.getMessage());
    }
    return FAILED;
  }

  private static void start(
      Options options, CommandLog.Factory logs, List<ServerServiceDefinition> further)
      throws IOException, StartException {
    Logging.setUp();
    Path given = options.path(Option.SOCKET);
    Path socket =
        given == null ? Home.folder(Environment.ofThisProcess()).resolve("polyproc.sock") : given;
    Path token = options.path(Option.TOKEN_FILE);
    Path portFile = options.path(Option.PORT_FILE);
    if (portFile != null) {
      WholeFile.requirePlace(portFile);
      // Whoever can change it can send clients, and their token, elsewhere.
      TrustedPath.of(portFile, "choose another --port-file").requireWay();
    }
    Daemon.Settings settings =
        new Daemon.Settings(
            socket,
            options.port(),
            Listen.of(options),
            token == null ? Home.beside(socket, "token") : token,
            options.ioThreads(),
            memoryFolder(options),
            limits(options),
            options.hasLifeline());
    Place place = Place.take(socket);
    PortFile ports = portFile == null ? null : new PortFile(portFile);
    if (ports != null) {
      ports.removeEarlier(); // Not before: a daemon that lives there may have written it.
    }
    Daemon daemon = Daemon.start(settings, place, logs, further);
    ServiceManager manager = ServiceManager.of(Environment.ofThisProcess());
    Thread drain = new Thread(() -> stop(manager, daemon, ports), "polyproc-drain");
    Runtime.getRuntime().addShutdownHook(drain);
    if (ports != null) {
      ports.write(daemon.ports());
    }
    Logging.begin();
    if (settings.passing()) {
      daemon.liveFor(System.in, () -> System.exit(0));
    }
    manager.ready();
    Duration period = manager.watchdogPeriod();
    if (period != null) {
      daemon.repeatWhileItAnswers(period, manager::alive);
    }
    // The last that this thread does: where nobody reads it, only this waits.
    System.out.println(daemon.readyLine());
    System.out.flush();
  }

  private static Path memoryFolder(Options options) throws IOException, StartException {
    Path folder = options.path(Option.MEMORY_FOLDER);
    if (folder != null && !Files.isDirectory(folder)) {
      throw new StartException(
          "Expected --memory-folder to be a folder, but there is none at " + folder);
    }
    // Where a link leads now: it may lead elsewhere when the segments are removed.
    return (folder == null ? SegmentFiles.defaultFolder() : folder).toRealPath();
  }

  private static void stop(ServiceManager manager, Daemon daemon, @Nullable PortFile ports) {
    manager.stopping();
    if (ports != null) {
      ports.remove();
    }
    daemon.stop();
  }

  private static Limits limits(Options options) throws StartException {
    try {
      Heap.requireLeast();
      Limits defaults =
          DefaultLimits.within(
              DefaultLimits.of(Heap.room(), options.sessionTimeToLive(), options.ioThreads()),
              Descriptors.most());
      Limits limits = DefaultLimits.with(defaults, options.limits());
      DefaultLimits.requireRoom(limits, Heap.room());
      return limits;
    } catch (IllegalArgumentException e) {
      throw StartException.misused(String.valueOf(e.getMessage()));
    }
  }

  /** The version of the jar. */
  static String version() {
    String version = Main.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }
}
