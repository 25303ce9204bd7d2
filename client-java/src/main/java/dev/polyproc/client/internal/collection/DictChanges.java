package dev.polyproc.client.internal.collection;

import dev.polyproc.client.internal.request.Batches;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.request.Swap;
import dev.polyproc.v1.DictCompareAndSetRequest;
import dev.polyproc.v1.DictCompareAndSetResponse;
import dev.polyproc.v1.DictGetResponse;
import dev.polyproc.v1.DictSetDefaultResponse;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Changes of a {@code PolyDict} by functions that run here: each looks at the value, computes
 * another, and swaps the two if nobody changed it meanwhile; if somebody did, the swap's answer has
 * the value to try again with. What is compared is the value as it came, so that one that a codec
 * reads in part is not mistaken for another.
 */
public final class DictChanges<K, V> {
  private final Requestor requestor;
  private final DictRequests<K, V> requests;

  public DictChanges(Requestor requestor, DictRequests<K, V> requests) {
    this.requestor = requestor;
    this.requests = requests;
  }

  /** The value of a key as it is; null when there is none. */
  public @Nullable Value find(Value key) {
    DictGetResponse found = requestor.call(DictRequests.GET, requests.get(key));
    return found.hasValue() ? found.getValue() : null;
  }

  /** Sets a value, whatever was there. */
  public void set(K key, V value) {
    requestor.call(DictRequests.SET, requests.set(key, value, false));
  }

  /** Sets many: as many as the daemon takes in one call all at once, more in several calls. */
  public void setAll(Map<? extends K, ? extends V> items) {
    Batches<ValueEntry> updates =
        new Batches<>(
            requestor.limits(),
            batch -> requestor.call(DictRequests.UPDATE, requests.update(batch)));
    items.forEach((key, value) -> updates.add(requests.entry(key, value)));
    updates.flush();
  }

  /** Sets a value if it is this very one. */
  public boolean swap(Value key, @Nullable Value expected, @Nullable Value value) {
    return call(key, expected, value).getSwapped();
  }

  /** Sets a value, or removes it, if it is equal to what was expected. */
  public boolean swap(Value key, Swap<V> swap, @Nullable Value value) {
    return swap.make(expected -> answer(call(key, expected, value)));
  }

  public boolean compareAndSet(K key, @Nullable V expected, @Nullable V value) {
    Value encoded = requests.key(key);
    Value next = value == null ? null : requests.value(value);
    return expected == null
        ? call(encoded, null, next).getSwapped()
        : swap(encoded, requests.expecting(expected), next);
  }

  public CompletableFuture<Boolean> compareAndSetAsync(
      K key, @Nullable V expected, @Nullable V value) {
    Value encoded = requests.key(key);
    Value next = value == null ? null : requests.value(value);
    return expected == null
        ? requestor.async(
            DictRequests.COMPARE_AND_SET,
            DictRequests.compareAndSet(requests.name(), encoded, null, next),
            DictCompareAndSetResponse::getSwapped)
        : requests
            .expecting(expected)
            .makeAsync(
                requestor,
                DictRequests.COMPARE_AND_SET,
                there -> DictRequests.compareAndSet(requests.name(), encoded, there, next),
                DictChanges::answer);
  }

  private static Swap.Answer answer(DictCompareAndSetResponse response) {
    return new Swap.Answer(
        response.getSwapped(), response.hasCurrent() ? response.getCurrent() : null);
  }

  public @Nullable V compute(
      K key, BiFunction<? super K, ? super @Nullable V, ? extends @Nullable V> f) {
    Objects.requireNonNull(f, "Expected a function, but it is null");
    Value encoded = requests.key(key);
    return change(key, encoded, find(encoded), f);
  }

  public @Nullable V computeIfPresent(
      K key, BiFunction<? super K, ? super V, ? extends @Nullable V> f) {
    Objects.requireNonNull(f, "Expected a function, but it is null");
    Value encoded = requests.key(key);
    return change(
        key, encoded, find(encoded), (same, value) -> value == null ? null : f.apply(same, value));
  }

  public @Nullable V computeIfAbsent(K key, Function<? super K, ? extends @Nullable V> f) {
    Objects.requireNonNull(f, "Expected a function, but it is null");
    Value there = find(requests.key(key));
    if (there != null) {
      return requests.values().decode(there);
    }
    V value = f.apply(key);
    if (value == null) {
      return null;
    }
    DictSetDefaultResponse set =
        requestor.call(DictRequests.SET_DEFAULT, requests.setDefault(key, value));
    return set.getInserted() ? value : requests.values().decode(set.getValue());
  }

  /** Tries first what a new key needs: one round trip for that, two for a key that is there. */
  public @Nullable V merge(
      K key, V value, BiFunction<? super V, ? super V, ? extends @Nullable V> f) {
    Objects.requireNonNull(f, "Expected a function, but it is null");
    Value encoded = requests.key(key);
    DictCompareAndSetResponse first = call(encoded, null, requests.value(value));
    return first.getSwapped()
        ? value
        : change(
            key,
            encoded,
            first.getCurrent(),
            (same, before) -> before == null ? value : f.apply(before, value));
  }

  /** Changes all values, a page at a time, all of a page at once. */
  public void replaceAll(BiFunction<? super K, ? super V, ? extends V> f) {
    Objects.requireNonNull(f, "Expected a function, but it is null");
    List<ValueEntry> asked = new ArrayList<>();
    Batches<DictCompareAndSetRequest> swaps =
        new Batches<>(
            requestor.limits(),
            batch -> {
              List<DictCompareAndSetResponse> swapped =
                  requestor.callAll(DictRequests.COMPARE_AND_SET, batch);
              for (int i = 0; i < swapped.size(); i++) {
                retry(asked.get(i).getKey(), swapped.get(i), f);
              }
              asked.subList(0, swapped.size()).clear();
            });
    for (ValueEntry entry : new DictEntries(requestor, requests.name()).items()) {
      V after =
          f.apply(
              requests.keys().decode(entry.getKey()), requests.values().decode(entry.getValue()));
      asked.add(entry);
      swaps.add(
          DictRequests.compareAndSet(
              requests.name(), entry.getKey(), entry.getValue(), requests.value(after)));
    }
    swaps.flush();
  }

  private void retry(
      Value key,
      DictCompareAndSetResponse swapped,
      BiFunction<? super K, ? super V, ? extends V> f) {
    if (!swapped.getSwapped() && swapped.hasCurrent()) {
      change(
          requests.keys().decode(key),
          key,
          swapped.getCurrent(),
          (same, value) -> value == null ? null : f.apply(same, value));
    }
  }

  private @Nullable V change(
      K key,
      Value encoded,
      @Nullable Value there,
      BiFunction<? super K, ? super @Nullable V, ? extends @Nullable V> f) {
    Value before = there;
    while (true) {
      V after = f.apply(key, before == null ? null : requests.values().decode(before));
      if (after == null && before == null) {
        return null;
      }
      DictCompareAndSetResponse swapped =
          call(encoded, before, after == null ? null : requests.value(after));
      if (swapped.getSwapped()) {
        return after;
      }
      before = swapped.hasCurrent() ? swapped.getCurrent() : null;
    }
  }

  private DictCompareAndSetResponse call(
      Value key, @Nullable Value expected, @Nullable Value value) {
    return requestor.call(
        DictRequests.COMPARE_AND_SET,
        DictRequests.compareAndSet(requests.name(), key, expected, value));
  }
}
