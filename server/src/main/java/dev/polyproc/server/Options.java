package dev.polyproc.server;

import dev.polyproc.files.TrustedPath;
import dev.polyproc.files.UntrustedFileException;
import dev.polyproc.server.grpc.TlsFiles;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
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
  private static final int MOST_IO_THREADS = 64;
  private static final int MOST_IO_THREADS_BY_DEFAULT = 8;

  /** The others are for the programs that call. */
  private static final int PROCESSORS_PER_IO_THREAD = 2;

  private static final Pattern HOST_AND_PORT =
      Pattern.compile("(\\[(?<literal>[^\\]]+)]|(?<name>[^:\\[\\]]+)):(?<port>\\d{1,5})");

  /** An option that takes a value. {@code usage.txt} describes them. */
  enum Option {
    SOCKET("--socket", "PATH"),
    PORT("--port", "N"),
    LISTEN("--listen", "HOST:PORT"),
    TLS_CERTIFICATE("--tls-certificate", "PATH"),
    TLS_KEY("--tls-key", "PATH"),
    TLS_CLIENT_CA("--tls-client-ca", "PATH"),
    PORT_FILE("--port-file", "PATH"),
    TOKEN_FILE("--token-file", "PATH"),
    IO_THREADS("--io-threads", "N"),
    MEMORY_FOLDER("--memory-folder", "PATH"),
    SESSION_TTL("--session-ttl", "DURATION"),
    LIMIT("--limit", "NAME=N"),
    LIFELINE("--lifeline", "stdin"),
    CONFIG("--config", "PATH");

    private final String flag;
    private final String parameter;

    Option(String flag, String parameter) {
      this.flag = flag;
      this.parameter = parameter;
    }

    /** As it is written on a command line, such as "--port N". */
    String inWords() {
      return flag + " " + parameter;
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
        throw StartException.unknown(
            "Expected an option, but there is none called '" + arguments[i] + "'");
      }
      if (equals < 0 && ++i == arguments.length) {
        throw StartException.misused("Expected " + option.inWords() + ", but there is no value");
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

  /** How many event loops serve connections. */
  int ioThreads() throws StartException {
    String text = last(Option.IO_THREADS);
    if (text == null) {
      int processors = Runtime.getRuntime().availableProcessors();
      return Math.max(
          1, Math.min(MOST_IO_THREADS_BY_DEFAULT, processors / PROCESSORS_PER_IO_THREAD));
    }
    try {
      int threads = Integer.parseInt(text);
      if (threads >= 1 && threads <= MOST_IO_THREADS) {
        return threads;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw StartException.misused(
        "Expected --io-threads from 1 to " + MOST_IO_THREADS + ", but it is '" + text + "'");
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

  /** Whether the daemon lives for whoever holds its standard input open. */
  boolean hasLifeline() throws StartException {
    String text = last(Option.LIFELINE);
    if (text == null || text.equals("stdin")) {
      return text != null;
    }
    throw StartException.misused("Expected --lifeline stdin, but it is '" + text + "'");
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
              "Expected a --limit such as waiters=1000, a plain number of things or of bytes, but"
                  + " it is '"
                  + limit
                  + "'");
        }
      }
    }
    return limits;
  }

  /** What {@code --help} prints. The script prints it too, where the daemon is not built yet. */
  static String usage() {
    try (InputStream text =
        Objects.requireNonNull(Options.class.getResourceAsStream("usage.txt"))) {
      return new String(text.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
