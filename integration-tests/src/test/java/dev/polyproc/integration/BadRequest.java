package dev.polyproc.integration;

import static dev.polyproc.integration.Requests.acquire;
import static dev.polyproc.integration.Requests.createLock;
import static dev.polyproc.integration.Requests.createQueue;
import static dev.polyproc.integration.Requests.get;
import static dev.polyproc.integration.Requests.number;
import static dev.polyproc.integration.Requests.put;
import static dev.polyproc.integration.Requests.release;
import static dev.polyproc.integration.Requests.reserve;
import static dev.polyproc.integration.Requests.size;
import static dev.polyproc.integration.Requests.text;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_INVALID_ARGUMENT;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_INVALID_DURATION;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_INVALID_NAME;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_INVALID_VALUE;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_NESTED_TOO_DEEP;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_NOT_A_NUMBER;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_NOT_HELD;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_OBJECT_EXISTS;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_RESERVATION_ENDED;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_SESSION_REQUIRED;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_START_FAILED;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_VALUE_TOO_LARGE;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_WRONG_KIND;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import com.google.protobuf.util.Durations;
import dev.polyproc.v1.AdminDeleteRequest;
import dev.polyproc.v1.AdminDescribeRequest;
import dev.polyproc.v1.AdminListRequest;
import dev.polyproc.v1.AdminServiceGrpc;
import dev.polyproc.v1.DictAddRequest;
import dev.polyproc.v1.DictGetRequest;
import dev.polyproc.v1.DictServiceGrpc;
import dev.polyproc.v1.DictSetRequest;
import dev.polyproc.v1.EnvironmentVariable;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.EventServiceGrpc;
import dev.polyproc.v1.EventWaitRequest;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.LockServiceGrpc;
import dev.polyproc.v1.ProcessServiceGrpc;
import dev.polyproc.v1.ProcessStartRequest;
import dev.polyproc.v1.ProcessWaitRequest;
import dev.polyproc.v1.QueueAcknowledgeRequest;
import dev.polyproc.v1.QueueGetManyRequest;
import dev.polyproc.v1.QueueListRequest;
import dev.polyproc.v1.QueuePutManyRequest;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.SessionKeepAliveRequest;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.SessionServiceGrpc;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueEntry;
import dev.polyproc.v1.ValueList;
import dev.polyproc.v1.ValueMap;
import io.grpc.MethodDescriptor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A request that is well-formed and wrong, and the reason for which it is refused. */
record BadRequest(String name, MethodDescriptor<?, ?> method, Message request, ErrorReason reason) {
  /** The daemon's limit of a request, in bytes. */
  static final int LARGEST = 100_000;

  @Override
  public String toString() {
    return name;
  }

  /**
   * All of them. They find a queue "queue", a lock "lock", and a dict "dict" with a text under
   * "word".
   */
  static List<BadRequest> all() {
    List<BadRequest> cases = new ArrayList<>();
    cases.addAll(unknownObjects());
    cases.addAll(wrongKinds());
    cases.addAll(badNames());
    cases.addAll(badDurations());
    cases.addAll(badValues());
    cases.addAll(badArguments());
    cases.addAll(withoutSession());
    return cases;
  }

  private static <Q extends Message> BadRequest bad(
      String name, MethodDescriptor<Q, ?> method, Q request, ErrorReason reason) {
    return new BadRequest(method.getBareMethodName() + ": " + name, method, request, reason);
  }

