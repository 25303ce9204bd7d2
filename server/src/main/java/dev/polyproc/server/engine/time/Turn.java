package dev.polyproc.server.engine.time;

/**
 * How much of its work an entry does: a piece of about a millisecond, after which others have their
 * turn. What is left goes on in later entries.
 *
 * <p>It is counted, never measured, so that everybody who applies the same entries does the same. A
 * unit is what takes a microsecond or two, or less: one thing that is released, one call that is
 * told.
 */
public final class Turn {
  /** How many units an entry does at most, give or take what is done in one go. */
  public static final int PIECE = 1_024;

  /** So many short steps, of some ten nanoseconds each, are a unit. */
  private static final int STEPS = 16;

  /** An entry that found work left by others does this part for itself. */
  private static final int PARTS = 16;

  private final int piece;
  private int left;
  private long steps;

  public Turn(int piece) {
    this.piece = piece;
    this.left = piece;
  }

  public int piece() {
    return piece;
  }

  /** An entry begins. */
  public void begin() {
    left = piece;
  }

  /** An entry that is no tick goes on, while others have left work: it has a part of a turn. */
  public void beginShort() {
    left = Math.max(1, piece / PARTS);
  }

  /** Whether what is not done by now is for a later entry. */
  public boolean isOver() {
    return left <= 0;
  }

  /** Whether so many units more are within the turn. */
  public boolean hasRoomFor(int units) {
    return units <= left;
  }

  /** Some work is done. */
  public void spend(long units) {
    left -= (int) Math.min(units, piece);
    worked(units);
  }

  /** What is done in one go, whether the turn is over or not, takes so many units. */
  public void worked(long units) {
    steps += units * STEPS;
  }

  /** The same, counted in short steps: values that are looked at, or moved. */
  public void stepped(long more) {
    steps += more;
  }

  /** How many units all entries have taken: by that a log hands over between long ones. */
  public long work() {
    return steps / STEPS;
  }
}
