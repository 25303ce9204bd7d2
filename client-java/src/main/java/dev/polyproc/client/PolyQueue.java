package dev.polyproc.client;

import com.google.protobuf.Duration;
import dev.polyproc.v1.QueueAcknowledgeRequest;
import dev.polyproc.v1.QueueAcknowledgeResponse;
import dev.polyproc.v1.QueueClearRequest;
import dev.polyproc.v1.QueueClearResponse;
import dev.polyproc.v1.QueueCloseRequest;
import dev.polyproc.v1.QueueCloseResponse;
import dev.polyproc.v1.QueueContainsRequest;
import dev.polyproc.v1.QueueContainsResponse;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueCreateResponse;
import dev.polyproc.v1.QueueDeleteRequest;
import dev.polyproc.v1.QueueDeleteResponse;
import dev.polyproc.v1.QueueDelivery;
import dev.polyproc.v1.QueueGetManyRequest;
import dev.polyproc.v1.QueueGetManyResponse;
import dev.polyproc.v1.QueueGetRequest;
import dev.polyproc.v1.QueueGetResponse;
import dev.polyproc.v1.QueueListRequest;
import dev.polyproc.v1.QueueListResponse;
import dev.polyproc.v1.QueuePeekRequest;
import dev.polyproc.v1.QueuePeekResponse;
import dev.polyproc.v1.QueuePutManyRequest;
import dev.polyproc.v1.QueuePutManyResponse;
import dev.polyproc.v1.QueuePutRequest;
import dev.polyproc.v1.QueuePutResponse;
import dev.polyproc.v1.QueueRejectRequest;
import dev.polyproc.v1.QueueRejectResponse;
import dev.polyproc.v1.QueueRemoveRequest;
import dev.polyproc.v1.QueueRemoveResponse;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.QueueSizeRequest;
import dev.polyproc.v1.QueueSizeResponse;
import dev.polyproc.v1.Ref;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A queue shared by any number of producers and consumers in any language, with the names of {@code
 * BlockingQueue}. An item is taken for good ({@link #take} and its like), or reserved until it is
 * acknowledged ({@link #reserve}, {@link #consume}).
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Items of one thread come out in the order in which it put them. Who waits is served in the
 *       order of arrival, never overtaken.
 *   <li>An interrupted call has no effect when it throws {@code InterruptedException}: the item was
 *       not put, or was not taken. A future that is cancelled completes as the daemon says, with
 *       the item if it was granted already.
 *   <li>A reserved item goes back to the head of the queue when it is rejected, or when this
 *       client's session ends, be it by {@code kill -9}.
 * </ul>
 */
public final class PolyQueue<E> {
  private static final Operation<QueueCreateRequest, QueueCreateResponse> CREATE =
      Operation.of(QueueServiceGrpc.getCreateMethod());
  private static final Operation<QueuePutRequest, QueuePutResponse> PUT =
      Operation.of(QueueServiceGrpc.getPutMethod());
  private static final Operation<QueueGetRequest, QueueGetResponse> GET =
      Operation.of(QueueServiceGrpc.getGetMethod());
  private static final Operation<QueuePutManyRequest, QueuePutManyResponse> PUT_MANY =
      Operation.of(QueueServiceGrpc.getPutManyMethod());
  private static final Operation<QueueGetManyRequest, QueueGetManyResponse> GET_MANY =
      Operation.of(QueueServiceGrpc.getGetManyMethod());
  private static final Operation<QueueAcknowledgeRequest, QueueAcknowledgeResponse> ACKNOWLEDGE =
      Operation.of(QueueServiceGrpc.getAcknowledgeMethod());
  private static final Operation<QueueRejectRequest, QueueRejectResponse> REJECT =
      Operation.of(QueueServiceGrpc.getRejectMethod());
  private static final Operation<QueuePeekRequest, QueuePeekResponse> PEEK =
      Operation.of(QueueServiceGrpc.getPeekMethod());
  private static final Operation<QueueContainsRequest, QueueContainsResponse> CONTAINS =
      Operation.of(QueueServiceGrpc.getContainsMethod());
  private static final Operation<QueueRemoveRequest, QueueRemoveResponse> REMOVE =
      Operation.of(QueueServiceGrpc.getRemoveMethod());
  private static final Operation<QueueListRequest, QueueListResponse> LIST =
      Operation.of(QueueServiceGrpc.getListMethod());
  private static final Operation<QueueSizeRequest, QueueSizeResponse> SIZE =
      Operation.of(QueueServiceGrpc.getSizeMethod());
  private static final Operation<QueueClearRequest, QueueClearResponse> CLEAR =
      Operation.of(QueueServiceGrpc.getClearMethod());
  private static final Operation<QueueCloseRequest, QueueCloseResponse> CLOSE =
      Operation.of(QueueServiceGrpc.getCloseMethod());
  private static final Operation<QueueDeleteRequest, QueueDeleteResponse> DELETE =
      Operation.of(QueueServiceGrpc.getDeleteMethod());

  private final Caller caller;
  private final Ref ref;
  private final Codec<E> codec;

  private PolyQueue(Caller caller, Ref ref, Codec<E> codec) {
    this.caller = caller;
    this.ref = ref;
    this.codec = codec;
  }

  static <E> PolyQueue<E> create(Caller caller, QueueCreateRequest shape, Codec<E> codec) {
    return new PolyQueue<>(caller, caller.call(CREATE, shape).getRef(), codec);
  }

  /** The queue's name. */
  public String name() {
    return ref.getName();
  }

  /** Which queue exactly. */
  public Ref ref() {
    return ref;
  }

  /** Puts an item at the tail; waits for room. */
  public void put(E item) throws InterruptedException {
    caller.await(PUT, putRequest(item, null));
  }

  /** The twin of {@link #put}; waits only while this client has too many calls in flight. */
  public CompletableFuture<@Nullable Void> putAsync(E item) {
    return caller.async(PUT, putRequest(item, null), response -> null);
  }

  /** Puts an item at the tail if there is room; answers whether there was. */
  public boolean offer(E item) {
    return caller.call(PUT, putRequest(item, caller.timeout(0, TimeUnit.SECONDS))).getAccepted();
  }

  /** Puts an item at the tail; waits for room until the time is up; answers whether there was. */
  public boolean offer(E item, long timeout, TimeUnit unit) throws InterruptedException {
    return caller.await(PUT, putRequest(item, caller.timeout(timeout, unit))).getAccepted();
  }

  /** The twin of {@link #offer(Object, long, TimeUnit)}. */
  public CompletableFuture<Boolean> offerAsync(E item, long timeout, TimeUnit unit) {
    return caller.async(
        PUT, putRequest(item, caller.timeout(timeout, unit)), QueuePutResponse::getAccepted);
  }

  /** Puts items at the tail, all at once and next to each other; waits for room for all. */
  public void putMany(Collection<? extends E> items) throws InterruptedException {
    caller.await(PUT_MANY, putManyRequest(items, null));
  }

  /** The twin of {@link #putMany(Collection)}. */
  public CompletableFuture<@Nullable Void> putManyAsync(Collection<? extends E> items) {
    return caller.async(PUT_MANY, putManyRequest(items, null), response -> null);
  }

  /** Puts all items or, when there is not room for all before the time is up, none. */
  public boolean offerMany(Collection<? extends E> items, long timeout, TimeUnit unit)
      throws InterruptedException {
    return caller
        .await(PUT_MANY, putManyRequest(items, caller.timeout(timeout, unit)))
        .getAccepted();
  }

  /** Takes the item at the head; waits for one. */
  public E take() throws InterruptedException {
    return codec.decode(caller.await(GET, getRequest(null, false)).getItem());
  }

  /** The twin of {@link #take}. */
  public CompletableFuture<E> takeAsync() {
    return caller.async(
        GET, getRequest(null, false), (QueueGetResponse got) -> codec.decode(got.getItem()));
  }

  /** Takes the item at the head; null when there is none. */
  public @Nullable E poll() {
    return item(caller.call(GET, getRequest(caller.timeout(0, TimeUnit.SECONDS), false)));
  }

  /** Takes the item at the head; waits for one until the time is up, and then answers null. */
  public @Nullable E poll(long timeout, TimeUnit unit) throws InterruptedException {
    return item(caller.await(GET, getRequest(caller.timeout(timeout, unit), false)));
  }

  /** The twin of {@link #poll(long, TimeUnit)}. */
  public CompletableFuture<@Nullable E> pollAsync(long timeout, TimeUnit unit) {
    return caller.async(GET, getRequest(caller.timeout(timeout, unit), false), this::item);
  }

  /** Takes up to {@code max} items; waits for the first, then takes what is there. */
  public List<E> getMany(int max) throws InterruptedException {
    return items(caller.await(GET_MANY, getManyRequest(max, null, false)));
  }

  /** {@link #getMany(int)} until the time is up; empty when none came. */
  public List<E> getMany(int max, long timeout, TimeUnit unit) throws InterruptedException {
    return items(caller.await(GET_MANY, getManyRequest(max, caller.timeout(timeout, unit), false)));
  }

  /** The twin of {@link #getMany(int)}. */
  public CompletableFuture<List<E>> getManyAsync(int max) {
    return caller.async(GET_MANY, getManyRequest(max, null, false), this::items);
  }

  /** Reserves the item at the head until it is acknowledged; waits for one. */
  public Delivery<E> reserve() throws InterruptedException {
    return delivery(caller.await(GET, getRequest(null, true)));
  }

  /** Reserves the item at the head; waits for one until the time is up, and then answers null. */
  public @Nullable Delivery<E> reserve(long timeout, TimeUnit unit) throws InterruptedException {
    QueueGetResponse got = caller.await(GET, getRequest(caller.timeout(timeout, unit), true));
    return got.hasItem() ? delivery(got) : null;
  }

  /** The twin of {@link #reserve()}. */
  public CompletableFuture<Delivery<E>> reserveAsync() {
    return caller.async(GET, getRequest(null, true), this::delivery);
  }

  /** Reserves up to {@code max} items; waits for the first, then takes what is there. */
  public List<Delivery<E>> reserveMany(int max) throws InterruptedException {
    return deliveries(caller.await(GET_MANY, getManyRequest(max, null, true)));
  }

  /** The twin of {@link #reserveMany}. */
  public CompletableFuture<List<Delivery<E>>> reserveManyAsync(int max) {
    return caller.async(GET_MANY, getManyRequest(max, null, true), this::deliveries);
  }

  /**
   * Handles items as they come, on the calling thread, until the queue is closed and empty. Up to
   * {@code maxInFlight} items are reserved ahead. An item is acknowledged when its handler returns,
   * unless the handler did that or rejected it.
   *
   * @throws ExecutionException when the handler throws; its item, and those reserved ahead, go back
   * @throws InterruptedException when the thread is interrupted; items reserved ahead go back
   */
  public void consume(int maxInFlight, Handler<E> handler)
      throws InterruptedException, ExecutionException {
    Consumption.onCallingThread(this, maxInFlight, handler);
  }

  /** {@link #consume(int, Handler)} on the threads of {@code executor}, until closed. */
  public Consumption<E> consume(int maxInFlight, Executor executor, Handler<E> handler) {
    Consumption<E> consumption = new Consumption<>(this, maxInFlight, executor, handler);
    consumption.pull();
    return consumption;
  }

  /** The item at the head, which stays there; null when there is none. */
  public @Nullable E peek() {
    QueuePeekResponse head =
        caller.call(PEEK, QueuePeekRequest.newBuilder().setQueue(name()).build());
    return head.hasItem() ? codec.decode(head.getItem()) : null;
  }

  /** Whether an equal item is in the queue. */
  public boolean contains(E item) {
    QueueContainsRequest request =
        QueueContainsRequest.newBuilder().setQueue(name()).setItem(codec.encode(item)).build();
    return caller.call(CONTAINS, request).getContains();
  }

  /** Removes the first item that is equal; answers whether there was one. */
  public boolean remove(E item) {
    QueueRemoveRequest request =
        QueueRemoveRequest.newBuilder().setQueue(name()).setItem(codec.encode(item)).build();
    return caller.call(REMOVE, request).getRemoved();
  }

  /** The items from head to tail; a page is asked for when the iteration gets to it. */
  public Iterable<E> list() {
    return new Pages<>(
        page -> {
          QueueListResponse items =
              caller.call(
                  LIST, QueueListRequest.newBuilder().setQueue(name()).setPageToken(page).build());
          return new Pages.Page<>(
              items.getItemsList().stream().map(codec::decode).toList(), items.getNextPageToken());
        });
  }

  /** How many items can be taken. */
  public int size() {
    return status().getSize();
  }

  /** Whether no item can be taken. */
  public boolean isEmpty() {
    return size() == 0;
  }

  /** How many items there are, how many are reserved, how many calls wait, whether it is closed. */
  public QueueSizeResponse status() {
    return caller.call(SIZE, QueueSizeRequest.newBuilder().setQueue(name()).build());
  }

  /** Removes all items; reserved ones stay reserved. */
  public void clear() {
    caller.call(CLEAR, QueueClearRequest.newBuilder().setQueue(name()).build());
  }

  /**
   * Closes the queue for everybody and for good: puts are refused at once, takes once it is empty.
   */
  public void close() {
    caller.call(CLOSE, QueueCloseRequest.newBuilder().setQueue(name()).build());
  }

  /** Deletes the queue with all its items. */
  public void delete() {
    caller.call(DELETE, QueueDeleteRequest.newBuilder().setQueue(name()).build());
  }

  CompletableFuture<@Nullable Void> acknowledge(long reservation) {
    QueueAcknowledgeRequest request =
        QueueAcknowledgeRequest.newBuilder().setQueue(name()).setReservation(reservation).build();
    return caller.async(ACKNOWLEDGE, request, response -> null);
  }

  CompletableFuture<Boolean> reject(long reservation, boolean giveUp) {
    QueueRejectRequest request =
        QueueRejectRequest.newBuilder()
            .setQueue(name())
            .setReservation(reservation)
            .setGiveUp(giveUp)
            .build();
    return caller.async(REJECT, request, QueueRejectResponse::getGaveUp);
  }

  private QueuePutRequest putRequest(E item, @Nullable Duration timeout) {
    QueuePutRequest.Builder request =
        QueuePutRequest.newBuilder().setQueue(name()).setItem(codec.encode(item));
    if (timeout != null) {
      request.setTimeout(timeout);
    }
    return request.build();
  }

  private QueuePutManyRequest putManyRequest(
      Collection<? extends E> items, @Nullable Duration timeout) {
    QueuePutManyRequest.Builder request = QueuePutManyRequest.newBuilder().setQueue(name());
    items.forEach(item -> request.addItems(codec.encode(item)));
    if (timeout != null) {
      request.setTimeout(timeout);
    }
    return request.build();
  }

  private QueueGetRequest getRequest(@Nullable Duration timeout, boolean reserve) {
    QueueGetRequest.Builder request =
        QueueGetRequest.newBuilder().setQueue(name()).setReserve(reserve);
    if (timeout != null) {
      request.setTimeout(timeout);
    }
    return request.build();
  }

  private QueueGetManyRequest getManyRequest(int max, @Nullable Duration timeout, boolean reserve) {
    QueueGetManyRequest.Builder request =
        QueueGetManyRequest.newBuilder().setQueue(name()).setMax(max).setReserve(reserve);
    if (timeout != null) {
      request.setTimeout(timeout);
    }
    return request.build();
  }

  private @Nullable E item(QueueGetResponse got) {
    return got.hasItem() ? codec.decode(got.getItem()) : null;
  }

  private List<E> items(QueueGetManyResponse got) {
    return got.getDeliveriesList().stream()
        .map(delivery -> codec.decode(delivery.getItem()))
        .toList();
  }

  private Delivery<E> delivery(QueueGetResponse got) {
    return new Delivery<>(this, codec, got.getItem(), got.getReservation(), got.getAttempt());
  }

  private Delivery<E> delivery(QueueDelivery got) {
    return new Delivery<>(this, codec, got.getItem(), got.getReservation(), got.getAttempt());
  }

  private List<Delivery<E>> deliveries(QueueGetManyResponse got) {
    return got.getDeliveriesList().stream().map(this::delivery).toList();
  }
}
