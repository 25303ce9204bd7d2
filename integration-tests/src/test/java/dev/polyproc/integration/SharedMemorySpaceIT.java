package dev.polyproc.integration;

import static dev.polyproc.integration.Requests.createMemory;
import static dev.polyproc.integration.Requests.locate;
import static dev.polyproc.v1.ElementType.ELEMENT_TYPE_INT64;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_LIMIT_REACHED;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_NO_SPACE;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_SEGMENT_FAILED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.polyproc.v1.AdminDeleteRequest;
import dev.polyproc.v1.SessionEndRequest;
import dev.polyproc.v1.SharedMemoryAddWriterRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Segments where there is not room for all: in a full folder, and at the limit. */
@Timeout(120)
final class SharedMemorySpaceIT {
  private static final int MIB = 1 << 20;

  /** So many elements of 8 bytes are a megabyte. */
  private static final int LENGTH = MIB / 8;

  @RegisterExtension final OwnDaemons daemons = new OwnDaemons();

  @TempDir Path folder;

  @TempDir Path locales;

  private boolean mounted;

  @AfterEach
  void unmount() throws Exception {
    if (mounted) { // Lazily: what a test has mapped is unmapped when it is collected.
      assertThat(run("umount", "-l", folder.toString())).isZero();
    }
  }

  private static int run(String... command) throws IOException, InterruptedException {
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }

  private void mount(String kind, String options) throws Exception {
    mounted = run("mount", "-t", kind, "-o", options, "none", folder.toString()) == 0;
    assumeTrue(mounted, "mounting is not allowed here");
  }

  private DaemonProcess daemon(String... flags) {
    return daemons.start(
        Launch.inPrivateFolder().flags("--memory-folder", folder.toString()).flags(flags));
  }

  private static void create(Client client, String memory, int length) {
    var unused = client.memories().create(createMemory(memory, ELEMENT_TYPE_INT64, length));
  }

  private static void delete(Client client, String memory) {
    var unused = client.admin().delete(AdminDeleteRequest.newBuilder().setObject(memory).build());
  }

