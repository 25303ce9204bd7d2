package dev.polyproc.server.engine.value;

import com.google.protobuf.ByteString;
import dev.polyproc.server.engine.value.ValueKey.OpaqueKey;
import dev.polyproc.server.engine.value.ValueKey.RefKey;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A total order of what keys of one kind hold: zero for what is equal, and for nothing else. */
final class KeyOrder {
  private KeyOrder() {}

  static int compare(Object a, Object b) {
    if (a instanceof Long x && b instanceof Long y) {
      return x.compareTo(y);
    }
    if (a instanceof String x && b instanceof String y) {
      return x.compareTo(y);
    }
    if (a instanceof ByteString x && b instanceof ByteString y) {
      return ValueOrder.compareUnsigned(x, y);
    }
    if (a instanceof Double x && b instanceof Double y) {
      return x.compareTo(y);
    }
    if (a instanceof BigInteger x && b instanceof BigInteger y) {
      return x.compareTo(y);
    }
    if (a instanceof RefKey x && b instanceof RefKey y) {
      int order = Long.compare(x.incarnation(), y.incarnation());
      return order != 0 ? order : x.name().compareTo(y.name());
    }
    if (a instanceof OpaqueKey x && b instanceof OpaqueKey y) {
      int order = x.contentType().compareTo(y.contentType());
      return order != 0 ? order : ValueOrder.compareUnsigned(x.data(), y.data());
    }
    if (a instanceof List<?> x && b instanceof List<?> y) {
      return compareAll(x, y);
    }
    if (a instanceof Map<?, ?> x && b instanceof Map<?, ?> y) {
      return compareMaps(x, y);
    }
    return Integer.compare(rank(a), rank(b));
  }

  /**
   * Numbers of different types are never equal: a number that is whole is of the narrowest type.
   */
  private static int rank(Object number) {
    return number instanceof Long ? 0 : number instanceof BigInteger ? 1 : 2;
  }

  private static int compareAll(List<?> a, List<?> b) {
    int order = Integer.compare(a.size(), b.size());
    for (int i = 0; order == 0 && i < a.size(); i++) {
      order = ((ValueKey) a.get(i)).compareTo((ValueKey) b.get(i));
    }
    return order;
  }

  private static int compareMaps(Map<?, ?> a, Map<?, ?> b) {
    Map<?, ?> x = new TreeMap<>(a);
    Map<?, ?> y = new TreeMap<>(b);
    int order = compareAll(List.copyOf(x.keySet()), List.copyOf(y.keySet()));
    return order != 0 ? order : compareAll(List.copyOf(x.values()), List.copyOf(y.values()));
  }
}
