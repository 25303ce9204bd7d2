package dev.polyproc.integration;

import static dev.polyproc.integration.Requests.createMemory;
import static dev.polyproc.integration.Requests.locate;
import static dev.polyproc.v1.ElementType.ELEMENT_TYPE_INT64;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_SHUTTING_DOWN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.LockAcquireResponse;
import dev.polyproc.v1.SharedMemoryAddWriterRequest;
import dev.polyproc.v1.SharedMemoryGetRequest;
import dev.polyproc.v1.SharedMemoryGetResponse;
import dev.polyproc.v1.SharedMemoryLocateResponse;
import dev.polyproc.v1.SharedMemoryRemoveWriterRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What becomes of segments of shared memory when a process is killed: the daemon, the one that
 * created them, the one that writes. Real processes, and {@code kill -9}.
 *
 * <p>{@code -Dpolyproc.kills=N} chooses how often.
 */
@Timeout(120)
final class SharedMemoryDeathIT {
  private static final int KILLS = Integer.getInteger("polyproc.kills", 20);
  private static final int LENGTH = 100_000;

  @RegisterExtension final OwnDaemons daemons = new OwnDaemons();

  @TempDir Path folder;

  private final List<AutoCloseable> opened = new ArrayList<>();
  private Launch launch;
  private DaemonProcess daemon;
  private Client client;

  @BeforeEach
  void start() {
    launch = Launch.inPrivateFolder();
    startAgain();
  }

  private void startAgain() {
    daemon = daemons.start(launch);
    client = closed(Client.over(daemon.socket()));
  }

  private <T extends AutoCloseable> T closed(T resource) {
    opened.add(resource);
    return resource;
  }

  @AfterEach
  void end() throws Exception {
    for (AutoCloseable resource : opened) {
      resource.close();
    }
  }

  private static SharedMemoryLocateResponse create(Client client, String memory) {
    return create(client, memory, Lifetime.LIFETIME_UNSPECIFIED);
  }

  private static SharedMemoryLocateResponse create(
      Client client, String memory, Lifetime lifetime) {
    var unused =
        client
            .memories()
            .create(
                createMemory(memory, ELEMENT_TYPE_INT64, LENGTH).toBuilder()
                    .setLifetime(lifetime)
                    .build());
    return client.memories().locate(locate(memory));
  }

  private SharedMemoryGetResponse get(String memory) {
    return client.memories().get(SharedMemoryGetRequest.newBuilder().setMemory(memory).build());
  }

  private static boolean isToldThatOwnerDied(Client session, String lock) {
    LockAcquireResponse acquired = session.locks().acquire(Requests.acquireGuard(lock));
    var unused = session.locks().release(Requests.release(lock, acquired.getToken()));
    return acquired.getPreviousOwnerDied();
  }

