package dev.polyproc.server.engine;

import dev.polyproc.v1.Limits;

/**
 * A page of a listing: up to {@code size} elements whose numbers are above {@code after}. The token
 * of the next page is the number of the last element.
 */
public record Page(long after, int size) {
  /** The page that a request asks for. */
  public static Page of(int pageSize, String pageToken, Limits limits) {
    int size = pageSize <= 0 ? limits.getPageSize() : Math.min(pageSize, limits.getPageSize());
    if (pageToken.isEmpty()) {
      return new Page(0, size);
    }
    try {
      long after = Long.parseLong(pageToken, Character.MAX_RADIX);
      if (after > 0) {
        return new Page(after, size);
      }
    } catch (NumberFormatException e) {
      // It is not one of ours, which is said below.
    }
    throw Refusal.argument(
        "page_token", "Expected the next_page_token of a page before, but it is not one");
  }

  /** The token of the page after an element. */
  public String token(long last) {
    return Long.toString(last, Character.MAX_RADIX);
  }
}
