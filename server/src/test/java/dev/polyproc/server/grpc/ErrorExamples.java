package dev.polyproc.server.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import dev.polyproc.files.Environment;
import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.server.engine.Refusal;
import dev.polyproc.server.engine.Texted;
import dev.polyproc.server.supervisor.Reports;
import dev.polyproc.server.supervisor.Supervisor;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Limits;
import dev.polyproc.v1.ProcessStartRequest;
import dev.polyproc.v1.QueuePutRequest;
import dev.polyproc.v1.Value;
import io.grpc.Attributes;
import io.grpc.Metadata;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;

/** Refusals of every reason, provoked: what callers do wrong, and what they are then told. */
final class ErrorExamples {
  /**
   * One refusal.
   *
   * @param call what was called, such as "QueueService/Put"
   */
  record Example(String call, String sentence) {}

  private final Map<ErrorReason, List<Example>> examples = new EnumMap<>(ErrorReason.class);
  private final Map<ErrorReason, TreeSet<String>> details = new EnumMap<>(ErrorReason.class);

  private EngineFixture world = new EngineFixture();
  private Client a = world.session("a");
  private Client b = world.session("b");
  private Client anyone = world.anonymous();

  ErrorExamples() {
    requests();
    values();
    names();
    objects();
    sessions();
    waiting();
    queues();
    locks();
    collections();
    pipes();
    processes();
    limits();
    node();
  }

  List<Example> of(ErrorReason reason) {
    return examples.getOrDefault(reason, List.of());
  }

  /** The keys of all that its examples name for programs. */
  List<String> details(ErrorReason reason) {
    return List.copyOf(details.getOrDefault(reason, new TreeSet<>()));
  }

  // How they are provoked.

  private void begin(Limits limits) {
    world = new EngineFixture(limits);
    a = world.session("a");
    b = world.session("b");
    anyone = world.anonymous();
  }

  private void begin() {
    begin(EngineFixture.LIMITS);
  }

  private static Pending<?> call(Client client, String method, String request) {
    return Texted.call(client, method, request);
  }

  private void make(String method, String request) {
    Texted.call(anyone.unnumbered(), method, request).response();
  }

  private void refused(Client client, String method, String request) {
    refused(method, call(client, method, request));
  }

  private void refused(String method, Pending<?> call) {
    note(call.reason(), method, call.sentence(), call.metadata());
  }