  private static List<BadRequest> unknownObjects() {
    ErrorReason reason = ERROR_REASON_OBJECT_NOT_FOUND;
    String name = "unknown object";
    return List.of(
        bad(name, QueueServiceGrpc.getPutMethod(), put("none", 1), reason),
        bad(name, QueueServiceGrpc.getGetMethod(), get("none"), reason),
        bad(name, QueueServiceGrpc.getSizeMethod(), size("none"), reason),
        bad(name, LockServiceGrpc.getAcquireMethod(), acquire("none"), reason),
        bad(name, LockServiceGrpc.getReleaseMethod(), release("none", 0), reason),
        bad(
            name,
            EventServiceGrpc.getWaitMethod(),
            EventWaitRequest.newBuilder().setEvent("none").build(),
            reason),
        bad(
            name,
            DictServiceGrpc.getGetMethod(),
            DictGetRequest.newBuilder().setDict("none").setKey(number(1)).build(),
            reason),
        bad(
            name,
            ProcessServiceGrpc.getWaitMethod(),
            ProcessWaitRequest.newBuilder().setProcess("none").build(),
            reason),
        bad(
            name,
            AdminServiceGrpc.getDescribeMethod(),
            AdminDescribeRequest.newBuilder().setObject("none").build(),
            reason),
        bad(
            name,
            AdminServiceGrpc.getDeleteMethod(),
            AdminDeleteRequest.newBuilder().setObject("none").build(),
            reason));
  }

  private static List<BadRequest> wrongKinds() {
    ErrorReason reason = ERROR_REASON_WRONG_KIND;
    String name = "wrong kind";
    return List.of(
        bad(name, QueueServiceGrpc.getPutMethod(), put("lock", 1), reason),
        bad(name, QueueServiceGrpc.getCreateMethod(), createQueue("dict"), reason),
        bad(name, LockServiceGrpc.getAcquireMethod(), acquire("queue"), reason),
        bad(name, LockServiceGrpc.getCreateMethod(), createLock("queue"), reason),
        bad(
            name,
            EventServiceGrpc.getWaitMethod(),
            EventWaitRequest.newBuilder().setEvent("queue").build(),
            reason),
        bad(
            name,
            DictServiceGrpc.getGetMethod(),
            DictGetRequest.newBuilder().setDict("lock").setKey(number(1)).build(),
            reason),
        bad(
            name,
            ProcessServiceGrpc.getWaitMethod(),
            ProcessWaitRequest.newBuilder().setProcess("queue").build(),
            reason),
        bad(
            "another shape",
            QueueServiceGrpc.getCreateMethod(),
            createQueue("queue").toBuilder().setMaxsize(7).build(),
            ERROR_REASON_OBJECT_EXISTS));
  }

  private static List<BadRequest> badNames() {
    List<BadRequest> cases = new ArrayList<>();
    for (String name :
        List.of(
            "x".repeat(256),
            "x".repeat(LARGEST / 2),
            "/",
            "/a",
            "a/",
            "a//b",
            " ",
            "a b",
            "a\u0000b",
            "a\nb",
            "\u001b[31m",
            "a\\b",
            "a\"b",
            "%s",
            "a\u200bb")) {
      String shown = "name " + name.codePointAt(0) + " (" + name.length() + ")";
      cases.add(
          bad(
              shown,
              QueueServiceGrpc.getCreateMethod(),
              createQueue(name),
              ERROR_REASON_INVALID_NAME));
      cases.add(
          bad(shown, LockServiceGrpc.getAcquireMethod(), acquire(name), ERROR_REASON_INVALID_NAME));
    }
    cases.add(
        bad("empty name", QueueServiceGrpc.getGetMethod(), get(""), ERROR_REASON_INVALID_NAME));
    return cases;
  }

  private static List<Duration> impossible() {
    return List.of(
        Duration.newBuilder().setSeconds(-1).build(),
        Duration.newBuilder().setNanos(-1).build(),
        Duration.newBuilder().setSeconds(1).setNanos(-1).build(),
        Duration.newBuilder().setSeconds(-1).setNanos(1).build(),
        Duration.newBuilder().setNanos(1_000_000_000).build(),
        Duration.newBuilder().setNanos(Integer.MAX_VALUE).build(),
        Duration.newBuilder().setSeconds(Long.MAX_VALUE).build(),
        Duration.newBuilder().setSeconds(Long.MIN_VALUE).setNanos(Integer.MIN_VALUE).build(),
        Durations.fromDays(3_651));
  }

