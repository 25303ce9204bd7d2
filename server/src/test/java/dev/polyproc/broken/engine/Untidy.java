package dev.polyproc.broken.engine;

import java.util.HashMap;
import java.util.Map;

/** Goes through a hash table. */
final class Untidy {
  private final Map<String, String> table = new HashMap<>();

  String all() {
    return String.join(" ", table.values());
  }
}
