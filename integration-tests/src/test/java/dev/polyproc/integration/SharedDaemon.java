package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * One daemon for all tests of a class. A test that fails shows its log; at the end the daemon must
 * live and must have logged nothing, whatever the tests did to it.
 */
final class SharedDaemon implements BeforeAllCallback, AfterEachCallback, AfterAllCallback {
  private final Launch launch;
  private @Nullable DaemonProcess daemon;

  private SharedDaemon(Launch launch) {
    this.launch = launch;
  }

  static SharedDaemon with(String... flags) {
    return with(LateInstallation.ifAskedFor(Launch.inPrivateFolder().flags(flags)));
  }

  static SharedDaemon with(Launch launch) {
    return new SharedDaemon(launch);
  }

  /** The daemon; there is one while tests run. */
  DaemonProcess get() {
    if (daemon == null) {
      throw new IllegalStateException("Expected a test to run");
    }
    return daemon;
  }

  /** A client over the Unix socket. */
  Client client() {
    return Client.over(get().socket());
  }

  /** A client over TCP, with the token. */
  Client tcpClient() {
    return Client.over(get().port(), get().token());
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    if (!isNested(context)) {
      daemon = launch.start();
    }
  }

  @Override
  public void afterEach(ExtensionContext context) {
    if (context.getExecutionException().isPresent()) {
      System.err.println("Log of the daemon:\n" + get().log());
    }
  }

  @Override
  public void afterAll(ExtensionContext context) {
    if (isNested(context)) {
      return;
    }
    try (DaemonProcess stopping = get()) {
      assertThat(stopping.isAlive()).as("the daemon lives; its log: %s", stopping.log()).isTrue();
      assertThat(stopping.log()).as("the daemon's log").isEmpty();
    }
  }

  /** JUnit calls around nested classes too, inside the calls around the class that holds them. */
  private static boolean isNested(ExtensionContext context) {
    return context.getRequiredTestClass().isAnnotationPresent(Nested.class);
  }
}
