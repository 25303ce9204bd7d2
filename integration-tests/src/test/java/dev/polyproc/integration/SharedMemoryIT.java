package dev.polyproc.integration;

import static dev.polyproc.integration.Requests.createMemory;
import static dev.polyproc.integration.Requests.locate;
import static dev.polyproc.v1.ElementType.ELEMENT_TYPE_FLOAT64;
import static dev.polyproc.v1.ElementType.ELEMENT_TYPE_INT32;
import static dev.polyproc.v1.ElementType.ELEMENT_TYPE_INT64;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_NOT_LOCAL;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_SEGMENT_LOST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.polyproc.integration.Participant.Outcome;
import dev.polyproc.v1.AdminDeleteRequest;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.SharedMemoryLocateResponse;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Segments of shared memory, mapped by programs that know nothing but docs/shared-memory.md, in
 * each language of examples/memory.
 */
@Timeout(120)
final class SharedMemoryIT {
  private static final int MILLION = 1_000_000;
  private static final int LENGTH = 10;

  @RegisterExtension static final SharedDaemon daemon = SharedDaemon.with();

  @RegisterExtension final Workplace workplace = new Workplace();

  private Client client;

  @BeforeEach
  void connect() {
    client = daemon.client();
  }

  @AfterEach
  void disconnect() {
    client.close();
  }

  private Path create(String memory, ElementType type, long length) {
    assertThat(client.memories().create(createMemory(memory, type, length)).getCreated()).isTrue();
    return Path.of(client.memories().locate(locate(memory)).getPath());
  }

  @Test
  void shouldTellWhereASegmentOfZerosIs() throws Exception {
    Path path = create("zeros", ELEMENT_TYPE_FLOAT64, LENGTH);

    SharedMemoryLocateResponse where = client.memories().locate(locate("zeros"));

    assertThat(where.getBytes()).isEqualTo(Files.size(path)).isEqualTo(64 + 8 * LENGTH);
    assertThat(where.getType()).isEqualTo(ELEMENT_TYPE_FLOAT64);
    assertThat(where.getLength()).isEqualTo(LENGTH);
    assertThat(where.getLock()).isEqualTo("zeros/lock");
    Segment segment = Segment.at(path);
    assertThat(segment.incarnation()).isEqualTo(where.getRef().getIncarnation());
    for (int i = 0; i < LENGTH; i++) {
      assertThat(segment.get(i)).isZero();
    }
    try (Client far = daemon.tcpClient()) {
      assertThat(Refusal.reasonOf(() -> far.memories().locate(locate("zeros"))))
          .isEqualTo(ERROR_REASON_NOT_LOCAL);
    }
  }

  /** What one writes, the next reads: Java, Python, Go, C, Rust, Node.js. */
  @Test
  void shouldPassAMillionNumbersFromLanguageToLanguage() throws Exception {
    for (Participant participant : Participant.values()) {
      assumeTrue(participant.isThere(), participant + " is not set up");
    }
    Path path = create("million", ELEMENT_TYPE_FLOAT64, MILLION);
    Segment segment = Segment.at(path);
    for (int i = 0; i < MILLION; i++) {
      segment.setDouble(i, i + 0.5);
    }

    assertThat(Participant.PYTHON.print(path, "negate")).isEmpty();

    // The sum of i + 0.5 for i below n is n * n / 2, which a double has exactly.
    assertThat(Double.parseDouble(Participant.GO.print(path, "sum"))).isEqualTo(-5e11);
    assertThat(Participant.C.print(path, "check", -0.5, -1))
        .isEqualTo("1000000 elements are as expected");
    assertThat(Participant.RUST.print(path, "get", MILLION - 1)).isEqualTo("-999999.5");
    assertThat(Participant.NODE.print(path, "get", MILLION / 2)).isEqualTo("-500000.5");
    assertThat(Participant.NODE.print(path, "check", -0.5, -1))
        .isEqualTo("1000000 elements are as expected");
    segment.setDouble(MILLION - 1, 1);
    assertThat(Participant.C.run(path, "check", -0.5, -1))
        .isEqualTo(new Outcome(1, "Expected -999999.5 as element 999999, but it is 1\n"));
  }

  @ParameterizedTest
  @EnumSource
  void shouldReadAndWriteFloats(Participant participant) throws Exception {
    Path path = create("floats/" + participant, ELEMENT_TYPE_FLOAT64, LENGTH);

    assertThat(participant.print(path, "describe"))
        .isEqualTo("FLOAT64, 10 elements, state 1, sequence 0, 0 writers died");
    assertThat(participant.print(path, "set", 9, 2.5)).isEmpty();
    assertThat(participant.print(path, "get", 9)).isEqualTo("2.5");
    assertThat(Segment.at(path).get(9)).isEqualTo(Double.doubleToRawLongBits(2.5));
    assertThat(participant.print(path, "negate")).isEmpty();
    assertThat(participant.print(path, "sum")).isEqualTo("-2.5");
    assertThat(participant.run(path, "check", 0, 0).printed())
        .matches("Expected 0(\\.0)? as element 9, but it is -2.5\n");
    assertThat(participant.run(path, "get", LENGTH))
        .isEqualTo(new Outcome(1, "Expected an index below 10, but it is 10\n"));
    assertThat(participant.run(path, "add", 0, 1, 1).printed())
        .matches("Expected (elements of INT64|a language with atomic steps).*, but .*\n");
  }

