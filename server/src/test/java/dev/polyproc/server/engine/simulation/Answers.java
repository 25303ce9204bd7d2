package dev.polyproc.server.engine.simulation;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.ErrorInfo;
import dev.polyproc.server.engine.simulation.ModelCall.Expected;
import dev.polyproc.server.engine.simulation.Outcome.Numbered;
import dev.polyproc.v1.ConditionWaitResponse;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.LockAcquireAllResponse;
import dev.polyproc.v1.LockAcquireResponse;
import dev.polyproc.v1.PoolHeartbeatResponse;
import dev.polyproc.v1.PoolOutcome;
import dev.polyproc.v1.PoolResult;
import dev.polyproc.v1.PoolResultsResponse;
import dev.polyproc.v1.PoolRun;
import dev.polyproc.v1.PoolTakeResponse;
import dev.polyproc.v1.Process;
import dev.polyproc.v1.QueueConsumeResponse;
import dev.polyproc.v1.QueueDelivery;
import dev.polyproc.v1.QueueGetManyResponse;
import dev.polyproc.v1.QueueGetResponse;
import dev.polyproc.v1.QueueItemDetails;
import dev.polyproc.v1.QueueListResponse;
import dev.polyproc.v1.QueueSizeResponse;
import dev.polyproc.v1.ReadWriteLockAcquireResponse;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.Reply;
import dev.polyproc.v1.SemaphoreAcquireResponse;
import dev.polyproc.v1.SemaphoreDrainResponse;
import dev.polyproc.v1.SessionCancelResponse;
import dev.polyproc.v1.SessionOpenResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Compares what callers got with what the model says, and teaches the model the numbers. */
final class Answers {
  private final Map<String, Long> highest = new HashMap<>();
  private final List<Numbered> learned = new ArrayList<>();

  /** Another entry begins: the numbers that it gives are higher than all before. */
  void begin() {
    learned.forEach(number -> highest.merge(number.what(), number.number(), Math::max));
    learned.clear();
  }

  /** Fails unless the caller got exactly what it should have. */
  void compare(Expected expected) {
    List<Reply> replies = expected.call.replies();
    if (replies.size() != expected.outcomes.size() || expected.done == expected.call.isWaiting()) {
      throw new AssertionError(
          "Expected replies like " + expected.outcomes + ", but got " + replies);
    }
    while (expected.compared < replies.size()) {
      compare(
          expected.outcomes.get(expected.compared),
          replies.get(expected.compared),
          expected.call.prototype());
      expected.compared++;
    }
  }

