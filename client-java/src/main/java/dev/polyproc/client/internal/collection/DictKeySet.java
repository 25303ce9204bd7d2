package dev.polyproc.client.internal.collection;

import dev.polyproc.client.Codec;
import dev.polyproc.client.internal.value.Codecs;
import dev.polyproc.v1.Value;
import java.util.AbstractSet;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Spliterator;
import java.util.function.Predicate;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** The keys of a {@code PolyDict}, live. */
public final class DictKeySet<K> extends AbstractSet<K> {
  private final Map<K, ?> dict;
  private final DictEntries entries;
  private final Codec<K> keys;

  public DictKeySet(Map<K, ?> dict, DictEntries entries, Codec<K> keys) {
    this.dict = dict;
    this.entries = entries;
    this.keys = keys;
  }

  @Override
  public Iterator<K> iterator() {
    return entries.iterator(entries.keys(), entry -> keys.decode(entry.getKey()));
  }

  @Override
  public Spliterator<K> spliterator() {
    return entries.spliterator(iterator());
  }

  @Override
  public int size() {
    return dict.size();
  }

  @Override
  public void clear() {
    dict.clear();
  }

  @Override
  public boolean contains(@Nullable Object key) {
    return dict.containsKey(key);
  }

  @Override
  public boolean remove(@Nullable Object key) {
    Value encoded = Codecs.lookup(keys, key);
    return encoded != null && entries.removeKeys(List.of(encoded));
  }

  @Override
  public boolean removeAll(Collection<?> others) {
    return entries.removeKeys(
        others.stream().map(key -> Codecs.lookup(keys, key)).filter(Objects::nonNull).toList());
  }

  @Override
  public boolean retainAll(Collection<?> others) {
    return Removals.allBut(this, others);
  }

  @Override
  public boolean removeIf(Predicate<? super K> filter) {
    Objects.requireNonNull(filter);
    return entries.removeKeys(
        () ->
            StreamSupport.stream(entries.keys().spliterator(), false)
                .map(entry -> entry.getKey())
                .filter(key -> filter.test(keys.decode(key)))
                .iterator());
  }

  @Override
  public String toString() {
    return dict + ".keySet()";
  }
}
