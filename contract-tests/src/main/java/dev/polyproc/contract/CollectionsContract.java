package dev.polyproc.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.v1.DictAddRequest;
import dev.polyproc.v1.DictCompareAndSetRequest;
import dev.polyproc.v1.DictCreateRequest;
import dev.polyproc.v1.DictDeleteRequest;
import dev.polyproc.v1.DictGetRequest;
import dev.polyproc.v1.DictItemsRequest;
import dev.polyproc.v1.DictItemsResponse;
import dev.polyproc.v1.DictPopItemRequest;
import dev.polyproc.v1.DictServiceGrpc;
import dev.polyproc.v1.DictServiceGrpc.DictServiceBlockingStub;
import dev.polyproc.v1.DictSetDefaultRequest;
import dev.polyproc.v1.DictSetRequest;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.ListAppendRequest;
import dev.polyproc.v1.ListCreateRequest;
import dev.polyproc.v1.ListDeleteRequest;
import dev.polyproc.v1.ListExtendRequest;
import dev.polyproc.v1.ListFindRequest;
import dev.polyproc.v1.ListGetRequest;
import dev.polyproc.v1.ListPopRequest;
import dev.polyproc.v1.ListRange;
import dev.polyproc.v1.ListServiceGrpc;
import dev.polyproc.v1.ListServiceGrpc.ListServiceBlockingStub;
import dev.polyproc.v1.ListSetSliceRequest;
import dev.polyproc.v1.ListSliceRequest;
import dev.polyproc.v1.ListSortRequest;
import dev.polyproc.v1.NamespaceAddRequest;
import dev.polyproc.v1.NamespaceAttributesRequest;
import dev.polyproc.v1.NamespaceCreateRequest;
import dev.polyproc.v1.NamespaceServiceGrpc;
import dev.polyproc.v1.NamespaceServiceGrpc.NamespaceServiceBlockingStub;
import dev.polyproc.v1.NamespaceSetRequest;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueEntry;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** DictService, ListService and NamespaceService. */
public abstract class CollectionsContract extends ContractSuite {
  private DictServiceBlockingStub dict() {
    DictServiceBlockingStub dicts = DictServiceGrpc.newBlockingStub(channel());
    assertThat(dicts.create(DictCreateRequest.newBuilder().setDict(name()).build()).getCreated())
        .isTrue();
    return dicts;
  }

  private DictSetRequest set(String key, long value) {
    return DictSetRequest.newBuilder()
        .setDict(name())
        .setKey(text(key))
        .setValue(number(value))
        .setReturnPrevious(true)
        .build();
  }

  private List<String> keys(DictServiceBlockingStub dicts) {
    List<String> keys = new ArrayList<>();
    String token = "";
    do {
      DictItemsResponse page =
          dicts.items(
              DictItemsRequest.newBuilder()
                  .setDict(name())
                  .setPageSize(2)
                  .setPageToken(token)
                  .build());
      page.getItemsList().stream().map(ValueEntry::getKey).map(Value::getText).forEach(keys::add);
      token = page.getNextPageToken();
    } while (!token.isEmpty());
    return keys;
  }

  @Test
  void shouldKeepKeysInTheOrderInWhichTheyWereSetFirst() {
    DictServiceBlockingStub dicts = dict();
    for (String key : List.of("c", "a", "b")) {
      assertThat(dicts.set(set(key, 1)).hasPrevious()).isFalse();
    }
    assertThat(dicts.set(set("c", 2)).getPrevious()).isEqualTo(number(1));
    assertThat(keys(dicts)).containsExactly("c", "a", "b");
    DictDeleteRequest delete =
        DictDeleteRequest.newBuilder().setDict(name()).setKey(text("a")).build();
    assertThat(dicts.delete(delete).getDeleted()).isTrue();
    assertThat(dicts.delete(delete).getDeleted()).isFalse();
    DictGetRequest get = DictGetRequest.newBuilder().setDict(name()).setKey(text("a")).build();
    assertThat(dicts.get(get).hasValue()).isFalse();
    DictPopItemRequest pop = DictPopItemRequest.newBuilder().setDict(name()).build();
    assertThat(dicts.popItem(pop).getItem().getKey()).isEqualTo(text("b"));
    assertThat(keys(dicts)).containsExactly("c");
  }

