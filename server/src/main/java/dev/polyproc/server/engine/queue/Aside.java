package dev.polyproc.server.engine.queue;

import dev.polyproc.internal.v1.ReturningState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Items that come back from sessions that are ending, until all of a session have. */
final class Aside {
  /** By the sessions' numbers; made for the first. */
  private @Nullable TreeMap<Long, List<Item>> bySession;

  void put(long session, Item item) {
    if (bySession == null) {
      bySession = new TreeMap<>();
    }
    bySession.computeIfAbsent(session, number -> new ArrayList<>()).add(item);
  }

  /** All have come back from a session: takes them, in the order in which they did. */
  List<Item> remove(long session) {
    List<Item> items = bySession == null ? null : bySession.remove(session);
    dropEmpty();
    return items == null ? List.of() : items;
  }

  /** Takes any; null when there is none. */
  @Nullable Item removeAny() {
    if (bySession == null) {
      return null;
    }
    Map.Entry<Long, List<Item>> last = bySession.lastEntry();
    Item item = last.getValue().remove(last.getValue().size() - 1);
    if (last.getValue().isEmpty()) {
      bySession.remove(last.getKey());
      dropEmpty();
    }
    return item;
  }

  private void dropEmpty() {
    if (bySession != null && bySession.isEmpty()) {
      bySession = null;
    }
  }

  int size() {
    return bySession == null ? 0 : bySession.values().stream().mapToInt(List::size).sum();
  }

  /** Does something with each, and the number of its session. */
  void forEach(BiConsumer<Long, Item> action) {
    if (bySession != null) {
      bySession.forEach((session, items) -> items.forEach(item -> action.accept(session, item)));
    }
  }

  /** As a snapshot has them. */
  List<ReturningState> save() {
    List<ReturningState> saved = new ArrayList<>();
    forEach(
        (session, item) ->
            saved.add(
                ReturningState.newBuilder().setSession(session).setItem(item.save()).build()));
    return saved;
  }
}
