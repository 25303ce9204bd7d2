package dev.polyproc.broken.internal.session;

import dev.polyproc.broken.Talkative;

/** Knows what users see. */
public final class Climber {
  public Object up() {
    return new Talkative().said();
  }
}