  @ParameterizedTest
  @EnumSource
  void shouldReadAndWriteWholeNumbers(Participant participant) throws Exception {
    Path path = create("numbers/" + participant, ELEMENT_TYPE_INT64, LENGTH);
    Segment segment = Segment.at(path);
    segment.set(0, Long.MAX_VALUE);
    segment.set(1, Long.MIN_VALUE + 1);

    assertThat(participant.print(path, "sum")).isEqualTo("0");
    assertThat(participant.print(path, "negate")).isEmpty();
    assertThat(segment.get(0)).isEqualTo(-Long.MAX_VALUE);
    assertThat(participant.print(path, "get", 1)).isEqualTo("9223372036854775807");
    for (int i = 0; i < LENGTH; i++) {
      segment.set(i, (1L << 60) - 7L * i);
    }
    assertThat(participant.print(path, "check", 1L << 60, -7))
        .isEqualTo("10 elements are as expected");
  }

  @ParameterizedTest
  @EnumSource
  void shouldAddInOneStepOrSayThatItCannot(Participant participant) throws Exception {
    Path path = create("added/" + participant, ELEMENT_TYPE_INT64, LENGTH);

    Outcome outcome = participant.run(path, "add", 2, 5, 3);

    if (participant.isAtomic()) {
      assertThat(outcome).isEqualTo(new Outcome(0, ""));
      assertThat(Segment.at(path).get(2)).isEqualTo(15);
    } else {
      assertThat(outcome.exit()).isEqualTo(1);
      assertThat(outcome.printed()).contains("but Python has none: take the segment's lock");
    }
  }

  /** What is wrong with a file, and what everybody says of it. */
  private enum Wrong {
    TYPE("Expected elements of INT64 (8) or FLOAT64 (11), but their type is 6"),
    VERSION("Expected version 1, but it is 2"),
    LENGTH("Expected 11 elements of 8 bytes after the header, but the file has 144 bytes"),
    SHORT("Expected 10 elements of 8 bytes after the header, but the file has 143 bytes"),
    LONG("Expected 10 elements of 8 bytes after the header, but the file has 152 bytes"),
    NO_HEADER("Expected a header of 64 bytes, but the file has 63"),
    EMPTY("Expected a header of 64 bytes, but the file has 0"),
    REMOVED("Expected a segment that is in use (1), but its state is 2"),
    FOREIGN("Expected a segment, which begins with POLYPROC, but it is another file");

    private final String sentence;

    Wrong(String sentence) {
      this.sentence = sentence;
    }

    void make(Path path) throws IOException {
      switch (this) {
        case TYPE -> Segment.at(path).spoil(12, ELEMENT_TYPE_INT32.getNumber());
        case VERSION -> Segment.at(path).spoil(8, 2);
        case LENGTH -> Segment.at(path).spoil(16, 11);
        case SHORT -> resize(path, 143);
        case LONG -> resize(path, 152);
        case NO_HEADER -> resize(path, 63);
        case EMPTY -> resize(path, 0);
        case REMOVED -> Segment.at(path).spoil(40, 2);
        case FOREIGN -> Files.writeString(path, "#!/bin/sh\n".repeat(20));
      }
    }
  }

  /** Changes the size as nobody should: of a copy that nobody has mapped. */
  private static void resize(Path path, int bytes) throws IOException {
    byte[] content = Files.readAllBytes(path);
    Files.write(path, Arrays.copyOf(content, bytes));
  }

  @ParameterizedTest
  @EnumSource
  void shouldRefuseWhatIsNotAsItShouldBe(Participant participant) throws Exception {
    Path path = create("right/" + participant, ELEMENT_TYPE_FLOAT64, LENGTH);
    Path copy = workplace.folder().resolve("copy");
    for (Wrong wrong : Wrong.values()) {
      Path unused = Files.copy(path, copy, StandardCopyOption.REPLACE_EXISTING);
      wrong.make(copy);

      assertThat(participant.run(copy, "sum"))
          .as("%s", wrong)
          .isEqualTo(new Outcome(1, wrong.sentence + "\n"));
    }
    Files.delete(copy);
    assertThat(participant.run(copy, "sum").printed())
        .startsWith("Expected a segment at " + copy + ", but it cannot be opened: ")
        .hasLineCount(1);
    assertThat(participant.run(path, "sum").exit()).isZero();
  }