  private void refused(String method, Refusal refusal) {
    try {
      ErrorInfo info = refusal.status().getDetails(0).unpack(ErrorInfo.class);
      note(
          refusal.reason(),
          method,
          Objects.requireNonNull(refusal.getMessage()),
          info.getMetadataMap());
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private void thrown(String method, Runnable call) {
    try {
      call.run();
    } catch (Refusal refusal) {
      refused(method, refusal);
      return;
    }
    throw new AssertionError("Expected " + method + " to be refused");
  }

  private void note(ErrorReason reason, String call, String sentence, Map<String, String> named) {
    examples.computeIfAbsent(reason, any -> new ArrayList<>()).add(new Example(call, sentence));
    details.computeIfAbsent(reason, any -> new TreeSet<>()).addAll(named.keySet());
  }

  // What is done wrong.

  private void requests() {
    begin();
    refused(a, "QueueService/Create", "queue: 'q' maxsize: 4000000000");
    refused(a, "QueueService/Create", "queue: 'q' max_attempts: 3");
    refused(a, "AdminService/List", "page_token: 'mine'");
    refused(a, "ProcessService/Start", "process: 'p'");
    make("NamespaceService/Create", "namespace: 'n'");
    refused(a, "NamespaceService/Delete", "namespace: 'n'");
    make("QueueService/Create", "queue: 'jobs'");
    refused(a, "QueueService/Get", "queue: 'jobs' timeout { seconds: -1 }");
    refused(a, "SessionService/Open", "time_to_live { nanos: 1 }");
  }

  private void values() {
    begin();
    make("QueueService/Create", "queue: 'jobs'");
    make("DictService/Create", "dict: 'd'");
    refused(a, "QueueService/Put", "queue: 'jobs'");
    refused(a, "DictService/Set", "dict: 'd' key { list { } } value { int: 1 }");
    refused(a, "DictService/Delete", "dict: 'd'");
    String ref = "ref { kind: OBJECT_KIND_QUEUE name: 'later' incarnation: 999 }";
    refused(a, "QueueService/Put", "queue: 'jobs' item { " + ref + " }");
    String deep = "list { values { ".repeat(17) + "int: 1" + " } }".repeat(17);
    refused(a, "QueueService/Put", "queue: 'jobs' item { " + deep + " }");
  }

  private void names() {
    begin();
    refused(a, "QueueService/Create", "queue: 'my queue'");
    refused(a, "QueueService/Create", "queue: 'a//b'");
    refused(a, "QueueService/Create", "queue: '" + "x".repeat(256) + "'");
  }

  private void objects() {
    begin();
    make("QueueService/Create", "queue: 'jobs' maxsize: 5");
    make("LockService/Create", "lock: 'l'");
    refused(a, "QueueService/Get", "queue: 'none'");
    refused(a.meaning(999), "QueueService/Get", "queue: 'jobs'");
    refused(a, "QueueService/Put", "queue: 'l' item { int: 1 }");
    refused(a, "QueueService/Create", "queue: 'jobs' maxsize: 10");
    refused(a, "LockService/Create", "lock: 'l' kind: LOCK_KIND_REENTRANT");
    refused(a, "ProcessService/Start", "process: 'jobs' command: 'worker'");
    make("PipeService/Create", "pipe: 'p' lifetime: LIFETIME_PERSISTENT");
    make("AdminService/Delete", "object: 'p/2'");
    refused(a, "PipeService/Create", "pipe: 'p' lifetime: LIFETIME_PERSISTENT");
  }

  private void sessions() {
    begin();
    make("QueueService/Create", "queue: 'jobs'");
    refused(anyone, "SessionService/KeepAlive", "");
    refused(anyone, "ProcessService/Start", "command: 'worker' daemonic: true");
    make("LockService/Create", "lock: 'l'");
    refused(anyone, "LockService/Acquire", "lock: 'l'");
    a.attach(1).response();
    refused("SessionService/Attach", a.attach(1));
    a.attach(2).response();
    refused(a.over(1), "QueueService/Put", "queue: 'jobs' item { int: 1 }");
    a.from(1).queue("jobs").put(1).response();
    refused(a.from(1), "QueueService/Put", "queue: 'jobs' item { int: 2 }");
    a.havingReceivedBelow(9).queue("jobs").size();
    refused(a.havingReceivedBelow(9).from(3), "QueueService/Put", "queue: 'jobs' item { int: 2 }");
    Pending<?> waiting = call(b, "EventService/Wait", event());
    b.dies();
    refused("EventService/Wait", waiting);
    refused(b, "QueueService/Put", "queue: 'jobs' item { int: 1 }");
    Client c = world.session("c");
    c.end().response();
    refused(c, "QueueService/Put", "queue: 'jobs' item { int: 1 }");
    refused(anyone, "AdminService/CloseSession", "session: 999");
  }

  private String event() {
    make("EventService/Create", "event: 'e'");
    return "event: 'e'";
  }

  private void waiting() {
    begin();
    make("QueueService/Create", "queue: 'jobs'");
    make("LockService/Create", "lock: 'l'");
    String get = "queue: 'jobs'";
    Pending<?> cancelled = call(a, "QueueService/Get", get);
    a.cancel(cancelled).response();
    refused("QueueService/Get", cancelled);
    Pending<?> late = call(a.within(Duration.ofSeconds(1)), "QueueService/Get", get);
    world.advance(Duration.ofSeconds(1));
    refused("QueueService/Get", late);
    refused(a.guardedBy("l", 17), "QueueService/Put", "queue: 'jobs' item { int: 1 }");
    Pending<?> replaced = call(a, "QueueService/Get", get);
    a.repeat(replaced);
    refused("QueueService/Get", replaced);
    Pending<?> deleted = call(b, "QueueService/Get", get);
    make("AdminService/Delete", "object: 'jobs'");
    refused("QueueService/Get", deleted);
    Pending<?> last = call(b, "EventService/Wait", event());
    world.drain();
    refused("EventService/Wait", last);
  }

  private void queues() {
    begin();
    make("QueueService/Create", "queue: 'jobs'");
    a.queue("jobs").put(1).response();
    a.queue("jobs").put(2).response();
    long theirs = a.queue("jobs").reserve().response().getReservation();
    long ended = a.queue("jobs").reserve().response().getReservation();
    a.queue("jobs").acknowledge(ended).response();
    refused(a, "QueueService/Acknowledge", "queue: 'jobs' reservation: " + ended);
    refused(b, "QueueService/Acknowledge", "queue: 'jobs' reservation: " + theirs);
    refused(b, "QueueService/Reject", "queue: 'jobs' reservation: 999");
    make("QueueService/Shutdown", "queue: 'jobs'");
    refused(a, "QueueService/Put", "queue: 'jobs' item { int: 1 }");
  }

  private void locks() {
    begin();
    make("LockService/Create", "lock: 'l' kind: LOCK_KIND_REENTRANT");
    refused(a, "LockService/Release", "lock: 'l'");
    refused(a, "LockService/Release", "lock: 'key' token: 17");
    a.lock("l").acquire().response();
    refused(b, "LockService/Release", "lock: 'l'");
    refused(b, "LockService/Release", "lock: 'l' token: 17");
    make("LockService/Create", "lock: 'frail' on_owner_end: ON_OWNER_END_BREAK");
    a.unnumbered().lock("frail").acquire().response();
    a.dies();
    refused(b, "LockService/Acquire", "lock: 'frail'");
  }

  private void collections() {
    begin();
    make("ListService/Create", "list: 'l'");
    make("DictService/Create", "dict: 'd'");
    make("DictService/Set", "dict: 'd' key { text: 'k' } value { text: 'v' }");
    refused(a, "DictService/Add", "dict: 'd' key { text: 'k' } amount { int: 1 }");
    refused(a, "ListService/Get", "list: 'l' index: 3");
    make("ListService/Append", "list: 'l' value { text: 'x' }");
    make("ListService/Append", "list: 'l' value { int: 1 }");
    refused(a, "ListService/Sort", "list: 'l'");
    make("ListService/Append", "list: 'l' value { bytes: '" + "x".repeat(20_000) + "' }");
    refused(a.taking(16_384), "ListService/Get", "list: 'l' index: 2");
  }

  private void pipes() {
    begin();
    make("PipeService/Create", "pipe: 'p' one_way: true lifetime: LIFETIME_PERSISTENT");
    refused(a, "PipeService/Send", "end: 'p/1' message { int: 1 }");
    make("PipeService/Send", "end: 'p/2' message { bytes: 'longer' }");
    refused(a, "PipeService/Receive", "end: 'p/1' max_length: 3");
    make("AdminService/Delete", "object: 'p/1'");
    refused(a, "PipeService/Send", "end: 'p/2' message { int: 1 }");
  }

  private void processes() {
    begin();
    Pending<?> start = call(a, "ProcessService/Start", "process: 'p' command: '/no/such/command'");
    a.process("p").fails(notStarted("/no/such/command"));
    refused("ProcessService/Start", start);
    a.process("p").running();
    a.process("p").exits(1);
    refused(a, "ProcessService/Signal", "process: 'p' signal: 15");
  }

  /** What a real start of a command says. */
  private static String notStarted(String command) {
    CompletableFuture<String> sentence = new CompletableFuture<>();
    Reports reports =
        new Reports() {
          @Override
          public void started(long process, long pid) {}

          @Override
          public void failed(long process, String why) {
            sentence.complete(why);
          }

          @Override
          public void exited(long process, int code) {}

          @Override
          public void killed(long process, int signal) {}
        };
    try (Supervisor supervisor =
        new Supervisor(
            Environment.of(Map.of()),
            reports,
            EngineFixture.LIMITS.toBuilder().setAllOutputBytes(1 << 20).build(),
            0,
            sentence::completeExceptionally)) {
      supervisor.start(1, ProcessStartRequest.newBuilder().setCommand(command).build(), Map.of());
      return sentence.join();
    }
  }

  private void limits() {
    begin(EngineFixture.LIMITS.toBuilder().setObjects(1).setWaiters(1).setWindowCalls(16).build());
    make("QueueService/Create", "queue: 'jobs'");
    refused(a, "QueueService/Create", "queue: 'more'");
    call(b, "QueueService/Get", "queue: 'jobs'");
    refused(a, "QueueService/Get", "queue: 'jobs'");
    for (Pending<?> put = a.queue("jobs").put(1); ; put = a.queue("jobs").put(1)) {
      if (put.isRefused()) {
        refused("QueueService/Put", put);
        break;
      }
    }
    begin(EngineFixture.LIMITS.toBuilder().setStoredBytes(6_000).build());
    make("QueueService/Create", "queue: 'jobs'");
    refused(a, "QueueService/Put", "queue: 'jobs' item { bytes: '" + "x".repeat(9_000) + "' }");
  }

  /** What is refused before the engine sees it. */
  private void node() {
    Limits small = EngineFixture.LIMITS.toBuilder().setRequestBytes(1_000).build();
    RequestParser parser = new RequestParser(small);
    QueuePutRequest large =
        QueuePutRequest.newBuilder()
            .setItem(Value.newBuilder().setBytes(ByteString.copyFrom(new byte[2_000])))
            .build();
    String put = "QueueService/Put";
    thrown(put, () -> parser.parse(put, QueuePutRequest.parser(), large.toByteString()));
    ByteString garbage = ByteString.copyFromUtf8("garbage");
    thrown(put, () -> parser.parse(put, QueuePutRequest.parser(), garbage));
    UnknownMethods unknown = new UnknownMethods(world.engine().operations().services());
    for (String method : List.of("polyproc.v1.EventService/Delete", "polyproc.v1.Queues/Put")) {
      refused(method.substring("polyproc.v1.".length()), unknown.refusal(method));
    }
    refused(put, Compression.refusal("gzip"));
    Authentication authentication = new Authentication("secret", 1000);
    Unsent unsent = new Unsent(small, (nanos, task) -> {}, Runnable::run);
    Attributes tcp =
        Attributes.newBuilder()
            .set(Connection.KEY, new Connection(null, null, null, unsent, Runnable::run))
            .build();
    for (String shown : new String[] {"", "Bearer another"}) {
      Metadata headers = new Metadata();
      if (!shown.isEmpty()) {
        headers.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), shown);
      }
      refused(
          put,
          new Refusal(
              ErrorReason.ERROR_REASON_UNAUTHENTICATED,
              Objects.requireNonNull(authentication.whyNot(tcp, headers))));
    }
  }
}
