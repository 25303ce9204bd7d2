package dev.polyproc.server.memory;

import dev.polyproc.files.TrustedPath;
import dev.polyproc.server.memory.SegmentFiles.FileWriter;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Which files are segments of this daemon, or of one before it at the same socket: a file beside
 * the socket says how their names begin. It is there while there may be any.
 */
final class SegmentRecord {
  private static final int MARK_BYTES = 8;
  private static final Pattern BEGINNING = Pattern.compile("polyproc-[0-9a-f]{16}-");

  private final Path record;
  private final Path folder;
  private final FileWriter writer;
  private @Nullable String beginning;

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

  /** The path of a new segment, whose name nobody can guess; written down before it is made. */
  Path next(String secret) throws IOException {
    String begin = beginning;
    if (begin == null) {
      byte[] mark = new byte[MARK_BYTES];
      new SecureRandom().nextBytes(mark);
      begin = "polyproc-" + HexFormat.of().formatHex(mark) + "-";
      beginning = begin;
    }
    if (!Files.exists(record, LinkOption.NOFOLLOW_LINKS)) {
      writer.write(record, folder.resolve(begin) + "\n");
    }
    return folder.resolve(begin + secret);
  }

  /** Forgets: no segment is left. */
  void clear() throws IOException {
    if (beginning != null) {
      Files.deleteIfExists(record);
    }
  }

  /** Removes what a daemon that was killed has left. */
  void sweep() throws IOException {
    Path before = recorded();
    if (before == null) {
      return;
    }
    int swept = 0;
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(before.getParent(), before.getFileName() + "*")) {
      for (Path file : files) {
        if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
          remove(file);
          swept++;
        }
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      // With the folder went all that was in it.
    }
    Files.deleteIfExists(record);
    if (swept > 0) {
      LoggerFactory.getLogger(SegmentRecord.class)
          .info("Removed {} segments of shared memory that an earlier daemon left", swept);
    }
  }

  private @Nullable Path recorded() throws IOException {
    if (!Files.exists(record, LinkOption.NOFOLLOW_LINKS)) {
      return null;
    }
    TrustedPath.of(record, "remove it").requireFile();
    Path before = Path.of(Files.readString(record, StandardCharsets.UTF_8).strip());
    Path name = before.getFileName();
    if (!before.isAbsolute() || name == null || !BEGINNING.matcher(name.toString()).matches()) {
      throw new IOException(
          "Expected the beginning of the names of segments in " + record + ", but it has another");
    }
    return before;
  }

  /** Says to those who have mapped it that it goes, and removes it. */
  static void remove(Path file) throws IOException {
    try (FileChannel segment =
        FileChannel.open(
            file,
            Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS))) {
      if (Header.isAt(segment)) {
        Header.removed(segment);
      }
    } catch (NoSuchFileException e) {
      return;
    }
    Files.deleteIfExists(file);
  }
}