  @Test
  void shouldFindEqualNumbersUnderOneKey() {
    DictServiceBlockingStub dicts = dict();
    Value[] one = {
      number(1), Value.newBuilder().setFloat(1.0).build(), Value.newBuilder().setBool(true).build(),
    };
    for (Value key : one) {
      var unused =
          dicts.set(
              DictSetRequest.newBuilder().setDict(name()).setKey(key).setValue(number(7)).build());
    }
    assertThat(dicts.items(DictItemsRequest.newBuilder().setDict(name()).build()).getItemsCount())
        .isEqualTo(1);
  }

  @Test
  void shouldAddNoMoreThanTheBitsThatTheCallerHas() {
    DictServiceBlockingStub dicts = dict();
    DictAddRequest.Builder add =
        DictAddRequest.newBuilder()
            .setDict(name())
            .setKey(text("k"))
            .setAmount(number(1))
            .setInitial(number(Long.MAX_VALUE));
    assertThat(reasonOf(() -> dicts.add(add.setBits(64).build())))
        .isEqualTo(ErrorReason.ERROR_REASON_VALUE_TOO_LARGE);
    Value half = Value.newBuilder().setFloat(0.5).build();
    DictGetRequest get = DictGetRequest.newBuilder().setDict(name()).setKey(text("k")).build();
    assertThat(dicts.get(get).hasValue()).isFalse();
    assertThat(dicts.add(add.setBits(65).build()).getValue().hasBigInt()).isTrue();
    assertThat(dicts.add(add.setBits(64).setAmount(number(-1)).build()).getValue())
        .isEqualTo(number(Long.MAX_VALUE));
    assertThat(reasonOf(() -> dicts.add(add.setAmount(half).build())))
        .isEqualTo(ErrorReason.ERROR_REASON_NOT_A_NUMBER);
    assertThat(dicts.get(get).getValue()).isEqualTo(number(Long.MAX_VALUE));
  }

  @Test
  void shouldChangeADictInOneStep() {
    DictServiceBlockingStub dicts = dict();
    DictSetDefaultRequest setDefault =
        DictSetDefaultRequest.newBuilder()
            .setDict(name())
            .setKey(text("k"))
            .setValue(number(1))
            .build();
    assertThat(dicts.setDefault(setDefault).getInserted()).isTrue();
    assertThat(dicts.setDefault(setDefault).getInserted()).isFalse();
    DictAddRequest add = DictAddRequest.newBuilder().setDict(name()).setKey(text("k")).build();
    assertThat(dicts.add(add).getValue()).isEqualTo(number(2));
    DictCompareAndSetRequest swap =
        DictCompareAndSetRequest.newBuilder()
            .setDict(name())
            .setKey(text("k"))
            .setExpected(number(2))
            .setValue(number(9))
            .build();
    assertThat(dicts.compareAndSet(swap).getSwapped()).isTrue();
    assertThat(dicts.compareAndSet(swap).getSwapped()).isFalse();
    assertThat(dicts.compareAndSet(swap).getCurrent()).isEqualTo(number(9));
  }

  private ListServiceBlockingStub list(long... values) {
    ListServiceBlockingStub lists = ListServiceGrpc.newBlockingStub(channel());
    assertThat(lists.create(ListCreateRequest.newBuilder().setList(name()).build()).getCreated())
        .isTrue();
    ListExtendRequest.Builder extend = ListExtendRequest.newBuilder().setList(name());
    for (long value : values) {
      extend.addValues(number(value));
    }
    assertThat(lists.extend(extend.build()).getSize()).isEqualTo(values.length);
    return lists;
  }

  private List<Long> values(ListServiceBlockingStub lists, ListRange range) {
    return lists
        .slice(ListSliceRequest.newBuilder().setList(name()).setRange(range).build())
        .getValuesList()
        .stream()
        .map(Value::getInt)
        .toList();
  }