  private void compare(Outcome outcome, Reply reply, Message prototype) {
    if (reply.hasError()) {
      if (outcome.reason() != reason(reply)) {
        throw new AssertionError("Expected " + outcome + ", but got " + reply.getError());
      }
      return;
    }
    try {
      Message response = prototype.getParserForType().parseFrom(reply.getResponse());
      List<Long> numbers = new ArrayList<>();
      Message rest = withoutNumbers(response, numbers);
      if (!rest.equals(outcome.response()) || numbers.size() != outcome.numbers().size()) {
        throw new AssertionError("Expected " + outcome + ", but got " + response);
      }
      for (int i = 0; i < numbers.size(); i++) {
        learn(outcome.numbers().get(i), numbers.get(i));
      }
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private void learn(Numbered number, long actual) {
    if (number.number() == 0 && !number.what().equals(Numbered.PLACE)) {
      boolean isTaken =
          learned.stream().anyMatch(one -> one.what().equals(number.what()) && one.is(actual));
      if (isTaken || actual <= highest.getOrDefault(number.what(), 0L)) {
        throw new AssertionError("Expected a higher " + number.what() + " than " + actual);
      }
      learned.add(number);
    }
    number.learn(actual);
  }

  private static ErrorReason reason(Reply reply) {
    try {
      ErrorInfo info = reply.getError().getDetails(0).unpack(ErrorInfo.class);
      return ErrorReason.valueOf("ERROR_REASON_" + info.getReason());
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  /** A response without the numbers that only the engine knows, which go to {@code numbers}. */
  private static Message withoutNumbers(Message response, List<Long> numbers) {
    if (response instanceof QueueGetResponse get) {
      addUnlessZero(get.getReservation(), numbers);
      QueueGetResponse.Builder rest = get.toBuilder().clearReservation();
      if (get.hasDeadLetter()) {
        rest.setDeadLetter(ModelQueueItem.plain(get.getDeadLetter()));
      }
      return rest.build();
    } else if (response instanceof QueueGetManyResponse many) {
      QueueGetManyResponse.Builder rest = QueueGetManyResponse.newBuilder();
      many.getDeliveriesList().forEach(one -> rest.addDeliveries(withoutNumber(one, numbers)));
      return rest.build();
    } else if (response instanceof QueueConsumeResponse consume) {
      return consume.toBuilder().setDelivery(withoutNumber(consume.getDelivery(), numbers)).build();
    } else if (response instanceof LockAcquireResponse acquire) {
      addUnlessZero(acquire.getToken(), numbers);
      return acquire.toBuilder().clearToken().build();
    } else if (response instanceof LockAcquireAllResponse all) {
      LockAcquireAllResponse.Builder rest = all.toBuilder().clearHolds();
      all.getHoldsList()
          .forEach(hold -> rest.addHolds((LockAcquireResponse) withoutNumbers(hold, numbers)));
      return rest.build();
    } else if (response instanceof ReadWriteLockAcquireResponse acquire) {
      addUnlessZero(acquire.getToken(), numbers);
      return acquire.toBuilder().clearToken().build();
    } else if (response instanceof SemaphoreAcquireResponse acquire) {
      addUnlessZero(acquire.getToken(), numbers);
      return acquire.toBuilder().clearToken().build();
    } else if (response instanceof SemaphoreDrainResponse drain) {
      addUnlessZero(drain.getToken(), numbers);
      return drain.toBuilder().clearToken().build();
    } else if (response instanceof ConditionWaitResponse wait) {
      addUnlessZero(wait.getToken(), numbers);
      return wait.toBuilder().clearToken().build();
    } else if (response instanceof SessionOpenResponse open) {
      return SessionOpenResponse.newBuilder().setSession(open.getSession()).build();
    } else if (response instanceof SessionCancelResponse cancel) {
      return cancel.toBuilder().clearReply().build();
    } else if (response instanceof QueueListResponse list) {
      numbers.addAll(list.getPlacesList());
      QueueListResponse.Builder rest = list.toBuilder().clearPlaces().clearDetails();
      list.getDetailsList().forEach(details -> rest.addDetails(plain(details)));
      return withoutIncarnations(rest.build(), numbers);
    } else if (response instanceof QueueSizeResponse size) {
      return withoutAges(size);
    } else if (response instanceof PoolTakeResponse take) {
      PoolTakeResponse.Builder rest = take.toBuilder().clearRuns();
      for (PoolRun run : take.getRunsList()) {
        numbers.add(run.getRun());
        rest.addRuns(run.toBuilder().clearRun());
      }
      return rest.build();
    } else if (response instanceof PoolHeartbeatResponse beat) {
      numbers.addAll(beat.getRunsList());
      return beat.toBuilder().clearRuns().build();
    } else if (response instanceof PoolResultsResponse results) {
      PoolResultsResponse.Builder rest = results.toBuilder().clearResults();
      for (PoolResult result : results.getResultsList()) {
        numbers.add(result.getPlace());
        rest.addResults(withoutWords(result));
      }
      return rest.build();
    }
    return withoutIncarnations(response, numbers);
  }

  /** Only of its own failures it is said how a task failed. */
  private static PoolResult withoutWords(PoolResult result) {
    PoolResult.Builder rest = result.toBuilder().clearPlace();
    return result.getOutcome() == PoolOutcome.POOL_OUTCOME_FAILED
        ? rest.build()
        : rest.clearFailure().build();
  }

  private static QueueDelivery withoutNumber(QueueDelivery delivery, List<Long> numbers) {
    addUnlessZero(delivery.getReservation(), numbers);
    QueueDelivery.Builder rest = delivery.toBuilder().clearReservation();
    if (delivery.hasDeadLetter()) {
      rest.setDeadLetter(ModelQueueItem.plain(delivery.getDeadLetter()));
    }
    return rest.build();
  }

  /** Without what only the engine knows. */
  static QueueItemDetails plain(QueueItemDetails details) {
    return details.hasDeadLetter()
        ? details.toBuilder().setDeadLetter(ModelQueueItem.plain(details.getDeadLetter())).build()
        : details;
  }

  /** A read is told how old things are now, which may be later than the latest entry. */
  static QueueSizeResponse withoutAges(QueueSizeResponse size) {
    return size.toBuilder().clearOldestItemAge().clearOldestReservationAge().build();
  }

  private static void addUnlessZero(long number, List<Long> numbers) {
    if (number != 0) {
      numbers.add(number);
    }
  }

  /**
   * Without the incarnations of the refs that stand by themselves, and what tokens of pages say.
   */
  private static Message withoutIncarnations(Message response, List<Long> numbers) {
    Message.Builder rest = response.toBuilder();
    for (FieldDescriptor field : response.getAllFields().keySet()) {
      if (field.getJavaType() == JavaType.MESSAGE
          && field.getMessageType().equals(Process.getDescriptor())) {
        replaceProcesses(rest, field, numbers);
        continue;
      }
      if (field.getJavaType() == JavaType.MESSAGE
          && field.getMessageType().equals(Ref.getDescriptor())) {
        replaceRefs(rest, field, numbers);
      } else if (field.getName().equals("next_page_token")) {
        rest.setField(field, ModelPage.MORE);
      }
    }
    return rest.build();
  }

  private static void replaceProcesses(
      Message.Builder response, FieldDescriptor field, List<Long> numbers) {
    if (field.isRepeated()) {
      for (int i = 0; i < response.getRepeatedFieldCount(field); i++) {
        Process process = (Process) response.getRepeatedField(field, i);
        response.setRepeatedField(field, i, withoutIncarnations(process, numbers));
      }
    } else {
      response.setField(field, withoutIncarnations((Process) response.getField(field), numbers));
    }
  }

  private static void replaceRefs(
      Message.Builder response, FieldDescriptor field, List<Long> numbers) {
    if (field.isRepeated()) {
      for (int i = 0; i < response.getRepeatedFieldCount(field); i++) {
        Ref ref = (Ref) response.getRepeatedField(field, i);
        response.setRepeatedField(field, i, withoutIncarnation(ref, numbers));
      }
    } else {
      response.setField(field, withoutIncarnation((Ref) response.getField(field), numbers));
    }
  }

  private static Ref withoutIncarnation(Ref ref, List<Long> numbers) {
    if (ref.getIncarnation() != 0) {
      numbers.add(ref.getIncarnation());
    }
    return ref.toBuilder().clearIncarnation().build();
  }
}
