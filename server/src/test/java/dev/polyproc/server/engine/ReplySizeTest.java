package dev.polyproc.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.TextFormat;
import dev.polyproc.contract.ContractFiles;
import dev.polyproc.server.engine.call.ReplyRoom;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.PoolRun;
import dev.polyproc.v1.Reply;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** How large replies get, of every method that could have a large one. */
final class ReplySizeTest {
  private static final int PAGE_BYTES = 650;
  private static final int MANY = 50;
  private static final int MOST = 16_384;
  private static final String LARGE = "x".repeat(20_000);

  private final EngineFixture world =
      new EngineFixture(EngineFixture.LIMITS.toBuilder().setPageBytes(PAGE_BYTES).build());
  private final Client a = world.session("a");

  private static Stream<MethodDescriptor> methods() {
    return ContractFiles.methods();
  }

  private static String name(MethodDescriptor method) {
    return ContractFiles.name(method);
  }

  private static Pending<DynamicMessage> call(Client client, String name, String request) {
    MethodDescriptor method =
        methods().filter(each -> name(each).equals(name)).findFirst().orElseThrow();
    DynamicMessage.Builder message = DynamicMessage.newBuilder(method.getInputType());
    try {
      TextFormat.merge(request, message);
    } catch (TextFormat.ParseException e) {
      throw new IllegalArgumentException(request, e);
    }
    return client.call(
        name, message.build(), DynamicMessage.getDefaultInstance(method.getOutputType()));
  }

  private DynamicMessage ask(String name, String request) {
    return call(a, name, request).response();
  }

  private void createAll() {
    ask("QueueService/Create", "queue: 'o/queue'");
    ask("PipeService/Create", "pipe: 'o/pipe'");
    ask("DictService/Create", "dict: 'o/dict'");
    ask("ListService/Create", "list: 'o/list'");
    ask("NamespaceService/Create", "namespace: 'o/namespace'");
    ask("LockService/Create", "lock: 'o/lock'");
    ask("SemaphoreService/Create", "semaphore: 'o/semaphore' permits: 1000000");
    ask("SemaphoreService/Create", "semaphore: 'o/empty'");
    ask("LatchService/Create", "latch: 'o/latch' count: 1");
    ask("ReadWriteLockService/Create", "lock: 'o/read'");
    ask("ReadWriteLockService/Create", "lock: 'o/written'");
    call(a, "ReadWriteLockService/Acquire", "lock: 'o/written' mode: READ_WRITE_MODE_WRITE");
    ask("BarrierService/Create", "barrier: 'o/barrier' parties: 1000");
    ask("LockService/Create", "lock: 'o/awaited'");
    ask("ConditionService/Create", "condition: 'o/condition' lock: 'o/awaited'");
    a.memory("o/memory").made();
  }

  private static String text(String text) {
    return "{ text: '" + text + "' }";
  }

  private void store(String text) {
    ask("QueueService/Put", "queue: 'o/queue' item " + text(text));
    ask("PipeService/Send", "end: 'o/pipe/1' message " + text(text));
    ask("DictService/Set", "dict: 'o/dict' key " + text("k") + " value " + text(text));
    ask("ListService/Append", "list: 'o/list' value " + text(text));
    ask("NamespaceService/Set", "namespace: 'o/namespace' attribute: 'k' value " + text(text));
    call(a, "ProcessService/Start", "process: 'o/process' command: 'c' arguments: '" + text + "'");
    ProcessCalls.runs(world, a.process("o/process").incarnation(), 7);
    String call = "{ function: 'f' payload " + text(text) + " }";
    ask("PoolService/Create", "pool: 'o/pool' initializer " + call);
    ask("PoolService/CreateJob", "pool: 'o/pool' job: 'o/done'");
    ask("PoolService/Submit", "job: 'o/done' tasks { call { function: 'f' } }");
    PoolRun run = PoolCalls.run(a.pool("o/pool").take());
    a.pool("o/pool").complete(run, text).response();
    ask("PoolService/CreateJob", "pool: 'o/pool' job: 'o/job'");
    ask("PoolService/Submit", "job: 'o/job' tasks { call " + call + " }");
  }

