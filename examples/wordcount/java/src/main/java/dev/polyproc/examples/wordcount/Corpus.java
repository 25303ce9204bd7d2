package dev.polyproc.examples.wordcount;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.zip.GZIPInputStream;

/**
 * The text to count: files one after the other, plain or gzipped.
 *
 * @param text the files' bytes, a line end between two files
 * @param files how many files there are in it
 * @param unreadable how many could not be read
 * @param binary how many were left out because they are no text
 * @param surplus how many were left out because the limit was reached
 */
record Corpus(byte[] text, int files, int unreadable, int binary, int surplus) {
  /** A file with a zero byte near its beginning is no text. */
  private static final int SNIFFED_BYTES = 8192;

  /** Reads files and what is in folders, up to a number of bytes. Follows no links in folders. */
  static Corpus read(List<Path> roots, int limit) throws IOException {
    Walk walk = new Walk();
    for (Path root : roots) {
      if (!Files.exists(root)) {
        throw new NoSuchFileException(root.toString());
      }
      Files.walkFileTree(root.toRealPath(), walk);
    }
    // Always the same mixture, so that a limit does not stop at the letter c.
    List<Path> files = new ArrayList<>(walk.files);
    Collections.sort(files);
    Collections.shuffle(files, new Random(1));
    return new Reader(limit, walk.unreadable).read(files);
  }

  /** What was taken and what was not, in words. */
  String describe() {
    return String.format(
        "Text: %,.1f MB of %s%s%s%s.",
        text.length / 1e6,
        files == 1 ? "one file" : String.format("%,d files", files),
        surplus == 0 ? "" : String.format("; %,d more would be too much", surplus),
        binary == 0 ? "" : String.format("; %,d are no text", binary),
        unreadable == 0 ? "" : String.format("; %,d could not be read", unreadable));
  }

  /** Cuts the text into pieces of about this size, never within a word. */
  List<byte[]> chunks(int size) {
    List<byte[]> chunks = new ArrayList<>();
    int start = 0;
    while (start < text.length) {
      int end = (int) Math.min(text.length, (long) start + size);
      while (end < text.length && Words.isLetter(text[end])) {
        end++;
      }
      chunks.add(Arrays.copyOfRange(text, start, end));
      start = end;
    }
    return chunks;
  }

  private static final class Walk extends SimpleFileVisitor<Path> {
    final Set<Path> files = new LinkedHashSet<>();
    int unreadable;

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      if (attributes.isRegularFile()) {
        files.add(file);
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException failure) {
      unreadable++;
      return FileVisitResult.CONTINUE;
    }
  }

  private static final class Reader {
    private final int limit;
    private final ByteArrayOutputStream text = new ByteArrayOutputStream();
    private int files;
    private int unreadable;
    private int binary;
    private int surplus;

    Reader(int limit, int unreadable) {
      this.limit = limit;
      this.unreadable = unreadable;
    }

    Corpus read(List<Path> paths) {
      for (Path path : paths) {
        if (text.size() >= limit) {
          surplus++;
          continue;
        }
        try {
          add(content(path));
        } catch (IOException e) {
          unreadable++;
        }
      }
      return new Corpus(text.toByteArray(), files, unreadable, binary, surplus);
    }

    private byte[] content(Path path) throws IOException {
      // One byte more than there is room for shows that a file does not fit.
      int room = limit - text.size() + 1;
      try (InputStream file = new BufferedInputStream(Files.newInputStream(path));
          InputStream content =
              path.toString().endsWith(".gz") ? new GZIPInputStream(file) : file) {
        return content.readNBytes(room);
      }
    }

    private void add(byte[] content) {
      if (isBinary(content)) {
        binary++;
      } else if (content.length > limit - text.size()) {
        surplus++;
      } else {
        text.writeBytes(content);
        text.write('\n');
        files++;
      }
    }

    private static boolean isBinary(byte[] content) {
      for (int i = 0; i < Math.min(content.length, SNIFFED_BYTES); i++) {
        if (content[i] == 0) {
          return true;
        }
      }
      return false;
    }
  }
}
