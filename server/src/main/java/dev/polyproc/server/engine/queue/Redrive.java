package dev.polyproc.server.engine.queue;

import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.QueueRedriveRequest;
import dev.polyproc.v1.QueueRedriveResponse;
import java.util.ArrayList;
import java.util.List;
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

  Redrive(World world, Queue letters, QueueRedriveRequest request) {
    this.world = world;
    this.letters = letters;
    this.request = request;
    int page = world.limits().getPageSize();
    Refusal.requireAtMost("max", request.getMax(), page);
    Refusal.requireAtMost("the number of places", request.getPlacesCount(), page);
    this.most = request.getMax() == 0 ? page : request.getMax();
  }

  /** Moves what can be moved. */
  QueueRedriveResponse run() {
    boolean more = request.getPlacesCount() > 0 ? moveThose() : moveOldest();
    letters.advance();
    return QueueRedriveResponse.newBuilder()
        .setMoved(moved)
        .setStayed(stayed)
        .setMore(more)
        .build();
  }

  private boolean moveThose() {
    request.getPlacesList().stream()
        .map(place -> letters.stock().available().at(place))
        .filter(Objects::nonNull)
        .distinct()
        .forEach(this::move);
    return false;
  }

  private boolean moveOldest() {
    List<Item> candidates = new ArrayList<>();
    boolean more = false;
    for (Item item : letters.stock().available()) {
      world.turn().stepped(1);
      if (isMeant(item)) {
        if (candidates.size() == most) {
          more = true;
          break;
        }
        if (queueFor(item) == null) {
          stayed++;
        } else {
          candidates.add(item);
        }
      }
    }
    candidates.forEach(this::move);
    return more;
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
    ManagedObject there = world.objects().existing(item.letter().getOrigin().getName());
    return there instanceof Queue origin && origin.stock().takesBack(item) ? origin : null;
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
