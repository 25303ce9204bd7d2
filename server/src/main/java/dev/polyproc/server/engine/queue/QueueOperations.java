package dev.polyproc.server.engine.queue;

import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.internal.v1.ParkedState.WantsCase;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.ReplyRoom;
import dev.polyproc.server.engine.family.Family;
import dev.polyproc.server.engine.family.Operations;
import dev.polyproc.server.engine.object.Directory.Created;
import dev.polyproc.server.engine.object.Listing;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.Page;
import dev.polyproc.server.engine.object.Restored;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.value.ValueKey;
import dev.polyproc.server.engine.value.Values;
import dev.polyproc.v1.QueueAcknowledgeRequest;
import dev.polyproc.v1.QueueAcknowledgeResponse;
import dev.polyproc.v1.QueueClearRequest;
import dev.polyproc.v1.QueueClearResponse;
import dev.polyproc.v1.QueueConsumeRequest;
import dev.polyproc.v1.QueueContainsRequest;
import dev.polyproc.v1.QueueContainsResponse;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueCreateResponse;
import dev.polyproc.v1.QueueDeleteRequest;
import dev.polyproc.v1.QueueDeleteResponse;
import dev.polyproc.v1.QueueGetManyRequest;
import dev.polyproc.v1.QueueGetRequest;
import dev.polyproc.v1.QueueListRequest;
import dev.polyproc.v1.QueueListResponse;
import dev.polyproc.v1.QueuePeekRequest;
import dev.polyproc.v1.QueuePeekResponse;
import dev.polyproc.v1.QueueProto;
import dev.polyproc.v1.QueuePutManyRequest;
import dev.polyproc.v1.QueuePutRequest;
import dev.polyproc.v1.QueueRejectRequest;
import dev.polyproc.v1.QueueRejectResponse;
import dev.polyproc.v1.QueueRemoveRequest;
import dev.polyproc.v1.QueueRemoveResponse;
import dev.polyproc.v1.QueueShutdownRequest;
import dev.polyproc.v1.QueueShutdownResponse;
import dev.polyproc.v1.QueueSizeRequest;
import dev.polyproc.v1.QueueSizeResponse;
import dev.polyproc.v1.Value;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** QueueService. */
public final class QueueOperations implements Family {
  /** What the place of an item takes in a listing, at most. */
  private static final int PLACE_BYTES = 10;

  private final World world;

  public QueueOperations(World world) {
    this.world = world;
  }

  @Override
  public void register(Operations operations) {
    operations
        .service(QueueProto.getDescriptor())
        .on("Create", QueueCreateRequest.getDefaultInstance(), this::create)
        .on("Put", QueuePutRequest.getDefaultInstance(), this::put)
        .on("Get", QueueGetRequest.getDefaultInstance(), this::get)
        .on("Acknowledge", QueueAcknowledgeRequest.getDefaultInstance(), this::acknowledge)
        .on("Reject", QueueRejectRequest.getDefaultInstance(), this::reject)
        .on("PutMany", QueuePutManyRequest.getDefaultInstance(), this::putMany)
        .on("GetMany", QueueGetManyRequest.getDefaultInstance(), this::getMany)
        .on("Peek", QueuePeekRequest.getDefaultInstance(), this::peek)
        .on("Contains", QueueContainsRequest.getDefaultInstance(), this::contains)
        .on("Remove", QueueRemoveRequest.getDefaultInstance(), this::remove)
        .on("List", QueueListRequest.getDefaultInstance(), this::list)
        .on("Size", QueueSizeRequest.getDefaultInstance(), this::size)
        .on("Clear", QueueClearRequest.getDefaultInstance(), this::clear)
        .on("Shutdown", QueueShutdownRequest.getDefaultInstance(), this::shutdown)
        .on("Delete", QueueDeleteRequest.getDefaultInstance(), this::delete)
        .on("Consume", QueueConsumeRequest.getDefaultInstance(), this::consume)
        .waiting(WantsCase.GETTER, (call, state, queue) -> Getter.restored(call, state))
        .waiting(WantsCase.PUTTER, Putter::restored)
        .waiting(
            WantsCase.CONSUMER,
            (call, state, queue) -> Consumer.restored((Queue) queue, call, state));
  }

