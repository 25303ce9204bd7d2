package dev.polyproc.benchmarks;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The process of a {@link Probe}: reads a line of how often a second it calls, does so until the
 * next line, and answers that with its {@link Tail}.
 */
final class ProbeWorker {
  private ProbeWorker() {}

  static void serve(OneAtATime.Step call) throws Exception {
    try (var orders =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
      for (String order = orders.readLine(); order != null; order = orders.readLine()) {
        Probe probe = new Probe(call, Integer.parseInt(order));
        System.gc(); // now: its heap has room for all that is still to come
        System.out.println("begins");
        AtomicBoolean goesOn = new AtomicBoolean(true);
        CompletableFuture<Tail> tail = CompletableFuture.supplyAsync(() -> run(probe, goesOn));
        var unused = orders.readLine();
        goesOn.set(false);
        System.out.println(tail.get().toLine());
      }
    }
  }

  private static Tail run(Probe probe, AtomicBoolean goesOn) {
    try {
      return probe.run(goesOn::get);
    } catch (Exception e) {
      throw new CompletionException(e);
    }
  }
}
