package dev.polyproc.server.engine.simulation;

import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.QueueRedriveRequest;
import dev.polyproc.v1.QueueRedriveResponse;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Moves dead letters back. */
final class ModelRedrive {
  private final ModelQueue letters;
  private final @Nullable ModelQueue destination;
  private final QueueRedriveRequest request;
  private final @Nullable Behind behind;
  private @Nullable Behind next;

  /** Where a page goes on: behind an item, for whoever asks for the same. */
  record Behind(ModelQueue letters, String origin, ModelQueueItem last) {}

  /** Moves them to a queue; null: to those that they come from. */
  ModelRedrive(ModelQueue letters, @Nullable ModelQueue destination, QueueRedriveRequest request) {
    this.letters = letters;
    this.destination = destination;
    this.request = request;
    this.behind = letters.model.redrives.get(request.getPageToken());
    if (letters == destination || !isTokenRight()) {
      throw new Refused(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    }
  }

  private boolean isTokenRight() {
    return request.getPageToken().isEmpty()
        || (request.getPlacesCount() == 0
            && behind != null
            && behind.letters == letters
            && behind.origin.equals(request.getOrigin()));
  }

  /** Where the next page goes on; null after the last. */
  @Nullable Behind next() {
    return next;
  }

  QueueRedriveResponse redrive() {
    int page = letters.model.limits.getPageSize();
    int most = request.getMax() == 0 ? page : request.getMax();
    QueueRedriveResponse.Builder response = QueueRedriveResponse.newBuilder();
    ModelQueueItem last = null;
    for (ModelQueueItem item : asked()) {
      if (isMeant(item)) {
        if (last != null && response.getMoved() == most) {
          response.setNextPageToken(ModelPage.MORE);
          next = new Behind(letters, request.getOrigin(), last);
          break;
        }
        if (isWelcome(item)) {
          move(item);
          response.setMoved(response.getMoved() + 1);
        } else {
          response.setStayed(response.getStayed() + 1);
        }
      }
      last = item;
    }
    String further = behind == null ? "" : " with a further page";
    letters.model.met(
        "dead letters " + (response.getMoved() > 0 ? "went back" : "stayed") + further);
    return response.build();
  }

  private List<ModelQueueItem> asked() {
    return request.getPlacesCount() == 0
        ? letters.stock.items.stream()
            .filter(item -> behind == null || ModelQueueItem.ORDER.compare(item, behind.last) > 0)
            .toList()
        : request.getPlacesList().stream()
            .distinct()
            .flatMap(place -> letters.stock.items.stream().filter(item -> item.place.is(place)))
            .toList();
  }

  private boolean isMeant(ModelQueueItem item) {
    return item.origin != null
        && (request.getOrigin().isEmpty() || item.origin.name.equals(request.getOrigin()));
  }

  private boolean isWelcome(ModelQueueItem item) {
    ModelQueue queue = queueFor(item);
    return letters.model.objects.get(queue.name) == queue
        && !queue.closed
        && queue.putters.isEmpty()
        && queue.fits(1)
        && !queue.stock.isThere(item.uniqueKey());
  }

  private ModelQueue queueFor(ModelQueueItem item) {
    return destination == null ? Objects.requireNonNull(item.origin) : destination;
  }

  private void move(ModelQueueItem item) {
    letters.stock.remove(item);
    queueFor(item).stock.receiveAgain(item.anew());
  }
}
