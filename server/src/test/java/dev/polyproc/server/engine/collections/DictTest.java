package dev.polyproc.server.engine.collections;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.Plain;
import dev.polyproc.server.engine.Texted;
import dev.polyproc.v1.DictCompareAndSetRequest;
import dev.polyproc.v1.DictCompareAndSetResponse;
import dev.polyproc.v1.DictCreateRequest;
import dev.polyproc.v1.DictItemsResponse;
import dev.polyproc.v1.DictPopItemRequest;
import dev.polyproc.v1.DictPopItemResponse;
import dev.polyproc.v1.DictSetRequest;
import dev.polyproc.v1.DictSetResponse;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.Limits;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueEntry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class DictTest {
  private final EngineFixture world = new EngineFixture();
  private final Client a = world.session("a");

  @BeforeEach
  void createDict() {
    a.dict("d").create();
  }

  private static List<Object> plain(List<Value> values) {
    List<Object> plain = new ArrayList<>();
    values.forEach(value -> plain.add(Plain.object(value)));
    return plain;
  }

  private Map<Object, Object> content() {
    Map<Object, Object> content = new LinkedHashMap<>();
    for (ValueEntry item : a.dict("d").items(0, "").response().getItemsList()) {
      content.put(Plain.object(item.getKey()), Plain.object(item.getValue()));
    }
    return content;
  }

  @Test
  void shouldAnswerWhatWasSet() {
    assertThat(a.dict("d").set("k", 1).response().hasPrevious()).isFalse();
    assertThat(Plain.object(a.dict("d").set("k", 2).response().getPrevious())).isEqualTo(1L);

    assertThat(Plain.object(a.dict("d").get("k").response().getValue())).isEqualTo(2L);
    assertThat(a.dict("d").get("other").response().hasValue()).isFalse();
    assertThat(a.dict("d").contains("k").response().getContains()).isTrue();
    assertThat(a.dict("d").contains("other").response().getContains()).isFalse();
    assertThat(a.dict("d").size()).isEqualTo(1);
    assertThat(a.inspect("d").getObject().getSummary()).isEqualTo("1 keys");
  }

  @Test
  void shouldKeepKeyAndPlaceOfWhatIsSetAgain() {
    a.dict("d").set(1, "one");
    a.dict("d").set("x", "y");
    a.dict("d").set(1.0, "uno");
    a.dict("d").set(true, "eins");

    var keys = a.dict("d").keys(0, "").response();
    assertThat(plain(keys.getKeysList())).containsExactly(1L, "x");
    var values = a.dict("d").values(0, "").response();
    assertThat(plain(values.getValuesList())).containsExactly("eins", "y");
  }

  @Test
  void shouldPutKeyThatWasRemovedAtTheEnd() {
    a.dict("d").update(Map.of(1, 1));
    a.dict("d").set(2, 2);
    assertThat(a.dict("d").delete(1).response().getDeleted()).isTrue();
    assertThat(a.dict("d").delete(1).response().getDeleted()).isFalse();
    a.dict("d").set(1, 1);

    assertThat(content().keySet()).containsExactly(2L, 1L);
  }

  @Test
  void shouldKeepTypesOfKeysApart() {
    a.dict("d").set(1, "int");
    a.dict("d").set("1", "text");
    a.dict("d").set(0.25, "float");
    a.dict("d").set(null, "none");
    a.dict("d").set(Plain.tuple(1, "a"), "tuple");

    assertThat(a.dict("d").size()).isEqualTo(5);
    assertThat(Plain.object(a.dict("d").get(Plain.tuple(1.0, "a")).response().getValue()))
        .isEqualTo("tuple");
    assertThat(Plain.object(a.dict("d").get(null).response().getValue())).isEqualTo("none");
  }

  @Test
  void shouldRefuseKeysThatAreNotHashable() {
    assertThat(a.dict("d").set(List.of(1), 1).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_VALUE);
    assertThat(a.dict("d").get(Map.of(1, 1)).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_VALUE);
    assertThat(a.dict("d").pop(Plain.tuple(List.of())).metadata()).containsEntry("field", "key");
    assertThat(a.dict("d").set(Value.getDefaultInstance(), 1).metadata())
        .containsEntry("field", "key");
    assertThat(a.dict("d").set(1, Value.getDefaultInstance()).metadata())
        .containsEntry("field", "value");
  }

  @Test
  void shouldPopWhatIsThere() {
    a.dict("d").set("k", null);

    var popped = a.dict("d").pop("k");
    assertThat(popped.response().hasValue()).isTrue();
    assertThat(Plain.object(popped.response().getValue())).isNull();
    assertThat(a.dict("d").pop("k").response().hasValue()).isFalse();
    assertThat(a.repeat(popped).response()).isEqualTo(popped.response());
  }

  @Test
  void shouldSetDefaultOnlyWhereNothingIs() {
    var first = a.dict("d").setDefault("k", 1).response();
    var second = a.dict("d").setDefault("k", 2).response();

    assertThat(first.getInserted()).isTrue();
    assertThat(Plain.object(first.getValue())).isEqualTo(1L);
    assertThat(second.getInserted()).isFalse();
    assertThat(Plain.object(second.getValue())).isEqualTo(1L);
  }

  @Test
  void shouldRemoveAllKeysAndGiveTheirRoomBack() {
    long empty = world.storedBytes();
    Client other = world.anonymous();
    other.dict("d").set("a", "x".repeat(1_000));
    other.dict("d").set("b", 1);

    assertThat(other.dict("d").clear().response().getRemoved()).isEqualTo(2);
    assertThat(world.storedBytes()).isEqualTo(empty);
    assertThat(other.dict("d").size()).isZero();
    assertThat(other.dict("d").clear().response().getRemoved()).isZero();
  }

  @Test
  void shouldAccountForEveryChange() {
    long empty = world.storedBytes();
    Client other = world.anonymous();
    other.dict("d").set("k", "x".repeat(1_000));
    long large = world.storedBytes();
    assertThat(large).isGreaterThan(empty + 1_000);

    other.dict("d").set("k", "x".repeat(10));
    assertThat(world.storedBytes()).isEqualTo(large - 991);
    other.dict("d").pop("k");
    assertThat(world.storedBytes()).isEqualTo(empty);

    other.dict("d").set("k", 1);
    other.delete("d").response();
    assertThat(world.storedBytes()).isEqualTo(empty);
  }

  // Pages.

  @Test
  void shouldListPageByPage() {
    IntStream.range(0, 5).forEach(i -> a.dict("d").set(i, "v" + i));

    var first = a.dict("d").items(2, "").response();
    var second = a.dict("d").items(2, first.getNextPageToken()).response();
    var third = a.dict("d").items(2, second.getNextPageToken()).response();

    assertThat(List.of(keys(first), keys(second), keys(third)))
        .isEqualTo(List.of(List.of(0L, 1L), List.of(2L, 3L), List.of(4L)));
    assertThat(third.getNextPageToken()).isEmpty();
    var keys = a.dict("d").keys(2, "").response();
    assertThat(plain(a.dict("d").keys(2, keys.getNextPageToken()).response().getKeysList()))
        .containsExactly(2L, 3L);
    var values = a.dict("d").values(4, "").response();
    var last = a.dict("d").values(10, values.getNextPageToken()).response();
    assertThat(plain(last.getValuesList())).containsExactly("v4");
    assertThat(last.getNextPageToken()).isEmpty();
    assertThat(a.dict("d").items(5, "").response().getNextPageToken()).isEmpty();
    assertThat(a.dict("d").items(1, "?").metadata()).containsEntry("field", "page_token");
  }

  private static List<Object> keys(DictItemsResponse page) {
    return plain(page.getItemsList().stream().map(ValueEntry::getKey).toList());
  }

  @Test
  void shouldListNoKeyTwiceWhateverChangesInBetween() {
    IntStream.range(0, 4).forEach(i -> a.dict("d").set(i, i));
    var first = a.dict("d").keys(2, "").response();

    a.dict("d").set(0, "again");
    a.dict("d").delete(1);
    a.dict("d").delete(2);
    a.dict("d").set(9, 9);

    var rest = a.dict("d").keys(0, first.getNextPageToken()).response();
    assertThat(plain(rest.getKeysList())).containsExactly(3L, 9L);
  }

  @Test
  void shouldEndPageAtItsBytes() {
    Limits limits = EngineFixture.LIMITS.toBuilder().setPageBytes(1_000).build();
    Client small = new EngineFixture(limits).session("small");
    small.dict("d").create();
    small.dict("d").set(1, "x".repeat(5_000));
    small.dict("d").set(2, "x".repeat(900));
    small.dict("d").set(3, "x".repeat(900));

    var first = small.dict("d").items(0, "").response();
    var second = small.dict("d").items(0, first.getNextPageToken()).response();

    assertThat(keys(first)).containsExactly(1L);
    assertThat(keys(second)).containsExactly(2L);
    assertThat(small.dict("d").keys(0, "").response().getKeysCount()).isEqualTo(3);
  }

  // Several steps in one.

  private DictCompareAndSetResponse swap(@Nullable Object expected, @Nullable Object value) {
    DictCompareAndSetRequest.Builder how = DictCompareAndSetRequest.newBuilder();
    if (expected != null) {
      how.setExpected(Plain.value(expected));
    }
    if (value != null) {
      how.setValue(Plain.value(value));
    }
    return a.dict("d").compareAndSet("k", how).response();
  }

  @Test
  void shouldSwapWhereTheExpectationHolds() {
    assertThat(swap(null, 1).getSwapped()).isTrue();
    assertThat(swap(null, 2).getSwapped()).isFalse();
    assertThat(Plain.object(swap(7, 2).getCurrent())).isEqualTo(1L);

    var swapped = swap(1.0, 2);
    assertThat(swapped.getSwapped()).isTrue();
    assertThat(Plain.object(swapped.getCurrent())).isEqualTo(2L);

    var removed = swap(2, null);
    assertThat(removed.getSwapped()).isTrue();
    assertThat(removed.hasCurrent()).isFalse();
    assertThat(a.dict("d").size()).isZero();
    assertThat(swap(null, null).getSwapped()).isTrue();
    assertThat(swap(1, 2)).isEqualTo(DictCompareAndSetResponse.getDefaultInstance());
  }

  @Test
  void shouldNotTakeNullForAbsence() {
    a.dict("d").set("k", null);

    assertThat(swap(null, 1).getSwapped()).isFalse();
    assertThat(swap(Plain.value(null), 1).getSwapped()).isTrue();
  }

  @Test
  void shouldSwapValuesThatCannotBeKeys() {
    a.dict("d").set("k", List.of(1, Map.of("a", 1)));

    assertThat(swap(List.of(1.0, Map.of("a", true)), 1).getSwapped()).isTrue();
  }

  @Test
  void shouldUpdateInOrder() {
    a.dict("d").set("b", 0);
    Map<Object, Object> items = new LinkedHashMap<>();
    items.put("c", 1);
    items.put("b", 2);
    items.put(1, 3);
    items.put(1.0, 4);

    assertThat(a.dict("d").update(items).response().getInserted()).isEqualTo(2);

    assertThat(content())
        .containsExactly(Map.entry("b", 2L), Map.entry("c", 1L), Map.entry(1L, 4L));
  }

  @Test
  void shouldUpdateAllOrNothing() {
    Limits limits = EngineFixture.LIMITS.toBuilder().setStoredBytes(3_400).build();
    Client small = new EngineFixture(limits).anonymous();
    small.dict("d").create();
    small.dict("d").set("a", "x".repeat(1_000));
    Map<Object, Object> tooMuch = new LinkedHashMap<>();
    tooMuch.put("b", 1);
    tooMuch.put("c", "x".repeat(1_000));

    assertThat(small.dict("d").update(tooMuch).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_MEMORY_FULL);
    assertThat(small.dict("d").size()).isEqualTo(1);
    assertThat(small.dict("d").set("b", "x".repeat(1_000)).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_MEMORY_FULL);

    tooMuch.put("a", "");
    assertThat(small.dict("d").update(tooMuch).response().getInserted()).isEqualTo(2);
  }

  @Test
  void shouldRefuseUpdateThatIsTooLongOrWrongAnywhere() {
    Map<Object, Object> many = new LinkedHashMap<>();
    IntStream.rangeClosed(0, EngineFixture.LIMITS.getPageSize()).forEach(i -> many.put(i, i));
    Map<Object, Object> wrong = new LinkedHashMap<>();
    wrong.put(1, 1);
    wrong.put(List.of(), 2);

    assertThat(a.dict("d").update(many).metadata()).containsEntry("field", "items");
    assertThat(a.dict("d").update(wrong).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_VALUE);
    assertThat(a.dict("d").size()).isZero();
    assertThat(a.dict("d").update(Map.of()).response().getInserted()).isZero();
  }

  @Test
  void shouldEndWithItsSession() {
    Client b = world.session("b");
    b.dict("own").create(DictCreateRequest.newBuilder().setLifetime(Lifetime.LIFETIME_SESSION));
    b.dict("own").set(1, 1);

    b.dies();

    assertThat(a.dict("own").get(1).reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
  }

  @Test
  void shouldTakeTheLastItemOrTheFirst() {
    for (String key : List.of("a", "b", "c", "d")) {
      a.dict("d").set(key, 1);
    }
    a.dict("d").delete("d");

    assertThat(Plain.object(popItem(false).getItem().getKey())).isEqualTo("c");
    assertThat(Plain.object(popItem(true).getItem().getKey())).isEqualTo("a");
    assertThat(content()).containsOnlyKeys("b");
    popItem(false);
    assertThat(popItem(false).hasItem()).isFalse();
    assertThat(popItem(true).hasItem()).isFalse();
  }

  private DictPopItemResponse popItem(boolean first) {
    return a.call(
            "DictService/PopItem",
            DictPopItemRequest.newBuilder().setDict("d").setFirst(first).build(),
            DictPopItemResponse.getDefaultInstance())
        .response();
  }

  @Test
  void shouldReplaceOnlyWhatIsThere() {
    DictSetRequest set =
        DictSetRequest.newBuilder()
            .setDict("d")
            .setKey(Plain.value("k"))
            .setValue(Plain.value(2))
            .setOnlyIfPresent(true)
            .build();
    var response = DictSetResponse.getDefaultInstance();
    assertThat(a.call("DictService/Set", set, response).response().getSkipped()).isTrue();
    assertThat(content()).isEmpty();

    a.dict("d").set("k", 1);
    assertThat(a.call("DictService/Set", set, response).response().getSkipped()).isFalse();
    assertThat(content()).containsExactly(Map.entry("k", 2L));
  }

  @Test
  void shouldPointWhoMeansTheWholeObjectToItsDelete() {
    a.dict("whole").create().response();
    Texted.call(a, "NamespaceService/Create", "namespace: 'names'").response();

    var dict = Texted.call(a, "DictService/Delete", "dict: 'whole'");
    var namespace = Texted.call(a, "NamespaceService/Delete", "namespace: 'names'");

    assertThat(dict.sentence()).endsWith("AdminService/Delete deletes the dict itself");
    assertThat(dict.metadata()).containsEntry("field", "key");
    assertThat(namespace.sentence()).endsWith("AdminService/Delete deletes the namespace itself");
    assertThat(Texted.call(a, "NamespaceService/Set", "namespace: 'names' value {}").sentence())
        .as("of whoever deletes nothing")
        .doesNotContain("Delete");
  }
}
