package dev.polyproc.benchmarks;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The process of a {@link Probe}, which calls from one line that it reads to the next, and answers
 * that with its {@link Tail}.
 */
final class ProbeWorker {
  private ProbeWorker() {}

  static void serve(OneAtATime.Step call) throws Exception {
    Probe probe = new Probe(call);
    try (var orders =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
      while (orders.readLine() != null) {
        System.gc(); // what there is, now: its heap has room for all that is still to come
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
