package dev.polyproc.server.engine.value;

import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ElementType;

/** How many bytes the elements of values, arrays and shared memory have. */
public final class ElementSizes {
  private ElementSizes() {}

  /** Those of an element of a type that a call asks for. */
  public static int of(ElementType type) {
    return switch (type) {
      case ELEMENT_TYPE_BOOL, ELEMENT_TYPE_INT8, ELEMENT_TYPE_UINT8, ELEMENT_TYPE_CHAR -> 1;
      case ELEMENT_TYPE_INT16, ELEMENT_TYPE_UINT16 -> 2;
      case ELEMENT_TYPE_INT32, ELEMENT_TYPE_UINT32, ELEMENT_TYPE_FLOAT32, ELEMENT_TYPE_WCHAR -> 4;
      case ELEMENT_TYPE_INT64, ELEMENT_TYPE_UINT64, ELEMENT_TYPE_FLOAT64 -> 8;
      case ELEMENT_TYPE_UNSPECIFIED ->
          throw Refusal.argument(
              "type",
              "Expected the type of the elements, but there is none; say one, such as INT64");
      case UNRECOGNIZED ->
          throw Refusal.argument("type", "Expected a type of the contract, but it is another");
    };
  }
}
