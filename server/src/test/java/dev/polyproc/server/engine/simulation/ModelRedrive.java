package dev.polyproc.server.engine.simulation;

import dev.polyproc.v1.QueueRedriveRequest;
import dev.polyproc.v1.QueueRedriveResponse;
import java.util.List;
import java.util.Objects;

/** Moves dead letters back. */
final class ModelRedrive {
  private final ModelQueue letters;
  private final QueueRedriveRequest request;

  ModelRedrive(ModelQueue letters, QueueRedriveRequest request) {
    this.letters = letters;
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
    ModelQueue origin = Objects.requireNonNull(item.origin);
    return letters.model.objects.get(origin.name) == origin
        && !origin.closed
        && origin.putters.isEmpty()
        && origin.fits(1)
        && !origin.stock.isTaken(item.uniqueKey());
  }

  private void move(ModelQueueItem item) {
    letters.stock.remove(item);
    Objects.requireNonNull(item.origin).stock.receiveAgain(item.anew());
  }
}
