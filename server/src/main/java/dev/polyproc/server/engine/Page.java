package dev.polyproc.server.engine;

import com.google.protobuf.MessageLite;
import dev.polyproc.v1.Limits;
import java.util.Iterator;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A page of a listing: up to {@code size} elements whose numbers are above {@code after}. The token
 * of the next page is the number of the last element, with a check that tells a made-up one.
 */
public record Page(long after, int size) {
  private static final int CHECKS = 46_657; // The prime above 36³: three digits, as a rule.

  /** The page that a request asks for. */
  public static Page of(int pageSize, String pageToken, Limits limits) {
    int size = pageSize <= 0 ? limits.getPageSize() : Math.min(pageSize, limits.getPageSize());
    if (pageToken.isEmpty()) {
      return new Page(0, size);
    }
    try {
      long after = Long.parseLong(pageToken, Character.MAX_RADIX) / CHECKS;
      if (after > 0 && token(after).equals(pageToken)) {
        return new Page(after, size);
      }
    } catch (NumberFormatException e) {
      // It is not one of ours, which is said below.
    }
    throw Refusal.argument(
        "page_token",
        "Expected the next_page_token of a page before, but it is not one; leave it out for the"
            + " first page");
  }

  /**
   * Fills the page, up to its size and while there is room.
   *
   * @param rows those after {@link #after}
   * @param element what stands for a row
   * @return the token of the next page; empty after the last
   */
  public <R extends OrderedTable.Row<?>, M extends MessageLite> String fill(
      Iterator<R> rows, ReplyRoom room, Function<R, M> element, Consumer<M> add) {
    long last = after;
    for (int count = 0; rows.hasNext(); count++) {
      R row = rows.next();
      M message = element.apply(row);
      if (count == size || !room.take(message.getSerializedSize())) {
        return token(last);
      }
      add.accept(message);
      last = row.order();
    }
    return "";
  }

  /** The token of the page after an element. */
  public static String token(long last) {
    long check = Math.floorMod(Long.hashCode(last * 0x9E3779B97F4A7C15L), CHECKS);
    return Long.toString(last * CHECKS + check, Character.MAX_RADIX);
  }
}
