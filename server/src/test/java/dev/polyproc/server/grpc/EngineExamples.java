package dev.polyproc.server.grpc;

import dev.polyproc.files.Environment;
import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.server.engine.Texted;
import dev.polyproc.server.engine.call.Effect;
import dev.polyproc.server.supervisor.Reports;
import dev.polyproc.server.supervisor.Supervisor;
import dev.polyproc.v1.Limits;
import dev.polyproc.v1.ListSliceRequest;
import dev.polyproc.v1.ListSliceResponse;
import dev.polyproc.v1.PoolTakeRequest;
import dev.polyproc.v1.ProcessStartRequest;
import dev.polyproc.v1.SessionOpenRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What the engine refuses, provoked: what callers do wrong, and what they are then told. */
final class EngineExamples {
  /** More commands than a window of 16 and the reserve of a session have room for. */
  private static final int MANY = 100;

  /** A number that no daemon has given yet. */
  private static final long NEVER_YET = (1L << 53) - 1;

  /** A number that was given before the daemon was restarted, if it ever was. */
  private static final long OF_BEFORE = 7;

  private final ErrorExamples examples;

  private EngineFixture world = new EngineFixture();
  private Client a = world.session("a");
  private Client b = world.session("b");
  private Client anyone = world.anonymous();

  private EngineExamples(ErrorExamples examples) {
    this.examples = examples;
  }

  static void provoke(ErrorExamples examples) {
    EngineExamples engine = new EngineExamples(examples);
    engine.requests();
    engine.values();
    engine.names();
    engine.objects();
    engine.sessions();
    engine.waiting();
    engine.queues();
    engine.locks();
    engine.readWriteLocks();
    engine.semaphores();
    engine.barriers();
    engine.collections();
    engine.sums();
    engine.elements();
    engine.pipes();
    engine.processes();
    engine.sharedMemory();
    engine.pools();
    engine.limits();
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
    examples.add(method, call.reason(), call.sentence(), call.metadata());
  }

  // What is done wrong.

  private void requests() {
    begin();
    refused(a, "QueueService/Create", "queue: 'q' maxsize: 4000000000");
    refused(a, "QueueService/Create", "queue: 'q' max_attempts: 3");
    refused(a, "AdminService/List", "page_token: 'mine'");
    pages();
    refused(a, "ProcessService/Start", "process: 'p'");
    make("NamespaceService/Create", "namespace: 'n'");
    refused(a, "NamespaceService/Set", "namespace: 'n' value { int: 1 }");
    refused(a, "NamespaceService/Delete", "namespace: 'n'");
    make("QueueService/Create", "queue: 'jobs'");
    refused(a, "QueueService/Get", "queue: 'jobs' timeout { seconds: -1 }");
    refused(a, "QueueService/Redrive", "queue: 'jobs' places: 1 page_token: 'mine'");
    refused(a, "QueueService/Redrive", "queue: 'jobs' destination: 'jobs'");
    refused(a, "SessionService/Open", "time_to_live { nanos: 1 }");
  }

  private void pages() {
    for (String name : List.of("numbers", "others")) {
      make("ListService/Create", "list: '" + name + "'");
      make("ListService/Extend", "list: '" + name + "' values { int: 1 } values { int: 2 }");
    }
    var first =
        a.call(
            "ListService/Slice",
            ListSliceRequest.newBuilder().setList("numbers").setPageSize(1).build(),
            ListSliceResponse.getDefaultInstance());
    String token = " page_token: '" + first.response().getNextPageToken() + "'";
    refused(a, "AdminService/ListSessions", token);
    refused(a, "ListService/Slice", "list: 'others'" + token);
    refused(a, "ListService/Slice", "list: 'numbers' range { start: 1 }" + token);
  }

