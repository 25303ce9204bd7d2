package dev.polyproc.server.supervisor;

import static dev.polyproc.server.supervisor.SupervisorFixture.command;
import static dev.polyproc.server.supervisor.SupervisorFixture.shell;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.polyproc.v1.OutputSource;
import dev.polyproc.v1.ProcessOutputRequest;
import dev.polyproc.v1.ProcessOutputResponse;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Input and output of real processes, once by Linux's own means and once by the portable ones. */
@ParameterizedClass
@EnumSource(Platform.class)
@Timeout(60)
final class SupervisorOutputTest {
  private static final int OUTPUT_BYTES = 8 << 20;

  private final SupervisorFixture on;
  private final String rare = Os.rareSeconds();

  SupervisorOutputTest(Platform platform) {
    on = new SupervisorFixture(platform, OUTPUT_BYTES);
  }

  @AfterEach
  void close() {
    on.close();
  }

  @Test
  void shouldFeedStdinAndThenEndIt() {
    // given
    byte[] bytes = new byte[5 << 20];
    new Random(1).nextBytes(bytes);
    ByteString stdin = ByteString.copyFrom(bytes);

    // when
    on.start(1, command("cat").setInput(stdin));
    on.start(2, command("cat"));
    on.start(3, command("head", "-c3").setInput(stdin));
    on.start(4, shell("exit 3").setInput(stdin));
    on.start(5, shell("exec <&-; sleep 0.2; exit 4").setInput(stdin));

    // then
    assertThat(on.reports.end(1)).isEqualTo("exited 0");
    ProcessOutputRequest.Builder all = ProcessOutputRequest.newBuilder();
    assertThat(on.read(1, all, OutputSource.OUTPUT_SOURCE_STDOUT)).isEqualTo(bytes);
    assertThat(on.reports.end(2)).isEqualTo("exited 0");
    assertThat(on.reports.end(3)).isEqualTo("exited 0");
    assertThat(on.reports.end(4)).isEqualTo("exited 3");
    assertThat(on.reports.end(5)).isEqualTo("exited 4");
  }

  @Test
  void shouldKeepTheEndOfMuchOutputAndCountWhatWasMissed() {
    // when
    on.start(1, shell("seq 1 3000000; echo problem >&2"));

    // then
    assertThat(on.reports.end(1)).isEqualTo("exited 0");
    ProcessOutputResponse first =
        requireNonNull(on.cursor(1, ProcessOutputRequest.newBuilder()).next(16 << 20));
    assertThat(first.getSource()).isEqualTo(OutputSource.OUTPUT_SOURCE_STDOUT);
    assertThat(first.getMissedBytes()).isEqualTo(22_888_896 - OUTPUT_BYTES);
    assertThat(first.getData().size()).isEqualTo(OUTPUT_BYTES);
    assertThat(first.getData().toStringUtf8()).endsWith("\n2999999\n3000000\n");
    ProcessOutputRequest.Builder tail = ProcessOutputRequest.newBuilder().setTailBytes(8);
    assertThat(on.read(1, tail, OutputSource.OUTPUT_SOURCE_STDOUT))
        .asString()
        .isEqualTo("3000000\n");
    assertThat(on.stderr(1)).isEqualTo("problem\n");
  }

  @Test
  void shouldFollowUntilTheProcessHasClosedItsOutput() {
    // given
    on.start(
        1, shell("echo one; read line; echo $line; echo three >&2").setInput(ByteString.EMPTY));
    on.start(2, shell("for i in 1 2 3 4 5; do echo $i; sleep 0.05; done"));

    // when
    String followed = on.followed(2);

    // then
    assertThat(followed).isEqualTo("1\n2\n3\n4\n5\n");
    assertThat(on.reports.end(2)).isEqualTo("exited 0");
    assertThat(on.reports.end(1)).isEqualTo("exited 0");
    assertThat(on.followed(1)).isEqualTo("one\n\nthree\n");
  }

  @Test
  void shouldFollowADescendantThatKeepsTheOutputOpenAndEndItWithTheGroup() {
    // when
    on.start(
        1,
        shell("(trap '' HUP; sleep 0.3; echo late; exec sleep " + rare + ") & echo early; exit 4"));

    // then
    assertThat(on.reports.end(1)).isEqualTo("exited 4");
    OutputCursor follower = on.cursor(1, ProcessOutputRequest.newBuilder().setFollow(true));
    StringBuilder seen = new StringBuilder();
    Os.await(
        "the late line",
        () -> {
          ProcessOutputResponse piece = follower.next(1 << 10);
          seen.append(piece == null ? "" : piece.getData().toStringUtf8());
          return seen.toString().equals("early\nlate\n");
        });
    assertThat(follower.hasEnded()).isFalse();

    // when
    on.supervisor.forget(1);

    // then
    assertThat(follower.hasEnded()).isTrue();
    Os.await("the group's end", () -> !Os.isAlive(on.reports.pid(1)) && Os.sleepers(rare) == 0);
  }
}