  /** A process that says that it writes, and does, until it is killed. */
  private Process startWriter(SharedMemoryLocateResponse where, boolean locked) throws IOException {
    SegmentHunters hunters = closed(new SegmentHunters(folder, daemon));
    Process writer =
        hunters.python("write", where.getRef().getName(), locked ? "locked" : "unlocked");
    hunters.awaitReady();
    Segment segment = Segment.at(Path.of(where.getPath()));
    segment.setVolatile(0, SegmentMain.START);
    await().until(() -> !writer.isAlive() || segment.getVolatile(LENGTH / 2) > 0);
    assertThat(writer.isAlive()).isTrue();
    return writer;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldTellTheNextHolderThatAWriterDiedInTheMidst(boolean locked) throws Exception {
    SharedMemoryLocateResponse where = create(client, "written");
    Segment segment = Segment.at(Path.of(where.getPath()));
    Client other = client.newSession();
    assertThat(isToldThatOwnerDied(other, where.getLock())).isFalse();
    Process writer = startWriter(where, locked);
    assertThat(get("written").getWriters()).isEqualTo(1);

    writer.destroyForcibly();

    await().until(() -> segment.writersDied() == 1);
    assertThat(get("written").getWriters()).isZero();
    assertThat(get("written").getWritersDied()).isEqualTo(1);
    assertThat(isToldThatOwnerDied(other, where.getLock())).isTrue();
    assertThat(isToldThatOwnerDied(other, where.getLock())).as("once").isFalse();
    assertThat(segment.state()).isEqualTo(1);
    assertThat(segment.getVolatile(1)).as("what it wrote stays").isPositive();
  }

  /** Those who said that they are done have not died as writers. */
  @Test
  void shouldCountEachWriterThatDied() throws Exception {
    SharedMemoryLocateResponse where = create(client, "counted");
    Segment segment = Segment.at(Path.of(where.getPath()));
    Client other = client.newSession();
    for (int i = 0; i < KILLS; i++) {
      Mortal writer = closed(Mortal.of(client));
      addWriter(writer.client(), "counted");
      Mortal done = closed(Mortal.of(client));
      addWriter(done.client(), "counted");
      var unused =
          done.client()
              .memories()
              .removeWriter(
                  SharedMemoryRemoveWriterRequest.newBuilder().setMemory("counted").build());
      done.kill();
      writer.kill();

      int died = i + 1;
      await().until(() -> segment.writersDied() == died);
      assertThat(isToldThatOwnerDied(other, where.getLock())).isTrue();
      assertThat(isToldThatOwnerDied(other, where.getLock())).isFalse();
    }
    assertThat(get("counted").getWritersDied()).isEqualTo(KILLS);
    assertThat(get("counted").getWriters()).isZero();
  }

  private static void addWriter(Client session, String memory) {
    var unused =
        session
            .memories()
            .addWriter(SharedMemoryAddWriterRequest.newBuilder().setMemory(memory).build());
  }

  @Test
  void shouldTellWhoWaitsForTheLockThatItsHolderDiedWhileItWrote() throws Exception {
    SharedMemoryLocateResponse where = create(client, "awaited");
    Process writer = startWriter(where, true);
    Client other = client.newSession();
    var waiting = other.locksLater().acquire(Requests.acquireGuard(where.getLock()));

    writer.destroyForcibly();

    assertThat(Later.get(waiting).getPreviousOwnerDied()).isTrue();
    Segment segment = Segment.at(Path.of(where.getPath()));
    await().until(() -> segment.writersDied() == 1);
  }

  @Test
  void shouldKeepOrRemoveTheSegmentOfAKilledCreatorAsItsLifetimeSays() throws Exception {
    Mortal creator = closed(Mortal.of(client));
    Path passing =
        Path.of(create(creator.client(), "passing", Lifetime.LIFETIME_SESSION).getPath());
    Path lasting = Path.of(create(creator.client(), "lasting").getPath());
    Segment mapped = Segment.at(passing);

    creator.kill();

    await().until(() -> mapped.state() == 2 && !Files.exists(passing));
    assertThat(Refusal.reasonOf(() -> client.memories().locate(locate("passing"))))
        .isEqualTo(ERROR_REASON_OBJECT_NOT_FOUND);
    assertThat(client.memories().locate(locate("lasting")).getPath()).isEqualTo(lasting.toString());
    assertThat(Segment.at(lasting).state()).isEqualTo(1);
  }

  /** Also where its creator was killed, and a writer is at work. */
  @Test
  void shouldLeaveNoFileWhenTheNextDaemonStartsAfterAKilledOne() throws Exception {
    Mortal creator = closed(Mortal.of(client));
    SharedMemoryLocateResponse created = create(creator.client(), "orphan");
    creator.kill();
    SharedMemoryLocateResponse written = create(client, "written");
    Process writer = startWriter(written, true);
    Segment mapped = Segment.at(Path.of(written.getPath()));

    daemon.kill();
    startAgain();

    assertThat(Path.of(created.getPath())).doesNotExist();
    assertThat(Path.of(written.getPath())).doesNotExist();
    for (String memory : List.of("orphan", "written")) {
      assertThat(Refusal.reasonOf(() -> client.memories().locate(locate(memory))))
          .isEqualTo(ERROR_REASON_OBJECT_NOT_FOUND);
    }
    assertThat(mapped.state()).as("whoever has mapped it is told").isEqualTo(2);
    assertThat(writer.isAlive()).as("what is mapped stays").isTrue();
    SharedMemoryLocateResponse again = create(client, "written");
    assertThat(again.getRef().getIncarnation()).isNotEqualTo(written.getRef().getIncarnation());
    assertThat(Segment.at(Path.of(again.getPath())).get(1)).isZero();
  }

  @Test
  void shouldLeaveNoFileWhenTheDaemonEnds() throws Exception {
    Path path = Path.of(create(client, "kept").getPath());
    Segment mapped = Segment.at(path);

    daemon.signal("TERM");

    assertThat(daemon.awaitExit(Duration.ofSeconds(30))).isEqualTo(143);
    assertThat(path).doesNotExist();
    assertThat(mapped.state()).isEqualTo(2);
  }

  @Test
  void shouldRefuseWhoAskedWhereASegmentIsWhenTheDaemonEnds() throws Exception {
    Path path = Path.of(create(client, "slow").getPath());
    try (Lease lease = Lease.of(path)) {
      Future<SharedMemoryLocateResponse> asked = client.memoriesLater().locate(locate("slow"));
      lease.awaitOpening();

      daemon.signal("TERM");

      assertThat(Refusal.reasonOf(() -> Later.get(asked))).isEqualTo(ERROR_REASON_SHUTTING_DOWN);
    }
    assertThat(daemon.awaitExit(Duration.ofSeconds(30))).isEqualTo(143);
    assertThat(path).doesNotExist();
  }
}
