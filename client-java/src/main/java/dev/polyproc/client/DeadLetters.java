package dev.polyproc.client;

import dev.polyproc.client.internal.collection.QueueRequests;
import dev.polyproc.client.internal.request.Pages;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.v1.QueueListResponse;
import dev.polyproc.v1.QueueRedriveRequest;
import dev.polyproc.v1.QueueRedriveResponse;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/**
 * The dead letters that are in a queue: what came back too often, was given up or expired in other
 * queues. To look at them takes nothing; they can be moved back to where they come from, and begin
 * anew there. What their queues do not take stays.
 */
public final class DeadLetters<E> implements Iterable<DeadLetter<E>> {
  private final Requestor requestor;
  private final QueueRequests<E> requests;
  private final String origin;
  private final String destination;

  /**
   * Those of a queue.
   *
   * @param origin the name of the queue that they come from; empty: any
   * @param destination the name of the queue that they go to; empty: that which they come from
   */
  DeadLetters(Requestor requestor, QueueRequests<E> requests, String origin, String destination) {
    this.requestor = requestor;
    this.requests = requests;
    this.origin = origin;
    this.destination = destination;
  }

  /** Those alone that come from the queue of that name. */
  public DeadLetters<E> from(String queue) {
    return new DeadLetters<>(requestor, requests, queue, destination);
  }

  /**
   * The same, but they go to the queue of that name, and not to those that they come from: as where
   * theirs was deleted and created again, which makes another one of it.
   */
  public DeadLetters<E> to(String queue) {
    return new DeadLetters<>(requestor, requests, origin, queue);
  }

  /** From head to tail; it asks for a page when it gets there. */
  @Override
  public Iterator<DeadLetter<E>> iterator() {
    return new Pages<>(
            page -> {
              QueueListResponse found = requestor.call(QueueRequests.LIST, requests.details(page));
              return new Pages.Page<>(letters(found), found.getNextPageToken());
            })
        .iterator();
  }

  private List<DeadLetter<E>> letters(QueueListResponse found) {
    return IntStream.range(0, found.getItemsCount())
        .filter(i -> found.getDetails(i).hasDeadLetter())
        .mapToObj(
            i ->
                new DeadLetter<>(
                    requests.codec(),
                    found.getItems(i),
                    found.getPlaces(i),
                    found.getDetails(i).getDeadLetter()))
        .filter(
            letter -> origin.isEmpty() || letter.deadLetter().getOrigin().getName().equals(origin))
        .toList();
  }

  /** Moves all of them back, a page at a time, from head to tail. */
  public Redriven redriveAll() {
    return redrive(Integer.MAX_VALUE);
  }

  /** The twin of {@link #redriveAll}. */
  public CompletableFuture<Redriven> redriveAllAsync() {
    return redriveAsync(Integer.MAX_VALUE);
  }

  /**
   * Moves some back, from the head on, a page at a time.
   *
   * @param most how many at most
   */
  public Redriven redrive(int most) {
    Redriven all = Redriven.NONE;
    String page = "";
    do {
      QueueRedriveResponse moved =
          requestor.call(QueueRequests.REDRIVE, page(most - all.moved(), page));
      all = all.and(redriven(moved));
      page = moved.getNextPageToken();
    } while (all.moved() < most && !page.isEmpty());
    return all;
  }

  /** The twin of {@link #redrive(int)}. */
  public CompletableFuture<Redriven> redriveAsync(int most) {
    return redriveAsync(page(most, ""), most, Redriven.NONE);
  }

  private CompletableFuture<Redriven> redriveAsync(
      QueueRedriveRequest first, int most, Redriven before) {
    return requestor
        .async(QueueRequests.REDRIVE, first, response -> response)
        .thenCompose(
            moved -> {
              Redriven all = before.and(redriven(moved));
              return all.moved() < most && !moved.getNextPageToken().isEmpty()
                  ? redriveAsync(page(most - all.moved(), moved.getNextPageToken()), most, all)
                  : CompletableFuture.completedFuture(all);
            });
  }

  private QueueRedriveRequest page(long most, String page) {
    if (most < 1) {
      throw new IllegalArgumentException("Expected to move at least 1 back, but most is " + most);
    }
    return requests.redrive(origin, destination, (int) Math.min(most, requestor.pageSize()), page);
  }

  /** Moves those back, as far as they are there still. */
  public Redriven redrive(Collection<DeadLetter<E>> letters) {
    Redriven all = Redriven.NONE;
    for (QueueRedriveRequest request : pages(letters)) {
      all = all.and(redriven(requestor.call(QueueRequests.REDRIVE, request)));
    }
    return all;
  }

  /** The twin of {@link #redrive(Collection)}. */
  public CompletableFuture<Redriven> redriveAsync(Collection<DeadLetter<E>> letters) {
    CompletableFuture<Redriven> all = CompletableFuture.completedFuture(Redriven.NONE);
    for (QueueRedriveRequest request : pages(letters)) {
      all =
          all.thenCombine(
              requestor.async(QueueRequests.REDRIVE, request, DeadLetters::redriven),
              Redriven::and);
    }
    return all;
  }

  private List<QueueRedriveRequest> pages(Collection<DeadLetter<E>> letters) {
    List<Long> places = letters.stream().map(DeadLetter::place).toList();
    List<QueueRedriveRequest> pages = new ArrayList<>();
    int page = requestor.pageSize();
    for (int from = 0; from < places.size(); from += page) {
      List<Long> some = places.subList(from, Math.min(places.size(), from + page));
      pages.add(requests.redrive(some, destination));
    }
    return pages;
  }

  private static Redriven redriven(QueueRedriveResponse moved) {
    return new Redriven(moved.getMoved(), moved.getStayed());
  }
}