  /** How somebody spoils a segment behind the daemon's back. */
  private enum Loss {
    REMOVED,
    REPLACED,
    CUT,
    LENGTHENED
  }

  @ParameterizedTest
  @EnumSource
  void shouldTellThatASegmentIsLost(Loss loss) throws Exception {
    String memory = "lost/" + loss;
    Path path = create(memory, ELEMENT_TYPE_INT64, LENGTH);
    switch (loss) {
      case REMOVED -> Files.delete(path);
      case REPLACED -> {
        byte[] content = Files.readAllBytes(path);
        Files.delete(path);
        Files.write(path, content);
      }
      case CUT -> {
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
          FileChannel unused = file.truncate(64);
        }
      }
      case LENGTHENED -> Files.write(path, new byte[1], StandardOpenOption.APPEND);
    }

    Refusal refusal = Refusal.of(() -> client.memories().locate(locate(memory)));

    assertThat(refusal.reason()).isEqualTo(ERROR_REASON_SEGMENT_LOST);
    delete(memory);
    assertThat(create(memory, ELEMENT_TYPE_INT64, LENGTH)).exists();
  }

  @Test
  void shouldServeOthersWhileTheFileOfASegmentCannotBeOpened() throws Exception {
    Path path = create("slow", ELEMENT_TYPE_INT64, LENGTH);
    Future<SharedMemoryLocateResponse> asked;
    try (Lease lease = Lease.of(path)) {
      asked = client.memoriesLater().locate(locate("slow"));
      lease.awaitOpening();

      assertThat(
              client
                  .memories()
                  .create(createMemory("next", ELEMENT_TYPE_INT64, LENGTH))
                  .getCreated())
          .isTrue();

      assertThat(asked).isNotDone();
    }
    assertThat(Later.get(asked).getPath()).isEqualTo(path.toString());
  }

  private void delete(String memory) {
    var unused = client.admin().delete(AdminDeleteRequest.newBuilder().setObject(memory).build());
  }

  @Test
  void shouldRemoveTheFileOfWhatIsDeletedAndTellWhoHasMappedIt() throws Exception {
    Path path = create("deleted", ELEMENT_TYPE_INT64, LENGTH);
    Segment mapped = Segment.at(path);
    assertThat(mapped.state()).isEqualTo(1);
    mapped.set(3, 33);

    delete("deleted");

    await().until(() -> mapped.state() == 2 && !Files.exists(path));
    assertThat(mapped.get(3)).as("what is mapped stays").isEqualTo(33);
    assertThat(Refusal.reasonOf(() -> client.memories().locate(locate("deleted"))))
        .isEqualTo(ERROR_REASON_OBJECT_NOT_FOUND);
    assertThat(Segment.at(create("deleted", ELEMENT_TYPE_INT64, LENGTH)).get(3)).isZero();
  }

  @Test
  void shouldRunEveryCommandOfTheExamples() throws Exception {
    assumeTrue(Grpcurl.find().isPresent(), "grpcurl is not installed");
    for (Participant participant : Participant.values()) {
      assumeTrue(participant.isThere(), participant + " is not set up");
    }
    Path stubs = Launch.root().resolve("examples/wordcount/python/stubs");
    Path python = Launch.root().resolve(".tools/python/bin/python");
    assumeTrue(Files.isExecutable(python) && Files.isDirectory(stubs), "Python is not set up");
    workplace
        .replace("/tmp/polyproc-$(id -u)/polyproc.sock", daemon.get().socket())
        .environment("POLYPROC_ADDRESS", "unix:" + daemon.get().socket())
        .environment("PYTHONPATH", stubs + ":" + Launch.root().resolve("examples/memory/python"));
    Document page = Document.at("examples/memory/README.md");
    assertThat(page.languages()).containsExactlyInAnyOrder("sh", "python");
    assertThat(page.blocks("python")).hasSize(1);
    Path program = workplace.write("moves_one.py", page.blocks("python").get(0));

    String move = python + " " + program + " \"$path\"\n";

    String printed = workplace.shell(String.join("\n", page.blocks("sh")) + "\n" + move + move);

    assertThat(printed)
        .contains("\"bytes\": \"8064\"", "\"lock\": \"quotes/lock\"")
        .contains("}\n101.5\n-101.5\nFLOAT64, 1000 elements, state 1, sequence 0, 0 writers died\n")
        .endsWith(
            "}\n400000\n"
                + "elements 1 and 2 are 1 -1 at sequence 2\n"
                + "elements 1 and 2 are 2 -2 at sequence 4\n");
    Path path = Path.of(client.memories().locate(locate("shared-hits")).getPath());
    Segment segment = Segment.at(path);
    segment.spoil(32, 5); // As a writer leaves it that died in the midst.
    segment.set(1, 3);

    assertThat(workplace.shell("path=" + path + "\n" + move))
        .isEqualTo("elements 1 and 2 are 1 -1 at sequence 8\n");
  }
}
