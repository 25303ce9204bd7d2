package servers;

import dev.polyproc.client.Codec;
import dev.polyproc.client.PolyPipe;
import dev.polyproc.client.PolyPipeEnd;
import dev.polyproc.client.Polyproc;
import java.util.List;
import processes.JavaProcess;

/** A server that answers each line; 'exit' ends the connection. */
final class TextProtocol {
  private TextProtocol() {}

  /** What the process of a client does. */
  static final class Server {
    private Server() {}

    public static void main(String[] end) throws Exception {
      try (Polyproc polyproc = Polyproc.connect();
          PolyPipeEnd<String> connection = polyproc.pipeEnd(end[0], Codec.STRING)) {
        connection.send("ready");
        String message = connection.receive();
        while (message != null && !message.equals("exit")) {
          connection.send("Received: " + message);
          message = connection.receive();
        }
      }
    }
  }

  public static void main(String[] none) throws Exception {
    try (Polyproc polyproc = Polyproc.connect()) {
      PolyPipe<String> pipe = polyproc.pipe("client", Codec.STRING);
      Process server = JavaProcess.start(Server.class, pipe.second().name());
      pipe.first().receive(); // the server has its end, too
      pipe.second().close();
      for (String message : List.of("hello", "how are you", "exit")) {
        pipe.first().send(message);
        String answer = pipe.first().receive();
        System.out.println(answer == null ? "closed" : answer);
      }
      server.waitFor();
    }
  }
}
