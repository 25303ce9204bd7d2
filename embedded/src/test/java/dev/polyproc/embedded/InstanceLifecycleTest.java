package dev.polyproc.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.client.Polyproc;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.ExtendWith;

/** A class with one instance for all tests, whose constructor is given a client. */
@TestInstance(Lifecycle.PER_CLASS)
@ExtendWith(PolyprocExtension.class)
final class InstanceLifecycleTest {
  private final Polyproc own;

  InstanceLifecycleTest(Polyproc own) {
    this.own = own;
  }

  @BeforeAll
  void fill(Polyproc polyproc) {
    polyproc.list("numbers").add(1L);
  }

  @Test
  void shouldShareItsDaemon(Polyproc polyproc) {
    assertThat(polyproc.list("numbers")).containsExactly(1L);
    assertThat(own.list("numbers")).containsExactly(1L);
  }

  @Test
  void shouldKeepItsClientFromTestToTest(EmbeddedDaemon daemon) {
    assertThat(isOpen(own)).isTrue();
    assertThat(isOpen(daemon)).isTrue();
    assertThat(own.list("numbers")).containsExactly(1L);
  }

  private static boolean isOpen(Object one) {
    return one.toString().endsWith("open");
  }
}
