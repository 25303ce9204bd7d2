package dev.polyproc.server.engine.queue;

import com.google.protobuf.Duration;
import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.internal.v1.ParkedState.WantsCase;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.family.Family;
import dev.polyproc.server.engine.family.Operations;
import dev.polyproc.server.engine.object.Directory.Created;
import dev.polyproc.server.engine.object.ManagedObject;
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
import dev.polyproc.v1.QueueJoinRequest;
import dev.polyproc.v1.QueueListRequest;
import dev.polyproc.v1.QueuePauseRequest;
import dev.polyproc.v1.QueuePauseResponse;
import dev.polyproc.v1.QueuePeekRequest;
import dev.polyproc.v1.QueuePeekResponse;
import dev.polyproc.v1.QueueProto;
import dev.polyproc.v1.QueuePutManyRequest;
import dev.polyproc.v1.QueuePutRequest;
import dev.polyproc.v1.QueueRedriveRequest;
import dev.polyproc.v1.QueueRejectRequest;
import dev.polyproc.v1.QueueRejectResponse;
import dev.polyproc.v1.QueueRemoveRequest;
import dev.polyproc.v1.QueueRemoveResponse;
import dev.polyproc.v1.QueueResumeRequest;
import dev.polyproc.v1.QueueResumeResponse;
import dev.polyproc.v1.QueueShutdownRequest;
import dev.polyproc.v1.QueueShutdownResponse;
import dev.polyproc.v1.QueueSizeRequest;
import dev.polyproc.v1.QueueSizeResponse;
import dev.polyproc.v1.QueueTaskDoneRequest;
import dev.polyproc.v1.QueueTaskDoneResponse;
import dev.polyproc.v1.Value;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** QueueService. */
public final class QueueOperations implements Family {
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
        .on("TaskDone", QueueTaskDoneRequest.getDefaultInstance(), this::taskDone)
        .on("Join", QueueJoinRequest.getDefaultInstance(), this::join)
        .on("Pause", QueuePauseRequest.getDefaultInstance(), this::pause)
        .on("Resume", QueueResumeRequest.getDefaultInstance(), this::resume)
        .on("Redrive", QueueRedriveRequest.getDefaultInstance(), this::redrive)
        .waiting(WantsCase.GETTER, (call, state, queue) -> Getter.restored(call, state))
        .waiting(WantsCase.PUTTER, Putter::restored)
        .waiting(WantsCase.JOINER, (call, state, queue) -> new Joiner(call))
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
    QueueShape shape = CreateCheck.shape(request, world);
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
                shape::shown,
                header -> new Queue(header, shape));
    return Answer.of(
        QueueCreateResponse.newBuilder()
            .setRef(created.object().ref())
            .setCreated(created.isNew())
            .build());
  }

  private Answer put(QueuePutRequest request, Invocation call) {
    Queue queue = queue(request.getQueue(), call);
    Batch batch = Batch.of(request, queue, world);
    long timeout = world.durations().of("timeout", request.hasTimeout(), request.getTimeout());
    return queue.put(batch, call, timeout);
  }

  private Answer putMany(QueuePutManyRequest request, Invocation call) {
    Queue queue = queue(request.getQueue(), call);
    Batch batch = Batch.of(request, queue, world);
    long timeout = world.durations().of("timeout", request.hasTimeout(), request.getTimeout());
    return queue.put(batch, call, timeout);
  }

  private Answer get(QueueGetRequest request, Invocation call) {
    Queue queue = queue(request.getQueue(), call);
    long timeout = world.durations().of("timeout", request.hasTimeout(), request.getTimeout());
    return queue.get(call, GetTerms.of(request, queue, call, world), timeout);
  }

  private Answer getMany(QueueGetManyRequest request, Invocation call) {
    Queue queue = queue(request.getQueue(), call);
    long timeout = world.durations().of("timeout", request.hasTimeout(), request.getTimeout());
    return queue.get(call, GetTerms.of(request, queue, call, world), timeout);
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
    return queue.consume(call, max, GetTerms.of(request, world));
  }

  private Answer acknowledge(QueueAcknowledgeRequest request, Invocation call) {
    Queue queue = queue(request.getQueue(), call);
    queue.acknowledge(queue.stock().reservations().find(request.getReservation(), call));
    return Answer.of(QueueAcknowledgeResponse.getDefaultInstance());
  }

  private Answer reject(QueueRejectRequest request, Invocation call) {
    Queue queue = queue(request.getQueue(), call);
    if (request.getGiveUp() && request.getRelease()) {
      throw Refusal.argument("release", "Expected give_up or release, but both are set");
    }
    Reservation reservation = queue.stock().reservations().find(request.getReservation(), call);
    if (request.getGiveUp()) {
      queue.giveUp(reservation);
      return Answer.of(QueueRejectResponse.newBuilder().setGaveUp(true).build());
    }
    boolean cameBack =
        request.getRelease() ? queue.release(reservation) : queue.putBack(reservation);
    return Answer.of(QueueRejectResponse.newBuilder().setGaveUp(!cameBack).build());
  }

  private Answer peek(QueuePeekRequest request, Invocation call) {
    Queue queue = queue(request.getQueue(), call);
    Item next = queue.stock().available().next(GetTerms.fromTail(request.getEnd(), queue));
    QueuePeekResponse.Builder response = QueuePeekResponse.newBuilder();
    if (next != null) {
      response.setItem(next.value());
    }
    return Answer.of(response.build());
  }

  private Answer contains(QueueContainsRequest request, Invocation call) {
    Queue queue = queue(request.getQueue(), call);
    Value value = Values.sought("item", request.getItem(), world);
    return Answer.of(
        QueueContainsResponse.newBuilder().setContains(find(queue, value) != null).build());
  }

  private Answer remove(QueueRemoveRequest request, Invocation call) {
    Queue queue = queue(request.getQueue(), call);
    Item found =
        request.getPlace() == 0
            ? find(queue, Values.sought("item", request.getItem(), world))
            : at(queue, request.getPlace());
    if (found != null) {
      queue.remove(found);
    }
    return Answer.of(QueueRemoveResponse.newBuilder().setRemoved(found != null).build());
  }

  /** The first equal item; null when there is none. */
  private @Nullable Item find(Queue queue, Value value) {
    ValueKey key = ValueKey.of(value);
    Predicate<Item> isEqual = item -> ValueKey.of(item.value()).equals(key);
    Item found = first(queue.stock().available(), isEqual);
    return found != null ? found : first(queue.stock().delayed(), isEqual);
  }

  /** The item at a place; null when there is none. */
  private @Nullable Item at(Queue queue, long place) {
    Item found = queue.stock().available().at(place);
    return found != null ? found : first(queue.stock().delayed(), item -> item.place() == place);
  }

  private @Nullable Item first(Iterable<Item> items, Predicate<Item> condition) {
    for (Item item : items) {
      world.turn().stepped(1);
      if (condition.test(item)) {
        return item;
      }
    }
    return null;
  }

  private Answer list(QueueListRequest request, Invocation call) {
    return Answer.of(
        new QueueListing(world, queue(request.getQueue(), call), request, call).answer());
  }

  private Answer size(QueueSizeRequest request, Invocation call) {
    Queue queue = queue(request.getQueue(), call);
    Stock stock = queue.stock();
    QueueSizeResponse.Builder response =
        QueueSizeResponse.newBuilder()
            .setSize(stock.available().size())
            .setReserved(stock.reserved() - stock.reservations().hands().count())
            .setWaitingGets(queue.waitingGets())
            .setWaitingPuts(queue.waitingPuts())
            .setClosed(queue.isClosed())
            .setCapacity(queue.capacity())
            .setDelayed(stock.delayed().size())
            .setInHand(stock.reservations().hands().count())
            .setUnfinished(stock.unfinished().count())
            .setWaitingJoins(queue.waitingJoins())
            .setPaused(queue.isPaused())
            .setTotals(stock.totals().toProto());
    Duration item = stock.oldestItemAge();
    if (item != null) {
      response.setOldestItemAge(item);
    }
    Duration reservation = stock.oldestReservationAge();
    if (reservation != null) {
      response.setOldestReservationAge(reservation);
    }
    return Answer.of(response.build());
  }

  private Answer clear(QueueClearRequest request, Invocation call) {
    int removed = queue(request.getQueue(), call).clear();
    return Answer.of(QueueClearResponse.newBuilder().setRemoved(removed).build());
  }

  private Answer shutdown(QueueShutdownRequest request, Invocation call) {
    queue(request.getQueue(), call).close(request.getImmediate());
    return Answer.of(QueueShutdownResponse.getDefaultInstance());
  }

  private Answer delete(QueueDeleteRequest request, Invocation call) {
    world.objects().delete(queue(request.getQueue(), call));
    return Answer.of(QueueDeleteResponse.getDefaultInstance());
  }

  private Answer taskDone(QueueTaskDoneRequest request, Invocation call) {
    Queue queue = queue(request.getQueue(), call);
    queue.requireJoinable();
    int unfinished =
        request.getReservation() == 0
            ? queue.taskDone(call)
            : queue.taskDone(queue.stock().reservations().find(request.getReservation(), call));
    return Answer.of(QueueTaskDoneResponse.newBuilder().setUnfinished(unfinished).build());
  }

  private Answer join(QueueJoinRequest request, Invocation call) {
    Queue queue = queue(request.getQueue(), call);
    long timeout = world.durations().of("timeout", request.hasTimeout(), request.getTimeout());
    return queue.join(call, timeout);
  }

  private Answer pause(QueuePauseRequest request, Invocation call) {
    queue(request.getQueue(), call).pause(true);
    return Answer.of(QueuePauseResponse.getDefaultInstance());
  }

  private Answer resume(QueueResumeRequest request, Invocation call) {
    queue(request.getQueue(), call).pause(false);
    return Answer.of(QueueResumeResponse.getDefaultInstance());
  }

  private Answer redrive(QueueRedriveRequest request, Invocation call) {
    Queue letters = queue(request.getQueue(), call);
    String to = request.getDestination();
    Queue destination = to.isEmpty() ? null : world.objects().find(Queue.KIND, to);
    return Answer.of(new Redrive(world, letters, destination, request, call).run());
  }
}