  @Override
  public @Nullable ManagedObject restore(
      ManagedObject.Header header, ObjectState state, Restored restored) {
    return state.hasQueue() ? Queue.restored(header, state.getQueue(), restored) : null;
  }

  private Queue queue(String name, Invocation call) {
    return world.objects().find(Queue.KIND, name, call);
  }

  private Answer create(QueueCreateRequest request, Invocation call) {
    Refusal.requireAtMost("maxsize", request.getMaxsize(), world.limits().getQueueItems());
    if ((request.getMaxAttempts() == 0) != request.getDeadLetterQueue().isEmpty()) {
      throw Refusal.argument(
          "dead_letter_queue",
          "Expected max_attempts and dead_letter_queue together, but only one is given; give both"
              + " or neither");
    }
    if (!request.getDeadLetterQueue().isEmpty()
        && call.incarnation() == 0
        && world.objects().existing(request.getQueue()) == null) {
      world.objects().find(Queue.KIND, request.getDeadLetterQueue());
    }
    Created<Queue> created =
        world
            .objects()
            .create(
                Queue.KIND,
                request.getQueue(),
                request.getLifetime(),
                call,
                () -> Queue.asked(request),
                header -> new Queue(header, request));
    return Answer.of(
        QueueCreateResponse.newBuilder()
            .setRef(created.object().ref())
            .setCreated(created.isNew())
            .build());
  }

  private Answer put(QueuePutRequest request, Invocation call) {
    Queue queue = queue(request.getQueue(), call);
    Value item = Values.stored("item", request.getItem(), world);
    long timeout = world.durations().of("timeout", request.hasTimeout(), request.getTimeout());
    return queue.put(false, List.of(item), call, timeout);
  }

  private Answer putMany(QueuePutManyRequest request, Invocation call) {
    Queue queue = queue(request.getQueue(), call);
    int most = Math.min(world.limits().getPageSize(), queue.capacity());
    if (request.getItemsCount() > most) {
      throw Refusal.argument(
          "items", "Expected at most " + most + " items, but there are " + request.getItemsCount());
    }
    for (Value item : request.getItemsList()) {
      Values.stored("items", item, world);
    }
    long timeout = world.durations().of("timeout", request.hasTimeout(), request.getTimeout());
    return queue.put(true, request.getItemsList(), call, timeout);
  }

  private Answer get(QueueGetRequest request, Invocation call) {
    Queue queue = queue(request.getQueue(), call);
    long timeout = world.durations().of("timeout", request.hasTimeout(), request.getTimeout());
    return queue.get(call, Take.of(request, call, world), timeout);
  }

  private Answer getMany(QueueGetManyRequest request, Invocation call) {
    Queue queue = queue(request.getQueue(), call);
    long timeout = world.durations().of("timeout", request.hasTimeout(), request.getTimeout());
    return queue.get(call, Take.of(request, call, world), timeout);
  }

  private Answer consume(QueueConsumeRequest request, Invocation call) {
    Queue queue = queue(request.getQueue(), call);
    call.session("a consumer");
    int max = request.getMaxInFlight();
    if (max < 1 || max > world.limits().getPageSize()) {
      throw Refusal.argument(
          "max_in_flight",
          "Expected max_in_flight to be 1 to "
              + world.limits().getPageSize()
              + ", but it is "
              + Integer.toUnsignedString(max));
    }
    return queue.consume(call, max, Take.of(request, world));
  }

  private Answer acknowledge(QueueAcknowledgeRequest request, Invocation call) {
    Queue queue = queue(request.getQueue(), call);
    queue.acknowledge(queue.stock().reservations().find(request.getReservation(), call));
    return Answer.of(QueueAcknowledgeResponse.getDefaultInstance());
  }

