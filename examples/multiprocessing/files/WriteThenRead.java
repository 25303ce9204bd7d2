package files;

import java.nio.file.Files;
import java.nio.file.Path;
import processes.JavaProcess;

/** A process writes a file, and when it has ended another reads it. */
final class WriteThenRead {
  private WriteThenRead() {}

  /** The first process. */
  static final class Writer {
    private Writer() {}

    public static void main(String[] arguments) throws Exception {
      Files.writeString(Path.of(arguments[0]), arguments[1]);
    }
  }

  /** The second. */
  static final class Reader {
    private Reader() {}

    public static void main(String[] path) throws Exception {
      System.out.println(Files.readString(Path.of(path[0])));
    }
  }

  public static void main(String[] none) throws Exception {
    Path path = Files.createTempFile("example", ".txt");
    JavaProcess.start(Writer.class, path, "Hello, multiprocessing!").waitFor();
    JavaProcess.start(Reader.class, path).waitFor();
    Files.delete(path);
  }
}
