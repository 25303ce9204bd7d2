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
  /** However few are meant: nobody waits while more are looked at. */
  private static final int MOST_SEEN = 16_384;

  private final World world;
  private final Queue letters;
  private final QueueRedriveRequest request;
  private final Page page;
  private int moved;
  private int stayed;
  private String nextPageToken = "";

  Redrive(World world, Queue letters, QueueRedriveRequest request, Invocation call) {
    this.world = world;
    this.letters = letters;
    this.request = request;
    int most = world.limits().getPageSize();
    Refusal.requireAtMost("max", request.getMax(), most);
    Refusal.requireAtMost("the number of places", request.getPlacesCount(), most);
    if (request.getPlacesCount() > 0 && !request.getPageToken().isEmpty()) {
      throw Refusal.argument(
          "page_token",
          "Expected places or a page_token, but there are both; give all places in one call");
    }
    this.page =
        Page.of(
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
        .map(place -> letters.stock().available().at(place))
        .filter(Objects::nonNull)
        .distinct()
        .forEach(this::move);
  }

  private void movePage() {
    Available all = letters.stock().available();
    Item last = null;
    Item next =
        page.isFirst() ? first(all.iterator()) : first(all.after((int) page.rank(), page.after()));
    for (int seen = 0; next != null; seen++) {
      if (last != null && (seen == MOST_SEEN || (isMeant(next) && moved == page.size()))) {
        nextPageToken = page.token(last.priority(), last.position());
        return;
      }
      move(next);
      last = next;
      next = first(all.after(last.priority(), last.position()));
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
    Ref origin = item.letter().getOrigin();
    ManagedObject there = world.objects().existing(origin.getName());
    boolean isThatQueue = there != null && there.number() == origin.getIncarnation();
    return isThatQueue && there instanceof Queue queue && queue.stock().takesBack(item)
        ? queue
        : null;
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
    letters.stock().giveAway(item);
    origin.stock().addAgain(item);
    moved++;
  }
}
