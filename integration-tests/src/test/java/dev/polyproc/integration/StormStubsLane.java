package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.v1.DictCreateRequest;
import dev.polyproc.v1.DictDeleteRequest;
import dev.polyproc.v1.DictGetRequest;
import dev.polyproc.v1.DictGetResponse;
import dev.polyproc.v1.DictServiceGrpc;
import dev.polyproc.v1.DictSetRequest;
import dev.polyproc.v1.DictSizeRequest;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.ListAppendRequest;
import dev.polyproc.v1.ListCreateRequest;
import dev.polyproc.v1.ListServiceGrpc;
import dev.polyproc.v1.LockAcquireRequest;
import dev.polyproc.v1.LockAcquireResponse;
import dev.polyproc.v1.LockCreateRequest;
import dev.polyproc.v1.LockServiceGrpc;
import dev.polyproc.v1.NamespaceAddRequest;
import dev.polyproc.v1.NamespaceCreateRequest;
import dev.polyproc.v1.NamespaceServiceGrpc;
import dev.polyproc.v1.PipeCreateRequest;
import dev.polyproc.v1.PipeReceiveRequest;
import dev.polyproc.v1.PipeReceiveResponse;
import dev.polyproc.v1.PipeSendRequest;
import dev.polyproc.v1.PipeServiceGrpc;
import dev.polyproc.v1.Process;
import dev.polyproc.v1.ProcessServiceGrpc;
import dev.polyproc.v1.ProcessStartRequest;
import dev.polyproc.v1.ProcessWaitRequest;
import dev.polyproc.v1.QueueGetResponse;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.SessionDrop;
import dev.polyproc.v1.SessionDropRequest;
import dev.polyproc.v1.SessionServiceGrpc;
import dev.polyproc.v1.Value;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.LongStream;

/**
 * Objects of every kind and processes, by bare stubs that repeat, and that give up what takes too
 * long: everything counts once, in order, and what nobody refers to is gone.
 */
final class StormStubsLane implements StormLane {
  private static final int ITEMS = 60;
  private static final int ADDITIONS = 40;
  private static final int LISTS = 15;
  private static final int SECTIONS = 20;
  private static final int PROCESSES = 4;

  /** The longest time before a call is given up, in milliseconds. */
  private static final int PATIENCE = 20;

  private final String prefix;
  private final CuttingProxy network;
  private final Client steady;
  private final Random random;
  private final ConcurrentLinkedQueue<Long> taken = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<Long> received = new ConcurrentLinkedQueue<>();

  /**
   * @param steady a connection that is never cut
   */
  StormStubsLane(String seed, CuttingProxy network, Client steady, Random random) {
    this.prefix = seed + "/stubs/";
    this.network = network;
    this.steady = steady;
    this.random = new Random(random.nextLong());
    steady.queues().create(Requests.createQueue(prefix + "queue"));
    steady.dicts().create(DictCreateRequest.newBuilder().setDict(prefix + "dict").build());
    steady.dicts().create(DictCreateRequest.newBuilder().setDict(prefix + "lists").build());
    steady.locks().create(LockCreateRequest.newBuilder().setLock(prefix + "lock").build());
  }

  @Override
  public List<Task> tasks() {
    return List.of(
        with(this::putAndSend),
        with(this::take),
        with(this::receive),
        with(this::makeLists),
        with(this::fillLists),
        with(this::runProcesses),
        with(this::addUnderLock),
        with(this::addUnderLock));
  }

  private interface Work {
    void run(StormStub stub) throws Exception;
  }

  private Task with(Work work) {
    return () -> {
      try (StormStub stub = new StormStub(network.socket(), steady)) {
        work.run(stub);
      }
    };
  }

  private int patience() {
    synchronized (random) {
      return 1 + random.nextInt(PATIENCE);
    }
  }

  private String pipe(StormStub stub) throws InterruptedException {
    var request = PipeCreateRequest.newBuilder().setPipe(prefix + "pipe").build();
    return stub.command(PipeServiceGrpc.getCreateMethod(), request).getFirst().getName();
  }

  private void putAndSend(StormStub stub) throws InterruptedException {
    String first = pipe(stub);
    for (long i = 0; i < ITEMS; i++) {
      assertThat(
              stub.command(QueueServiceGrpc.getPutMethod(), Requests.put(prefix + "queue", i))
                  .getAccepted())
          .isTrue();
      var send = PipeSendRequest.newBuilder().setEnd(first).setMessage(Requests.number(i)).build();
      stub.command(PipeServiceGrpc.getSendMethod(), send);
    }
    while (received.size() < ITEMS) { // it retains the end
      stub.command(QueueServiceGrpc.getSizeMethod(), Requests.size(prefix + "queue"));
    }
  }

  private void take(StormStub stub) throws Exception {
    while (taken.size() < ITEMS) {
      QueueGetResponse got =
          stub.commandWithin(
              patience(), QueueServiceGrpc.getGetMethod(), Requests.get(prefix + "queue"));
      if (got != null) {
        taken.add(got.getItem().getInt());
      }
    }
  }

  private void receive(StormStub stub) throws Exception {
    pipe(stub);
    var request = PipeReceiveRequest.newBuilder().setEnd(prefix + "pipe/2").build();
    while (received.size() < ITEMS) {
      PipeReceiveResponse got =
          stub.commandWithin(patience(), PipeServiceGrpc.getReceiveMethod(), request);
      if (got != null) {
        received.add(got.getMessage().getInt());
      }
    }
  }

