package dev.polyproc.client;

import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** How to connect. What is not said is found as {@link Polyproc#connect()} does. */
public final class PolyprocBuilder {
  private final UnaryOperator<@Nullable String> environment;
  private @Nullable Address address;
  private @Nullable String token;
  private String client = "java";
  private @Nullable Duration timeToLive;
  private Consumer<SessionLostException> onSessionLost = lost -> {};

  PolyprocBuilder(UnaryOperator<@Nullable String> environment) {
    this.environment = environment;
  }

  /** Where the daemon listens: {@code unix:/path} or {@code host:port}. */
  public PolyprocBuilder address(String address) {
    this.address = Address.parse(address);
    return this;
  }

  /**
   * The token that a daemon on TCP asks for. Without one it is what {@code POLYPROC_TOKEN} says,
   * else the content of the file that {@code POLYPROC_TOKEN_FILE} names, else that of {@code token}
   * in the daemon's default folder. A Unix socket needs none.
   */
  public PolyprocBuilder token(String token) {
    this.token = token;
    return this;
  }

  /** The file that holds the token. */
  public PolyprocBuilder tokenFile(Path file) {
    return token(Token.read(file));
  }

  /**
   * The client's name, which lists of sessions, holders and waiters show; {@code java} by default.
   */
  public PolyprocBuilder clientName(String name) {
    this.client = name;
    return this;
  }

  /**
   * How long the session lives when the daemon hears nothing of it; by default what the daemon
   * says, ten seconds. It is also how long calls survive a broken connection.
   */
  public PolyprocBuilder timeToLive(Duration timeToLive) {
    this.timeToLive = timeToLive;
    return this;
  }

  /** Is told once, on a thread of its own, when the session ends without being closed. */
  public PolyprocBuilder onSessionLost(Consumer<SessionLostException> callback) {
    this.onSessionLost = callback;
    return this;
  }

  /**
   * Connects. Waits for the daemon for ten seconds at most.
   *
   * @throws PolyprocException when there is no daemon, or it refuses, with what to do
   */
  public Polyproc connect() {
    Address to = address == null ? Address.defaultOf(environment) : address;
    String presented = token == null && !to.isSocket() ? Token.find(environment) : token;
    return new Polyproc(
        Opening.open(new Settings(to, presented, client, timeToLive, onSessionLost)));
  }
}