  private static List<BadRequest> badDurations() {
    List<BadRequest> cases = new ArrayList<>();
    for (Duration duration : impossible()) {
      String name = duration.getSeconds() + " s " + duration.getNanos() + " ns";
      ErrorReason reason = ERROR_REASON_INVALID_DURATION;
      cases.add(
          bad(
              name,
              QueueServiceGrpc.getGetMethod(),
              get("queue").toBuilder().setTimeout(duration).build(),
              reason));
      cases.add(
          bad(
              name,
              QueueServiceGrpc.getPutMethod(),
              put("queue", 1).toBuilder().setTimeout(duration).build(),
              reason));
      cases.add(
          bad(
              "reservation " + name,
              QueueServiceGrpc.getGetMethod(),
              reserve("queue").toBuilder().setReservationTimeout(duration).build(),
              reason));
      cases.add(
          bad(
              "lease " + name,
              LockServiceGrpc.getAcquireMethod(),
              acquire("lock").toBuilder().setLease(duration).build(),
              reason));
      cases.add(
          bad(
              name,
              SessionServiceGrpc.getOpenMethod(),
              SessionOpenRequest.newBuilder().setTimeToLive(duration).build(),
              reason));
    }
    cases.add(
        bad(
            "1 ms",
            SessionServiceGrpc.getOpenMethod(),
            SessionOpenRequest.newBuilder().setTimeToLive(Durations.fromMillis(1)).build(),
            ERROR_REASON_INVALID_DURATION));
    return cases;
  }

  private static Value list(Value value) {
    return Value.newBuilder().setList(ValueList.newBuilder().addValues(value)).build();
  }

  private static DictSetRequest set(Value key, Value value) {
    return DictSetRequest.newBuilder().setDict("dict").setKey(key).setValue(value).build();
  }

  private static List<BadRequest> badValues() {
    ErrorReason reason = ERROR_REASON_INVALID_VALUE;
    Value none = Value.getDefaultInstance();
    Value map =
        Value.newBuilder()
            .setMap(
                ValueMap.newBuilder()
                    .addEntries(ValueEntry.newBuilder().setKey(list(none)).setValue(none)))
            .build();
    Value emptyBigInt = Value.newBuilder().setBigInt(ByteString.EMPTY).build();
    return List.of(
        bad("no value", QueueServiceGrpc.getPutMethod(), put("queue", none), reason),
        bad(
            "absent value",
            QueueServiceGrpc.getPutMethod(),
            put("queue", 1).toBuilder().clearItem().build(),
            reason),
        bad(
            "no value in a list",
            QueueServiceGrpc.getPutMethod(),
            put("queue", list(none)),
            reason),
        bad("no value in a map", QueueServiceGrpc.getPutMethod(), put("queue", map), reason),
        bad("empty big_int", QueueServiceGrpc.getPutMethod(), put("queue", emptyBigInt), reason),
        bad("a list as key", DictServiceGrpc.getSetMethod(), set(list(number(1)), none), reason),
        bad("no key", DictServiceGrpc.getSetMethod(), set(none, number(1)), reason),
        bad("no value", DictServiceGrpc.getSetMethod(), set(number(1), none), reason),
        bad(
            "33 levels",
            QueueServiceGrpc.getPutMethod(),
            put("queue", DeepValue.of(33)),
            ERROR_REASON_NESTED_TOO_DEEP),
        bad(
            "over the limit",
            QueueServiceGrpc.getPutMethod(),
            put("queue", text("x".repeat(LARGEST))),
            ERROR_REASON_VALUE_TOO_LARGE),
        bad(
            "far over the limit",
            QueueServiceGrpc.getPutMethod(),
            put("queue", text("x".repeat(10 * LARGEST))),
            ERROR_REASON_VALUE_TOO_LARGE));
  }

