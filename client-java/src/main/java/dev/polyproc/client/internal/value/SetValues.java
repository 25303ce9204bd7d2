package dev.polyproc.client.internal.value;

import com.google.protobuf.ByteString;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueEntry;
import dev.polyproc.v1.ValueList;
import dev.polyproc.v1.ValueMap;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * Sets as lists in an order that depends on nothing but the elements: that of their values, as they
 * are serialized. So equal sets are one value, whoever writes them: Java's own order is another one
 * in every JVM.
 */
public final class SetValues {
  private record Element(Value value, ByteString order) {}

  private SetValues() {}

  /**
   * The list of what a set holds.
   *
   * @throws IllegalArgumentException when two elements are one value, which nobody could read
   */
  static Value of(Collection<Value> elements) {
    List<Element> sorted = new ArrayList<>(elements.size());
    elements.forEach(value -> sorted.add(new Element(value, canonical(value).toByteString())));
    sorted.sort(
        Comparator.comparing(Element::order, ByteString.unsignedLexicographicalComparator()));
    ValueList.Builder list = ValueList.newBuilder();
    ByteString before = null;
    for (Element element : sorted) {
      if (element.order().equals(before)) {
        throw new IllegalArgumentException(
            "Expected a set whose elements are different values, but two of them are both "
                + Values.describe(element.value()));
      }
      before = element.order();
      list.addValues(element.value());
    }
    return Value.newBuilder().setList(list).build();
  }

  /** The value with the entries of its maps in one order: maps are equal in any. */
  private static Value canonical(Value value) {
    return switch (value.getKindCase()) {
      case LIST -> Value.newBuilder().setList(canonical(value.getList())).build();
      case TUPLE -> Value.newBuilder().setTuple(canonical(value.getTuple())).build();
      case MAP -> Value.newBuilder().setMap(canonical(value.getMap())).build();
      default -> value;
    };
  }

  private static ValueList canonical(ValueList values) {
    ValueList.Builder list = ValueList.newBuilder();
    values.getValuesList().forEach(value -> list.addValues(canonical(value)));
    return list.build();
  }

  private static ValueMap canonical(ValueMap map) {
    ValueMap.Builder entries = ValueMap.newBuilder();
    map.getEntriesList().stream()
        .map(
            entry ->
                ValueEntry.newBuilder()
                    .setKey(canonical(entry.getKey()))
                    .setValue(canonical(entry.getValue()))
                    .build())
        .sorted(
            Comparator.comparing(
                ValueEntry::toByteString, ByteString.unsignedLexicographicalComparator()))
        .forEach(entries::addEntries);
    return entries.build();
  }
}
