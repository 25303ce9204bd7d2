package dev.polyproc.server.engine.object;

import com.google.protobuf.MessageLite;
import dev.polyproc.server.engine.call.ReplyRoom;
import dev.polyproc.server.engine.refusal.Refusal;
import java.util.Iterator;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A page of a listing: up to {@code size} elements whose numbers are above {@code after}. The token
 * of the next page has the number of the last element, and the {@link Listing} that it goes on
 * with; it is refused by any other.
 */
public record Page(Listing listing, boolean isFirst, long rank, long after, int size) {
  /** However few elements of a page are asked for: nobody waits while more are looked at. */
  public static final int MOST_SEEN = 16_384;

  /** The page that a request asks for, of elements that have numbers above zero and no rank. */
  public static Page of(Listing listing, int pageSize, String pageToken, World world) {
    Page page = ranked(listing, pageSize, pageToken, world);
    if (page.rank != 0 || page.after < 0) {
      throw noToken();
    }
    return page;
  }

  /** The same, of elements that something comes before in their order, or with any numbers. */
  public static Page ranked(Listing listing, int pageSize, String pageToken, World world) {
    int most = world.limits().getPageSize();
    int size = pageSize <= 0 ? most : Math.min(pageSize, most);
    world.turn().stepped(size);
    if (pageToken.isEmpty()) {
      return new Page(listing, true, 0, 0, size);
    }
    PageToken token = token(listing, pageToken, world);
    return new Page(listing, false, token.rank(), token.after(), size);
  }

  private static PageToken token(Listing listing, String text, World world) {
    PageToken token = PageToken.parse(text);
    if (token == null) {
      throw noToken();
    }
    if (token.listing().equals(listing)) {
      if (listing.object() == 0 && world.clock().isBeforeStart(token.after())) {
        throw lostInRestart();
      }
      return token;
    }
    if (world.clock().isBeforeStart(token.listing().object())) {
      throw lostInRestart();
    }
    throw refused(listing.unlike(token.listing()));
  }

  private static Refusal noToken() {
    return refused("it is not one");
  }

  private static Refusal lostInRestart() {
    return refused("the daemon was restarted since, and what it had is gone");
  }

  private static Refusal refused(String why) {
    return Refusal.argument(
        "page_token",
        "Expected the next_page_token of a page before, but "
            + why
            + "; leave it out for the first page");
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

  /** The token of the page after the element of this number, or after so many positions. */
  public String token(long last) {
    return token(0, last);
  }

  /** The same, where something comes before the number in the order of the elements. */
  public String token(long rank, long last) {
    return new PageToken(listing, rank, last).text();
  }
}
