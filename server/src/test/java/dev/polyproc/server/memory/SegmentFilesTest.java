package dev.polyproc.server.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.Ref;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Segments as files. */
@Timeout(60)
final class SegmentFilesTest {
  private static final ElementType DOUBLES = ElementType.ELEMENT_TYPE_FLOAT64;

  @TempDir Path folder;
  @TempDir Path home;

  private final BlockingQueue<String> reports = new LinkedBlockingQueue<>();
  private Segments segments;

  @BeforeEach
  void start() {
    segments = next(folder);
  }

  @AfterEach
  void stop() {
    segments.close();
  }

  /** The daemon that comes next at the socket, with its segments in a folder. */
  private Segments next(Path in) {
    return next(in, (file, text) -> Files.writeString(file, text));
  }

  private Segments next(Path in, SegmentFiles.FileWriter writer) {
    return SegmentFiles.in(in, record(), writer)
        .make(
            new Reports() {
              @Override
              public void made(long memory) {
                reports.add("made " + memory);
              }

              @Override
              public void failed(long memory, boolean isFull, String sentence) {
                reports.add((isFull ? "full " : "failed ") + memory + ": " + sentence);
              }
            });
  }

  private Path record() {
    return home.resolve("polyproc.sock.memory");
  }

  private String report() {
    try {
      return String.valueOf(reports.poll(30, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private Path made(long memory, int doubles) {
    segments.make(memory, "secret" + memory, DOUBLES, doubles, 64 + 8L * doubles);
    assertThat(report()).isEqualTo("made " + memory);
    return located(memory);
  }

  private Path located(long memory) {
    return answer(segments.locate(ref(memory)));
  }

  private static Path answer(CompletionStage<Path> asked) {
    try {
      return asked.toCompletableFuture().copy().orTimeout(30, TimeUnit.SECONDS).join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof Refusal refusal ? refusal : e;
    }
  }

  private static Ref ref(long memory) {
    return Ref.newBuilder().setName("m").setIncarnation(memory).build();
  }

  /** All that was asked for before is done. */
  private void settle() {
    segments.make(999, "last", DOUBLES, 0, 64);
    assertThat(report()).isEqualTo("made 999");
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  private static ByteBuffer mapped(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return channel.map(MapMode.READ_ONLY, 0, channel.size()).order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  @Test
  void shouldBeginWithTheHeaderAndZeros() throws IOException {
    Path file = made(7, 3);

    ByteBuffer bytes = mapped(file);
    byte[] magic = new byte[8];
    bytes.get(0, magic);
    assertThat(new String(magic, StandardCharsets.US_ASCII)).isEqualTo("POLYPROC");
    assertThat(bytes.getInt(8)).as("version").isEqualTo(1);
    assertThat(bytes.getInt(12)).as("type").isEqualTo(DOUBLES.getNumber());
    assertThat(bytes.getLong(16)).as("length").isEqualTo(3);
    assertThat(bytes.getLong(24)).as("incarnation").isEqualTo(7);
    assertThat(bytes.getLong(32)).as("sequence").isZero();
    assertThat(bytes.getInt(40)).as("state").isEqualTo(1);
    assertThat(bytes.getInt(44)).as("writers that died").isZero();
    assertThat(bytes.capacity()).isEqualTo(64 + 24);
    for (int i = 48; i < bytes.capacity(); i++) {
      assertThat(bytes.get(i)).isZero();
    }
  }

  @Test
  void shouldBeOpenToItsUserAlone() throws IOException {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made(1, 1))))
        .isEqualTo("rw-------");
  }

  @Test
  void shouldHaveTakenItsSpace() throws IOException {
    Path file = made(1, 1 << 20);

    // stat's blocks, of 512 bytes each.
    Process stat = new ProcessBuilder("stat", "-c", "%b", file.toString()).start();
    String blocks = new String(stat.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    assertThat(Long.parseLong(blocks.strip())).isGreaterThanOrEqualTo((8L << 20) / 512);
  }

  @Test
  void shouldSayThatThereIsNoRoom() throws IOException {
    segments.make(1, "secret", DOUBLES, 1, 1L << 50);

    assertThat(report()).startsWith("full 1: Expected room for 1125899906842624 bytes in ");
    assertThat(files()).isEmpty();
  }

  @Test
  void shouldSayWhatIsWrongWithItsFolder() {
    Segments elsewhere = next(folder.resolve("none"));

    elsewhere.make(1, "secret", DOUBLES, 1, 72);

    assertThat(report())
        .startsWith("failed 1: Expected to make a segment in ")
        .contains("not there");
    elsewhere.close();
  }

  @Test
  void shouldMarkTheHeaderForWhoHasItMapped() throws IOException {
    ByteBuffer bytes = mapped(made(1, 1));

    segments.mark(1, 3);
    settle();

    assertThat(bytes.getInt(44)).isEqualTo(3);
  }

  @Test
  void shouldTellWhoHasItMappedThatItIsRemoved() throws IOException {
    Path file = made(1, 1);
    ByteBuffer bytes = mapped(file);

    segments.remove(1);
    settle();

    assertThat(file).doesNotExist();
    assertThat(bytes.getInt(40)).isEqualTo(2);
    assertThatThrownBy(() -> located(1)).isInstanceOf(Refusal.class);
  }

  @Test
  void shouldMakeASegmentOnceHoweverOftenItIsAskedFor() throws IOException {
    Path file = made(1, 1);
    try (RandomAccessFile writer = new RandomAccessFile(file.toFile(), "rw")) {
      writer.seek(64);
      writer.writeLong(42);
    }

    assertThat(made(1, 1)).isEqualTo(file);
    assertThat(mapped(file).order(ByteOrder.BIG_ENDIAN).getLong(64)).isEqualTo(42);
  }

  // While the file system takes its time.

  @Test
  void shouldTellWhereOneIsWhileAnotherIsBeingMade() throws Exception {
    CountDownLatch isMaking = new CountDownLatch(1);
    CountDownLatch goesOn = new CountDownLatch(1);
    segments =
        next(
            folder,
            (file, text) -> {
              if (!segmentsThere().isEmpty()) { // It writes the record anew, for the second one.
                isMaking.countDown();
                awaited(goesOn);
              }
              Files.writeString(file, text);
            });
    Path file = made(1, 1);
    Files.delete(record());
    segments.make(2, "second", DOUBLES, 1, 72);
    awaited(isMaking);

    assertThat(located(1)).isEqualTo(file);

    assertThat(reports).isEmpty();
    goesOn.countDown();
    assertThat(report()).isEqualTo("made 2");
  }

  private List<Path> segmentsThere() throws IOException {
    return files().stream().filter(file -> !file.equals(record())).toList();
  }

  private static void awaited(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void shouldHoldUpNobodyWhileAFileCannotBeOpened() throws IOException {
    Path file = made(1, 1);
    CompletionStage<Path> asked;
    try (Lease held = Lease.of(file)) {
      asked = segments.locate(ref(1));

      held.awaitOpening();
      segments.make(2, "second", DOUBLES, 1, 72);
      assertThat(report()).isEqualTo("made 2");
      assertThat(asked.toCompletableFuture()).isNotDone();
    }

    assertThat(answer(asked)).isEqualTo(file);
  }

  @Test
  void shouldSayThatOneWasDeletedWhileOthersWereLookedAt() throws IOException {
    Path first = made(1, 1);
    made(2, 1);
    CompletionStage<Path> asked;
    CompletionStage<Path> deleted;
    try (Lease held = Lease.of(first)) {
      asked = segments.locate(ref(1));
      held.awaitOpening();
      deleted = segments.locate(ref(2));
      segments.remove(2);
      settle();
    }

    assertThatThrownBy(() -> answer(deleted)).hasMessageContaining("deleted");
    assertThat(answer(asked)).isEqualTo(first);
  }

  @Test
  void shouldRefuseWhoAskedWhenItEnds() throws Exception {
    Path first = made(1, 1);
    made(2, 1);
    Thread end = new Thread(segments::close);
    try (Lease held = Lease.of(first)) {
      CompletionStage<Path> looking = segments.locate(ref(1));
      held.awaitOpening();
      CompletionStage<Path> waiting = segments.locate(ref(2));

      end.start();

      assertThatThrownBy(() -> answer(looking)).hasMessageContaining("shutting down");
      assertThatThrownBy(() -> answer(waiting)).hasMessageContaining("shutting down");
      assertThatThrownBy(() -> located(1)).hasMessageContaining("shutting down");
    }
    end.join();
    assertThat(files()).isEmpty();
  }

  // What others do to it.

  @Test
  void shouldSayThatItIsGone() throws IOException {
    Files.delete(made(1, 1));

    assertThatThrownBy(() -> located(1)).hasMessageContaining("somebody removed");
    segments.mark(1, 1);
    segments.remove(1);
    settle();
    assertThatThrownBy(() -> located(1)).hasMessageContaining("deleted");
  }

  @Test
  void shouldSayThatItIsShorter() throws IOException {
    Path file = made(1, 8);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(70);
    }

    assertThatThrownBy(() -> located(1)).hasMessageContaining("shorter");
    segments.remove(1);
    settle();
    assertThat(file).doesNotExist();
  }

  @Test
  void shouldLeaveAnotherFileAloneThatLiesInItsPlace() throws IOException {
    Path file = made(1, 1);
    Path kept = Files.move(file, folder.resolve("kept")); // So that its number is not given again.
    byte[] magic = "POLYPROC".getBytes(StandardCharsets.US_ASCII);
    byte[] foreign = Arrays.copyOf(magic, 64 + 8); // As long as the segment.
    Files.write(file, foreign);

    assertThatThrownBy(() -> located(1)).hasMessageContaining("another one there");
    segments.mark(1, 1);
    segments.remove(1);
    settle();

    assertThat(file).hasBinaryContent(foreign);
    assertThat(kept).exists();
  }

  // What cannot be looked at.

  /** A folder that the system cannot get into for a while, with what is in it. */
  private final class Closed implements AutoCloseable {
    private final Path shut;
    private final Path kept;

    Closed(Path shut) throws IOException {
      this.shut = shut;
      kept = Files.move(shut, home.resolve("kept"));
      Files.createSymbolicLink(shut, shut);
    }

    @Override
    public void close() throws IOException {
      Files.delete(shut);
      Files.move(kept, shut);
    }
  }

  @Test
  void shouldNotSayThatItIsGoneWhereItCannotBeLookedAt() throws IOException {
    Path file = made(1, 1);
    made(2, 1);

    try (Closed unused = new Closed(folder)) {
      assertThatThrownBy(() -> located(1)).hasCauseInstanceOf(UncheckedIOException.class);
      segments.remove(2);
      assertThatThrownBy(this::lookUntilItIsRemoved).hasMessageContaining("deleted");
    }

    assertThat(located(1)).isEqualTo(file);
  }

  /** Another thread removes it, a moment later. */
  private void lookUntilItIsRemoved() {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (System.nanoTime() < until) {
      try {
        located(2);
      } catch (CompletionException cannotBeLookedAt) {
        Thread.onSpinWait();
      }
    }
  }

  @Test
  void shouldMarkTheHeaderWhenItCanBeOpenedAgain() throws IOException {
    ByteBuffer bytes = mapped(made(1, 1));
    try (Closed unused = new Closed(folder)) {
      segments.mark(1, 2);
      segments.mark(1, 3);
      segments.tryAgain();
      segments.make(2, "after", DOUBLES, 1, 72);
      assertThat(report()).startsWith("failed 2: ");
    }
    assertThat(bytes.getInt(44)).isZero();

    segments.tryAgain();

    settle();
    assertThat(bytes.getInt(44)).isEqualTo(3);
    segments.close();
    segments.tryAgain(); // Nothing is left.
  }

  @Test
  void shouldRemoveWhatItCouldNotWhenItCanBeOpenedAgain() throws IOException {
    Path file = made(1, 1);
    ByteBuffer bytes = mapped(file);
    leave(1);
    assertThat(file).exists();

    segments.tryAgain();

    settle();
    assertThat(file).doesNotExist();
    assertThat(bytes.getInt(40)).isEqualTo(2);
  }

  @Test
  void shouldRemoveAtItsEndWhatItCouldNotBefore() throws IOException {
    made(1, 1);
    leave(1);

    segments.close();

    assertThat(files()).isEmpty();
    assertThat(record()).doesNotExist();
  }

  /** Removes one, which fails. */
  private void leave(long memory) throws IOException {
    try (Closed unused = new Closed(folder)) {
      segments.remove(memory);
      segments.make(2, "after", DOUBLES, 1, 72);
      assertThat(report()).startsWith("failed 2: ");
    }
  }

  /** Of what is removed meanwhile, or is not whole any more, nobody is told. */
  @Test
  void shouldMarkNothingThatWentMeanwhile() throws IOException {
    Path cut = made(1, 1);
    ByteBuffer removed = mapped(made(2, 1));
    try (Closed unused = new Closed(folder)) {
      segments.mark(1, 1);
      segments.mark(2, 1);
      segments.make(3, "after", DOUBLES, 1, 72);
      assertThat(report()).startsWith("failed 3: ");
    }
    segments.remove(2);
    byte[] foreign = new byte[72];
    Files.write(cut, foreign);

    segments.tryAgain();

    settle();
    assertThat(cut).hasBinaryContent(foreign);
    assertThat(removed.getInt(44)).isZero();
  }

  // Its end.

  @Test
  void shouldLeaveNothingAtItsEnd() throws IOException {
    ByteBuffer bytes = mapped(made(1, 1));
    made(2, 1);
    assertThat(record()).exists();

    segments.close();

    assertThat(files()).isEmpty();
    assertThat(record()).doesNotExist();
    assertThat(bytes.getInt(40)).isEqualTo(2);
  }

  @Test
  void shouldRemoveWhatADaemonLeftThatWasKilled() throws IOException {
    ByteBuffer bytes = mapped(made(1, 1));
    made(2, 1);
    Path foreign = Files.createFile(folder.resolve("polyproc-0123456789abcdef-foreign"));

    Segments after = next(home); // In another folder, even.

    assertThat(files()).containsExactly(foreign);
    assertThat(record()).doesNotExist();
    assertThat(bytes.getInt(40)).isEqualTo(2);
    after.close();
  }

  @Test
  void shouldRemoveNothingByARecordThatIsNone() throws IOException {
    Path kept = Files.createFile(folder.resolve("kept"));
    for (String record : List.of("", "/", folder + "/", folder + "/kept", "polyproc-")) {
      Files.writeString(record(), record);

      next(folder).close();

      assertThat(kept).exists();
    }
  }

  @Test
  void shouldWriteItselfDownWhateverLiesThere() throws IOException {
    Files.writeString(record(), "garbage");
    Segments first = next(folder);
    first.make(5, "secret", DOUBLES, 1, 72);
    assertThat(report()).isEqualTo("made 5");

    next(folder).close(); // The first was killed, say.

    assertThat(files()).isEmpty();
    first.close();
  }

  @Test
  void shouldMakeNoneThatTheNextDaemonCouldNotFind() throws IOException {
    Files.createDirectories(record().resolve("below"));
    Segments blind = next(folder);

    blind.make(5, "secret", DOUBLES, 1, 72);

    assertThat(report()).startsWith("failed 5: Expected to write to " + record() + " how");
    assertThat(files()).isEmpty();
    blind.close();
  }

  /** It is the folder of the socket that has none, and not that of the segments. */
  @Test
  void shouldNotTakeAFullDiskBesideTheSocketForItsFolder() {
    Segments full =
        next(
            folder,
            (file, text) -> {
              throw new IOException("No space left on device");
            });

    full.make(5, "secret", DOUBLES, 1, 72);

    assertThat(report())
        .startsWith("failed 5: Expected to write to " + record() + " how")
        .contains("No space left on device");
    full.close();
  }

  /** A program that runs cannot be written to, so that nothing can say in it that it is removed. */
  @Test
  void shouldRemoveTheOthersWhereOneCannotBe() throws Exception {
    for (int i = 1; i <= 20; i++) {
      made(i, 1);
    }
    String beginning = Files.readString(record()).strip();
    Path busy = Files.copy(Path.of("/bin/sleep"), Path.of(beginning + "busy"));
    Process running = new ProcessBuilder(busy.toString(), "600").start();
    try {
      assumeTrue(cannotBeWritten(busy), "this system lets programs that run be written to");
      Segments after = next(folder);

      assertThat(files()).containsExactly(busy);
      Files.delete(record());
      after.keep();
      assertThat(Files.readString(record())).isEqualTo(beginning + "\n");
      after.close();
    } finally {
      running.destroyForcibly().waitFor();
    }
    next(folder).close();
    assertThat(files()).isEmpty();
    assertThat(record()).doesNotExist();
  }

  private static boolean cannotBeWritten(Path file) {
    try {
      FileChannel.open(file, StandardOpenOption.WRITE).close();
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  @Test
  void shouldWriteItselfDownAgainWhenThatWasRemoved() throws IOException {
    made(1, 1);
    Files.delete(record());

    segments.keep();

    assertThat(record()).exists();
  }

  /** Where a system gives the number of a file to the next one, what is in it tells. */
  @Test
  void shouldLeaveAloneWhatHasTakenItsNumber() throws IOException {
    Path file = made(1, 1);
    Files.write(file, new byte[72]); // The same file, but no segment.

    assertThatThrownBy(() -> located(1)).hasMessageContaining("another one there");
    segments.remove(1);
    settle();

    assertThat(file).hasBinaryContent(new byte[72]);
  }
}
