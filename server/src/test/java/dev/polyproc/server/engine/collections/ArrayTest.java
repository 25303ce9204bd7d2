package dev.polyproc.server.engine.collections;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.polyproc.server.engine.ArrayCalls;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.v1.ArraySliceResponse;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.Elements;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.ListRange;
import org.junit.jupiter.api.Test;

/** Many elements of one type. */
final class ArrayTest {
  private final EngineFixture world = new EngineFixture();
  private final ArrayCalls array = world.session("a").array("row");

  private static ListRange.Builder from(long start) {
    return ListRange.newBuilder().setStart(start);
  }

  @Test
  void shouldRefuseMoreBytesThanAnArrayMayHave() {
    long most = EngineFixture.LIMITS.getArrayBytes();

    assertThat(array.create(ElementType.ELEMENT_TYPE_INT64, most / 8 + 1).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_LIMIT_REACHED);
    assertThat(array.create(ElementType.ELEMENT_TYPE_INT64, -1).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_LIMIT_REACHED);
    array.create(ElementType.ELEMENT_TYPE_INT64, most / 8).response();
    assertThat(array.size().response().getLength()).isEqualTo(most / 8);
  }

  @Test
  void shouldBeChargedAndRefusedWhereThereIsNoRoom() {
    EngineFixture small =
        new EngineFixture(EngineFixture.LIMITS.toBuilder().setStoredBytes(100_000).build());
    long before = small.usedBytes();
    ArrayCalls first = small.session("a").array("first");
    first.create(ElementType.ELEMENT_TYPE_CHAR, 60_000).response();
    assertThat(small.usedBytes()).isGreaterThan(before + 60_000);

    long used = small.usedBytes();
    assertThat(
            small
                .anonymous()
                .array("second")
                .create(ElementType.ELEMENT_TYPE_CHAR, 60_000)
                .reason())
        .isEqualTo(ErrorReason.ERROR_REASON_MEMORY_FULL);
    assertThat(small.usedBytes()).isEqualTo(used);

    small.anonymous().delete("first").response();
    assertThat(small.usedBytes()).isLessThan(used - 60_000);
  }

  @Test
  void shouldAnswerAsMuchAsFitsAndSayWhatDoesNot() {
    EngineFixture small =
        new EngineFixture(EngineFixture.LIMITS.toBuilder().setPageBytes(1_000).build());
    ArrayCalls floats = small.session("a").array("floats");
    floats.create(ElementType.ELEMENT_TYPE_FLOAT64, 500).response();

    int seen = 0;
    ArraySliceResponse some = floats.slice(from(0)).response();
    while (some.getLeft() > 0) {
      assertThat(some.getSerializedSize()).isLessThanOrEqualTo(1_000);
      assertThat(some.getElements().getFloatsCount()).isEqualTo((int) some.getCount());
      seen += (int) some.getCount();
      assertThat(some.getLeft()).isEqualTo(500 - seen);
      some = floats.slice(from(seen)).response();
    }
    assertThat(seen + some.getCount()).isEqualTo(500);
  }

  @Test
  void shouldHoldBytesAndText() {
    array.create(ElementType.ELEMENT_TYPE_CHAR, 4).response();
    array
        .setSlice(from(1), Elements.newBuilder().setChars(ByteString.copyFromUtf8("abc")))
        .response();
    assertThat(array.slice(from(0)).response().getElements().getChars())
        .isEqualTo(ByteString.copyFromUtf8("\0abc"));

    ArrayCalls text = world.session("b").array("text");
    text.create(ElementType.ELEMENT_TYPE_WCHAR, 2).response();
    text.setSlice(from(0), Elements.newBuilder().setText("\uD83D\uDE00b")).response();
    assertThat(text.slice(from(0)).response().getElements().getText()).isEqualTo("\uD83D\uDE00b");
    assertThat(text.setSlice(from(0), Elements.newBuilder().addInts(1).addInts(2)).sentence())
        .isEqualTo(
            "Expected elements[0] to be text of one character, as WCHAR takes, but it is something"
                + " else");
  }
}
