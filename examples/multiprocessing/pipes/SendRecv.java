package pipes;

import dev.polyproc.client.Codec;
import dev.polyproc.client.PolyPipe;
import dev.polyproc.client.PolyPipeEnd;
import dev.polyproc.client.Polyproc;
import java.util.List;
import processes.JavaProcess;

/** A pipe from a child: null is received when nobody has its other end any more. */
final class SendRecv {
  private SendRecv() {}

  /** What the child does. */
  static final class Child {
    private Child() {}

    public static void main(String[] end) throws Exception {
      try (Polyproc polyproc = Polyproc.connect();
          PolyPipeEnd<Object> connection = polyproc.pipeEnd(end[0], Codec.ANY)) {
        connection.send(List.of(42L, Codec.NULL, "hello"));
      }
    }
  }

  public static void main(String[] none) throws Exception {
    try (Polyproc polyproc = Polyproc.connect()) {
      PolyPipe<Object> pipe = polyproc.pipe("answers");
      Process child = JavaProcess.start(Child.class, pipe.second().name());
      System.out.println(pipe.first().receive());
      pipe.second().close(); // the child had it, too
      System.out.println(pipe.first().receive());
      child.waitFor();
    }
  }
}
