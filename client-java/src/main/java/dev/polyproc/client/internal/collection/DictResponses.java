package dev.polyproc.client.internal.collection;

import dev.polyproc.client.Codec;
import dev.polyproc.client.UnexpectedValueException;
import dev.polyproc.client.internal.value.Codecs;
import dev.polyproc.client.internal.value.Values;
import dev.polyproc.v1.DictGetResponse;
import dev.polyproc.v1.DictPopItemResponse;
import dev.polyproc.v1.DictPopResponse;
import dev.polyproc.v1.DictSetDefaultResponse;
import dev.polyproc.v1.DictSetResponse;
import dev.polyproc.v1.DictSizeResponse;
import dev.polyproc.v1.ValueEntry;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the daemon answers a {@code PolyDict}, as Java's maps do.
 *
 * @param keys reads its keys
 * @param values reads its values
 */
public record DictResponses<K, V>(Codec<K> keys, Codec<V> values) {
  public @Nullable V got(DictGetResponse response) {
    return response.hasValue() ? values.decode(response.getValue()) : null;
  }

  public @Nullable V previous(DictSetResponse response) {
    return response.hasPrevious() ? Codecs.taken(values, response.getPrevious()) : null;
  }

  public @Nullable V present(DictSetDefaultResponse response) {
    return response.getInserted() ? null : values.decode(response.getValue());
  }

  public @Nullable V popped(DictPopResponse response) {
    return response.hasValue() ? Codecs.taken(values, response.getValue()) : null;
  }

  public Map.@Nullable Entry<K, V> item(DictPopItemResponse response) {
    if (!response.hasItem()) {
      return null;
    }
    ValueEntry item = response.getItem();
    try {
      return Map.entry(keys.decode(item.getKey()), values.decode(item.getValue()));
    } catch (RuntimeException e) {
      throw UnexpectedValueException.taken(e, Values.ofEntry(item));
    }
  }

  public static int size(DictSizeResponse response) {
    return (int) Math.min(Integer.MAX_VALUE, response.getSize());
  }
}
