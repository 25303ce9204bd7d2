package dev.polyproc.benchmarks;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/**
 * The process of a {@link TailLoader}: reads lines of a {@link TailLoad}, the part of its amounts
 * and nanoseconds, does rounds of the load until so much time is over, and answers each line.
 */
final class TailWorker {
  private TailWorker() {}

  static void serve(TailLoader loader) throws Exception {
    try (loader;
        var orders =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
      for (String order = orders.readLine(); order != null; order = orders.readLine()) {
        String[] words = order.split(" ");
        TailLoad load = TailLoad.valueOf(words[0]);
        int part = Integer.parseInt(words[1]);
        long until = System.nanoTime() + Long.parseLong(words[2]);
        do {
          loader.round(load, part);
        } while (System.nanoTime() - until < 0);
        System.out.println("done");
      }
    }
  }
}
