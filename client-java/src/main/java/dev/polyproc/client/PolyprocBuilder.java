package dev.polyproc.client;

import dev.polyproc.client.internal.session.Arrival;
import dev.polyproc.client.internal.session.Opening;
import dev.polyproc.client.internal.session.Session;
import dev.polyproc.client.internal.session.Settings;
import dev.polyproc.client.internal.transport.Address;
import dev.polyproc.client.internal.transport.Tls;
import dev.polyproc.client.internal.transport.Token;
import dev.polyproc.client.internal.wire.Libraries;
import io.grpc.ManagedChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** How to connect. What is not said is found as {@link Polyproc#connect()} does. */
public final class PolyprocBuilder {
  private final UnaryOperator<@Nullable String> environment;
  private @Nullable Address address;
  private @Nullable String token;
  private Tls tls = Tls.NONE;
  private @Nullable Supplier<? extends ManagedChannel> channels;
  private String client = "java";
  private @Nullable Duration timeToLive;
  private @Nullable Executor callbacks;
  private Consumer<SessionLostException> onSessionLost = lost -> {};
  private Duration daemonWait = Duration.ZERO;
  private @Nullable EmbeddedClients clients;

  PolyprocBuilder(UnaryOperator<@Nullable String> environment) {
    Libraries.require();
    this.environment = environment;
  }

  /**
   * Where the daemon listens: {@code unix:/path}, {@code host:port}, or {@code tls://host:port} on
   * another machine. A Unix socket may belong to another user, but must not lie where a third one
   * could have put it.
   */
  public PolyprocBuilder address(String address) {
    this.address = Address.parse(address);
    this.channels = null;
    return this;
  }

  /**
   * Makes the ways to the daemon, in place of an address: to one that is embedded in this JVM, or
   * through whatever gRPC can go through. Each connection has a channel of its own, which the
   * client shuts down. To connect again it is called on the client's event loop, and must not wait;
   * when it throws then, there is no way any more, and the session is lost.
   */
  public PolyprocBuilder channels(Supplier<? extends ManagedChannel> channels) {
    this.channels = channels;
    this.address = Address.CHANNELS;
    return this;
  }

  /** The clients are counted among {@code others}. */
  PolyprocBuilder among(EmbeddedClients others) {
    this.clients = others;
    return this;
  }

  /**
   * The token that a daemon on TCP asks for. Without one it is what {@code POLYPROC_TOKEN} says,
   * else the content of the file that {@code POLYPROC_TOKEN_FILE} names, else that of {@code token}
   * in the daemon's default folder, which is not shown to other machines. A Unix socket needs none.
   * Wherever it comes from, blanks and line breaks around it are no part of it.
   *
   * @throws IllegalArgumentException with a sentence, when it is not one line of ASCII without
   *     spaces
   */
  public PolyprocBuilder token(String token) {
    this.token = Token.sendable(token, "the builder's token");
    return this;
  }

  /**
   * The file that holds the token: this user's or root's, which nobody else can read or replace.
   *
   * @throws IllegalArgumentException with a sentence, when it is not
   */
  public PolyprocBuilder tokenFile(Path file) {
    return token(Token.read(file));
  }

  /**
   * The file in PEM with the CA that has signed the daemon's certificate. Without one it is what
   * {@code POLYPROC_TLS_CA} names, else those that the JDK trusts. It is read anew for each
   * connection.
   */
  public PolyprocBuilder tlsCa(Path file) {
    this.tls = tls.withCa(file);
    return this;
  }

  /**
   * The files in PEM with the client's certificate and its private key (PKCS #8), which stand for
   * the token where the daemon takes certificates. Without them they are what {@code
   * POLYPROC_TLS_CERTIFICATE} and {@code POLYPROC_TLS_KEY} name, if anything. They are read anew
   * for each connection.
   */
  public PolyprocBuilder tlsCertificate(Path certificate, Path key) {
    this.tls = tls.withCertificate(certificate, key);
    return this;
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

  /**
   * Where what depends on the client's futures runs, in place of a few threads of the client's own.
   * An executor that runs its tasks on the thread that hands them over, such as {@code
   * Runnable::run}, is for those who know that everything is short: that thread is the client's
   * event loop, on which a call that would wait throws {@code IllegalStateException}, and which
   * keeps the session alive.
   */
  public PolyprocBuilder callbackExecutor(Executor executor) {
    this.callbacks = executor;
    return this;
  }

  /** Is told once, on a thread of its own, when the session ends without being closed. */
  public PolyprocBuilder onSessionLost(Consumer<SessionLostException> callback) {
    this.onSessionLost = callback;
    return this;
  }

  /**
   * How long {@link #connect} waits for a daemon that is not there: one that is started at the same
   * time, or again. By default not at all: it fails at once when nothing listens. What waiting does
   * not mend, such as a wrong token or a certificate that is not trusted, is thrown at once.
   *
   * @throws IllegalArgumentException when it is negative
   */
  public PolyprocBuilder waitForDaemon(Duration longest) {
    if (longest.isNegative()) {
      throw new IllegalArgumentException(
          "Expected a time to wait for the daemon, but it is " + longest);
    }
    this.daemonWait = longest;
    return this;
  }

  /**
   * Connects. A daemon that listens has ten seconds to answer; one that does not is waited for as
   * {@link #waitForDaemon} says. An interrupt ends the wait.
   *
   * @throws PolyprocException when there is no daemon ({@code UNAVAILABLE}), or it refuses, with
   *     what to do
   * @throws IllegalArgumentException when a file cannot be used, or the address is without TLS and
   *     its files were given here
   */
  public Polyproc connect() {
    return new Polyproc(open(), () -> {});
  }

  Session open() {
    Session session = Arrival.await(daemonWait, this::tryToOpen);
    if (clients != null) {
      clients.add(session);
    }
    return session;
  }

  private Session tryToOpen() {
    Address to = address == null ? Address.defaultOf(environment) : address;
    if (!to.tls() && !tls.equals(Tls.NONE)) {
      throw new IllegalArgumentException(
          "Expected an address such as tls://host:port with certificates, but it is " + to);
    }
    return Opening.open(
        new Settings(
            to,
            token == null && channels == null ? Token.find(to, environment) : token,
            to.tls() ? tls.orElse(Tls.of(environment)) : null,
            channels,
            client,
            timeToLive,
            callbacks,
            onSessionLost));
  }
}
