package dev.polyproc.integration;

import java.util.Random;

/** Bytes that are no request, or hardly one. */
final class Garbage {
  private Garbage() {}

  /** Random bytes, or a few fields of random numbers and lengths that look like a message. */
  static byte[] bytes(Random random) {
    byte[] bytes = new byte[random.nextInt(random.nextBoolean() ? 8 : 200)];
    random.nextBytes(bytes);
    if (random.nextBoolean()) {
      for (int i = 0; i + 1 < bytes.length; i += 2 + random.nextInt(6)) {
        bytes[i] = (byte) ((1 + random.nextInt(6)) << 3 | random.nextInt(6));
        bytes[i + 1] = (byte) random.nextInt(6);
      }
    }
    return bytes;
  }
}
