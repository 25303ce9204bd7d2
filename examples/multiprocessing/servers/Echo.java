package servers;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.polyproc.client.Codec;
import dev.polyproc.client.PolyPipe;
import dev.polyproc.client.PolyPipeEnd;
import dev.polyproc.client.Polyproc;
import java.util.List;
import processes.JavaProcess;

/**
 * A server with a process for each client. A JVM cannot hand a socket to another one, as Python
 * does; an end of a pipe goes anywhere.
 */
final class Echo {
  private Echo() {}

  /** What the process of a client does. */
  static final class Server {
    private Server() {}

    public static void main(String[] end) throws Exception {
      try (Polyproc polyproc = Polyproc.connect();
          PolyPipeEnd<byte[]> connection = polyproc.pipeEnd(end[0], Codec.of(byte[].class))) {
        byte[] received = connection.receive();
        while (received != null) {
          connection.send(received);
          received = connection.receive();
        }
      }
    }
  }

  public static void main(String[] none) throws Exception {
    try (Polyproc polyproc = Polyproc.connect()) {
      for (String word : List.of("one", "two", "three")) {
        PolyPipe<byte[]> pipe = polyproc.pipe("client-" + word, Codec.of(byte[].class));
        Process server = JavaProcess.start(Server.class, pipe.second().name());
        pipe.first().send(word.getBytes(UTF_8));
        System.out.println(new String(pipe.first().receive(), UTF_8));
        pipe.first().close(); // which the server receives as the end of the file
        server.waitFor();
        pipe.second().close();
      }
    }
  }
}
