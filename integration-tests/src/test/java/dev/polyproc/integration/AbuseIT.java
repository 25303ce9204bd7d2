package dev.polyproc.integration;

import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Daemons of three sizes under attack: each lives, serves others meanwhile, and has given
 * everything back afterwards.
 *
 * <p>{@code -Dpolyproc.abuse.only=regex} chooses among the attacks, {@code
 * -Dpolyproc.abuse.memory=regex} among the daemons, and {@code -Dpolyproc.abuse.long=true} makes
 * them long.
 */
@ParameterizedClass
@MethodSource("memories")
final class AbuseIT {
  private static final Pattern ONLY =
      Pattern.compile(System.getProperty("polyproc.abuse.only", ""));

  private static final Pattern MEMORY =
      Pattern.compile(System.getProperty("polyproc.abuse.memory", ""));

  private static @Nullable AbusedDaemon running;

  private final AbusedDaemon.Memory memory;

  AbuseIT(AbusedDaemon.Memory memory) {
    this.memory = memory;
  }

  static Stream<AbusedDaemon.Memory> memories() {
    return Stream.of(AbusedDaemon.Memory.values())
        .filter(memory -> MEMORY.matcher(memory.toString()).find());
  }

  static Stream<Attack> attacks() {
    return Stream.of(
            CompressionAttacks.all(),
            ConnectionAttacks.all(),
            FloodAttacks.all(),
            RequestAttacks.all(),
            ValueAttacks.all(),
            UnreadAttacks.all(),
            KeptAttacks.all(),
            ProcessAttacks.all(),
            OrderAttacks.all())
        .flatMap(attacks -> attacks)
        .filter(attack -> ONLY.matcher(attack.toString()).find());
  }

  private AbusedDaemon daemon() {
    if (running != null && running.isSpoiled()) {
      running.close();
      running = null;
    }
    if (running == null) {
      running = AbusedDaemon.start(memory);
    }
    return running;
  }

  @ParameterizedTest
  @MethodSource("attacks")
  void shouldServeOthersAndGiveBackAll(Attack attack) {
    daemon().endure(attack);
  }

  @AfterParameterizedClassInvocation
  static void shouldEndWhenAsked() {
    if (running != null) {
      try (AbusedDaemon ending = running) {
        running = null;
        ending.end();
      }
    }
  }
}