  @Test
  void shouldReachValuesOfAListByIndexAndSlice() {
    ListServiceBlockingStub lists = list(3, 1, 2);
    ListGetRequest.Builder get = ListGetRequest.newBuilder().setList(name());
    assertThat(lists.get(get.setIndex(-1).build()).getValue()).isEqualTo(number(2));
    assertThat(reasonOf(() -> lists.get(get.setIndex(3).build())))
        .isEqualTo(ErrorReason.ERROR_REASON_INDEX_OUT_OF_RANGE);
    ListRange backwards = ListRange.newBuilder().setStep(-1).build();
    assertThat(values(lists, backwards)).containsExactly(2L, 1L, 3L);

    var unused =
        lists.setSlice(
            ListSetSliceRequest.newBuilder()
                .setList(name())
                .setRange(ListRange.newBuilder().setStart(1).setStop(2))
                .addValues(number(8))
                .addValues(number(9))
                .build());
    assertThat(values(lists, ListRange.getDefaultInstance())).containsExactly(3L, 8L, 9L, 2L);
    assertThat(
            lists.pop(ListPopRequest.newBuilder().setList(name()).setIndex(0).build()).getValue())
        .isEqualTo(number(3));
  }

  @Test
  void shouldRemoveAndInsertOnlyWhereTheCallerMeans() {
    ListServiceBlockingStub lists = list(1, 2, 1);
    ListDeleteRequest.Builder delete =
        ListDeleteRequest.newBuilder().setList(name()).setExpected(number(1));
    assertThat(lists.delete(delete.setIndex(1).build()).getDeleted()).isFalse();
    ListFindRequest last =
        ListFindRequest.newBuilder().setList(name()).setValue(number(1)).setLast(true).build();
    assertThat(lists.find(last).getIndex()).isEqualTo(2);
    assertThat(lists.delete(delete.setIndex(2).build()).getDeleted()).isTrue();
    ListSetSliceRequest beyond =
        ListSetSliceRequest.newBuilder()
            .setList(name())
            .setRange(ListRange.newBuilder().setStart(3).setStop(3).setStrict(true))
            .addValues(number(9))
            .build();
    assertThat(reasonOf(() -> lists.setSlice(beyond)))
        .isEqualTo(ErrorReason.ERROR_REASON_INDEX_OUT_OF_RANGE);
    assertThat(values(lists, ListRange.getDefaultInstance())).containsExactly(1L, 2L);
  }

  @Test
  void shouldSortAListOrLeaveIt() {
    ListServiceBlockingStub lists = list(3, 1, 2);
    ListSortRequest sort = ListSortRequest.newBuilder().setList(name()).setReverse(true).build();
    var unused = lists.sort(sort);
    assertThat(values(lists, ListRange.getDefaultInstance())).containsExactly(3L, 2L, 1L);

    assertThat(
            lists
                .append(ListAppendRequest.newBuilder().setList(name()).setValue(text("x")).build())
                .getSize())
        .isEqualTo(4);
    assertThat(reasonOf(() -> lists.sort(sort))).isEqualTo(ErrorReason.ERROR_REASON_NOT_COMPARABLE);
  }

  @Test
  void shouldShareAttributes() {
    NamespaceServiceBlockingStub namespaces = NamespaceServiceGrpc.newBlockingStub(channel());
    var unused =
        namespaces.create(NamespaceCreateRequest.newBuilder().setNamespace(name()).build());
    var unusedSet =
        namespaces.set(
            NamespaceSetRequest.newBuilder()
                .setNamespace(name())
                .setAttribute("x")
                .setValue(number(1))
                .build());
    NamespaceAddRequest add =
        NamespaceAddRequest.newBuilder()
            .setNamespace(name())
            .setAttribute("x")
            .setAmount(number(5))
            .build();
    assertThat(namespaces.add(add).getValue()).isEqualTo(number(6));
    assertThat(
            namespaces
                .attributes(NamespaceAttributesRequest.newBuilder().setNamespace(name()).build())
                .getAttributesList())
        .extracting(attribute -> attribute.getName() + "=" + attribute.getValue().getInt())
        .containsExactly("x=6");
  }
}