  private Answer reject(QueueRejectRequest request, Invocation call) {
    Queue queue = queue(request.getQueue(), call);
    Reservation reservation = queue.stock().reservations().find(request.getReservation(), call);
    if (request.getGiveUp()) {
      queue.deadLetter(reservation);
      return Answer.of(QueueRejectResponse.newBuilder().setGaveUp(true).build());
    }
    boolean cameBack = queue.putBack(reservation);
    return Answer.of(QueueRejectResponse.newBuilder().setGaveUp(!cameBack).build());
  }

  private Answer peek(QueuePeekRequest request, Invocation call) {
    Queue queue = queue(request.getQueue(), call);
    QueuePeekResponse.Builder response = QueuePeekResponse.newBuilder();
    if (!queue.stock().items().isEmpty()) {
      response.setItem(queue.stock().items().get(0).value());
    }
    return Answer.of(response.build());
  }

  private Answer contains(QueueContainsRequest request, Invocation call) {
    Queue queue = queue(request.getQueue(), call);
    Value value = Values.sought("item", request.getItem(), world);
    return Answer.of(
        QueueContainsResponse.newBuilder().setContains(find(queue, value) >= 0).build());
  }

  private Answer remove(QueueRemoveRequest request, Invocation call) {
    Queue queue = queue(request.getQueue(), call);
    int position =
        request.getPlace() == 0
            ? find(queue, Values.sought("item", request.getItem(), world))
            : queue.stock().items().at(request.getPlace());
    if (position >= 0) {
      world.turn().stepped(position / 8); // Those before it are moved.
      queue.stock().discard(queue.stock().items().remove(position).value());
      queue.advance();
    }
    return Answer.of(QueueRemoveResponse.newBuilder().setRemoved(position >= 0).build());
  }

  /** The position of the first equal item; -1 when there is none. */
  private int find(Queue queue, Value value) {
    ValueKey key = ValueKey.of(value);
    for (int i = 0; i < queue.stock().items().size(); i++) {
      world.turn().stepped(1);
      if (ValueKey.of(queue.stock().items().get(i).value()).equals(key)) {
        return i;
      }
    }
    return -1;
  }

  private Answer list(QueueListRequest request, Invocation call) {
    Queue queue = queue(request.getQueue(), call);
    Items items = queue.stock().items();
    Page page =
        Page.of(Listing.of(queue, call), request.getPageSize(), request.getPageToken(), world);
    QueueListResponse.Builder response = QueueListResponse.newBuilder();
    ReplyRoom room = new ReplyRoom(call, world.limits());
    int i = items.after(page.after());
    for (; i < items.size() && response.getItemsCount() < page.size(); i++) {
      int place = request.getReturnPlaces() ? PLACE_BYTES : 0;
      if (!room.take(items.get(i).value().getSerializedSize() + place)) {
        break;
      }
      response.addItems(items.get(i).value());
      if (request.getReturnPlaces()) {
        response.addPlaces(items.get(i).place());
      }
    }
    if (i < items.size()) {
      response.setNextPageToken(page.token(items.get(i - 1).place()));
    }
    return Answer.of(response.build());
  }

  private Answer size(QueueSizeRequest request, Invocation call) {
    Queue queue = queue(request.getQueue(), call);
    return Answer.of(
        QueueSizeResponse.newBuilder()
            .setSize(queue.stock().items().size())
            .setReserved(queue.stock().reserved())
            .setWaitingGets(queue.waitingGets())
            .setWaitingPuts(queue.waitingPuts())
            .setClosed(queue.isClosed())
            .setCapacity(queue.capacity())
            .build());
  }

  private Answer clear(QueueClearRequest request, Invocation call) {
    int removed = queue(request.getQueue(), call).clear();
    return Answer.of(QueueClearResponse.newBuilder().setRemoved(removed).build());
  }

  private Answer shutdown(QueueShutdownRequest request, Invocation call) {
    queue(request.getQueue(), call).close();
    return Answer.of(QueueShutdownResponse.getDefaultInstance());
  }

  private Answer delete(QueueDeleteRequest request, Invocation call) {
    world.objects().delete(queue(request.getQueue(), call));
    return Answer.of(QueueDeleteResponse.getDefaultInstance());
  }
}
