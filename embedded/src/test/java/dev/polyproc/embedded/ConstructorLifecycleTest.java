package dev.polyproc.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.client.Polyproc;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A test whose constructor is given clients, with an instance for each test. */
@ExtendWith(PolyprocExtension.class)
final class ConstructorLifecycleTest {
  private static final Set<EmbeddedDaemon> SEEN = ConcurrentHashMap.newKeySet();
  private static final Set<Polyproc> CLIENTS = ConcurrentHashMap.newKeySet();

  final Polyproc own;
  final EmbeddedDaemon daemon;

  ConstructorLifecycleTest(Polyproc own, EmbeddedDaemon daemon) {
    this.own = own;
    this.daemon = daemon;
    CLIENTS.add(own);
    SEEN.add(daemon);
  }

  @BeforeEach
  void fill(Polyproc polyproc) throws InterruptedException {
    polyproc.queue("jobs").put("x");
  }

  @Test
  void shouldHaveADaemonOfItsOwn(EmbeddedDaemon same) throws Exception {
    assertThat(same).isSameAs(daemon);
    assertThat(own.queue("jobs").take()).isEqualTo("x");
    assertThat(own.queue("jobs").size()).isZero();
  }

  @Test
  void shouldHaveAnotherDaemonOfItsOwn(EmbeddedDaemon same) throws Exception {
    shouldHaveADaemonOfItsOwn(same);
  }

  @Nested
  class AndOfNestedOnes {
    final Polyproc inner;

    AndOfNestedOnes(Polyproc inner) {
      this.inner = inner;
    }

    @Test
    void shouldShareTheDaemonOfTheTest() throws Exception {
      assertThat(inner).isNotEqualTo(own);
      assertThat(inner.queue("jobs").take()).isEqualTo("x");
    }
  }

  @AfterAll
  static void shouldHaveEnded() {
    assertThat(SEEN).hasSize(3).noneMatch(ConstructorLifecycleTest::isOpen);
    assertThat(CLIENTS).hasSize(3).noneMatch(ConstructorLifecycleTest::isOpen);
  }

  private static boolean isOpen(Object one) {
    return one.toString().endsWith("open");
  }
}
