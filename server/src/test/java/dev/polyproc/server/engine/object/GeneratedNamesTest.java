package dev.polyproc.server.engine.object;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.v1.ObjectKind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** Names that are made up. */
final class GeneratedNamesTest {
  @ParameterizedTest
  @EnumSource(
      value = ObjectKind.class,
      mode = Mode.EXCLUDE,
      names = {"OBJECT_KIND_UNSPECIFIED", "UNRECOGNIZED"})
  void shouldReserveRoomForTheLongestNameOfEveryKind(ObjectKind kind) {
    String name = Names.generate(kind, Long.MAX_VALUE, new OrderedTable<>());

    assertThat(name).hasSizeLessThanOrEqualTo(Names.LONGEST_GENERATED.length());
  }
}
