package dev.polyproc.modular;

import dev.polyproc.client.Codec;
import dev.polyproc.client.Delivery;
import dev.polyproc.client.Hold;
import dev.polyproc.client.PolyDict;
import dev.polyproc.client.PolyQueue;
import dev.polyproc.client.Polyproc;
import dev.polyproc.client.PolyprocException;
import dev.polyproc.modular.closed.Kept;
import dev.polyproc.v1.ErrorReason;
import java.util.LinkedHashMap;

/** Uses a daemon, and says what it did; then what it can see of the client's inside. */
public final class Main {
  /** A record that travels as a map. */
  record Job(String name, long amount) {}

  private Main() {}

  /** Takes the daemon's address. */
  public static void main(String[] arguments) throws Exception {
    try (Polyproc polyproc = Polyproc.connect(arguments[0])) {
      System.out.println("client in " + polyproc.getClass().getModule());
      PolyQueue<Job> jobs = polyproc.queue("jobs", Job.class);
      jobs.putAsync(new Job("a", 2)).get();
      PolyDict<String, Long> totals = polyproc.dict("totals", String.class, Long.class);
      try (Delivery<Job> job = jobs.reserve();
          Hold hold = polyproc.lock("deploy").acquire()) {
        totals.merge(job.item().name(), job.item().amount(), Long::sum);
        job.acknowledge();
      }
      System.out.println("totals " + new LinkedHashMap<>(totals));
      try {
        totals.add("a", Long.MAX_VALUE, null);
      } catch (PolyprocException e) {
        System.out.println("refused " + (e.reason() == ErrorReason.ERROR_REASON_VALUE_TOO_LARGE));
      }
    }
    try {
      Codec.of(Kept.class);
    } catch (IllegalArgumentException e) {
      System.out.println(e.getMessage());
    }
    look("dev.polyproc.client.internal.wire.Libraries");
  }

  /** A class that is there, and not for this module. */
  private static void look(String name) throws ReflectiveOperationException {
    Class<?> found = Class.forName(Polyproc.class.getModule(), name);
    try {
      found.getMethod("require").invoke(null);
      System.out.println("accessible " + name);
    } catch (IllegalAccessException e) {
      System.out.println("inaccessible " + name);
    }
  }
}
