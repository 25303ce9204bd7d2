package dev.polyproc.broken.engine;

/** Asks for the time and for chance. */
final class Gambler {
  double luck() {
    return System.nanoTime() * Math.random();
  }
}
