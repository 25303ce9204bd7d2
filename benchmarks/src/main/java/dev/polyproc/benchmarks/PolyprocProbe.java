package dev.polyproc.benchmarks;

import dev.polyproc.client.PolyDict;
import dev.polyproc.client.Polyproc;

/** What a {@link Probe} calls of the daemon: a set of a dict. */
final class PolyprocProbe {
  private PolyprocProbe() {}

  /** {@code SOCKET}: the daemon's. */
  public static void main(String[] arguments) throws Exception {
    byte[] value = new byte[Peer.VALUE_BYTES];
    try (Polyproc polyproc = Polyproc.connect("unix:" + arguments[0])) {
      PolyDict<String, byte[]> dict = polyproc.dict("probe", String.class, byte[].class);
      ProbeWorker.serve(() -> dict.set("key", value));
    }
  }
}
