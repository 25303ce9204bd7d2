package dev.polyproc.server.engine.object;

import com.google.protobuf.MessageLite;
import dev.polyproc.server.engine.call.ReplyRoom;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.Limits;
import java.util.Iterator;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A page of a listing: up to {@code size} elements whose numbers are above {@code after}. The token
 * of the next page is the number of the last element, with a check that tells a made-up one; where
 * elements have positions only, also the number of the object whose they are.
 */
public record Page(long after, int size) {
  /** Three digits. */
  private static final int CHECKS = 46_656;

  private static final int CHECK_DIGITS = 3;
  private static final char BEFORE_POSITION = '-';

  /** The page that a request asks for, of elements that are numbered by the engine's clock. */
  public static Page of(int pageSize, String pageToken, World world) {
    if (pageToken.isEmpty()) {
      return new Page(0, size(pageSize, world.limits()));
    }
    long after = number(pageToken);
    if (world.clock().isBeforeStart(after)) {
      throw lostInRestart();
    }
    return new Page(after, size(pageSize, world.limits()));
  }

  /** The page that a request asks for, of the positions within an object. */
  public static Page within(ManagedObject object, int pageSize, String pageToken, World world) {
    if (pageToken.isEmpty()) {
      return new Page(0, size(pageSize, world.limits()));
    }
    int end = pageToken.indexOf(BEFORE_POSITION);
    if (end < 0) {
      throw madeUp();
    }
    long number = number(pageToken.substring(0, end));
    if (number != object.number()) {
      throw world.clock().isBeforeStart(number) ? lostInRestart() : madeUp();
    }
    return new Page(number(pageToken.substring(end + 1)), size(pageSize, world.limits()));
  }

  private static int size(int pageSize, Limits limits) {
    return pageSize <= 0 ? limits.getPageSize() : Math.min(pageSize, limits.getPageSize());
  }

  private static long number(String token) {
    int end = token.length() - CHECK_DIGITS;
    if (end > 0) {
      try {
        long number = Long.parseLong(token.substring(0, end), Character.MAX_RADIX);
        if (number > 0 && token(number).equals(token)) {
          return number;
        }
      } catch (NumberFormatException e) {
        // It is not one of ours, which is said below.
      }
    }
    throw madeUp();
  }

  private static Refusal madeUp() {
    return Refusal.argument(
        "page_token",
        "Expected the next_page_token of a page before, but it is not one; leave it out for the"
            + " first page");
  }

  private static Refusal lostInRestart() {
    return Refusal.argument(
        "page_token",
        "Expected the next_page_token of a page before, but the daemon was restarted since, and"
            + " what it had is gone; leave it out for the first page");
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
      last = row.number();
    }
    return "";
  }

  /** The token of the page after an element. */
  public static String token(long last) {
    int check = Math.floorMod(Long.hashCode(last * 0x9E3779B97F4A7C15L), CHECKS);
    // One digit more, a one, keeps those that are zero.
    return Long.toString(last, Character.MAX_RADIX)
        + Integer.toString(CHECKS + check, Character.MAX_RADIX).substring(1);
  }

  /** The token of the page after so many positions of an object. */
  public static String token(ManagedObject object, long count) {
    return token(object.number()) + BEFORE_POSITION + token(count);
  }
}
