package dev.polyproc.server;

import dev.polyproc.files.Environment;
import dev.polyproc.files.Setting;
import dev.polyproc.server.supervisor.NotifySocket;
import java.io.IOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Whoever looks after the daemon, such as systemd with a unit of {@code Type=notify}: is told when
 * the daemon serves, and when it begins to go down; and, where it asks for that, again and again
 * that it is alive. What cannot be told is logged, and the daemon goes on.
 */
final class ServiceManager {
  /** Within how many microseconds the manager wants a word, or ends the process as hung. */
  static final String WATCHDOG = "WATCHDOG_USEC";

  /** Of whom it wants one: a variable is inherited by others, too. */
  static final String WATCHED_PROCESS = "WATCHDOG_PID";

  private final @Nullable NotifySocket socket;
  private final @Nullable Duration watchdogPeriod;

  private ServiceManager(@Nullable NotifySocket socket, @Nullable Duration watchdogPeriod) {
    this.socket = socket;
    this.watchdogPeriod = watchdogPeriod;
  }

  /** The one that the environment names, if any. */
  static ServiceManager of(Environment environment) {
    try {
      NotifySocket socket = NotifySocket.of(environment);
      return new ServiceManager(socket, socket == null ? null : watchdogPeriod(environment));
    } catch (IllegalArgumentException e) {
      warn(e);
      return new ServiceManager(null, null);
    }
  }

  private static @Nullable Duration watchdogPeriod(Environment environment) {
    String patience = Setting.named(environment::get, WATCHDOG);
    String pid = Setting.named(environment::get, WATCHED_PROCESS);
    if (patience == null
        || (pid != null && !pid.equals(Long.toString(ProcessHandle.current().pid())))) {
      return null;
    }
    try {
      long half = Long.parseLong(patience) / 2; // As sd_watchdog_enabled(3) advises.
      if (half > 0) {
        return Duration.of(half, ChronoUnit.MICROS);
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    warn(
        new IllegalArgumentException(
            "Expected " + WATCHDOG + " in microseconds, but it is '" + patience + "'"));
    return null;
  }

  /** How often it wants to know that the daemon is alive; null for never. */
  @Nullable Duration watchdogPeriod() {
    return watchdogPeriod;
  }

  /** The daemon still answers calls. Never waits. */
  void alive() {
    if (socket != null) {
      try {
        socket.sendAtOnce("WATCHDOG=1");
      } catch (IOException e) {
        warn(e);
      }
    }
  }

  /** The daemon answers calls. */
  void ready() {
    send("READY=1");
  }

  /** The daemon begins to go down. */
  void stopping() {
    send("STOPPING=1");
  }

  private void send(String word) {
    if (socket == null) {
      return;
    }
    try {
      socket.send(word);
    } catch (IOException e) {
      warn(e);
    }
  }

  private static void warn(Exception why) {
    LoggerFactory.getLogger(ServiceManager.class).warn("{}", why.getMessage());
  }
}
