package dev.polyproc.integration;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Daemons of three sizes under attack: each lives, serves others meanwhile, and has given
 * everything back afterwards.
 *
 * <p>The smallest, a container's, meets every attack; the others some each, and all where they are
 * to be long. {@code -Dpolyproc.abuse.only=regex} chooses among the attacks, {@code
 * -Dpolyproc.abuse.memory=regex} among the daemons, and {@code -Dpolyproc.abuse.long=true} makes
 * them long.
 */
@ParameterizedClass
@MethodSource("memories")
final class AbuseIT {
  private static final int TIMES_MORE = 2;
  private static final Pattern ONLY =
      Pattern.compile(System.getProperty("polyproc.abuse.only", ""));

  private static final Pattern MEMORY =
      Pattern.compile(System.getProperty("polyproc.abuse.memory", ""));

  /** The others meet one attack of so many. */
  private static final int SHARE = 12;

  private static @Nullable AbusedDaemon running;

  private final AbusedDaemon.Memory memory;

  AbuseIT(AbusedDaemon.Memory memory) {
    this.memory = memory;
  }

  static Stream<AbusedDaemon.Memory> memories() {
    return Stream.of(AbusedDaemon.Memory.values())
        .filter(memory -> MEMORY.matcher(memory.toString()).find());
  }

  private Stream<Attack> attacks() {
    boolean all =
        memory == AbusedDaemon.Memory.SMALL_CONTAINER || Attacker.LONG || !ONLY.pattern().isEmpty();
    List<Attack> chosen = everyAttack().toList();
    return IntStream.range(0, chosen.size())
        .filter(i -> all || i % SHARE == memory.ordinal() % SHARE)
        .mapToObj(chosen::get);
  }

  private static Stream<Attack> everyAttack() {
    return Stream.of(
            CompressionAttacks.all(),
            ConnectionAttacks.all(),
            FloodAttacks.all(),
            RequestAttacks.all(),
            ValueAttacks.all(),
            UnreadAttacks.all(),
            KeptAttacks.all(),
            RetentionAttacks.all(),
            ProcessAttacks.all(),
            OrderAttacks.all(),
            WaitingAttacks.all())
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

  /** Where others only waited, other daemons are attacked: what makes them wait does so again. */
  private void carryOut(Attack attack) {
    for (int left = TIMES_MORE; ; left--) {
      try {
        daemon().endure(attack);
        return;
      } catch (AbusedDaemon.TooSlow slow) {
        if (left == 0) {
          throw slow;
        }
        System.out.println("Once more, as it may have been the machine: " + slow.getMessage());
      }
    }
  }

  @TestFactory
  Stream<DynamicTest> shouldServeOthersAndGiveBackAll() {
    return attacks()
        .map(attack -> DynamicTest.dynamicTest(attack.toString(), () -> carryOut(attack)));
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
