package dev.polyproc.server.supervisor;

import static dev.polyproc.server.supervisor.SupervisorFixture.command;
import static dev.polyproc.server.supervisor.SupervisorFixture.shell;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.sun.jna.NativeLibrary;
import dev.polyproc.files.Environment;
import dev.polyproc.server.supervisor.ProcessTable.Identity;
import dev.polyproc.v1.Limits;
import dev.polyproc.v1.ProcessOutputRequest;
import dev.polyproc.v1.ProcessStartRequest;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Starts that fail for no fault of their request, and what is kept for processes. */
@Timeout(60)
final class SupervisorTroubleTest {
  private static final int MIB = 1 << 20;
  private static final Identity NOBODY = new Identity(0, 0);
  private static final Limits LIMITS =
      Limits.newBuilder().setOutputBytes(MIB).setAllOutputBytes(4 * MIB).setProcesses(3).build();

  private final RecordedReports reports = new RecordedReports();
  private final Deque<Throwable> troubles = new ArrayDeque<>();
  private final CountDownLatch goOn = new CountDownLatch(1);
  private boolean waits;
  private final Supervisor supervisor =
      new Supervisor(
          Environment.of(Map.of("PATH", System.getenv("PATH"))),
          reports,
          LIMITS,
          0,
          RecordedReports::notDead,
          this::platform,
          500);

  @AfterEach
  void close() {
    goOn.countDown();
    supervisor.close();
  }

  private Platform platform() throws StartFailure {
    if (waits) {
      waitToGoOn();
    }
    Throwable trouble = troubles.poll();
    if (trouble instanceof Error error) {
      throw error;
    } else if (trouble instanceof RuntimeException bug) {
      throw bug;
    } else if (trouble instanceof StartFailure failure) {
      throw failure;
    }
    return Platform.current();
  }

  @Test
  void shouldStartAgainWhenWhatFailedHasPassed() {
    // given
    troubles.addAll(
        List.of(
            new OutOfMemoryError("unable to create native thread"),
            new StartFailure("Expected an epoll, but Too many open files"),
            new IllegalStateException("a bug"),
            new StackOverflowError()));

    // then
    for (long process = 1; process <= 4; process++) {
      start(process, command("true"));
      assertThat(reports.end(process)).startsWith("failed: Expected ");
      assertThat(reports.of(process)).containsExactly("failed");
    }
    start(5, command("true"));
    assertThat(reports.end(5)).isEqualTo("exited 0");
  }

  @Test
  void shouldAnswerEveryStartWhenTheLibraryCannotBeLoaded() {
    // given
    troubles.add(new UnsatisfiedLinkError("Failed to create temporary file"));

    // then
    for (long process = 1; process <= 3; process++) {
      start(process, command("true"));
      supervisor.signal(process, 15);
      assertThat(reports.end(process))
          .isEqualTo(
              "failed: Expected to reach the C library through JNA, but Failed to create temporary"
                  + " file; when that is mended, start the daemon again");
    }
  }

  @Test
  void shouldNotStartWhatWasForgottenBefore() {
    // given
    waits = true;
    start(1, command("sleep", "4003").setInput(ByteString.copyFromUtf8("never read")));
    supervisor.signal(1, 15);

    // when
    supervisor.forget(1);
    goOn.countDown();

    // then
    assertThat(reports.end(1))
        .isEqualTo("failed: Expected to start a process, but it was deleted before");
    assertThat(reports.of(1)).containsExactly("failed");
  }

  @Test
  void shouldStartAndReportWhileTheLoopIsBusy() {
    // given
    start(1, command("true"));
    reports.end(1);
    supervisor.afterReport(NOBODY, this::waitToGoOn);

    // when
    start(2, command("sleep", "4005"));
    start(3, command("sleep", "4006"));
    start(4, command("/nope"));

    // then
    assertThat(reports.pid(2)).isPositive();
    assertThat(reports.pid(3)).isPositive();

    // when
    supervisor.signal(2, 9);
    supervisor.forget(3);
    goOn.countDown();

    // then
    assertThat(reports.end(2)).isEqualTo("killed 9");
    assertThat(reports.end(3)).isEqualTo("killed 15");
    assertThat(reports.end(4)).startsWith("failed: ");
    assertThat(reports.of(2)).containsExactly("started", "killed");
    assertThat(reports.of(4)).containsExactly("failed");
  }

  @Test
  void shouldEndWhatItCannotWatchAndReportThat() throws Exception {
    // given
    Set<Integer> before = epolls();
    start(1, command("true"));
    reports.end(1);
    Set<Integer> opened = epolls();
    opened.removeAll(before);
    assertThat(opened).hasSize(1);

    // when
    int[] pipe = Libc.pipe(Platform.LINUX);
    NativeLibrary.getProcess()
        .getFunction("dup2")
        .invokeInt(new Object[] {pipe[0], opened.iterator().next()});
    start(2, command("sleep", "4007"));

    // then
    assertThat(reports.end(2)).isEqualTo("killed 9");
    assertThat(reports.of(2)).containsExactly("started", "killed");
    Libc.close(pipe[0]);
    Libc.close(pipe[1]);
  }

