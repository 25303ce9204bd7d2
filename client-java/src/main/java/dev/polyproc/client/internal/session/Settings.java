package dev.polyproc.client.internal.session;

import dev.polyproc.client.SessionLostException;
import dev.polyproc.client.internal.transport.Address;
import dev.polyproc.client.internal.transport.Tls;
import io.grpc.ManagedChannel;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a session is opened with.
 *
 * @param address where the daemon listens
 * @param token what a daemon on TCP asks for; null when the client has none
 * @param tls what the connection is checked and shown with; null when the address is without TLS
 * @param channels makes the ways to the daemon; null where the address says how
 * @param client the client's name, for people
 * @param timeToLive how long the session lives without a word; null for the daemon's default
 * @param callbacks runs what depends on futures; null for threads of the client's own
 * @param onSessionLost told once when the session ends without being closed
 */
public record Settings(
    Address address,
    @Nullable String token,
    @Nullable Tls tls,
    @Nullable Supplier<? extends ManagedChannel> channels,
    String client,
    @Nullable Duration timeToLive,
    @Nullable Executor callbacks,
    Consumer<SessionLostException> onSessionLost) {
  /** Without the token. */
  @Override
  public String toString() {
    return "client '" + client + "' at " + address;
  }
}
