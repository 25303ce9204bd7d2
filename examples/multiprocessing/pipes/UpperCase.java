package pipes;

import dev.polyproc.client.Codec;
import dev.polyproc.client.PolyPipe;
import dev.polyproc.client.PolyPipeEnd;
import dev.polyproc.client.Polyproc;
import java.util.List;
import java.util.Locale;
import processes.JavaProcess;

/** A worker at the other end of a pipe, which answers what it is sent in upper case. */
final class UpperCase {
  private UpperCase() {}

  /** What the worker does. */
  static final class Worker {
    private Worker() {}

    public static void main(String[] end) throws Exception {
      try (Polyproc polyproc = Polyproc.connect();
          PolyPipeEnd<String> connection = polyproc.pipeEnd(end[0], Codec.STRING)) {
        String message = connection.receive();
        while (message != null && !message.equals("STOP")) {
          System.out.println("Received: " + message);
          connection.send(message.toUpperCase(Locale.ROOT));
          message = connection.receive();
        }
      }
    }
  }

  public static void main(String[] none) throws Exception {
    try (Polyproc polyproc = Polyproc.connect()) {
      PolyPipe<String> pipe = polyproc.pipe("letters", String.class);
      Process worker = JavaProcess.start(Worker.class, pipe.second().name());
      for (String word : List.of("hello", "world", "python")) {
        pipe.first().send(word);
        System.out.println(pipe.first().receive());
      }
      pipe.first().send("STOP");
      worker.waitFor();
    }
  }
}