  private long files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.count();
    }
  }

  @Test
  void shouldSayThatAFullFolderHasNoRoomAndHarmNobody() throws Exception {
    mount("tmpfs", "size=4m");
    try (Client client = Client.over(daemon().socket())) {
      create(client, "first", 2 * LENGTH);
      Segment first = Segment.at(Path.of(client.memories().locate(locate("first")).getPath()));

      Refusal refusal = Refusal.of(() -> create(client, "second", 2 * LENGTH));

      assertThat(refusal.reason()).isEqualTo(ERROR_REASON_NO_SPACE);
      assertThat(refusal.sentence())
          .contains("Expected room for 2097216 bytes in " + folder + ", but there is less");
      assertThat(files()).isEqualTo(1);
      for (int i = 0; i < 2 * LENGTH; i++) {
        first.set(i, i); // Its own room was taken before: nothing kills who writes.
      }
      delete(client, "first");
      create(client, "second", LENGTH); // What is mapped still keeps its room.
      assertThat(first.get(7)).as("what is mapped stays").isEqualTo(7);
    }
  }

  @Test
  void shouldBoundTheSpaceOfAllSegments() throws Exception {
    try (Client client = Client.over(daemon("--limit", "shared_memory_bytes=" + MIB).socket())) {
      create(client, "most", LENGTH - 8); // and the header

      Refusal refusal = Refusal.of(() -> create(client, "more", 1));

      assertThat(refusal.reason()).isEqualTo(ERROR_REASON_LIMIT_REACHED);
      assertThat(refusal.sentence()).contains("shared_memory_bytes");
      delete(client, "most");
      create(client, "more", 1);
    }
  }

  @Test
  void shouldSayThatItsFolderIsGone() throws Exception {
    Path below = Files.createDirectory(folder.resolve("below"));
    DaemonProcess daemon =
        daemons.start(Launch.inPrivateFolder().flags("--memory-folder", below.toString()));
    Files.delete(below);
    try (Client client = Client.over(daemon.socket())) {
      Refusal refusal = Refusal.of(() -> create(client, "lost", 1));

      assertThat(refusal.reason()).isEqualTo(ERROR_REASON_SEGMENT_FAILED);
      assertThat(refusal.sentence()).contains(below + ", but it is not there");
      Files.createDirectory(below);
      create(client, "lost", 1);
    }
  }

  /** It says that it has 0 of 0 bytes. */
  @Test
  void shouldTakeSpaceInAFolderOfNoSize() throws Exception {
    mount("ramfs", "mode=700");
    try (Client client = Client.over(daemon().socket())) {
      create(client, "endless", LENGTH);

      assertThat(files()).isEqualTo(1);
    }
  }

  @Test
  void shouldSayThatAFolderWithoutRoomForAFileHasNoRoom() throws Exception {
    mount("tmpfs", "size=4m,nr_inodes=2"); // one of them is the folder's
    try (Client client = Client.over(daemon().socket())) {
      create(client, "only", 1);

      assertThat(Refusal.reasonOf(() -> create(client, "further", 1)))
          .isEqualTo(ERROR_REASON_NO_SPACE);
    }
  }

  /** The system says so in the user's language. */
  @Test
  void shouldSayThatThereIsNoRoomForAFileInAnyLanguage() throws Exception {
    assumeTrue(speaksGerman(), "the system has no German");
    mount("tmpfs", "size=4m,nr_inodes=2");
    Launch launch = Launch.inPrivateFolder().flags("--memory-folder", folder.toString());
    String german =
        "export LANGUAGE=de LC_ALL=de_DE.UTF-8 LOCPATH='"
            + locales
            + "'; exec java -jar '%s' \"$@\"";
    DaemonProcess daemon =
        daemons.start(launch.through("sh", "-c", String.format(german, launch.jar())));
    try (Client client = Client.over(daemon.socket())) {
      create(client, "only", 1);

      assertThat(Refusal.reasonOf(() -> create(client, "further", 1)))
          .isEqualTo(ERROR_REASON_NO_SPACE);
    }
  }

  private boolean speaksGerman() throws Exception {
    String locale = locales.resolve("de_DE.UTF-8").toString();
    String script =
        "localedef -i de_DE -f UTF-8 \"$0\" && LANGUAGE=de LC_ALL=de_DE.UTF-8 LOCPATH=\"${0%/*}\""
            + " cat /no/such/file 2>&1 | grep Verzeichnis";
    return run("sh", "-c", script, locale) == 0;
  }

  /** What cannot be looked at is not gone. */
  @Test
  void shouldNotSayThatASegmentIsGoneThatItHasNoDescriptorFor() throws Exception {
    DaemonProcess daemon = daemon();
    try (Client client = Client.over(daemon.socket())) {
      create(client, "kept", 1);
      Client writer = client.newSession();
      Segment segment = Segment.at(Path.of(client.memories().locate(locate("kept")).getPath()));
      var added =
          writer
              .memories()
              .addWriter(SharedMemoryAddWriterRequest.newBuilder().setMemory("kept").build());
      assumeTrue(limitDescriptors(daemon, 4), "there is no prlimit here");

      Refusal refusal = Refusal.of(() -> client.memories().locate(locate("kept")));
      var ended = writer.sessions().end(SessionEndRequest.getDefaultInstance());

      assertThat(refusal.reason()).isEqualTo(ERROR_REASON_LIMIT_REACHED);
      assertThat(refusal.sentence())
          .startsWith("Expected to look at the file of 'kept', but that failed (")
          .contains("Too many open files), so that nobody knows whether it is there; try again");
      assertThat(Refusal.reasonOf(() -> create(client, "next", 1))) // It comes after the mark.
          .isEqualTo(ERROR_REASON_SEGMENT_FAILED);
      assertThat(segment.writersDied()).isZero();
      assertThat(limitDescriptors(daemon, 1_024)).isTrue();
      await().until(() -> segment.writersDied() == 1);
      assertThat(client.memories().locate(locate("kept")).getPath()).isNotEmpty();
    }
  }

  /** Nor is it when it is to be removed. */
  @Test
  void shouldRemoveLaterWhatItCouldNotRemoveForWantOfDescriptors() throws Exception {
    DaemonProcess daemon = daemon();
    try (Client client = Client.over(daemon.socket())) {
      create(client, "left", 1);
      assumeTrue(limitDescriptors(daemon, 4), "there is no prlimit here");

      delete(client, "left");

      Refusal refusal = Refusal.of(() -> create(client, "next", 1)); // It comes after the removal.
      assertThat(refusal.reason()).isEqualTo(ERROR_REASON_SEGMENT_FAILED);
      assertThat(files()).isEqualTo(1);
      assertThat(limitDescriptors(daemon, 1_024)).isTrue();
      await().until(() -> files() == 0);
    }
  }

  /** Those that it has open stay open. */
  private static boolean limitDescriptors(DaemonProcess daemon, int most) throws Exception {
    return run("prlimit", "--pid", Long.toString(daemon.pid()), "--nofile=" + most + ":") == 0;
  }

  /** Anybody could put a file of theirs in the place of a segment. */
  @Test
  void shouldMakeNoneWhereEverybodyMayReplaceFiles() throws Exception {
    Path open = Files.createDirectory(folder.resolve("open"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
    DaemonProcess daemon =
        daemons.start(Launch.inPrivateFolder().flags("--memory-folder", open.toString()));
    try (Client client = Client.over(daemon.socket())) {
      Refusal refusal = Refusal.of(() -> create(client, "exchanged", 1));

      assertThat(refusal.reason()).isEqualTo(ERROR_REASON_SEGMENT_FAILED);
      assertThat(refusal.sentence()).contains("make it sticky");
      assertThat(run("chmod", "+t", open.toString())).isZero();
      create(client, "exchanged", 1);
    }
  }
}