  private void values() {
    begin();
    make("QueueService/Create", "queue: 'jobs'");
    make("DictService/Create", "dict: 'd'");
    refused(a, "QueueService/Put", "queue: 'jobs'");
    refused(a, "DictService/Set", "dict: 'd' key { list { } } value { int: 1 }");
    refused(a, "DictService/Delete", "dict: 'd'");
    String ref = "ref { kind: OBJECT_KIND_QUEUE name: 'later' incarnation: " + NEVER_YET + " }";
    refused(a, "QueueService/Put", "queue: 'jobs' item { " + ref + " }");
    make("LockService/Create", "lock: 'l'");
    String nameless = "ref { kind: OBJECT_KIND_LOCK name: 'l' }";
    refused(a, "QueueService/Put", "queue: 'jobs' item { " + nameless + " }");
    refused(a, "DictService/Add", "dict: 'd' key { text: 'k' } amount { text: '1' }");
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
    refused(a.meaning(NEVER_YET), "QueueService/Get", "queue: 'jobs'");
    refused(a.meaning(OF_BEFORE), "QueueService/Put", "queue: 'jobs' item { int: 1 }");
    refused(a, "QueueService/Put", "queue: 'l' item { int: 1 }");
    refused(a, "SessionService/Retain", "refs { kind: 99 name: 'l' }");
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
    refused(anyone, "AdminService/CloseSession", "session: " + NEVER_YET);
    refused(anyone, "AdminService/CloseSession", "session: " + OF_BEFORE);
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
    make("QueueService/Create", "queue: 'others'");
    a.queue("jobs").put(1).response();
    a.queue("jobs").put(2).response();
    long theirs = a.queue("jobs").reserve().response().getReservation();
    long ended = a.queue("jobs").reserve().response().getReservation();
    a.queue("jobs").acknowledge(ended).response();
    refused(a, "QueueService/Acknowledge", "queue: 'jobs' reservation: " + ended);
    refused(b, "QueueService/Acknowledge", "queue: 'jobs' reservation: " + theirs);
    refused(a, "QueueService/Acknowledge", "queue: 'others' reservation: " + theirs);
    refused(b, "QueueService/Reject", "queue: 'jobs' reservation: " + NEVER_YET);
    refused(b, "QueueService/Reject", "queue: 'jobs' give_up: true release: true");
    refused(b, "QueueService/Reject", "queue: 'jobs' reservation: " + OF_BEFORE);
    make("QueueService/Shutdown", "queue: 'jobs'");
    refused(a, "QueueService/Put", "queue: 'jobs' item { int: 1 }");
    joins();
    optionsOfItems();
  }

  private void joins() {
    refused(a, "QueueService/Join", "queue: 'others'");
    refused(a, "QueueService/TaskDone", "queue: 'others'");
    make("QueueService/Create", "queue: 'tasks' unfinished: QUEUE_UNFINISHED_RETURN");
    refused(a, "QueueService/TaskDone", "queue: 'tasks'");
    make("QueueService/Put", "queue: 'tasks' item { int: 1 }");
    refused(a, "QueueService/TaskDone", "queue: 'tasks' reservation: " + NEVER_YET);
  }

  private void optionsOfItems() {
    refused(a, "QueueService/Create", "queue: 'q' dead_letter_expired: true");
    refused(a, "QueueService/Put", "queue: 'others' item { int: 1 } options { priority: 1 }");
    refused(a, "QueueService/Put", "queue: 'others' item { int: 1 } options { weight: 1 }");
    make("QueueService/Create", "queue: 'fair' fair: true");
    refused(a, "QueueService/Get", "queue: 'fair' end: QUEUE_END_TAIL");
    String put = "queue: 'fair' item { int: 1 } options ";
    refused(a, "QueueService/Put", put + "{ weight: 1001 }");
    refused(a, "QueueService/Put", put + "{ key: '" + "k".repeat(256) + "' }");
    refused(a, "QueueService/Put", put + "{ unique_key: '" + "k".repeat(256) + "' }");
  }

  private void locks() {
    begin();
    make("LockService/Create", "lock: 'l' kind: LOCK_KIND_REENTRANT");
    refused(a, "LockService/Release", "lock: 'l'");
    refused(a, "LockService/Release", "lock: 'key' token: 17");
    a.lock("l").acquire().response();
    refused(b, "LockService/Release", "lock: 'l'");
    refused(b, "LockService/Release", "lock: 'l' token: 17");
    make("ConditionService/Create", "condition: 'n' lock: 'l'");
    refused(b, "ConditionService/Wait", "condition: 'n'");
    refused(a, "ConditionService/Notify", "condition: 'n' all: true count: 2");
    a.lock("key").acquireWhileUsed().response();
    refused(a, "ConditionService/Create", "condition: 'm' lock: 'key'");
    make("LockService/Create", "lock: 'frail' on_owner_end: ON_OWNER_END_BREAK");
    a.unnumbered().lock("frail").acquire().response();
    a.dies();
    refused(b, "LockService/Acquire", "lock: 'frail'");
  }

  private void readWriteLocks() {
    begin();
    make("ReadWriteLockService/Create", "lock: 'l'");
    refused(a, "ReadWriteLockService/Acquire", "lock: 'l'");
    refused(a, "ReadWriteLockService/Release", "lock: 'l' mode: READ_WRITE_MODE_READ");
    a.unnumbered().readWriteLock("l").read().response();
    refused(a, "ReadWriteLockService/Acquire", "lock: 'l' mode: READ_WRITE_MODE_WRITE");
    refused(b, "ReadWriteLockService/Release", "lock: 'l' mode: READ_WRITE_MODE_READ");
    refused(b, "ReadWriteLockService/Release", "lock: 'l' mode: READ_WRITE_MODE_READ token: 17");
    refused(anyone, "ReadWriteLockService/Acquire", "lock: 'l' mode: READ_WRITE_MODE_READ");
    refused(a, "LockService/AcquireAll", "timeout { seconds: 1 }");
    refused(a, "LockService/AcquireAll", "locks: 'x' locks: 'x'");
  }

