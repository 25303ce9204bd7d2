package dev.polyproc.server.engine.session;

import dev.polyproc.server.engine.session.Window.Slot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A window's slots by their sequences.
 *
 * <p>A client numbers its commands one after the other and confirms them nearly so: each has its
 * place in a ring, found without hashing. One whose place is taken, as when a call that waits for
 * long stays behind, is kept aside.
 */
final class Slots {
  private static final int SMALL = 16;

  /** The ring has at most so many places for each slot. */
  private static final int SPARE = 8;

  private @Nullable Slot[] ring = new Slot[SMALL];
  private Map<Long, Slot> aside = new HashMap<>();
  private int size;

  int size() {
    return size;
  }

  @Nullable Slot get(long sequence) {
    Slot slot = ring[place(sequence)];
    if (slot != null && slot.sequence == sequence) {
      return slot;
    }
    return aside.isEmpty() ? null : aside.get(sequence);
  }

  /** Adds a slot, in place of one of the same sequence. */
  void put(Slot slot) {
    remove(slot.sequence);
    if (2 * size >= ring.length) {
      grow();
    }
    place(slot);
    size++;
  }

  @Nullable Slot remove(long sequence) {
    Slot slot = take(sequence);
    if (slot != null) {
      shrink();
    }
    return slot;
  }

  private @Nullable Slot take(long sequence) {
    int place = place(sequence);
    Slot slot = ring[place];
    if (slot != null && slot.sequence == sequence) {
      ring[place] = null;
    } else {
      slot = aside.isEmpty() ? null : aside.remove(sequence);
    }
    if (slot != null) {
      size--;
    }
    return slot;
  }

  /** Removes the slots of some kind. */
  void removeIf(Predicate<Slot> isToGo, Consumer<Slot> removed) {
    for (Slot slot : inOrder()) {
      if (isToGo.test(slot)) {
        take(slot.sequence);
        removed.accept(slot);
      }
    }
    shrink();
  }

  /** Removes the slots from {@code first} to {@code last}. */
  void remove(long first, long last, Consumer<Slot> removed) {
    if (last - first < ring.length) {
      for (long i = 0; i <= last - first && size > 0; i++) {
        Slot slot = take(first + i);
        if (slot != null) {
          removed.accept(slot);
        }
      }
      shrink();
    } else if (size > 0) {
      removeIf(slot -> slot.sequence >= first && slot.sequence <= last, removed);
    }
  }

  /** All slots, the lowest sequence first. */
  List<Slot> inOrder() {
    List<Slot> slots = new ArrayList<>(aside.values());
    for (Slot slot : ring) {
      if (slot != null) {
        slots.add(slot);
      }
    }
    slots.sort(Comparator.comparingLong(slot -> slot.sequence));
    return slots;
  }

  void clear() {
    ring = new Slot[SMALL];
    aside = new HashMap<>();
    size = 0;
  }

  private int place(long sequence) {
    return (int) sequence & (ring.length - 1);
  }

  private void place(Slot slot) {
    int place = place(slot.sequence);
    if (ring[place] == null) {
      ring[place] = slot;
    } else {
      aside.put(slot.sequence, slot);
    }
  }

  private void grow() {
    resize(2 * ring.length);
  }

  /** A session that was busy once does not keep the room for that. */
  private void shrink() {
    if (ring.length > SMALL && size < ring.length / SPARE) {
      resize(Math.max(SMALL, ring.length / (SPARE / 2)));
    }
  }

  private void resize(int length) {
    List<@Nullable Slot> before = aside.isEmpty() ? Arrays.asList(ring) : inOrder();
    ring = new Slot[length];
    aside = new HashMap<>();
    for (Slot slot : before) {
      if (slot != null) {
        place(slot);
      }
    }
  }
}
