package files;

import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import processes.JavaProcess;

/** A process that reads a file which is not there: it says so, and ends in order. */
final class SafeRead {
  private SafeRead() {}

  /** The first process. */
  static final class Read {
    private Read() {}

    public static void main(String[] path) {
      try (FileInputStream file = new FileInputStream(path[0])) {
        file.transferTo(System.out);
      } catch (IOException e) {
        System.out.println("IOException during file reading: " + e.getMessage());
      }
    }
  }

  /** The second. */
  static final class Write {
    private Write() {}

    public static void main(String[] path) {
      try (FileOutputStream file = new FileOutputStream(path[0])) {
        file.write('x');
      } catch (IOException e) {
        System.out.println("IOException during file writing: " + e.getMessage());
      }
    }
  }

  public static void main(String[] none) throws Exception {
    String path = "no-such-folder/example.txt";
    System.out.println("exit code " + JavaProcess.start(Read.class, path).waitFor());
    System.out.println("exit code " + JavaProcess.start(Write.class, path).waitFor());
  }
}
