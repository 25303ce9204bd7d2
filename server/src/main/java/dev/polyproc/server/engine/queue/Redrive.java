package dev.polyproc.server.engine.queue;

import dev.polyproc.server.engine.object.ManagedObject;
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
  private final int most;
  private int moved;
  private int stayed;

  /** Whether dead letters are left that were meant. */
  private boolean more;

  Redrive(World world, Queue letters, QueueRedriveRequest request) {
    this.world = world;
    this.letters = letters;
    this.request = request;
    int page = world.limits().getPageSize();
    Refusal.requireAtMost("max", request.getMax(), page);
    Refusal.requireAtMost("the number of places", request.getPlacesCount(), page);
    this.most = request.getMax() == 0 ? page : request.getMax();
  }

  /** Moves what can be moved; then, and not before, those are served who wait for it. */
  QueueRedriveResponse run() {
    world.together(
        () -> {
          if (request.getPlacesCount() > 0) {
            moveThose();
          } else {
            moveOldest();
          }
          world.advance(letters);
        });
    return QueueRedriveResponse.newBuilder()
        .setMoved(moved)
        .setStayed(stayed)
        .setMore(more)
        .build();
  }

  private void moveThose() {
    request.getPlacesList().stream()
        .map(place -> letters.stock().available().at(place))
        .filter(Objects::nonNull)
        .distinct()
        .forEach(this::move);
  }

  private void moveOldest() {
    Available all = letters.stock().available();
    Item item = all.isEmpty() ? null : all.items().first();
    while (item != null) {
      world.turn().stepped(1);
      if (isMeant(item)) {
        if (moved == most) {
          more = true;
          return;
        }
        move(item);
      }
      Iterator<Item> rest = all.after(item.priority(), item.position());
      item = rest.hasNext() ? rest.next() : null;
    }
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
