package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.polyproc.client.Codec;
import dev.polyproc.client.PolyDict;
import dev.polyproc.client.PolyList;
import dev.polyproc.client.Polyproc;
import dev.polyproc.v1.AdminDeleteRequest;
import dev.polyproc.v1.AdminListRequest;
import dev.polyproc.v1.AdminServerInfoRequest;
import dev.polyproc.v1.AdminServiceGrpc;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.ListAppendRequest;
import dev.polyproc.v1.ListCreateRequest;
import dev.polyproc.v1.ListCreateResponse;
import dev.polyproc.v1.ListDeleteRequest;
import dev.polyproc.v1.ListServiceGrpc;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.SessionAttachRequest;
import dev.polyproc.v1.SessionDrop;
import dev.polyproc.v1.SessionDropRequest;
import dev.polyproc.v1.SessionDropResponse;
import dev.polyproc.v1.SessionEndRequest;
import dev.polyproc.v1.SessionServiceGrpc;
import dev.polyproc.v1.Usage;
import dev.polyproc.v1.Value;
import io.grpc.MethodDescriptor;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Objects in objects, from several languages, and what becomes of them. */
@Timeout(120)
final class NestingIT {
  private static final int VALUES = 500;
  private static final int CLIENTS = 4;
  private static final int OBJECTS = LateInstallation.many(1_000_000, 300_000, 100_000);
  private static final int OBJECTS_OF_A_SESSION = 4_000;

  @RegisterExtension static final SharedDaemon daemon = SharedDaemon.with();

  private Polyproc java;
  private Client stubs;

  @BeforeEach
  void connect() {
    java = Polyproc.connect("unix:" + daemon.get().socket());
    stubs = daemon.client();
  }

  @AfterEach
  void disconnect() {
    java.close();
    stubs.close();
  }

  private static Process python(String... arguments) throws IOException {
    Path python = Launch.root().resolve(".tools/python/bin/python");
    Path generated = Launch.root().resolve("examples/wordcount/python/stubs");
    assumeTrue(Files.isExecutable(python) && Files.isDirectory(generated), "Python is not set up");
    List<String> command = new ArrayList<>();
    command.add(python.toString());
    command.add(
        Launch.root().resolve("integration-tests/src/test/resources/nesting.py").toString());
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("PYTHONPATH", generated.toString());
    builder.environment().put("POLYPROC_ADDRESS", "unix:" + daemon.get().socket());
    return builder.start();
  }

  private long named(String prefix) {
    return AdminServiceGrpc.newBlockingStub(stubs.channel())
        .list(AdminListRequest.newBuilder().setPrefix(prefix).build())
        .getObjectsCount();
  }

  private Usage usage() {
    return AdminServiceGrpc.newBlockingStub(stubs.channel())
        .serverInfo(AdminServerInfoRequest.getDefaultInstance())
        .getUsage();
  }

  @Test
  void shouldBeChangedFromJavaAndFromPythonAtOnce() throws Exception {
    PolyDict<String, PolyDict<String, PolyList<Long>>> outer =
        java.dict("outer", Codec.STRING, java.dicts(Codec.STRING, java.lists(Codec.LONG)));
    PolyDict<String, PolyList<Long>> middle = java.newDict(Codec.STRING, java.lists(Codec.LONG));
    middle.put("list", java.newList(Codec.LONG));
    outer.put("middle", middle);

    Process python = python("append", "outer", Integer.toString(VALUES));
    for (long value = 0; value < VALUES; value++) {
      Objects.requireNonNull(Objects.requireNonNull(outer.get("middle")).get("list")).add(value);
    }
    String printed = new String(python.getInputStream().readAllBytes());
    assertThat(python.waitFor()).as(printed).isZero();

    PolyList<Long> list = Objects.requireNonNull(middle.get("list"));
    assertThat(list).hasSize(2 * VALUES);
    assertThat(list.stream().mapToLong(Long::longValue).sum())
        .isEqualTo((long) VALUES * (VALUES - 1));
    outer.clear();
    java.close();
    await().until(() -> named("list-") + named("dict-") == 0);
  }

  @Test
  void shouldDropTheRefsOfAKilledClient() throws Exception {
    Process python = python("hold", "held");
    try (BufferedReader printed = python.inputReader()) {
      assertThat(printed.readLine()).isEqualTo("held");
      assertThat(named("held")).isEqualTo(1);

      Signals.send("KILL", python.pid());

      await().atMost(5, TimeUnit.SECONDS).until(() -> named("held") == 0);
    } finally {
      python.destroyForcibly();
    }
  }

