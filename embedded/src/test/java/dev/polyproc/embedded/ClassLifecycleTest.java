package dev.polyproc.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.client.Polyproc;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A class that is given clients before its tests, and shares its daemon with them. */
@ExtendWith(PolyprocExtension.class)
final class ClassLifecycleTest {
  private static Polyproc first;
  private static EmbeddedDaemon daemon;

  @BeforeAll
  static void fill(Polyproc polyproc, EmbeddedDaemon ours) throws Exception {
    polyproc.list("numbers").add(1L);
    first = polyproc;
    daemon = ours;
  }

  @Test
  void shouldSeeWhatWasMadeBefore(Polyproc polyproc, EmbeddedDaemon same) {
    assertThat(same).isSameAs(daemon);
    assertThat(polyproc).isNotSameAs(first);
    assertThat(polyproc.list("numbers")).containsExactly(1L);
    assertThat(isOpen(first)).isTrue();
  }

  @Nested
  class Inside {
    @BeforeAll
    static void use(Polyproc polyproc) {
      assertThat(polyproc.list("numbers")).containsExactly(1L);
    }

    @Test
    void shouldSeeItToo(Polyproc polyproc) {
      assertThat(polyproc.list("numbers")).containsExactly(1L);
    }
  }

  @AfterAll
  static void shouldStillBeOpen(Polyproc last) {
    assertThat(isOpen(daemon)).isTrue();
    assertThat(last.list("numbers")).containsExactly(1L);
  }

  private static boolean isOpen(Object one) {
    return one.toString().endsWith("open");
  }
}
