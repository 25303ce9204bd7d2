package dev.polyproc.server;

import dev.polyproc.files.TrustedPath;
import dev.polyproc.files.UntrustedFileException;
import dev.polyproc.server.grpc.TlsFiles;
import java.io.IOException;
import java.io.Reader;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The daemon's options: what the command line says, else the config file, else the default.
 *
 * <p>Read by hand: the library that did it before took 40 % of the daemon's start, as its classes
 * are too old for the archive of loaded classes.
 */
final class Options {
  private static final int LAST_PORT = 65_535;
  private static final Pattern HOST_AND_PORT =
      Pattern.compile("(\\[(?<literal>[^\\]]+)]|(?<name>[^:\\[\\]]+)):(?<port>\\d{1,5})");
  private static final int WIDTH = 96;
  private static final String INDENT = " ".repeat(26);

  /** An option that takes a value. */
  enum Option {
    SOCKET(
        "--socket",
        "PATH",
        "The Unix socket; its folder is created, for this user only. Default:"
            + " $XDG_RUNTIME_DIR/polyproc/polyproc.sock, else polyproc-<uid>/polyproc.sock in the"
            + " temporary folder."),
    PORT("--port", "N", "The port on loopback, without TLS; 0: any. Default: 7461."),
    LISTEN(
        "--listen",
        "HOST:PORT",
        "An address for other machines, such as 0.0.0.0:7462 or [::]:7462; port 0: any. Beyond"
            + " loopback it takes --tls-certificate and --tls-key. Default: none."),
    TLS_CERTIFICATE(
        "--tls-certificate",
        "PATH",
        "The daemon's certificate for --listen, in PEM, followed by those between it and its CA."
            + " When these files change they are read again."),
    TLS_KEY("--tls-key", "PATH", "Its private key, in PEM (PKCS #8)."),
    TLS_CLIENT_CA(
        "--tls-client-ca",
        "PATH",
        "The CA, in PEM, whose certificates stand for the token: every client that shows one may do"
            + " everything."),
    PORT_FILE(
        "--port-file",
        "PATH",
        "Where to write the port when ready; that of --listen in a second line. Removed when the"
            + " daemon goes."),
    TOKEN_FILE(
        "--token-file",
        "PATH",
        "The file with the token for TCP, of 16 characters or more, that this user or root owns and"
            + " only this user can read; written with a new token where there is none. Default:"
            + " 'token' in the socket's folder."),
    SESSION_TTL(
        "--session-ttl",
        "DURATION",
        "How long a session lives without a word, unless it asks for another time: 500ms, 10s, 1m."
            + " Default: 10s."),
    LIMIT(
        "--limit",
        "NAME=N",
        "Another bound than the default, such as waiters=1000; see docs/limits.md. Several: with"
            + " commas, or the option again."),
    CONFIG(
        "--config",
        "PATH",
        "A properties file with these options under their names without dashes, such as port=7461;"
            + " the command line goes before it.");

    private final String flag;
    private final String parameter;
    private final String description;

    Option(String flag, String parameter, String description) {
      this.flag = flag;
      this.parameter = parameter;
      this.description = description;
    }

    private static @Nullable Option of(String flag) {
      for (Option option : values()) {
        if (option.flag.equals(flag)) {
          return option;
        }
      }
      return null;
    }
  }

  private final Map<Option, List<String>> given;
  private final Map<Option, List<String>> configured;

  private Options(Map<Option, List<String>> given, Map<Option, List<String>> configured) {
    this.given = given;
    this.configured = configured;
  }