  // What its caller does not take.

  private static Stream<Object[]> handingOut() {
    String number = "{ big_int: '" + "\\177" + "\\000".repeat(20_000) + "' }";
    return Stream.of(
            "QueueService/Get|queue: 'o/queue'",
            "QueueService/Get|queue: 'o/queue' reserve: true",
            "QueueService/GetMany|queue: 'o/queue'",
            "QueueService/GetMany|queue: 'o/queue' reserve: true",
            "QueueService/Consume|queue: 'o/queue' max_in_flight: 1",
            "QueueService/Peek|queue: 'o/queue'",
            "QueueService/List|queue: 'o/queue'",
            "PipeService/Receive|end: 'o/pipe/2'",
            "DictService/Get|dict: 'o/dict' key { text: 'k' }",
            "DictService/Set|dict: 'o/dict' key { text: 'k' } value { int: 1 } return_previous:"
                + " true",
            "DictService/Items|dict: 'o/dict'",
            "DictService/Keys|dict: 'o/keys'",
            "DictService/Values|dict: 'o/dict'",
            "DictService/Pop|dict: 'o/dict' key { text: 'k' }",
            "DictService/PopItem|dict: 'o/dict'",
            "DictService/SetDefault|dict: 'o/dict' key { text: 'k' } value { int: 1 }",
            "DictService/CompareAndSet|dict: 'o/dict' key { text: 'k' } value { int: 1 }",
            "DictService/CompareAndSet|dict: 'o/dict' key { text: 'new' } value " + text(LARGE),
            "DictService/Add|dict: 'o/dict' key { text: 'new' } initial " + number,
            "ListService/Get|list: 'o/list'",
            "ListService/Set|list: 'o/list' value { int: 1 } return_previous: true",
            "ListService/Slice|list: 'o/list'",
            "ListService/Pop|list: 'o/list'",
            "ListService/CompareAndSet|list: 'o/list' expected { int: 1 } value { int: 2 }",
            "ListService/Add|list: 'o/numbers' amount " + number,
            "NamespaceService/Get|namespace: 'o/namespace' attribute: 'k'",
            "NamespaceService/Attributes|namespace: 'o/namespace'",
            "NamespaceService/CompareAndSet|namespace: 'o/namespace' attribute: 'k' value { int: 1"
                + " }",
            "NamespaceService/Add|namespace: 'o/namespace' attribute: 'new' initial " + number,
            "ProcessService/Start|command: 'c' arguments: '" + LARGE + "'",
            "ProcessService/Wait|process: 'o/process'",
            "ProcessService/Get|process: 'o/process'",
            "ProcessService/List|",
            "PoolService/Take|pool: 'o/pool' max: 2",
            "PoolService/Register|pool: 'o/pool'",
            "PoolService/Results|job: 'o/done' take: true",
            "SessionService/Cancel|sequence: 1")
        .map(line -> line.split("\\|", 2));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("handingOut")
  void shouldLeaveWhatItsCallerDoesNotTake(String method, String request) {
    createAll();
    store(LARGE);
    ask("DictService/Create", "dict: 'o/keys'");
    ask("DictService/Set", "dict: 'o/keys' key " + text(LARGE) + " value { int: 1 }");
    ask("ListService/Create", "list: 'o/numbers'");
    ask("ListService/Append", "list: 'o/numbers' value { int: 1 }");
    String call = request;
    if (method.equals("SessionService/Cancel")) {
      Pending<?> first = call(a, "ListService/Pop", "list: 'o/list'");
      call = "sequence: " + first.sequence();
    }

    Pending<DynamicMessage> refused = call(a.taking(MOST), method, call);

    assertThat(refused.reason()).isEqualTo(ErrorReason.ERROR_REASON_REPLY_TOO_LARGE);
    assertThat(refused.metadata()).containsKey("bytes");
    assertThat(refused.sentence()).contains("16384", "polyproc-max-reply-bytes");
    // It is where it was: the fixture has compared the states, and now it is handed out.
    long named = Long.parseLong(refused.metadata().get("bytes"));
    assertThat(call(a.taking(named), method, call).replies()).noneMatch(Reply::hasError);
  }

  private static Stream<Object[]> handingOutWithMuchToSay() {
    return Stream.of("o/keyed", "o/letters")
        .flatMap(
            queue ->
                Stream.of(
                    new Object[] {"QueueService/Get", "queue: '" + queue + "'"},
                    new Object[] {"QueueService/Get", "queue: '" + queue + "' reserve: true"},
                    new Object[] {"QueueService/GetMany", "queue: '" + queue + "'"},
                    new Object[] {
                      "QueueService/Consume", "queue: '" + queue + "' max_in_flight: 1"
                    }));
  }

  /** Its value alone would fit. */
  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("handingOutWithMuchToSay")
  void shouldLeaveWhatIsTooMuchWithAllThatIsSaidOfIt(String method, String request) {
    String origin = "o/" + "n".repeat(200);
    String item = " item " + text("x".repeat(MOST - ReplyRoom.AROUND - 100));
    ask("QueueService/Create", "queue: 'o/keyed'");
    ask("QueueService/Put", "queue: 'o/keyed' options { key: '" + "k".repeat(200) + "' }" + item);
    ask("QueueService/Create", "queue: 'o/letters'");
    ask("QueueService/Create", "queue: '" + origin + "' dead_letter_queue: 'o/letters'");
    ask("QueueService/Put", "queue: '" + origin + "'" + item);
    QueueCalls queue = a.queue(origin);
    queue.giveUp(queue.reserve().response().getReservation()).response();

    Pending<DynamicMessage> refused = call(a.taking(MOST), method, request);

    assertThat(refused.reason()).isEqualTo(ErrorReason.ERROR_REASON_REPLY_TOO_LARGE);
    long named = Long.parseLong(refused.metadata().get("bytes"));
    assertThat(call(a.taking(named), method, request).responses())
        .singleElement()
        .satisfies(reply -> assertThat((long) reply.getSerializedSize()).isLessThan(named));
  }

  @Test
  void shouldSpeakOfTheFrameToWhomTakesFrames() {
    createAll();
    store(LARGE);
    a.attach(1);

    Pending<DynamicMessage> refused =
        call(a.over(1).taking(MOST), "ListService/Get", "list: 'o/list'");

    assertThat(refused.reason()).isEqualTo(ErrorReason.ERROR_REASON_REPLY_TOO_LARGE);
    assertThat(refused.sentence()).contains("at most 16384 bytes");
    long named = Long.parseLong(refused.metadata().get("bytes"));
    assertThat(call(a.over(1).taking(named - 1), "ListService/Get", "list: 'o/list'").isRefused())
        .isTrue();
    assertThat(call(a.over(1).taking(named), "ListService/Get", "list: 'o/list'").isRefused())
        .isFalse();
  }

  /** Whatever is added to the contract, somebody thinks of how large its reply may be. */
  @Test
  void shouldKnowAllThatHandOutWhatMayBeLarge() {
    Set<String> known = new TreeSet<>();
    handingOut().forEach(line -> known.add((String) line[0]));
    listings().forEach(line -> known.add((String) line[0]));
    known.add("SessionService/Retain"); // as many refs as were asked for, of names that are bounded
    known.add("LockService/AcquireAll"); // 64 holds at most
    known.add("QueueService/PutMany"); // as many numbers as a page has items
    known.add("PoolService/Complete"); // the same
    known.add("PoolService/Heartbeat"); // the same
    for (String service : List.of("ValueService/", "ArrayService/")) { // an element is 20 bytes
      for (String method : List.of("Get", "Set", "Add", "CompareAndSet")) {
        known.add(service + method);
      }
    }
    known.add("ArrayService/Slice"); // as much as fits: ArrayTest
    known.add("SessionService/Attach"); // streams of the node
    known.add("ProcessService/Output");

    assertThat(
            methods()
                .filter(method -> mayBeLarge(method.getOutputType(), new HashSet<>()))
                .map(ReplySizeTest::name))
        .isSubsetOf(known);
  }

  private static boolean mayBeLarge(Descriptor type, Set<Descriptor> seen) {
    return seen.add(type)
        && type.getFields().stream()
            .anyMatch(
                field ->
                    field.isRepeated()
                        || field.getType() == FieldDescriptor.Type.BYTES
                        || (field.getType() == FieldDescriptor.Type.MESSAGE
                            && mayBeLarge(field.getMessageType(), seen)));
  }

  // Several elements.

  private static Stream<Object[]> listings() {
    return Stream.of(
            "QueueService/List|queue: 'o/queue'|items",
            "QueueService/List|queue: 'o/queue' return_places: true|items",
            "QueueService/List|queue: 'o/queue' return_details: true|items",
            "QueueService/GetMany|queue: 'o/taken'|deliveries",
            "QueueService/GetMany|queue: 'o/kept' reserve: true|deliveries",
            "QueueService/List|queue: 'o/keyed' return_details: true|items",
            "QueueService/GetMany|queue: 'o/keyed'|deliveries",
            "QueueService/List|queue: 'o/letters' return_details: true|items",
            "QueueService/GetMany|queue: 'o/letters' reserve: true|deliveries",
            "DictService/Items|dict: 'o/dict'|items",
            "DictService/Keys|dict: 'o/dict'|keys",
            "DictService/Values|dict: 'o/dict'|values",
            "ListService/Slice|list: 'o/list'|values",
            "ListService/Slice|list: 'o/list' range { step: -1 }|values",
            "NamespaceService/Attributes|namespace: 'o/namespace'|attributes",
            "ProcessService/List||processes",
            "AdminService/List|kind: OBJECT_KIND_PROCESS|objects",
            "AdminService/ListSessions||sessions",
            "AdminService/Waits||waits",
            "AdminService/Describe|object: 'o/lock'|waiters",
            "AdminService/Describe|object: 'o/reserved'|holders",
            "AdminService/Describe|object: 'o/memory'|holders",
            "LockService/Get|lock: 'o/lock'|waiters",
            "ReadWriteLockService/Get|lock: 'o/read'|readers",
            "ReadWriteLockService/Get|lock: 'o/written'|waiters",
            "SemaphoreService/Get|semaphore: 'o/semaphore'|holders",
            "SemaphoreService/Get|semaphore: 'o/empty'|waiters",
            "LatchService/Get|latch: 'o/latch'|waiters",
            "BarrierService/Get|barrier: 'o/barrier'|waiters",
            "ConditionService/Get|condition: 'o/condition'|waiters",
            "PoolService/Get|pool: 'o/staffed'|present_workers",
            "PoolService/Take|pool: 'o/staffed' max: 100|runs",
            "PoolService/Results|job: 'o/ended' take: true|results")
        .map(line -> line.split("\\|", 3));
  }

  /** All of one world, as it takes long to make; each from something of its own, in any order. */
  @TestFactory
  Stream<DynamicTest> shouldKeepTheWholeOfAReplyWithinThePage() {
    createAll();
    storeMany();
    return listings()
        .map(
            line ->
                DynamicTest.dynamicTest(
                    line[0] + " " + line[1],
                    () -> keepWithinThePage((String) line[0], (String) line[1], (String) line[2])));
  }

  private void storeMany() {
    putManyWithMuchToSay();
    ask("PoolService/Create", "pool: 'o/staffed'");
    ask("PoolService/CreateJob", "pool: 'o/staffed' job: 'o/tasks'");
    ask("PoolService/CreateJob", "pool: 'o/staffed' job: 'o/ended'");
    for (String job : List.of("o/tasks", "o/ended")) {
      String tasks = " tasks { call { function: 'f' } }".repeat(MANY);
      ask("PoolService/Submit", "job: '" + job + "'" + tasks);
    }
    for (String queue : List.of("o/reserved", "o/taken", "o/kept")) {
      ask("QueueService/Create", "queue: '" + queue + "'");
    }
    Client owner = a.as("\n");
    for (int i = 0; i < MANY; i++) {
      // Short ones: what stands around each is as much as it is itself.
      String key = "key number " + i;
      for (String queue : List.of("o/queue", "o/taken", "o/kept")) {
        ask("QueueService/Put", "queue: '" + queue + "' item " + text("x".repeat(i % 40)));
      }
      ask("QueueService/Put", "queue: 'o/reserved' item " + text("x"));
      call(owner, "QueueService/Get", "queue: 'o/reserved' reserve: true");
      ask("DictService/Set", "dict: 'o/dict' key " + text(key) + " value " + text(key));
      ask("ListService/Append", "list: 'o/list' value " + text("x".repeat(i % 40)));
      ask(
          "NamespaceService/Set",
          "namespace: 'o/namespace' attribute: '" + key + "' value { int: 1 }");
      call(a, "ProcessService/Start", "command: '" + key + "' arguments: 'x'");
      call(owner, "LockService/Acquire", "lock: 'o/lock'");
      call(
          owner.as("owner " + i),
          "ReadWriteLockService/Acquire",
          "lock: 'o/read' mode: READ_WRITE_MODE_READ");
      call(owner, "ReadWriteLockService/Acquire", "lock: 'o/written' mode: READ_WRITE_MODE_READ");
      call(owner, "SemaphoreService/Acquire", "semaphore: 'o/semaphore'");
      call(owner, "SemaphoreService/Acquire", "semaphore: 'o/empty'");
      call(owner, "LatchService/Wait", "latch: 'o/latch'");
      call(owner, "BarrierService/Wait", "barrier: 'o/barrier'");
      call(owner, "LockService/Acquire", "lock: 'o/awaited'");
      call(owner, "ConditionService/Wait", "condition: 'o/condition'");
      Client session = world.session("session " + i);
      session.memory("o/memory").addWriter();
      session.pool("o/staffed").register();
    }
    a.pool("o/staffed").cancel("o/ended");
    world.settle();
  }

  /** Items of long keys, and dead letters. */
  private void putManyWithMuchToSay() {
    ask("QueueService/Create", "queue: 'o/keyed'");
    ask("QueueService/Create", "queue: 'o/letters'");
    ask(
        "QueueService/Create",
        "queue: 'o/expiring' dead_letter_queue: 'o/letters' dead_letter_expired: true");
    String items =
        IntStream.range(0, MANY)
            .mapToObj(i -> " items " + text("x".repeat(i % 40)))
            .collect(Collectors.joining());
    String key = " options { key: '" + "k".repeat(50) + "' }";
    ask("QueueService/PutMany", "queue: 'o/keyed'" + items + key);
    String time = " options { time_to_live { nanos: 1000000 } }";
    ask("QueueService/PutMany", "queue: 'o/expiring'" + items + time);
    world.advance(Duration.ofMillis(1));
  }

  private void keepWithinThePage(String method, String request, String elements) {
    DynamicMessage page = ask(method, request);
    FieldDescriptor list = page.getDescriptorForType().findFieldByName(elements);

    assertThat(page.getSerializedSize()).isLessThanOrEqualTo(PAGE_BYTES);
    assertThat(page.getRepeatedFieldCount(list)).isBetween(2, MANY - 1);
    DynamicMessage less = call(a.taking(PAGE_BYTES), method, request).response();
    assertThat(less.getSerializedSize()).isLessThanOrEqualTo(PAGE_BYTES);
  }

  @Test
  void shouldListAllElementsHoweverShortThePages() {
    createAll();
    IntStream.range(0, 99)
        .forEach(i -> ask("ListService/Append", "list: 'o/list' value " + text("x".repeat(i * 7))));

    int seen = 0;
    String token = "";
    do {
      DynamicMessage page = ask("ListService/Slice", "list: 'o/list' page_token: '" + token + "'");
      seen += page.getRepeatedFieldCount(page.getDescriptorForType().findFieldByName("values"));
      token =
          (String) page.getField(page.getDescriptorForType().findFieldByName("next_page_token"));
    } while (!token.isEmpty());

    assertThat(seen).isEqualTo(99);
  }

  // Who waits, and who repeats.

  @Test
  void shouldTellAWaitingGetThatItsItemIsMoreThanItTakes() {
    createAll();
    Client b = world.session("b");
    Pending<DynamicMessage> small = call(a.taking(MOST), "QueueService/Get", "queue: 'o/queue'");
    Pending<DynamicMessage> any = call(b, "QueueService/Get", "queue: 'o/queue'");

    ask("QueueService/Put", "queue: 'o/queue' item " + text(LARGE));

    assertThat(small.reason()).isEqualTo(ErrorReason.ERROR_REASON_REPLY_TOO_LARGE);
    assertThat(any.isWaiting()).as("the next one in line got it").isFalse();
    assertThat(any.response().getSerializedSize()).isGreaterThan(20_000);
  }

  /** How a process ended comes while its waiter waits. */
  @Test
  void shouldTellAWaiterForAProcessThatItsEndIsMoreThanItTakes() {
    String name = "process: 'p'";
    call(a, "ProcessService/Start", name + " command: 'c' arguments: '" + "x".repeat(16_000) + "'");
    long incarnation = a.process("p").incarnation();
    long most = a.process("p").now().getSerializedSize() + ReplyRoom.AROUND;
    Pending<DynamicMessage> small = call(a.taking(most), "ProcessService/Wait", name);
    Pending<DynamicMessage> timed =
        call(a.taking(most), "ProcessService/Wait", name + " timeout { seconds: 9 }");
    Pending<DynamicMessage> any = call(a, "ProcessService/Wait", name);
    assertThat(small.isWaiting()).isTrue();

    ProcessCalls.exits(world, incarnation, 255);

    for (Pending<DynamicMessage> refused : List.of(small, timed)) {
      assertThat(refused.reason()).isEqualTo(ErrorReason.ERROR_REASON_REPLY_TOO_LARGE);
      assertThat((long) any.response().getSerializedSize())
          .isLessThanOrEqualTo(Long.parseLong(refused.metadata().get("bytes")));
    }
    assertThat(call(a.taking(most), "ProcessService/Wait", name).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_REPLY_TOO_LARGE);
  }

  /** The longest answer has a generated name and an end that came before it. */
  @Test
  void shouldAnswerAStartWithinWhatItsCallerTakes() {
    String start = "command: 'c' daemonic: true arguments: '" + "x".repeat(16_384) + "'";
    Pending<DynamicMessage> refused = call(a.taking(MOST), "ProcessService/Start", start);
    long named = Long.parseLong(refused.metadata().get("bytes"));

    Pending<DynamicMessage> taken = call(a.taking(named), "ProcessService/Start", start);
    ProcessCalls.exits(
        world, a.process("").list(0, "").response().getProcesses(0).getRef().getIncarnation(), 255);

    assertThat((long) taken.response().getSerializedSize()).isLessThanOrEqualTo(named);
  }

  @Test
  void shouldEndAConsumerThatDoesNotTakeTheNextItem() {
    createAll();
    QueueCalls queue = a.queue("o/queue");
    queue.put("small");
    var stream = a.taking(MOST).queue("o/queue").consume(10);

    queue.put(LARGE);

    assertThat(stream.reason()).isEqualTo(ErrorReason.ERROR_REASON_REPLY_TOO_LARGE);
    assertThat(queue.size().getSize()).as("what it had is back").isEqualTo(2);
  }

  @Test
  void shouldAnswerARepeatThatTakesTooLittleOnceItTakesMore() {
    createAll();
    ask("QueueService/Put", "queue: 'o/queue' item " + text(LARGE));
    Client b = world.session("b");
    b.from(5).queue("o/queue").get().response();

    Pending<?> repeat = b.taking(MOST).from(5).queue("o/queue").get();

    assertThat(repeat.reason()).isEqualTo(ErrorReason.ERROR_REASON_REPLY_TOO_LARGE);
    assertThat(QueueCalls.item(b.from(5).queue("o/queue").get())).isEqualTo(LARGE);
  }
}