  private void makeLists(StormStub stub) throws InterruptedException {
    ListCreateRequest request =
        ListCreateRequest.newBuilder().setLifetime(Lifetime.LIFETIME_REFERENCED).build();
    for (long i = 0; i < LISTS; i++) {
      Ref list = stub.command(ListServiceGrpc.getCreateMethod(), request).getRef();
      DictSetRequest set =
          DictSetRequest.newBuilder()
              .setDict(prefix + "lists")
              .setKey(Requests.number(i))
              .setValue(Value.newBuilder().setRef(list))
              .build();
      stub.command(DictServiceGrpc.getSetMethod(), set);
      drop(stub, list);
    }
  }

  private static void drop(StormStub stub, Ref ref) throws InterruptedException {
    SessionDropRequest drop =
        SessionDropRequest.newBuilder().addDrops(SessionDrop.newBuilder().setRef(ref)).build();
    stub.command(SessionServiceGrpc.getDropMethod(), drop);
  }

  private void fillLists(StormStub stub) throws InterruptedException {
    for (long i = 0; i < LISTS; i++) {
      var get =
          DictGetRequest.newBuilder().setDict(prefix + "lists").setKey(Requests.number(i)).build();
      DictGetResponse found = stub.command(DictServiceGrpc.getGetMethod(), get);
      while (!found.hasValue()) {
        found = stub.command(DictServiceGrpc.getGetMethod(), get);
      }
      Ref list = found.getValue().getRef();
      var append =
          ListAppendRequest.newBuilder()
              .setList(list.getName())
              .setValue(Requests.number(i))
              .build();
      assertThat(stub.command(ListServiceGrpc.getAppendMethod(), append).getSize()).isOne();
      var delete =
          DictDeleteRequest.newBuilder()
              .setDict(prefix + "lists")
              .setKey(Requests.number(i))
              .build();
      assertThat(stub.command(DictServiceGrpc.getDeleteMethod(), delete).getDeleted()).isTrue();
      drop(stub, list);
    }
  }

  private void runProcesses(StormStub stub) throws InterruptedException {
    for (int i = 0; i < PROCESSES; i++) {
      String name = prefix + "process" + i;
      var start =
          ProcessStartRequest.newBuilder()
              .setProcess(name)
              .setCommand("sh")
              .addArguments("-c")
              .addArguments("exit " + i)
              .build();
      stub.command(ProcessServiceGrpc.getStartMethod(), start);
      var wait = ProcessWaitRequest.newBuilder().setProcess(name).build();
      Process ended = stub.command(ProcessServiceGrpc.getWaitMethod(), wait).getProcess();
      assertThat(ended.getExitCode()).as(name).isEqualTo(i);
    }
  }

  /** A number of a namespace that is read and written under a lock, and one that is added to. */
  private void addUnderLock(StormStub stub) throws Exception {
    String namespace = prefix + "namespace";
    stub.command(
        NamespaceServiceGrpc.getCreateMethod(),
        NamespaceCreateRequest.newBuilder().setNamespace(namespace).build());
    var add =
        NamespaceAddRequest.newBuilder()
            .setNamespace(namespace)
            .setAttribute("sum")
            .setInitial(Requests.number(0))
            .build();
    for (int i = 0; i < ADDITIONS; i++) {
      stub.command(NamespaceServiceGrpc.getAddMethod(), add);
    }
    var get =
        DictGetRequest.newBuilder().setDict(prefix + "dict").setKey(Requests.text("n")).build();
    var acquire = LockAcquireRequest.newBuilder().setLock(prefix + "lock").build();
    for (int i = 0; i < SECTIONS; ) {
      LockAcquireResponse hold =
          stub.commandWithin(patience(), LockServiceGrpc.getAcquireMethod(), acquire);
      if (hold != null) {
        long seen = stub.command(DictServiceGrpc.getGetMethod(), get).getValue().getInt();
        var set =
            DictSetRequest.newBuilder()
                .setDict(prefix + "dict")
                .setKey(Requests.text("n"))
                .setValue(Requests.number(seen + 1))
                .build();
        stub.guarded(prefix + "lock", hold.getToken(), DictServiceGrpc.getSetMethod(), set);
        stub.command(
            LockServiceGrpc.getReleaseMethod(), Requests.release(prefix + "lock", hold.getToken()));
        i++;
      }
    }
  }

  @Override
  public void check() throws Exception {
    List<Long> all = LongStream.range(0, ITEMS).boxed().toList();
    assertThat(taken).as("items").containsExactlyElementsOf(all);
    assertThat(received).as("messages").containsExactlyElementsOf(all);
    try (StormStub stub = new StormStub(network.socket(), steady)) {
      var get =
          DictGetRequest.newBuilder().setDict(prefix + "dict").setKey(Requests.text("n")).build();
      assertThat(stub.command(DictServiceGrpc.getGetMethod(), get).getValue().getInt())
          .as("sections")
          .isEqualTo(2 * SECTIONS);
      var add =
          NamespaceAddRequest.newBuilder()
              .setNamespace(prefix + "namespace")
              .setAttribute("sum")
              .setAmount(Requests.number(0))
              .build();
      assertThat(stub.command(NamespaceServiceGrpc.getAddMethod(), add).getValue().getInt())
          .as("additions")
          .isEqualTo(2 * ADDITIONS);
      var size = DictSizeRequest.newBuilder().setDict(prefix + "lists").build();
      assertThat(stub.command(DictServiceGrpc.getSizeMethod(), size).getSize()).isZero();
    }
  }
}