  private void barriers() {
    begin();
    refused(a, "BarrierService/Create", "barrier: 'g'");
    make("BarrierService/Create", "barrier: 'g' parties: 2 action: true");
    refused(anyone, "BarrierService/Wait", "barrier: 'g'");
    refused(a, "BarrierService/ActionDone", "barrier: 'g'");
    a.barrier("g").await();
    b.barrier("g").await().response();
    refused(a, "BarrierService/ActionDone", "barrier: 'g'");
    make("BarrierService/Abort", "barrier: 'g'");
    refused(a, "BarrierService/Wait", "barrier: 'g'");
    make("BarrierService/Reset", "barrier: 'g'");
    Pending<?> sentAway = a.barrier("g").await();
    make("BarrierService/Reset", "barrier: 'g'");
    refused("BarrierService/Wait", sentAway);
  }

  private void semaphores() {
    begin();
    make("SemaphoreService/Create", "semaphore: 's' permits: 2 max_permits: 2");
    refused(a, "SemaphoreService/Release", "semaphore: 's'");
    refused(a, "SemaphoreService/Release", "semaphore: 's' token: 17");
    refused(anyone, "SemaphoreService/Acquire", "semaphore: 's'");
    make("SemaphoreService/Create", "semaphore: 'mine' permits: 2 kind: SEMAPHORE_KIND_OWNED");
    refused(a, "SemaphoreService/Release", "semaphore: 'mine'");
    make(
        "SemaphoreService/Create",
        "semaphore: 'frail' permits: 2 on_owner_end: ON_OWNER_END_BREAK");
    a.unnumbered().semaphore("frail").acquire(1).response();
    a.dies();
    refused(b, "SemaphoreService/Acquire", "semaphore: 'frail'");
  }

  private void collections() {
    begin();
    make("ListService/Create", "list: 'l'");
    refused(a, "ListService/Get", "list: 'l' index: 3");
    make("ListService/Append", "list: 'l' value { text: 'x' }");
    make("ListService/Append", "list: 'l' value { int: 1 }");
    refused(a, "ListService/Sort", "list: 'l'");
    make("ListService/Append", "list: 'l' value { bytes: '" + "x".repeat(20_000) + "' }");
    refused(a.taking(16_384), "ListService/Get", "list: 'l' index: 2");
  }

  private void sums() {
    begin();
    make("DictService/Create", "dict: 'd'");
    make("DictService/Set", "dict: 'd' key { text: 'text' } value { text: 'v' }");
    make("DictService/Set", "dict: 'd' key { text: 'float' } value { float: 0.5 }");
    make("DictService/Set", "dict: 'd' key { text: 'int' } value { int: 0x7fffffffffffffff }");
    refused(a, "DictService/Add", "dict: 'd' key { text: 'text' }");
    String large = "amount { big_int: '\\177" + "\\000".repeat(200) + "' }";
    refused(a, "DictService/Add", "dict: 'd' key { text: 'float' } " + large);
    refused(a, "DictService/Add", "dict: 'd' key { text: 'float' } bits: 64");
    refused(a, "DictService/Add", "dict: 'd' key { text: 'int' } bits: 64");
  }

