package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.client.Codec;
import dev.polyproc.client.PolyArray;
import dev.polyproc.client.PolyDict;
import dev.polyproc.client.PolyList;
import dev.polyproc.client.PolyLong;
import dev.polyproc.client.PolyNamespace;
import dev.polyproc.client.Polyproc;
import dev.polyproc.v1.ElementType;
import java.util.List;

/**
 * Numbers of a namespace, a value and an array that are added to, and lists in a dict that are
 * made, filled by another client, and let go: every addition counts once, and a list that nobody
 * refers to is gone.
 */
final class StormStateLane implements StormLane {
  private static final int ADDITIONS = 60;
  private static final int LISTS = 20;

  private final Polyproc first;
  private final Polyproc second;
  private final PolyNamespace namespace;
  private final PolyLong sum;
  private final PolyArray<Long> row;
  private final PolyDict<Long, PolyList<Long>> lists;
  private final PolyDict<Long, PolyList<Long>> sameLists;

  StormStateLane(String seed, Polyproc first, Polyproc second) {
    this.first = first;
    this.second = second;
    this.namespace = first.namespace(seed + "/namespace");
    second.namespace(seed + "/namespace");
    this.sum = first.atomicLong(seed + "/sum");
    this.row = first.array(seed + "/row", ElementType.ELEMENT_TYPE_INT64, 2, Long.class);
    this.lists =
        first.dict(seed + "/lists", Codec.of(Long.class), first.lists(Codec.of(Long.class)));
    this.sameLists =
        second.dict(seed + "/lists", Codec.of(Long.class), second.lists(Codec.of(Long.class)));
  }

  @Override
  public List<Task> tasks() {
    return List.of(() -> add(first), () -> add(second), this::makeLists, this::fillLists);
  }

  private void add(Polyproc client) {
    PolyNamespace same = client.namespace(namespace.name());
    PolyLong sameSum = client.atomicLong(sum.name());
    PolyArray<Long> sameRow = client.array(row.name(), Long.class);
    for (int i = 0; i < ADDITIONS; i++) {
      same.add("sum", 1, 0L);
      var unusedSum = sameSum.incrementAndGet();
      var unusedElement = sameRow.incrementAndGet(0);
      unusedElement = sameRow.updateAndGet(-1, n -> n + 1);
      Long seen = same.get("turn", Long.class);
      while (!same.compareAndSet("turn", seen, (seen == null ? 0 : seen) + 1)) {
        seen = same.get("turn", Long.class);
      }
    }
  }

  private void makeLists() {
    for (long i = 0; i < LISTS; i++) {
      PolyList<Long> list = first.newList(Codec.of(Long.class));
      list.add(i);
      lists.set(i, list);
      first.drop(list);
    }
  }

  private void fillLists() {
    for (long i = 0; i < LISTS; i++) {
      PolyList<Long> list = sameLists.get(i);
      while (list == null) {
        list = sameLists.get(i);
      }
      list.add(-i);
      assertThat(list).containsExactly(i, -i);
      assertThat(sameLists.delete(i)).isTrue();
      second.drop(list);
    }
  }

  @Override
  public void check() {
    assertThat(namespace.get("sum", Long.class)).isEqualTo(2L * ADDITIONS);
    assertThat(namespace.get("turn", Long.class)).isEqualTo(2L * ADDITIONS);
    assertThat(sum.get()).isEqualTo(2L * ADDITIONS);
    assertThat(row.longs()).containsExactly(2L * ADDITIONS, 2L * ADDITIONS);
    assertThat(lists).isEmpty();
  }
}
