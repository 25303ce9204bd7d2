package dev.polyproc.server.engine.queue;

import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.object.Listing;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.Page;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.QueueRedriveRequest;
import dev.polyproc.v1.QueueRedriveResponse;
import dev.polyproc.v1.Ref;
import java.util.Iterator;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Moves dead letters back to where they came from. */
final class Redrive {
  private final World world;
  private final Queue letters;
  private final QueueRedriveRequest request;
  private final @Nullable Queue destination;
  private final Page page;
  private int moved;
  private int stayed;
  private String nextPageToken = "";

  /**
   * What a request asks for.
   *
   * @param destination where all go; null: to the queues that they come from
   */
  Redrive(
      World world,
      Queue letters,
      @Nullable Queue destination,
      QueueRedriveRequest request,
      Invocation call) {
    this.world = world;
    this.letters = letters;
    this.destination = destination;
    this.request = request;
    int most = world.limits().getPageSize();
    Refusal.requireAtMost("max", request.getMax(), most);
    Refusal.requireAtMost("the number of places", request.getPlacesCount(), most);
    if (request.getPlacesCount() > 0 && !request.getPageToken().isEmpty()) {
      throw Refusal.argument(
          "page_token",
          "Expected places or a page_token, but there are both; give all places in one call");
    }
    if (letters == destination) {
      throw Refusal.argument(
          "destination",
          "Expected another queue as destination, but it is '" + letters.name() + "' itself");
    }
    this.page =
        Page.ranked(
            Listing.of(letters, call, request.getOrigin()),
            request.getMax(),
            request.getPageToken(),
            world);
  }

  /** Moves what can be moved; then, and not before, those are served who wait for it. */
  QueueRedriveResponse run() {
    world.together(
        () -> {
          if (request.getPlacesCount() > 0) {
            moveThose();
          } else {
            movePage();
          }
          world.advance(letters);
        });
    return QueueRedriveResponse.newBuilder()
        .setMoved(moved)
        .setStayed(stayed)
        .setNextPageToken(nextPageToken)
        .build();
  }

  private void moveThose() {
    request.getPlacesList().stream()
        .distinct()
        .map(place -> letters.stock().available().at(place))
        .filter(Objects::nonNull)
        .forEach(this::move);
  }

  private void movePage() {
    Available all = letters.stock().available();
    Item last = null;
    Item next =
        page.isFirst() ? first(all.iterator()) : first(all.after((int) page.rank(), page.after()));
    for (int seen = 0; next != null; seen++) {
      if (last != null && (seen == Page.MOST_SEEN || (isMeant(next) && moved == page.size()))) {
        nextPageToken = page.token(last.priority(), last.position());
        return;
      }
      move(next);
      last = next;
      next = first(all.after(last));
    }
  }

  private static @Nullable Item first(Iterator<Item> items) {
    return items.hasNext() ? items.next() : null;
  }

  private boolean isMeant(Item item) {
    return item.letter() != null
        && (request.getOrigin().isEmpty()
            || request.getOrigin().equals(item.letter().getOrigin().getName()));
  }

  private @Nullable Queue queueFor(Item item) {
    if (item.letter() == null) {
      return null;
    }
    Queue queue = destination == null ? origin(item.letter().getOrigin()) : destination;
    return queue != null && queue.stock().deadLetters().takesBack(item, letters.stock().cost(item))
        ? queue
        : null;
  }

  /** The queue that an item comes from; null: it is gone, whatever has its name now. */
  private @Nullable Queue origin(Ref origin) {
    ManagedObject there = world.objects().existing(origin.getName());
    return there instanceof Queue queue && queue.number() == origin.getIncarnation() ? queue : null;
  }

  private void move(Item item) {
    world.turn().stepped(1);
    if (!isMeant(item)) {
      return;
    }
    Queue origin = queueFor(item);
    if (origin == null) {
      stayed++;
      return;
    }
    world.turn().worked(1);
    letters.stock().deadLetters().giveAway(item);
    origin.stock().deadLetters().addAgain(item);
    moved++;
  }
}
