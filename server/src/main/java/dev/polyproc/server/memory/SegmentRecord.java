package dev.polyproc.server.memory;

import dev.polyproc.files.TrustedPath;
import dev.polyproc.server.memory.SegmentFiles.FileWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which files are segments of this daemon, or of one before it at the same socket: a file beside
 * the socket has a line for each of these daemons, which says how the paths of its segments begin.
 * It is there while there may be any. Thread-safe.
 */
final class SegmentRecord {
  private static final int MARK_BYTES = 8;
  private static final Pattern BEGINNING = Pattern.compile("polyproc-[0-9a-f]{16}-");

  private final Path record;
  private final Path folder;
  private final FileWriter writer;

  /** How the paths of earlier daemons' segments begin, of which some could not be removed. */
  private final List<Path> earlier = new ArrayList<>();

  /** How the paths of this daemon's segments begin; null while nothing is written down. */
  private @Nullable Path own;

  /**
   * The record of a daemon.
   *
   * @param record the file beside the socket
   * @param folder where its segments are to be
   */
  SegmentRecord(Path record, Path folder, FileWriter writer) {
    this.record = record;
    this.folder = folder;
    this.writer = writer;
  }

  Path folder() {
    return folder;
  }

  /** The file beside the socket. */
  Path file() {
    return record;
  }

  /** The path of a new segment, whose name nobody can guess; written down before it is made. */
  synchronized Path next(String secret) throws IOException {
    Path beginning = own == null ? newBeginning() : own;
    if (own == null || !isThere()) {
      write(beginning + "\n");
      own = beginning;
    }
    return beginning.resolveSibling(beginning.getFileName() + secret);
  }

  private Path newBeginning() {
    byte[] mark = new byte[MARK_BYTES];
    new SecureRandom().nextBytes(mark); // Not at the start: it takes a while.
    return folder.resolve("polyproc-" + HexFormat.of().formatHex(mark) + "-");
  }

  /** Writes it again where somebody has removed it. */
  synchronized void keep() throws IOException {
    if ((own != null || !earlier.isEmpty()) && !isThere()) {
      write(own == null ? "" : own + "\n");
    }
  }

  /** No segment of this daemon is left. */
  synchronized void clear() throws IOException {
    if (own != null) {
      own = null;
      write("");
    }
  }

  private boolean isThere() {
    return Files.exists(record, LinkOption.NOFOLLOW_LINKS);
  }

  /** Writes the lines of earlier daemons and that of this one, if any. */
  private void write(String ownLine) throws IOException {
    StringBuilder lines = new StringBuilder();
    earlier.forEach(line -> lines.append(line).append('\n'));
    lines.append(ownLine);
    if (lines.length() == 0) {
      Files.deleteIfExists(record);
    } else {
      writer.write(record, lines.toString());
    }
  }

  /** Removes what daemons that were killed have left; what it cannot, the next one tries again. */
  synchronized void sweep() throws IOException {
    int swept = 0;
    for (Path beginning : recorded()) {
      Swept result = sweep(beginning);
      swept += result.count();
      IOException failure = result.failure();
      if (failure != null) {
        earlier.add(beginning);
        logger()
            .warn(
                "Segments of shared memory are left of an earlier daemon: {}", failure.toString());
      }
    }
    if (earlier.isEmpty()) {
      Files.deleteIfExists(record);
    }
    if (swept > 0) {
      logger().info("Removed {} segments of shared memory that an earlier daemon left", swept);
    }
  }

  /** How many files were removed, and why one could not be, if so. */
  private record Swept(int count, @Nullable IOException failure) {}

  /** One file that cannot be removed, such as another user's, keeps none of the others. */
  private static Swept sweep(Path beginning) {
    int count = 0;
    @Nullable IOException failure = null;
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(beginning.getParent(), beginning.getFileName() + "*")) {
      for (Path file : files) {
        if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
          try {
            Header.remove(file);
            count++;
          } catch (IOException e) {
            failure = e;
          }
        }
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      // With the folder went all that was in it.
    } catch (DirectoryIteratorException e) {
      failure = e.getCause();
    } catch (IOException e) {
      failure = e;
    }
    return new Swept(count, failure);
  }

  private List<Path> recorded() throws IOException {
    List<Path> beginnings = new ArrayList<>();
    if (isThere()) {
      TrustedPath.of(record, "remove it").requireFile();
      for (String line : Files.readString(record, StandardCharsets.UTF_8).split("\n")) {
        Path beginning = beginning(line);
        if (beginning != null) {
          beginnings.add(beginning);
        } else {
          logger().warn("Expected how names of segments begin in {}, but a line differs", record);
        }
      }
    }
    return beginnings;
  }

  private static @Nullable Path beginning(String line) {
    try {
      Path path = Path.of(line);
      Path name = path.getFileName();
      return path.isAbsolute() && name != null && BEGINNING.matcher(name.toString()).matches()
          ? path
          : null;
    } catch (InvalidPathException e) {
      return null;
    }
  }

  /** Made when there is something to say. */
  private static Logger logger() {
    return LoggerFactory.getLogger(SegmentRecord.class);
  }
}
