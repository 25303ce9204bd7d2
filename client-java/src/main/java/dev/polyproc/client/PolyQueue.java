package dev.polyproc.client;

import dev.polyproc.client.internal.collection.QueueContent;
import dev.polyproc.client.internal.collection.QueueRequests;
import dev.polyproc.client.internal.collection.Reservation;
import dev.polyproc.client.internal.collection.TakenItems;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.value.Codecs;
import dev.polyproc.client.internal.wire.Durations;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueDelivery;
import dev.polyproc.v1.QueueEnd;
import dev.polyproc.v1.QueueGetManyResponse;
import dev.polyproc.v1.QueueGetResponse;
import dev.polyproc.v1.QueueItemOptions;
import dev.polyproc.v1.QueuePutManyRequest;
import dev.polyproc.v1.QueuePutManyResponse;
import dev.polyproc.v1.QueuePutRequest;
import dev.polyproc.v1.QueuePutResponse;
import dev.polyproc.v1.QueueSizeResponse;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.Value;
import java.time.Duration;
import java.time.Instant;
import java.util.AbstractQueue;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Spliterator;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * A queue shared by any number of producers and consumers in any language: a {@code BlockingQueue}.
 * An item is taken for good ({@link #take} and its like), or reserved until it is acknowledged
 * ({@link #reserve}, {@link #consume}).
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Items of one thread come out in the order in which it put them. Who waits is served in the
 *       order of arrival, never overtaken.
 *   <li>An interrupted call has no effect when it throws {@code InterruptedException}: the item was
 *       not put, or was not taken. What comes for a future that was cancelled goes back.
 *   <li>A reserved item goes back to its place in the queue, its attempt one higher, when it is
 *       rejected, when its time is up ({@link #reservedFor}), or when this client's session ends,
 *       be it by {@code kill -9}.
 *   <li>What goes through many items ({@link #iterator}, {@link #removeIf}, {@link #addAll} of more
 *       than a page) is not one step. An iteration asks for a page when it gets to it, sees nothing
 *       twice, and removes the very item that it met, if that is still there. Reserved items are
 *       not among those that are counted, found or iterated over.
 *   <li>Of a queue that was shut down, items can be taken until it is empty; what comes after that
 *       fails with the reason {@code ERROR_REASON_CLOSED}.
 *   <li>Items are not null. They are found by the equality of Python's values, so that {@code 1} is
 *       found as {@code 1.0}; where that finds none, by Java's, as {@link #contains} says.
 * </ul>
 */
public final class PolyQueue<E> extends AbstractQueue<E> implements BlockingQueue<E>, PolyObject {
  private final Requestor requestor;
  private final Ref ref;
  private final Codec<E> codec;
  private final QueueRequests<E> requests;
  private final QueueContent<E> content;

  private PolyQueue(
      Requestor requestor, Ref ref, QueueRequests<E> requests, QueueContent<E> content) {
    this.requestor = requestor;
    this.ref = ref;
    this.codec = requests.codec();
    this.requests = requests;
    this.content = content;
  }

  static <E> PolyQueue<E> create(Requestor requestor, QueueCreateRequest shape, Codec<E> codec) {
    Ref ref = requestor.call(QueueRequests.CREATE, shape).getRef();
    int capacity =
        shape.getMaxsize() == 0 ? requestor.limits().getQueueItems() : shape.getMaxsize();
    return of(requestor, ref, codec, capacity);
  }

  static <E> PolyQueue<E> of(Requestor requestor, Ref ref, Codec<E> codec) {
    return of(requestor, ref, codec, 0);
  }

  private static <E> PolyQueue<E> of(Requestor requestor, Ref ref, Codec<E> codec, int capacity) {
    Requestor its = requestor.meaning(ref);
    QueueRequests<E> requests =
        new QueueRequests<>(ref.getName(), codec, null, QueueEnd.QUEUE_END_UNSPECIFIED);
    return new PolyQueue<>(its, ref, requests, new QueueContent<>(its, requests, capacity));
  }

  /** The queue's name. */
  @Override
  public String name() {
    return ref.getName();
  }

  /** Which queue exactly. */
  @Override
  public Ref ref() {
    return ref;
  }

  /**
   * The same queue, but what is reserved by it ({@link #reserve}, {@link #reserveMany}, {@link
   * #consume} and their twins) goes back when it was not settled within so long, also where this
   * program is alive: for a handler that hangs. The next one has it with a higher attempt number,
   * and an acknowledgement that comes too late fails with {@code ERROR_REASON_RESERVATION_ENDED}.
   *
   * @param longest from when the daemon hands an item out; it refuses one that is not positive
   */
  public PolyQueue<E> reservedFor(Duration longest) {
    return asking(requests.reserving(Durations.of(longest)));
  }

  /** The same queue, where items are put at and got from that end. */
  PolyQueue<E> at(QueueEnd end) {
    return asking(requests.at(end));
  }

  private PolyQueue<E> asking(QueueRequests<E> others) {
    return new PolyQueue<>(requestor, ref, others, content.with(others));
  }

  /** The same queue, as one that can be joined; see {@link QueueOptions#joinable}. */
  public JoinablePolyQueue<E> asJoinable() {
    return new JoinablePolyQueue<>(this);
  }

  /** The same queue, as one with two ends, whatever its order. */
  public PolyDeque<E> asDeque() {
    return new PolyDeque<>(this);
  }

  /**
   * The same queue, as a priority queue.
   *
   * @param priority of an item; those of the lowest are taken first
   */
  public PolyPriorityQueue<E> asPriorityQueue(ToIntFunction<? super E> priority) {
    return new PolyPriorityQueue<>(this, priority);
  }

  /**
   * The same queue, as a delay queue.
   *
   * @param delay of an item, from when it is put; {@link PolyDelayQueue#ofDelayed} where it is
   *     {@code Delayed}
   */
  public PolyDelayQueue<E> asDelayQueue(Function<? super E, Duration> delay) {
    return new PolyDelayQueue<>(this, delay);
  }

  /** Puts an item at the tail; waits for room. */
  @Override
  public void put(E item) throws InterruptedException {
    requestor.await(QueueRequests.PUT, requests.put(requests.item(item), null));
  }

  /** The twin of {@link #put}; waits only while this client has too many calls in flight. */
  public CompletableFuture<@Nullable Void> putAsync(E item) {
    return requestor.async(
        QueueRequests.PUT, requests.put(requests.item(item), null), response -> null);
  }

  /** Puts an item at the tail if there is room; answers whether there was. */
  @Override
  public boolean offer(E item) {
    return requestor
        .call(
            QueueRequests.PUT,
            requests.put(requests.item(item), requestor.timeout(0, TimeUnit.SECONDS)))
        .getAccepted();
  }

  /** Puts an item at the tail; waits for room until the time is up; answers whether there was. */
  @Override
  public boolean offer(E item, long timeout, TimeUnit unit) throws InterruptedException {
    return requestor
        .await(
            QueueRequests.PUT,
            requests.put(requests.item(item), requestor.timeout(timeout, unit)),
            timeout,
            unit)
        .getAccepted();
  }

  /** The twin of {@link #offer(Object, long, TimeUnit)}. */
  public CompletableFuture<Boolean> offerAsync(E item, long timeout, TimeUnit unit) {
    return requestor.async(
        QueueRequests.PUT,
        requests.put(requests.item(item), requestor.timeout(timeout, unit)),
        QueuePutResponse::getAccepted);
  }

  /** Puts an item, treated as the options say; waits for room, unless it is a duplicate. */
  public PutResult put(E item, ItemOptions options) throws InterruptedException {
    return result(requestor.await(QueueRequests.PUT, putting(item, options, null)));
  }

  /** The twin of {@link #put(Object, ItemOptions)}. */
  public CompletableFuture<PutResult> putAsync(E item, ItemOptions options) {
    return requestor.async(QueueRequests.PUT, putting(item, options, null), PolyQueue::result);
  }

  /** Puts an item, treated as the options say, if there is room. */
  public PutResult offer(E item, ItemOptions options) {
    return result(
        requestor.call(
            QueueRequests.PUT, putting(item, options, requestor.timeout(0, TimeUnit.SECONDS))));
  }

  /** {@link #put(Object, ItemOptions)} until the time is up. */
  public PutResult offer(E item, ItemOptions options, long timeout, TimeUnit unit)
      throws InterruptedException {
    return result(
        requestor.await(
            QueueRequests.PUT,
            putting(item, options, requestor.timeout(timeout, unit)),
            timeout,
            unit));
  }

  /** The twin of {@link #offer(Object, ItemOptions, long, TimeUnit)}. */
  public CompletableFuture<PutResult> offerAsync(
      E item, ItemOptions options, long timeout, TimeUnit unit) {
    return requestor.async(
        QueueRequests.PUT,
        putting(item, options, requestor.timeout(timeout, unit)),
        PolyQueue::result);
  }

  private QueuePutRequest putting(
      E item, ItemOptions options, com.google.protobuf.@Nullable Duration timeout) {
    return requests.put(requests.item(item), options.message(Instant.now()), timeout);
  }

  private static PutResult result(QueuePutResponse response) {
    return response.getAccepted()
        ? PutResult.ACCEPTED
        : response.getDuplicate() ? PutResult.DUPLICATE : PutResult.FULL;
  }

  /**
   * {@link #putMany(Collection)}, each item treated as its options say; duplicates are left out.
   *
   * @param options of an item; called once for each
   * @return the positions of the duplicates among the items, from 0
   */
  public List<Integer> putMany(
      Collection<? extends E> items, Function<? super E, ItemOptions> options)
      throws InterruptedException {
    return requestor.await(QueueRequests.PUT_MANY, puttingMany(items, options)).getDuplicatesList();
  }

  /** The twin of {@link #putMany(Collection, Function)}. */
  public CompletableFuture<List<Integer>> putManyAsync(
      Collection<? extends E> items, Function<? super E, ItemOptions> options) {
    return requestor.async(
        QueueRequests.PUT_MANY,
        puttingMany(items, options),
        QueuePutManyResponse::getDuplicatesList);
  }

  private QueuePutManyRequest puttingMany(
      Collection<? extends E> items, Function<? super E, ItemOptions> options) {
    List<Value> values = new ArrayList<>(items.size());
    List<QueueItemOptions> each = new ArrayList<>(items.size());
    Instant now = Instant.now(); // one for all, so that those of one instant stay in order
    for (E item : items) { // once, as it may change
      values.add(requests.item(item));
      each.add(options.apply(item).message(now));
    }
    return requests.putMany(values, each, null);
  }

  /**
   * Puts items, a page at most, at the tail, all at once and next to each other; waits for room for
   * all.
   */
  public void putMany(Collection<? extends E> items) throws InterruptedException {
    requestor.await(QueueRequests.PUT_MANY, requests.putMany(encoded(items), null));
  }

  /** The twin of {@link #putMany(Collection)}. */
  public CompletableFuture<@Nullable Void> putManyAsync(Collection<? extends E> items) {
    return requestor.async(
        QueueRequests.PUT_MANY, requests.putMany(encoded(items), null), response -> null);
  }

  /** Puts all items or, when there is not room for all before the time is up, none. */
  public boolean offerMany(Collection<? extends E> items, long timeout, TimeUnit unit)
      throws InterruptedException {
    return requestor
        .await(
            QueueRequests.PUT_MANY,
            requests.putMany(encoded(items), requestor.timeout(timeout, unit)),
            timeout,
            unit)
        .getAccepted();
  }

  /** The twin of {@link #offerMany}. */
  public CompletableFuture<Boolean> offerManyAsync(
      Collection<? extends E> items, long timeout, TimeUnit unit) {
    return requestor.async(
        QueueRequests.PUT_MANY,
        requests.putMany(encoded(items), requestor.timeout(timeout, unit)),
        QueuePutManyResponse::getAccepted);
  }

  /**
   * Takes the item at the head; waits for one.
   *
   * @throws UnexpectedValueException when the item is not of this queue's type; it is taken
   *     nevertheless, and the exception has it
   */
  @Override
  public E take() throws InterruptedException {
    return Codecs.taken(
        codec, requestor.await(QueueRequests.GET, requests.get(null, false)).getItem());
  }

  /** The twin of {@link #take}. */
  public CompletableFuture<E> takeAsync() {
    return requestor.async(
        QueueRequests.GET,
        requests.get(null, false),
        (QueueGetResponse got) -> Codecs.taken(codec, got.getItem()));
  }

  /** Takes the item at the head; null when there is none. */
  @Override
  public @Nullable E poll() {
    return item(
        requestor.call(
            QueueRequests.GET, requests.get(requestor.timeout(0, TimeUnit.SECONDS), false)));
  }

  /** Takes the item at the head; waits for one until the time is up, and then answers null. */
  @Override
  public @Nullable E poll(long timeout, TimeUnit unit) throws InterruptedException {
    return item(
        requestor.await(
            QueueRequests.GET,
            requests.get(requestor.timeout(timeout, unit), false),
            timeout,
            unit));
  }

  /** The twin of {@link #poll(long, TimeUnit)}. */
  public CompletableFuture<@Nullable E> pollAsync(long timeout, TimeUnit unit) {
    return requestor.async(
        QueueRequests.GET, requests.get(requestor.timeout(timeout, unit), false), this::item);
  }

  /**
   * Takes up to {@code max} items, a page at most; waits for the first, then takes what is there.
   * An item that is not of this queue's type throws when it is got from the list.
   */
  public List<E> getMany(int max) throws InterruptedException {
    return items(requestor.await(QueueRequests.GET_MANY, requests.getMany(max, null, false)));
  }

  /** {@link #getMany(int)} until the time is up; empty when none came. */
  public List<E> getMany(int max, long timeout, TimeUnit unit) throws InterruptedException {
    return items(
        requestor.await(
            QueueRequests.GET_MANY,
            requests.getMany(max, requestor.timeout(timeout, unit), false),
            timeout,
            unit));
  }

  /** The twin of {@link #getMany(int)}. */
  public CompletableFuture<List<E>> getManyAsync(int max) {
    return requestor.async(QueueRequests.GET_MANY, requests.getMany(max, null, false), this::items);
  }

  /** The twin of {@link #getMany(int, long, TimeUnit)}. */
  public CompletableFuture<List<E>> getManyAsync(int max, long timeout, TimeUnit unit) {
    return requestor.async(
        QueueRequests.GET_MANY,
        requests.getMany(max, requestor.timeout(timeout, unit), false),
        this::items);
  }

  /** Reserves the item at the head until it is acknowledged; waits for one. */
  public Delivery<E> reserve() throws InterruptedException {
    return delivery(requestor.await(QueueRequests.GET, requests.get(null, true)));
  }

  /** Reserves the item at the head; waits for one until the time is up, and then answers null. */
  public @Nullable Delivery<E> reserve(long timeout, TimeUnit unit) throws InterruptedException {
    QueueGetResponse got =
        requestor.await(
            QueueRequests.GET, requests.get(requestor.timeout(timeout, unit), true), timeout, unit);
    return got.hasItem() ? delivery(got) : null;
  }

  /** The twin of {@link #reserve()}. */
  public CompletableFuture<Delivery<E>> reserveAsync() {
    return requestor.async(QueueRequests.GET, requests.get(null, true), this::delivery);
  }

  /** The twin of {@link #reserve(long, TimeUnit)}. */
  public CompletableFuture<@Nullable Delivery<E>> reserveAsync(long timeout, TimeUnit unit) {
    return requestor.async(
        QueueRequests.GET,
        requests.get(requestor.timeout(timeout, unit), true),
        got -> got.hasItem() ? delivery(got) : null);
  }

  /**
   * Reserves up to {@code max} items, a page at most; waits for the first, then takes what is
   * there.
   */
  public List<Delivery<E>> reserveMany(int max) throws InterruptedException {
    return deliveries(requestor.await(QueueRequests.GET_MANY, requests.getMany(max, null, true)));
  }

  /** {@link #reserveMany(int)} until the time is up; empty when none came. */
  public List<Delivery<E>> reserveMany(int max, long timeout, TimeUnit unit)
      throws InterruptedException {
    return deliveries(
        requestor.await(
            QueueRequests.GET_MANY,
            requests.getMany(max, requestor.timeout(timeout, unit), true),
            timeout,
            unit));
  }

  /** The twin of {@link #reserveMany(int)}. */
  public CompletableFuture<List<Delivery<E>>> reserveManyAsync(int max) {
    return requestor.async(
        QueueRequests.GET_MANY, requests.getMany(max, null, true), this::deliveries);
  }

  /** The twin of {@link #reserveMany(int, long, TimeUnit)}. */
  public CompletableFuture<List<Delivery<E>>> reserveManyAsync(
      int max, long timeout, TimeUnit unit) {
    return requestor.async(
        QueueRequests.GET_MANY,
        requests.getMany(max, requestor.timeout(timeout, unit), true),
        this::deliveries);
  }

  /** {@link #reserveManyAsync(int)} of the client's own; see {@link Requestor#internal}. */
  private CompletableFuture<List<Delivery<E>>> reserveManyInternally(int max) {
    return requestor.internal(
        QueueRequests.GET_MANY, requests.getMany(max, null, true), this::deliveries);
  }

  /**
   * Handles items as they come, on the calling thread, until the queue is closed and empty. Up to
   * {@code maxInFlight} items are reserved ahead. An item is acknowledged when its handler returns,
   * unless the handler did that or rejected it.
   *
   * <p>What is reserved ahead counts towards {@link QueueOptions#maxOutPerKey}. When this ends
   * before a handler began with it, it goes back as by {@link Delivery#release}; when the program
   * dies, with its attempt one higher. Where one item ends its programs again and again, its
   * neighbours become dead letters with it, unless {@code maxInFlight} is 1. A handler that goes on
   * after a failure catches it, and says {@link Delivery#reject} or {@link Delivery#giveUp}.
   *
   * @throws ExecutionException when the handler throws; its item, and those reserved ahead, go back
   * @throws InterruptedException when the thread is interrupted; items reserved ahead go back
   */
  public void consume(int maxInFlight, Handler<E> handler)
      throws InterruptedException, ExecutionException {
    Consumption.onCallingThread(
        requestor, name(), maxInFlight, handler, this::reserveManyInternally);
  }

  /**
   * {@link #consume(int, Handler)} on the threads of {@code executor}, until closed. An executor
   * that refuses an item ends it, so one with a bounded queue needs room for {@code maxInFlight}.
   */
  public Consumption<E> consume(int maxInFlight, Executor executor, Handler<E> handler) {
    return Consumption.on(
        executor, requestor, name(), maxInFlight, handler, this::reserveManyAsync);
  }

  /**
   * Puts items at the tail: those that the daemon takes in one call all at once and next to each
   * other.
   *
   * @throws IllegalStateException when there is not room for all; those before are put
   */
  @Override
  public boolean addAll(Collection<? extends E> added) {
    QueueContent.requireAnother(added, this);
    return content.addAll(added);
  }

  /** The item at the head, which stays there; null when there is none. */
  @Override
  public @Nullable E peek() {
    return content.peek();
  }

  /** The twin of {@link #peek}. */
  public CompletableFuture<@Nullable E> peekAsync() {
    return content.peekAsync();
  }

  /** Takes the items that are there now. */
  @Override
  public int drainTo(Collection<? super E> to) {
    return drainTo(to, Integer.MAX_VALUE);
  }

  /**
   * Takes up to {@code max} of the items that are there now, as {@link #poll} would.
   *
   * @throws UnexpectedValueException when an item is not of this queue's type; the others are in
   *     the collection
   */
  @Override
  public int drainTo(Collection<? super E> to, int max) {
    QueueContent.requireAnother(to, this);
    return content.drainTo(to, max);
  }

  /**
   * Whether an equal item is in the queue: by the daemon's equality of values, and where that finds
   * none, by Java's, for which the items come here.
   */
  @Override
  public boolean contains(@Nullable Object item) {
    return content.contains(item);
  }

  /** The twin of {@link #contains}, by the daemon's equality alone. */
  public CompletableFuture<Boolean> containsAsync(E item) {
    return content.containsAsync(item);
  }

  /** Removes the first item that {@link #contains} finds; answers whether there was one. */
  @Override
  public boolean remove(@Nullable Object item) {
    return content.remove(item);
  }

  /** The twin of {@link #remove(Object)}, by the daemon's equality alone. */
  public CompletableFuture<Boolean> removeAsync(E item) {
    return content.removeAsync(item);
  }

  @Override
  public boolean removeAll(Collection<?> others) {
    return content.removeAll(others);
  }

  @Override
  public boolean retainAll(Collection<?> others) {
    return content.retainAll(others);
  }

  @Override
  public boolean removeIf(Predicate<? super E> filter) {
    return content.removeIf(filter);
  }

  /** From head to tail; nothing is taken. */
  @Override
  public Iterator<E> iterator() {
    return content.iterator();
  }

  @Override
  public Spliterator<E> spliterator() {
    return content.spliterator();
  }

  /** How many items can be taken; those whose delay is not over are not among them. */
  @Override
  public int size() {
    return content.size();
  }

  /** For how many more items there is room; what comes back from reservations may exceed it. */
  @Override
  public int remainingCapacity() {
    return content.remainingCapacity();
  }

  /** How many items there are, how many are reserved, how many calls wait, whether it is closed. */
  public QueueSizeResponse status() {
    return content.status();
  }

  /** The twin of {@link #status}. */
  public CompletableFuture<QueueSizeResponse> statusAsync() {
    return content.statusAsync();
  }

  /** Removes all items; reserved ones stay reserved. */
  @Override
  public void clear() {
    content.clear();
  }

  /** The twin of {@link #clear}. */
  public CompletableFuture<@Nullable Void> clearAsync() {
    return content.clearAsync();
  }

  /**
   * Shuts the queue down, for everybody and for good: puts are refused at once, takes once it is
   * empty. It is Python's {@code Queue.shutdown}. To let go of a queue that others go on using,
   * nothing needs to be done: a {@code PolyQueue} holds nothing.
   */
  public void shutdownForAll() {
    shutdownForAll(false);
  }

  /**
   * {@link #shutdownForAll()}.
   *
   * @param immediate whether to remove what is there, and what would come back
   */
  public void shutdownForAll(boolean immediate) {
    requestor.call(QueueRequests.SHUTDOWN, requests.shutdown(immediate));
  }

  /** The twin of {@link #shutdownForAll()}. */
  public CompletableFuture<@Nullable Void> shutdownForAllAsync() {
    return shutdownForAllAsync(false);
  }

  /** The twin of {@link #shutdownForAll(boolean)}. */
  public CompletableFuture<@Nullable Void> shutdownForAllAsync(boolean immediate) {
    return requestor.async(QueueRequests.SHUTDOWN, requests.shutdown(immediate), response -> null);
  }

  /** Has takes and consumers wait, for everybody, until {@link #resume}. Puts go on. */
  public void pause() {
    requestor.call(QueueRequests.PAUSE, requests.pause());
  }

  /** The twin of {@link #pause}. */
  public CompletableFuture<@Nullable Void> pauseAsync() {
    return requestor.async(QueueRequests.PAUSE, requests.pause(), response -> null);
  }

  /** Lets items be taken again. */
  public void resume() {
    requestor.call(QueueRequests.RESUME, requests.resume());
  }

  /** The twin of {@link #resume}. */
  public CompletableFuture<@Nullable Void> resumeAsync() {
    return requestor.async(QueueRequests.RESUME, requests.resume(), response -> null);
  }

  /** Those of this queue's items that are dead letters of others. */
  public DeadLetters<E> deadLetters() {
    return new DeadLetters<>(requestor, requests, "", "");
  }

  /** Deletes the queue with all its items. */
  public void delete() {
    requestor.call(QueueRequests.DELETE, requests.delete());
  }

  private List<Value> encoded(Collection<? extends E> many) {
    return many.stream().map(requests::item).toList();
  }

  private @Nullable E item(QueueGetResponse got) {
    return got.hasItem() ? Codecs.taken(codec, got.getItem()) : null;
  }

  private List<E> items(QueueGetManyResponse got) {
    return new TakenItems<>(codec, got.getDeliveriesList());
  }

  private Delivery<E> delivery(QueueGetResponse got) {
    QueueDelivery.Builder delivery =
        QueueDelivery.newBuilder()
            .setItem(got.getItem())
            .setReservation(got.getReservation())
            .setAttempt(got.getAttempt());
    if (got.hasOptions()) {
      delivery.setOptions(got.getOptions());
    }
    if (got.hasDeadLetter()) {
      delivery.setDeadLetter(got.getDeadLetter());
    }
    return delivery(delivery.build());
  }

  private Delivery<E> delivery(QueueDelivery got) {
    return new Delivery<>(new Reservation(requestor, requests, got.getReservation()), codec, got);
  }

  private List<Delivery<E>> deliveries(QueueGetManyResponse got) {
    return got.getDeliveriesList().stream().map(this::delivery).toList();
  }

  Requestor requestor() {
    return requestor;
  }

  QueueRequests<E> requests() {
    return requests;
  }

  QueueContent<E> content() {
    return content;
  }

  /** Whether it is a handle of the same object, of the same client and under the same guard. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PolyQueue<?> handle && requestor.equals(handle.requestor);
  }

  @Override
  public int hashCode() {
    return requestor.hashCode();
  }

  /** What it is, without a look at its items: that would be calls, of any number. */
  @Override
  public String toString() {
    return content.toString();
  }
}
