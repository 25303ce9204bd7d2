package dev.polyproc.server;

import io.grpc.ServerServiceDefinition;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.PropertiesDefaultProvider;

/** The daemon's command line. */
@Command(
    name = "polyprocd",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = "Serves queues, locks, events, dicts and processes to every language.")
public final class Main implements Callable<Integer> {
  private static final int LAST_PORT = 65_535;
  private static final Pattern DURATION = Pattern.compile("(\\d+)(ms|s|m|h)");

  @Option(
      names = "--socket",
      paramLabel = "PATH",
      description =
          "The Unix socket; its folder is created, for this user only. Default:"
              + " $XDG_RUNTIME_DIR/polyproc/polyproc.sock, else polyproc-<uid>/polyproc.sock in the"
              + " temporary folder.")
  @Nullable Path socket;

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "7461",
      description = "The port on loopback; 0: any. Default: ${DEFAULT-VALUE}.")
  int port;

  @Option(
      names = "--port-file",
      paramLabel = "PATH",
      description = "Where to write the port when ready.")
  @Nullable Path portFile;

  @Option(
      names = "--token-file",
      paramLabel = "PATH",
      description =
          "The file with the token for TCP, for this user only; written with a new token where there"
              + " is none. Default: 'token' in the socket's folder.")
  @Nullable Path tokenFile;

  @Option(
      names = "--session-ttl",
      paramLabel = "DURATION",
      defaultValue = "10s",
      converter = DurationConverter.class,
      description =
          "How long a session lives without a word, unless it asks for another time: 500ms, 10s, 1m."
              + " Default: ${DEFAULT-VALUE}.")
  Duration sessionTimeToLive = Duration.ofSeconds(10);

  @Option(
      names = "--limit",
      paramLabel = "NAME=N",
      description = "Another bound than the default, such as waiters=1000; see docs/limits.md.")
  Map<String, Long> limits = new LinkedHashMap<>();

  @Option(
      names = "--config",
      paramLabel = "PATH",
      description =
          "A properties file with these options under their names without dashes, such as"
              + " port=7461; the command line goes before it.")
  @Nullable Path config;

  private final List<ServerServiceDefinition> further;

  private Main(List<ServerServiceDefinition> further) {
    this.further = further;
  }

  /** Runs a daemon until it is told to stop. */
  public static void main(String[] arguments) {
    run(arguments);
  }

  /** Runs a daemon that serves {@code further} services beside its own: benchmarks have one. */
  public static void run(String[] arguments, ServerServiceDefinition... further) {
    Main main = new Main(List.of(further));
    CommandLine command = new CommandLine(main);
    command.setExecutionExceptionHandler(
        (e, line, result) -> {
          if (e instanceof StartException || e instanceof IllegalArgumentException) {
            line.getErr().println("polyprocd: " + e.getMessage());
            return 1;
          }
          if (e instanceof IOException) {
            // A file system's exception says in its name what is wrong, in its message where.
            line.getErr().println("polyprocd: Expected to read and write its files, but: " + e);
            return 1;
          }
          throw e;
        });
    Path file = configIn(arguments);
    if (file != null) {
      String why = whyNot(file, command);
      if (why != null) {
        command.getErr().println("polyprocd: " + why);
        System.exit(2);
      }
      command.setDefaultValueProvider(new PropertiesDefaultProvider(file.toFile()));
    }
    int status = command.execute(arguments);
    if (status != 0 || command.isUsageHelpRequested() || command.isVersionHelpRequested()) {
      System.exit(status);
    }
  }

  /** The config file must be known before the other options get their defaults. */
  private static @Nullable Path configIn(String[] arguments) {
    for (int i = 0; i < arguments.length; i++) {
      if (arguments[i].startsWith("--config=")) {
        return Path.of(arguments[i].substring("--config=".length()));
      }
      if (arguments[i].equals("--config") && i + 1 < arguments.length) {
        return Path.of(arguments[i + 1]);
      }
    }
    return null;
  }

  /** What is wrong with a config file; null when nothing is. */
  private static @Nullable String whyNot(Path file, CommandLine command) {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    } catch (IOException | IllegalArgumentException e) {
      return "Expected a --config file of properties, but " + file + " is not readable as one";
    }
    return properties.stringPropertyNames().stream()
        .filter(name -> command.getCommandSpec().findOption("--" + name) == null)
        .findFirst()
        .map(name -> "Expected options in " + file + ", but there is none called '" + name + "'")
        .orElse(null);
  }

  @Override
  public Integer call() throws Exception {
    if (port < 0 || port > LAST_PORT) {
      throw new StartException("Expected a --port from 0 to " + LAST_PORT + ", but it is " + port);
    }
    Path home = Home.folder(System.getenv());
    Path socketPath = socket == null ? home.resolve("polyproc.sock") : socket.toAbsolutePath();
    Path token = tokenFile == null ? Home.beside(socketPath, "token") : tokenFile.toAbsolutePath();
    Daemon daemon =
        Daemon.start(
            new Daemon.Settings(
                socketPath,
                port,
                token,
                DefaultLimits.with(
                    DefaultLimits.of(Runtime.getRuntime().maxMemory(), sessionTimeToLive),
                    limits)),
            further);
    Runtime.getRuntime().addShutdownHook(new Thread(daemon::stop, "polyproc-drain"));
    if (portFile != null) {
      Home.writeWhole(portFile.toAbsolutePath(), daemon.port() + "\n");
    }
    System.out.println(daemon.readyLine());
    System.out.flush();
    return 0;
  }

  /** The version of the jar. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"polyprocd " + number()};
    }

    static String number() {
      String version = Main.class.getPackage().getImplementationVersion();
      return version == null ? "development" : version;
    }
  }

  /** "500ms", "10s", "1m", "1h". */
  static final class DurationConverter implements CommandLine.ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
      Matcher matcher = DURATION.matcher(text.toLowerCase(Locale.ROOT));
      if (!matcher.matches()) {
        throw new CommandLine.TypeConversionException(
            "Expected a duration such as 500ms, 10s or 1m, but it is '" + text + "'");
      }
      try {
        long number = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
          case "ms" -> Duration.ofMillis(number);
          case "s" -> Duration.ofSeconds(number);
          case "m" -> Duration.ofMinutes(number);
          default -> Duration.ofHours(number);
        };
      } catch (ArithmeticException | NumberFormatException e) {
        throw new CommandLine.TypeConversionException(
            "Expected a duration such as 500ms, 10s or 1m, but '" + text + "' is too long");
      }
    }
  }
}
