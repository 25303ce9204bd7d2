package dev.polyproc.client.internal.transport;

import dev.polyproc.files.Setting;
import dev.polyproc.files.SocketPath;
import dev.polyproc.files.SystemPath;
import dev.polyproc.files.Users;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a daemon listens: on a Unix socket, {@code unix:/path}, on loopback TCP, {@code host:port},
 * or with TLS, {@code tls://host:port}.
 *
 * @param socket the path of the Unix socket; null for TCP
 * @param host the host; empty for a Unix socket
 * @param port the port; 0 for a Unix socket
 * @param tls whether with TLS
 * @param usual whether it is the default socket, which nobody named
 */
public record Address(@Nullable Path socket, String host, int port, boolean tls, boolean usual) {
  /** Where the channels that a user makes lead. */
  public static final Address CHANNELS = tcp("the end of the given channels", 0, false);

  private static final String UNIX = "unix:";
  private static final String TLS = "tls://";

  /** What begins an address of the web, or one of gRPC's. */
  private static final Pattern SCHEME = Pattern.compile("^[A-Za-z][A-Za-z0-9+.-]*:/+");

  /**
   * The address that {@code text} names. A path is the path itself and no URI; see {@link
   * SocketPath} for what cannot be in it.
   */
  public static Address parse(String given) {
    if (!SystemPath.isWhole(given) && !SystemPath.isEncodedAsUtf8()) {
      throw refused(
          given,
          "has lost characters to the locale, in which this JVM reads "
              + SystemPath.encoding()
              + "; start it with LC_ALL=C.UTF-8, or say POLYPROC_ADDRESS, which it reads as UTF-8");
    }
    return parseWhole(given);
  }

  private static Address parseWhole(String given) {
    String text = given.strip();
    if (text.startsWith(UNIX)) {
      return parseSocket(text);
    }
    Matcher scheme = SCHEME.matcher(text);
    if (!text.startsWith(TLS) && scheme.find()) {
      throw refused(
          text,
          scheme.group().matches("(?i)(https|grpcs|tls):/+")
              ? "begins with " + scheme.group() + "; write " + TLS + " for it"
              : "begins with a scheme; leave out " + scheme.group());
    }
    if (text.contains(",")) {
      throw refused(text, "names several daemons, and this client talks to one");
    }
    return text.startsWith(TLS)
        ? parseTcp(text, text.substring(TLS.length()), true)
        : parseTcp(text, text, false);
  }

  /** The daemon's default: what {@code POLYPROC_ADDRESS} says, else the default socket. */
  public static Address defaultOf(UnaryOperator<@Nullable String> environment) {
    String named = Setting.named(environment, "POLYPROC_ADDRESS");
    if (named == null) {
      return new Address(defaultFolder(environment).resolve("polyproc.sock"), "", 0, false, true);
    }
    if (!SystemPath.isWhole(named)) {
      throw new IllegalArgumentException(
          "Expected POLYPROC_ADDRESS to be an address in UTF-8, but " + named + " has other bytes");
    }
    return parseWhole(named);
  }

  /** Where a daemon without flags keeps its socket and its token. */
  static Path defaultFolder(UnaryOperator<@Nullable String> environment) {
    return Setting.defaultFolder(environment, user());
  }

  public boolean isSocket() {
    return socket != null;
  }

  private static Address parseSocket(String text) {
    String path = text.substring(UNIX.length());
    if (path.startsWith("//")) { // unix:///path, as gRPC writes it
      path = path.substring(2);
      if (!path.startsWith("/")) {
        throw refused(text, "has no path after unix://; write unix:///path");
      }
    }
    if (path.isEmpty()) {
      throw refused(text, "names no path");
    }
    String wrong = SocketPath.whatCannotBeTold(path);
    if (wrong != null) {
      throw refused(text, "has a path with " + wrong + ", which not every language can be told");
    }
    return new Address(SystemPath.of(path), "", 0, false, false);
  }

  private static Address parseTcp(String text, String hostAndPort, boolean tls) {
    int colon = hostAndPort.lastIndexOf(':');
    String host = colon < 0 ? "" : hostAndPort.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    } else if (host.contains(":")) {
      throw refused(text, "has colons in its host; write [::1]:7000");
    }
    if (host.isEmpty()) {
      throw refused(text, "has no host and port");
    }
    try {
      int port = Integer.parseInt(hostAndPort.substring(colon + 1));
      if (port >= 1 && port <= 65535) {
        return tcp(host, port, tls);
      }
    } catch (NumberFormatException e) {
      // Told below, as a number out of range is.
    }
    throw refused(text, "has no port from 1 to 65535");
  }

  private static Address tcp(String host, int port, boolean tls) {
    return new Address(null, host, port, tls, false);
  }

  private static IllegalArgumentException refused(String text, String why) {
    return new IllegalArgumentException(
        "Expected an address such as unix:/path, host:port or tls://host:port, but '"
            + text
            + "' "
            + why);
  }

  /** The user's number, which the daemon's default folder carries; the name where there is none. */
  private static String user() {
    return Users.areKnown() ? Long.toString(Users.own()) : System.getProperty("user.name");
  }

  @Override
  public String toString() {
    if (socket != null) {
      return UNIX + SystemPath.text(socket);
    }
    if (port == 0) {
      return host;
    }
    return (tls ? TLS : "") + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
