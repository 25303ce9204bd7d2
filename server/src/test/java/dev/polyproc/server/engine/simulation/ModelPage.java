package dev.polyproc.server.engine.simulation;

import java.util.Collection;
import java.util.List;

/**
 * The first page of a listing.
 *
 * @param token {@link #MORE} where there is another page, and empty after the last
 */
record ModelPage<T>(List<T> rows, String token) {
  /** What stands for any token of a next page. */
  static final String MORE = "more";

  static <T> ModelPage<T> of(Collection<T> all, int pageSize) {
    boolean isWhole = pageSize == 0 || all.size() <= pageSize;
    return isWhole
        ? new ModelPage<>(List.copyOf(all), "")
        : new ModelPage<>(all.stream().limit(pageSize).toList(), MORE);
  }
}
