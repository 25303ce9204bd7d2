package dev.polyproc.server.engine.simulation;

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

  /** Moves them to a queue; null: to those that they come from. */
  ModelRedrive(ModelQueue letters, @Nullable ModelQueue destination, QueueRedriveRequest request) {
    this.letters = letters;
    this.destination = destination;
    this.request = request;
  }

  QueueRedriveResponse redrive() {
    int page = letters.model.limits.getPageSize();
    int most = request.getMax() == 0 ? page : request.getMax();
    QueueRedriveResponse.Builder response = QueueRedriveResponse.newBuilder();
    List<ModelQueueItem> all = asked();
    for (ModelQueueItem item : all) {
      if (isMeant(item)) {
        if (response.getMoved() == most) {
          response.setNextPageToken(ModelPage.MORE);
          break;
        }
        if (isWelcome(item)) {
          move(item);
          response.setMoved(response.getMoved() + 1);
        } else {
          response.setStayed(response.getStayed() + 1);
        }
      }
    }
    letters.model.met("dead letters " + (response.getMoved() > 0 ? "went back" : "stayed"));
    return response.build();
  }

  private List<ModelQueueItem> asked() {
    return request.getPlacesCount() == 0
        ? List.copyOf(letters.stock.items)
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
