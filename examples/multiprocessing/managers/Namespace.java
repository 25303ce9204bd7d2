package managers;

import dev.polyproc.client.PolyNamespace;
import dev.polyproc.client.Polyproc;
import processes.JavaProcess;

/** A process changes the attributes of a namespace that it shares with its parent. */
final class Namespace {
  private Namespace() {}

  /** What the process does. */
  static final class Change {
    private Change() {}

    public static void main(String[] none) {
      try (Polyproc polyproc = Polyproc.connect()) {
        PolyNamespace namespace = polyproc.namespace("point");
        namespace.add("x", 5, null); // in one step
        namespace.set("y", namespace.get("y", Long.class) * 10);
      }
    }
  }

  public static void main(String[] none) throws Exception {
    try (Polyproc polyproc = Polyproc.connect()) {
      PolyNamespace namespace = polyproc.namespace("point");
      namespace.set("x", 1L);
      namespace.set("y", 1L);
      System.out.println("before " + namespace.attributes());
      JavaProcess.start(Change.class).waitFor();
      System.out.println("after " + namespace.attributes());
      polyproc.delete("point");
    }
  }
}
