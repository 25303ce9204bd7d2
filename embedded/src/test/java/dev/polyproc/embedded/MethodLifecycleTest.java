package dev.polyproc.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.ExtendWith;

/** A class with one instance for all tests, where nobody asks before the tests. */
@TestInstance(Lifecycle.PER_CLASS)
@ExtendWith(PolyprocExtension.class)
final class MethodLifecycleTest {
  private final Set<EmbeddedDaemon> seen = ConcurrentHashMap.newKeySet();

  @Test
  void shouldHaveADaemonOfItsOwn(EmbeddedDaemon daemon) {
    assertThat(seen.add(daemon)).isTrue();
  }

  @Test
  void shouldHaveAnotherDaemonOfItsOwn(EmbeddedDaemon daemon) {
    assertThat(seen.add(daemon)).isTrue();
  }

  @AfterAll
  void shouldHaveEnded() {
    assertThat(seen).hasSize(2).noneMatch(MethodLifecycleTest::isOpen);
  }

  private static boolean isOpen(Object one) {
    return one.toString().endsWith("open");
  }
}
