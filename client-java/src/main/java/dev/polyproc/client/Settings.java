package dev.polyproc.client;

import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a session is opened with.
 *
 * @param address where the daemon listens
 * @param token what a daemon on TCP asks for; null when the client has none
 * @param tls what the connection is checked and shown with; null when the address is without TLS
 * @param client the client's name, for people
 * @param timeToLive how long the session lives without a word; null for the daemon's default
 * @param onSessionLost told once when the session ends without being closed
 */
record Settings(
    Address address,
    @Nullable String token,
    @Nullable Tls tls,
    String client,
    @Nullable Duration timeToLive,
    Consumer<SessionLostException> onSessionLost) {}
