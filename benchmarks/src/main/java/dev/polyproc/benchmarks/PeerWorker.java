package dev.polyproc.benchmarks;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/**
 * The other end of a {@link PeerProcess}: reads lines of a task, how much of it is done at once and
 * the window's nanoseconds, does the task for so long, and answers each with a line of how often a
 * second. Ends when there are no more.
 */
final class PeerWorker {
  private PeerWorker() {}

  static <T extends Enum<T>> void serve(Class<T> tasks, Peer<T> peer) throws Exception {
    try (peer;
        var orders =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
      for (String order = orders.readLine(); order != null; order = orders.readLine()) {
        String[] words = order.split(" ");
        Load load = peer.load(Enum.valueOf(tasks, words[0]), Integer.parseInt(words[1]));
        System.out.println(load.perSecond(Long.parseLong(words[2])));
        peer.tidy();
      }
    }
  }
}