  @Test
  void shouldLeaveNothingOfManyObjectsThatCameAndWent() throws Exception {
    Usage before = usage();
    AtomicInteger sessions = new AtomicInteger(OBJECTS / OBJECTS_OF_A_SESSION);
    List<FutureTask<Void>> clients = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      clients.add(
          new FutureTask<>(
              () -> {
                try (Client client = daemon.client()) {
                  while (sessions.getAndDecrement() > 0) {
                    createAndDrop(client);
                  }
                }
                return null;
              }));
    }
    clients.forEach(client -> new Thread(client).start());
    for (FutureTask<Void> client : clients) {
      Later.get(client, 100);
    }
    Usage after = usage();
    assertThat(after.getEntries() - before.getEntries()).isGreaterThan(2L * OBJECTS);
    assertThat(after.getObjects()).isEqualTo(before.getObjects());
    assertThat(after.getSessions()).isEqualTo(before.getSessions());
    assertThat(after.getStoredBytes()).isLessThanOrEqualTo(before.getStoredBytes());
  }

  /** A session that creates lists in one frame and drops them in another. */
  private static void createAndDrop(Client client) {
    String session = client.openSession();
    MethodDescriptor<ListCreateRequest, ListCreateResponse> create =
        ListServiceGrpc.getCreateMethod();
    MethodDescriptor<SessionDropRequest, SessionDropResponse> drop =
        SessionServiceGrpc.getDropMethod();
    try (Attachment attachment = client.attach(session, 1).awaitAttached()) {
      SessionAttachRequest.Builder creates = SessionAttachRequest.newBuilder();
      for (long i = 1; i <= OBJECTS_OF_A_SESSION; i++) {
        creates.addCalls(
            Attachment.call(
                i,
                create,
                ListCreateRequest.newBuilder().setLifetime(Lifetime.LIFETIME_REFERENCED).build()));
      }
      attachment.frame(creates.build());
      SessionAttachRequest.Builder drops = SessionAttachRequest.newBuilder();
      for (long i = 1; i <= OBJECTS_OF_A_SESSION; i++) {
        Ref created = Later.get(attachment.response(i, create)).getRef();
        drops.addCalls(Attachment.call(OBJECTS_OF_A_SESSION + i, drop, dropOf(created)));
      }
      attachment.frame(drops.build());
      for (long i = 1; i <= OBJECTS_OF_A_SESSION; i++) {
        var unused = Later.get(attachment.response(OBJECTS_OF_A_SESSION + i, drop));
      }
    }
    close(client.with(Envelope.of(session)));
  }

  private static SessionDropRequest dropOf(Ref... refs) {
    SessionDropRequest.Builder drops = SessionDropRequest.newBuilder();
    for (Ref ref : refs) {
      drops.addDrops(SessionDrop.newBuilder().setRef(ref));
    }
    return drops.build();
  }

  private static void close(Client session) {
    var unused = session.sessions().end(SessionEndRequest.getDefaultInstance());
  }

  /** Two lists that refer to each other, which nobody retains any more. */
  private void makeCircle() {
    Client session = stubs.newSession();
    ListServiceGrpc.ListServiceBlockingStub lists =
        ListServiceGrpc.newBlockingStub(session.channel());
    List<Ref> refs = new ArrayList<>();
    for (String name : List.of("circle-1", "circle-2")) {
      ListCreateRequest shape =
          ListCreateRequest.newBuilder()
              .setList(name)
              .setLifetime(Lifetime.LIFETIME_REFERENCED)
              .build();
      refs.add(lists.create(shape).getRef());
    }
    for (Ref ref : refs) {
      Ref other = ref == refs.get(0) ? refs.get(1) : refs.get(0);
      var unused =
          lists.append(
              ListAppendRequest.newBuilder()
                  .setList(ref.getName())
                  .setValue(Value.newBuilder().setRef(other))
                  .build());
    }
    var unused = session.sessions().drop(dropOf(refs.get(0), refs.get(1)));
    assertThat(named("circle-")).as("objects after they were dropped").isEqualTo(2);
    close(session);
    assertThat(named("circle-")).as("objects after the end of the session").isEqualTo(2);
  }

  @Test
  void shouldKeepACircleUntilOneOfItIsDeleted() {
    makeCircle();
    var unused =
        stubs.admin().delete(AdminDeleteRequest.newBuilder().setObject("circle-1").build());
    assertThat(named("circle-")).isZero();
  }

  @Test
  void shouldKeepACircleUntilOneOfItLosesItsRef() {
    makeCircle();
    var unused =
        ListServiceGrpc.newBlockingStub(stubs.channel())
            .delete(ListDeleteRequest.newBuilder().setList("circle-1").build());
    assertThat(named("circle-")).isZero();
  }
}