  /** Reads the command line, and the config file that it names. */
  static Options read(String[] arguments) throws StartException {
    Map<Option, List<String>> given = new EnumMap<>(Option.class);
    for (int i = 0; i < arguments.length; i++) {
      int equals = arguments[i].indexOf('=');
      Option option = Option.of(equals < 0 ? arguments[i] : arguments[i].substring(0, equals));
      if (option == null) {
        throw StartException.misused(
            "Expected an option, but there is none called '" + arguments[i] + "'\n\n" + usage());
      }
      if (equals < 0 && ++i == arguments.length) {
        throw StartException.misused(
            "Expected " + option.flag + " " + option.parameter + ", but there is no value");
      }
      String value = equals < 0 ? arguments[i] : arguments[i].substring(equals + 1);
      given.computeIfAbsent(option, any -> new ArrayList<>()).add(value.strip());
    }
    Path config = new Options(given, Map.of()).path(Option.CONFIG);
    return new Options(given, config == null ? Map.of() : configured(config));
  }

  private static Map<Option, List<String>> configured(Path file) throws StartException {
    Properties properties = new Properties();
    requireTrusted(file, Option.CONFIG);
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    } catch (IOException | IllegalArgumentException e) {
      throw StartException.misused(
          "Expected a --config file of properties, but " + file + " is not readable as one");
    }
    Map<Option, List<String>> configured = new EnumMap<>(Option.class);
    for (String name : properties.stringPropertyNames()) {
      Option option = Option.of("--" + name);
      if (option == null || option == Option.CONFIG) {
        throw StartException.misused(
            "Expected options in " + file + ", but there is none called '" + name + "'");
      }
      configured.put(option, List.of(properties.getProperty(name).strip()));
    }
    return configured;
  }

  /** Refuses a file that somebody else could have put there: it decides who may call. */
  private static void requireTrusted(Path file, Option option) throws StartException {
    try {
      TrustedPath.of(file, "choose another " + option.flag).requireNamedFile();
    } catch (UntrustedFileException e) {
      throw StartException.misused(e.getMessage());
    } catch (IOException e) {
      // Whoever reads it will say so.
    }
  }

  /** All values of an option, those of the config file first. */
  private List<String> all(Option option) {
    List<String> all = new ArrayList<>(configured.getOrDefault(option, List.of()));
    all.addAll(given.getOrDefault(option, List.of()));
    return all;
  }

  private @Nullable String last(Option option) {
    List<String> all = all(option);
    return all.isEmpty() ? null : all.get(all.size() - 1);
  }

  /** A path; null when the option was not given. */
  @Nullable Path path(Option option) throws StartException {
    String path = last(option);
    if (path == null) {
      return null;
    }
    if (path.isEmpty() || path.indexOf('\0') >= 0) {
      throw StartException.misused(
          String.format(
              "Expected %s to be a path, but it %s",
              option.flag, path.isEmpty() ? "is empty" : "has a zero byte"));
    }
    return FileNames.requireUtf8(option.flag, Path.of(path).toAbsolutePath());
  }

  /** The port on loopback; 0 for any. */
  int port() throws StartException {
    String text = last(Option.PORT);
    try {
      int port = text == null ? 7461 : Integer.parseInt(text);
      if (port >= 0 && port <= LAST_PORT) {
        return port;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw StartException.misused(
        "Expected a --port from 0 to " + LAST_PORT + ", but it is '" + text + "'");
  }

  /** The address for other machines, not looked up yet; null when there is none. */
  @Nullable InetSocketAddress listen() throws StartException {
    String text = last(Option.LISTEN);
    if (text == null) {
      return null;
    }
    Matcher parts = HOST_AND_PORT.matcher(text);
    if (parts.matches()) {
      int port = Integer.parseInt(parts.group("port"));
      if (port <= LAST_PORT) {
        String literal = parts.group("literal");
        return InetSocketAddress.createUnresolved(
            literal == null ? parts.group("name") : literal, port);
      }
    }
    throw StartException.misused(
        "Expected a --listen such as 0.0.0.0:7462 or [::]:7462, but it is '" + text + "'");
  }

  /** The files of TLS; null when there are none. */
  @Nullable TlsFiles tls() throws StartException {
    Path certificate = path(Option.TLS_CERTIFICATE);
    Path key = path(Option.TLS_KEY);
    Path clientCa = path(Option.TLS_CLIENT_CA);
    for (Option option : List.of(Option.TLS_CERTIFICATE, Option.TLS_KEY, Option.TLS_CLIENT_CA)) {
      Path file = path(option);
      if (file != null) {
        requireTrusted(file, option);
      }
    }
    if (certificate != null && key != null) {
      return new TlsFiles(certificate, key, clientCa);
    }
    if (certificate == null && key == null && clientCa == null) {
      return null;
    }
    Option missing = certificate == null ? Option.TLS_CERTIFICATE : Option.TLS_KEY;
    Option given =
        certificate != null
            ? Option.TLS_CERTIFICATE
            : key != null ? Option.TLS_KEY : Option.TLS_CLIENT_CA;
    throw StartException.misused(
        "Expected " + missing.flag + " with " + given.flag + ", but there is none");
  }

  /** How long a session lives without a word, unless it asks for another time. */
  Duration sessionTimeToLive() throws StartException {
    String text = last(Option.SESSION_TTL);
    return text == null ? Duration.ofSeconds(10) : duration(text);
  }

  /** "500ms", "10s", "1m", "1h". */
  private static Duration duration(String text) throws StartException {
    String lower = text.toLowerCase(Locale.ROOT);
    int digits = 0;
    while (digits < lower.length() && lower.charAt(digits) >= '0' && lower.charAt(digits) <= '9') {
      digits++;
    }
    try {
      long number = Long.parseLong(lower.substring(0, digits));
      switch (lower.substring(digits)) {
        case "ms":
          return Duration.ofMillis(number);
        case "s":
          return Duration.ofSeconds(number);
        case "m":
          return Duration.ofMinutes(number);
        case "h":
          return Duration.ofHours(number);
        default:
          // Said below.
      }
    } catch (ArithmeticException | NumberFormatException e) {
      // Said below: there is no number, or it is far too large.
    }
    throw StartException.misused(
        "Expected a --session-ttl such as 500ms, 10s or 1m, but it is '" + text + "'");
  }

  /** The bounds that are not the default's, by name. */
  Map<String, Long> limits() throws StartException {
    Map<String, Long> limits = new LinkedHashMap<>();
    for (String several : all(Option.LIMIT)) {
      for (String limit : several.split(",", -1)) {
        int equals = limit.indexOf('=');
        try {
          limits.put(
              limit.substring(0, Math.max(0, equals)).strip(),
              Long.parseLong(limit.substring(equals + 1).strip()));
        } catch (NumberFormatException e) {
          throw StartException.misused(
              "Expected a --limit such as waiters=1000, but it is '" + limit + "'");
        }
      }
    }
    return limits;
  }

  /** What {@code --help} prints. */
  static String usage() {
    StringBuilder usage = new StringBuilder("Usage: polyprocd [OPTION]...\n");
    usage.append(
        "Serves queues, pipes, locks, events, dicts, lists, namespaces and processes to every\n"
            + "language.\n\n");
    for (Option option : Option.values()) {
      describe(usage, option.flag + " " + option.parameter, option.description);
    }
    describe(usage, "-h, --help", "Prints this, and ends.");
    describe(usage, "-V, --version", "Prints the version, and ends.");
    return usage.toString();
  }

  private static void describe(StringBuilder usage, String flag, String description) {
    StringBuilder line = new StringBuilder("  ").append(flag);
    line.append(" ".repeat(Math.max(1, INDENT.length() - line.length())));
    for (String word : description.split(" ", -1)) {
      if (line.length() + word.length() > WIDTH) {
        usage.append(line.toString().stripTrailing()).append('\n');
        line = new StringBuilder(INDENT);
      }
      line.append(word).append(' ');
    }
    usage.append(line.toString().stripTrailing()).append('\n');
  }
}
