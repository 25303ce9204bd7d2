package dev.polyproc.server.engine.queue;

import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.ReplyRoom;
import dev.polyproc.server.engine.object.Listing;
import dev.polyproc.server.engine.object.Page;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.time.Timers;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.QueueItemDetails;
import dev.polyproc.v1.QueueListRequest;
import dev.polyproc.v1.QueueListResponse;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/** A page of what is in a queue: first what can be got, in its order, then what is delayed. */
final class QueueListing {
  /** What the place of an item takes, at most. */
  private static final int PLACE_BYTES = 10;

  /** A page that begins among the delayed items has their times as ranks, and this above. */
  private static final long DELAYED = 1L << 62;

  private final Queue queue;
  private final QueueListRequest request;
  private final ReplyRoom room;
  private final Page page;
  private final QueueListResponse.Builder response = QueueListResponse.newBuilder();

  QueueListing(World world, Queue queue, QueueListRequest request, Invocation call) {
    this.queue = queue;
    this.request = request;
    this.room = new ReplyRoom(call, world.limits());
    this.page =
        Page.ranked(Listing.of(queue, call), request.getPageSize(), request.getPageToken(), world);
  }

  QueueListResponse answer() {
    Item last = isAmongDelayed() ? null : list(available(), null);
    if (response.getNextPageToken().isEmpty()) {
      list(delayed(), last);
    }
    return response.build();
  }

  private boolean isAmongDelayed() {
    return !page.isFirst() && page.after() > 0 && page.rank() >= DELAYED;
  }

  private Iterator<Item> available() {
    return page.isFirst()
        ? queue.stock().available().iterator()
        : queue.stock().available().after((int) page.rank(), page.after());
  }

  private Iterator<Item> delayed() {
    if (!isAmongDelayed()) {
      return queue.stock().delayed().iterator();
    }
    return queue
        .stock()
        .delayed()
        .after(Item.probe(0, page.after()).seenFrom(page.rank() - DELAYED));
  }

  /** Adds items while there is room; answers the last one on the page. */
  private @Nullable Item list(Iterator<Item> items, @Nullable Item before) {
    Item last = before;
    while (items.hasNext()) {
      Item item = items.next();
      QueueItemDetails details =
          request.getReturnDetails() ? details(item) : QueueItemDetails.getDefaultInstance();
      long bytes =
          item.value().getSerializedSize()
              + (request.getReturnPlaces() ? PLACE_BYTES : 0)
              + (request.getReturnDetails() ? Answers.AROUND_MESSAGE : 0)
              + details.getSerializedSize();
      if (response.getItemsCount() == page.size() || !room.take(bytes)) {
        response.setNextPageToken(token(last));
        return last;
      }
      response.addItems(item.value());
      if (request.getReturnPlaces()) {
        response.addPlaces(item.place());
      }
      if (request.getReturnDetails()) {
        response.addDetails(details);
      }
      last = item;
    }
    return last;
  }

  private String token(@Nullable Item last) {
    if (last == null) {
      throw new IllegalStateException("Expected an item on each page");
    }
    boolean isAvailable = queue.stock().available().items().has(last);
    return isAvailable
        ? page.token(last.priority(), last.position())
        : page.token(DELAYED + last.since(), last.place());
  }

  private QueueItemDetails details(Item item) {
    QueueItemDetails.Builder details =
        QueueItemDetails.newBuilder()
            .setAttempts(item.attempts())
            .setFirst(Times.timestamp(item.since()));
    if (item.terms().hasOptions()) {
      details.setOptions(item.terms().options());
    }
    if (item.letter() != null) {
      details.setDeadLetter(item.letter());
    }
    if (item.terms().expires() != Timers.NEVER) {
      details.setExpires(Times.timestamp(item.terms().expires()));
    }
    return details.build();
  }
}
