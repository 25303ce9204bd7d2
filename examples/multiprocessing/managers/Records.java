package managers;

import dev.polyproc.client.Codec;
import dev.polyproc.client.PolyList;
import dev.polyproc.client.Polyproc;
import java.util.List;
import processes.JavaProcess;

/** A list of records, to which one process appends, and which another prints. */
final class Records {
  private Records() {}

  /** What travels: to Python it is {@code {"name": "Maths", "score": 9}}. */
  record Score(String name, int score) {}

  private static PolyList<Score> records(Polyproc polyproc) {
    return polyproc.list("records", Codec.of(Score.class));
  }

  /** What the first process does. */
  static final class Insert {
    private Insert() {}

    public static void main(String[] none) {
      try (Polyproc polyproc = Polyproc.connect()) {
        records(polyproc).add(new Score("English", 3));
        System.out.println("A New record is added\n");
      }
    }
  }

  /** What the second does. */
  static final class Print {
    private Print() {}

    public static void main(String[] none) {
      try (Polyproc polyproc = Polyproc.connect()) {
        for (Score record : records(polyproc)) {
          System.out.println("Name: " + record.name() + "\nScore: " + record.score() + "\n");
        }
      }
    }
  }

  public static void main(String[] none) throws Exception {
    try (Polyproc polyproc = Polyproc.connect()) {
      records(polyproc)
          .addAll(
              List.of(new Score("Computers", 1), new Score("History", 5), new Score("Maths", 9)));
      JavaProcess.start(Insert.class).waitFor();
      JavaProcess.start(Print.class).waitFor();
      polyproc.delete("records");
    }
  }
}
