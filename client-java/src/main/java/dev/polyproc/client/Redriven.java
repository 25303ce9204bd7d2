package dev.polyproc.client;

/**
 * What became of dead letters that were to go back to the queues that they come from.
 *
 * @param moved how many went back
 * @param stayed how many did not, as their queues are gone, closed or full, or have their unique
 *     keys
 */
public record Redriven(long moved, long stayed) {
  static final Redriven NONE = new Redriven(0, 0);

  Redriven and(Redriven other) {
    return new Redriven(moved + other.moved, stayed + other.stayed);
  }
}