  private static Set<Integer> epolls() throws IOException {
    Set<Integer> epolls = new HashSet<>();
    try (DirectoryStream<Path> open = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path descriptor : open) {
        if (Files.isSymbolicLink(descriptor)
            && Files.readSymbolicLink(descriptor).toString().equals("anon_inode:[eventpoll]")) {
          epolls.add(Integer.valueOf(descriptor.getFileName().toString()));
        }
      }
    }
    return epolls;
  }

  @Test
  void shouldReportTheEndOfOneThatIsJustStartedBeforeWhatComesAfterIt() {
    // given
    CompletableFuture<Long> begun = new CompletableFuture<>();
    List<String> order = new CopyOnWriteArrayList<>();
    Reports slow =
        new Reports() {
          @Override
          public void started(long process, long pid) {
            if (process == 2) {
              begun.complete(pid);
              waitToGoOn();
            }
            reports.started(process, pid);
          }

          @Override
          public void failed(long process, String sentence) {
            reports.failed(process, sentence);
          }

          @Override
          public void exited(long process, long pid, int code, byte[] lastErrors) {
            order.add("the end of " + process);
            reports.exited(process, pid, code, lastErrors);
          }

          @Override
          public void killed(
              long process, long pid, int signal, boolean outOfMemory, byte[] lastErrors) {
            reports.killed(process, pid, signal, outOfMemory, lastErrors);
          }
        };
    CompletableFuture<Void> after = new CompletableFuture<>();

    // when
    try (Supervisor slowly =
        new Supervisor(
            Environment.of(Map.of("PATH", System.getenv("PATH"))),
            slow,
            LIMITS,
            0,
            RecordedReports::notDead)) {
      slowly.start(1, command("true").build(), Map.of());
      reports.end(1);
      slowly.start(2, command("true").build(), Map.of());
      long pid = RecordedReports.await(begun);
      Os.await("its end", () -> Os.zombies().contains(pid));
      slowly.afterReport(
          new Identity(pid, 0),
          () -> {
            order.add("what comes after");
            after.complete(null);
          });
      goOn.countDown();
      RecordedReports.await(after);
    }

    // then
    assertThat(order).containsExactly("the end of 1", "the end of 2", "what comes after");
  }

  private void waitToGoOn() {
    try {
      goOn.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void shouldKeepOfManyPostponedSignalsTheLastOfEachNumber() {
    // given
    Start start =
        new Start(
            1,
            ProcessStartRequest.getDefaultInstance(),
            Map.of(),
            new Output(new OutputMemory(1), 1));

    // when
    for (int i = 0; i < 1000; i++) {
      start.postpone(19);
      start.postpone(18);
      start.postpone(10);
      start.postpone(18);
    }

    // then
    assertThat(start.postponedSignals()).containsExactly(19, 10, 18);
  }

  @Test
  void shouldDropTheOutputOfTheProcessThatEndedFirst() {
    // when
    for (long process = 1; process <= 5; process++) {
      start(
          process, shell("head -c 1100000 /dev/zero; head -c 1100000 /dev/zero >&2; echo ok >&2"));
      assertThat(reports.end(process)).isEqualTo("exited 0");
    }

    // then
    assertThat(missed(1)).isEqualTo(2_200_003);
    assertThat(missed(3)).isEqualTo(2_200_003);
    assertThat(missed(4)).isEqualTo(2_200_003 - 2 * MIB);
    assertThat(missed(5)).isEqualTo(2_200_003 - 2 * MIB);
  }

  @Test
  void shouldBoundTheInputThatProcessesHaveStillToRead() {
    // given
    ByteString much = ByteString.copyFrom(new byte[3 * MIB]);
    start(1, command("sleep", "4004").setInput(much));
    reports.pid(1);

    // when
    start(2, command("cat").setInput(much));

    // then
    assertThat(reports.end(2))
        .startsWith("failed: Expected at most 4194304 bytes of stdin")
        .endsWith("there would be 6291456");
    start(3, command("true"));
    assertThat(reports.end(3)).isEqualTo("exited 0");

    // when
    supervisor.forget(1);
    assertThat(reports.end(1)).isEqualTo("killed 15");
    start(4, command("cat").setInput(ByteString.copyFrom(new byte[5 * MIB])));

    // then
    assertThat(reports.end(4)).isEqualTo("exited 0");
    start(5, command("cat").setInput(much));
    assertThat(reports.end(5)).isEqualTo("exited 0");
  }

  @Test
  void shouldRefuseStartsWhileTooManyThatWereForgottenLive() {
    // given
    for (long process = 1; process <= 3; process++) {
      start(process, shell("trap '' TERM; echo ready; while :; do sleep 0.1; done"));
      long told = process;
      Os.await("ready", () -> reports.pid(told) > 0 && written(told) > 0);
      supervisor.forget(process);
    }

    // when
    start(4, command("true"));

    // then
    assertThat(reports.end(4)).contains("3 processes that were deleted and are still ending");
    assertThat(reports.end(1)).isEqualTo("killed 9");
    assertThat(reports.end(2)).isEqualTo("killed 9");
    assertThat(reports.end(3)).isEqualTo("killed 9");
    Os.await("the last reaping", () -> Os.zombies().isEmpty());
    start(5, command("true"));
    assertThat(reports.end(5)).isEqualTo("exited 0");
  }

  private void start(long process, ProcessStartRequest.Builder request) {
    supervisor.start(process, request.build(), Map.of());
  }

  private long missed(long process) {
    return read(process, false);
  }

  private long written(long process) {
    return read(process, true);
  }

  /** How many bytes it wrote that are there, or gone. */
  private long read(long process, boolean there) {
    long bytes = 0;
    OutputCursor cursor =
        supervisor
            .output(process, ProcessOutputRequest.getDefaultInstance(), () -> {})
            .orElseThrow();
    for (var piece = cursor.next(MIB); piece != null; piece = cursor.next(MIB)) {
      bytes += there ? piece.getData().size() : piece.getMissedBytes();
    }
    return bytes;
  }
}