  private void elements() {
    begin();
    make("ValueService/Create", "value: 'v' type: ELEMENT_TYPE_INT8");
    refused(a, "ValueService/Create", "value: 'w'");
    refused(a, "ValueService/Create", "value: 'w' lock: 'w' type: ELEMENT_TYPE_INT8");
    refused(a, "ValueService/Set", "value: 'v' content { text: 'x' }");
    refused(a, "ValueService/Set", "value: 'v' content { int: 128 }");
    refused(a, "ValueService/Set", "value: 'v' content { big_int: '' }");
    refused(a, "ValueService/Add", "value: 'v' amount { float: 0.5 }");
    refused(a, "ValueService/Add", "value: 'v' amount { int: 128 }");
    make("ArrayService/Create", "array: 'a' type: ELEMENT_TYPE_CHAR length: 2");
    refused(a, "ArrayService/Add", "array: 'a'");
    refused(a, "ArrayService/Get", "array: 'a' index: 2");
    refused(a, "ArrayService/Create", "array: 'b' type: ELEMENT_TYPE_CHAR length: 65537");
    refused(
        a,
        "ArrayService/Create",
        "array: 'b' type: ELEMENT_TYPE_CHAR length: 1 elements { chars: 'xy' }");
    refused(a, "ArrayService/SetSlice", "array: 'a' elements { chars: 'x' }");
    refused(a, "ArrayService/SetSlice", "array: 'a' elements { ints: 1 chars: 'x' }");
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

  private void sharedMemory() {
    begin();
    String doubles = "type: ELEMENT_TYPE_FLOAT64";
    refused(a, "SharedMemoryService/Create", "memory: 'm' length: 268435449 " + doubles);
    refused(a, "SharedMemoryService/Create", "memory: 'm' length: 200000 " + doubles);
    refused(anyone, "SharedMemoryService/AddWriter", "memory: 'm'");
    Pending<?> full = call(a, "SharedMemoryService/Create", "memory: 'm' length: 8 " + doubles);
    refused(a, "SharedMemoryService/Locate", "memory: 'm'");
    a.memory("m").fails(true, NodeExamples.notMade(Path.of("/tmp"), 1L << 50));
    refused("SharedMemoryService/Create", full);
    Pending<?> failed = call(a, "SharedMemoryService/Create", "memory: 'm' length: 8 " + doubles);
    a.memory("m").fails(false, NodeExamples.notMade(Path.of("/no/such/folder"), 128));
    refused("SharedMemoryService/Create", failed);
  }

  private void pools() {
    begin();
    make("PoolService/Create", "pool: 'p'");
    refused(a, "PoolService/Create", "pool: 'q' workers: 1");
    make("PoolService/CreateJob", "pool: 'p' job: 'j'");
    refused(a, "PoolService/Submit", "job: 'j'");
    refused(a, "PoolService/Submit", "job: 'j' tasks { }");
    make("PoolService/Submit", "job: 'j' tasks { call { function: 'f' } }");
    refused(anyone, "PoolService/Take", "pool: 'p'");
    refused(a, "PoolService/Take", "pool: 'p' max: 4 ahead: 4");
    refused(anyone, "PoolService/Heartbeat", "pool: 'p'");
    refused(a, "PoolService/Heartbeat", "pool: 'p' details { int: 1 }");
    refused(a, "PoolService/Results", "job: 'j' take: true after: 1");
    a.pool("p").take(PoolTakeRequest.newBuilder());
    refused(a, "PoolService/Fail", "pool: 'p' run: 7");
    make("PoolService/Shutdown", "pool: 'p'");
    refused(a, "PoolService/Submit", "job: 'j' tasks { call { function: 'f' } }");
    make("PoolService/Create", "pool: 'b' workers: 2 command: 'worker' max_failed_starts: 1");
    make("PoolService/CreateJob", "pool: 'b' job: 'k'");
    for (Effect effect : List.copyOf(world.effects())) {
      if (effect instanceof Effect.StartProcess start) {
        String credential = start.credential();
        world
            .session(SessionOpenRequest.newBuilder().setProcessCredential(credential).build())
            .pool("b")
            .failStart("ModuleNotFoundError: No module named 'tasks'");
      }
    }
    refused(a, "PoolService/Submit", "job: 'k' tasks { call { function: 'f' } }");
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
          public void exited(long process, long pid, int code, byte[] lastErrors) {}

          @Override
          public void killed(
              long process, long pid, int signal, boolean outOfMemory, byte[] lastErrors) {}
        };
    try (Supervisor supervisor =
        new Supervisor(
            Environment.of(Map.of()),
            reports,
            EngineFixture.LIMITS.toBuilder().setAllOutputBytes(1 << 20).build(),
            0,
            sentence::completeExceptionally)) {
      supervisor.start(1, ProcessStartRequest.newBuilder().setCommand(command).build(), Map.of());
      return sentence.get(30, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  private void limits() {
    begin(EngineFixture.LIMITS.toBuilder().setObjects(2_000).build());
    make("LockService/Create", "lock: 'l'");
    Pending<?> condition = call(anyone, "ConditionService/Create", "lock: 'l'");
    while (!condition.isRefused()) {
      condition = call(anyone, "ConditionService/Create", "lock: 'l'");
    }
    refused("ConditionService/Create", condition);
    begin(EngineFixture.LIMITS.toBuilder().setObjects(1).setWaiters(1).setWindowCalls(16).build());
    make("QueueService/Create", "queue: 'jobs'");
    refused(a, "QueueService/Create", "queue: 'more'");
    call(b, "QueueService/Get", "queue: 'jobs'");
    refused(a, "QueueService/Get", "queue: 'jobs'");
    Pending<?> put = a.queue("jobs").put(1);
    for (int i = 0; i < MANY && !put.isRefused(); i++) {
      put = a.queue("jobs").put(1);
    }
    refused("QueueService/Put", put);
    begin(EngineFixture.LIMITS.toBuilder().setStoredBytes(6_000).build());
    make("QueueService/Create", "queue: 'jobs'");
    refused(a, "QueueService/Put", "queue: 'jobs' item { bytes: '" + "x".repeat(9_000) + "' }");
  }
}