  private static List<BadRequest> badArguments() {
    ErrorReason reason = ERROR_REASON_INVALID_ARGUMENT;
    return List.of(
        bad(
            "unknown lifetime",
            QueueServiceGrpc.getCreateMethod(),
            createQueue("new").toBuilder().setLifetimeValue(99).build(),
            reason),
        bad(
            "unknown kind",
            LockServiceGrpc.getCreateMethod(),
            createLock("new").toBuilder().setKindValue(99).build(),
            reason),
        bad(
            "unknown end",
            LockServiceGrpc.getCreateMethod(),
            createLock("new").toBuilder().setOnOwnerEndValue(-1).build(),
            reason),
        bad(
            "huge maxsize",
            QueueServiceGrpc.getCreateMethod(),
            createQueue("new").toBuilder().setMaxsize(-1).build(),
            reason),
        bad(
            "attempts without dead letters",
            QueueServiceGrpc.getCreateMethod(),
            createQueue("new").toBuilder().setMaxAttempts(3).build(),
            reason),
        bad(
            "many",
            QueueServiceGrpc.getPutManyMethod(),
            QueuePutManyRequest.newBuilder()
                .setQueue("queue")
                .addAllItems(Collections.nCopies(1_025, number(1)))
                .build(),
            reason),
        bad(
            "many",
            QueueServiceGrpc.getGetManyMethod(),
            QueueGetManyRequest.newBuilder().setQueue("queue").setMax(-1).build(),
            reason),
        bad(
            "page token",
            QueueServiceGrpc.getListMethod(),
            QueueListRequest.newBuilder().setQueue("queue").setPageToken("!").build(),
            reason),
        bad(
            "page token",
            AdminServiceGrpc.getListMethod(),
            AdminListRequest.newBuilder().setPageToken("-1").build(),
            reason),
        bad(
            "long client",
            SessionServiceGrpc.getOpenMethod(),
            SessionOpenRequest.newBuilder().setClient("x".repeat(256)).build(),
            reason),
        bad(
            "unknown credential",
            SessionServiceGrpc.getOpenMethod(),
            SessionOpenRequest.newBuilder().setProcessCredential("x").build(),
            reason),
        bad(
            "no command",
            ProcessServiceGrpc.getStartMethod(),
            ProcessStartRequest.getDefaultInstance(),
            reason),
        bad(
            "zero byte",
            ProcessServiceGrpc.getStartMethod(),
            ProcessStartRequest.newBuilder().setCommand("a\u0000b").build(),
            reason),
        bad(
            "environment",
            ProcessServiceGrpc.getStartMethod(),
            ProcessStartRequest.newBuilder()
                .setCommand("true")
                .addEnvironment(EnvironmentVariable.newBuilder().setName("a=b"))
                .build(),
            reason),
        bad(
            "no such command",
            ProcessServiceGrpc.getStartMethod(),
            ProcessStartRequest.newBuilder().setCommand("/no/such/command").build(),
            ERROR_REASON_START_FAILED),
        bad(
            "text",
            DictServiceGrpc.getAddMethod(),
            DictAddRequest.newBuilder()
                .setDict("dict")
                .setKey(text("word"))
                .setAmount(number(1))
                .build(),
            ERROR_REASON_NOT_A_NUMBER),
        bad(
            "nobody's lock",
            LockServiceGrpc.getReleaseMethod(),
            release("lock", 0),
            ERROR_REASON_NOT_HELD),
        bad(
            "reservation",
            QueueServiceGrpc.getAcknowledgeMethod(),
            QueueAcknowledgeRequest.newBuilder().setQueue("queue").setReservation(-7).build(),
            ERROR_REASON_RESERVATION_ENDED));
  }

  private static List<BadRequest> withoutSession() {
    ErrorReason reason = ERROR_REASON_SESSION_REQUIRED;
    return List.of(
        bad("no session", LockServiceGrpc.getAcquireMethod(), acquire("lock"), reason),
        bad("no session", QueueServiceGrpc.getGetMethod(), reserve("queue"), reason),
        bad(
            "no session",
            SessionServiceGrpc.getKeepAliveMethod(),
            SessionKeepAliveRequest.getDefaultInstance(),
            reason),
        bad(
            "no session",
            ProcessServiceGrpc.getStartMethod(),
            ProcessStartRequest.newBuilder().setCommand("true").setDaemonic(true).build(),
            reason),
        bad(
            "no session",
            QueueServiceGrpc.getCreateMethod(),
            createQueue("new").toBuilder().setLifetime(Lifetime.LIFETIME_SESSION).build(),
            reason));
  }
}
