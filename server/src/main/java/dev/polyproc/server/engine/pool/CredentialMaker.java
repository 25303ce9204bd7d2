package dev.polyproc.server.engine.pool;

import java.util.Locale;

/**
 * Makes credentials out of one secret: one for each number, which tells nothing of the secret, nor
 * of any other. So what the engine starts by itself has credentials that all who apply the same
 * entries know, and nobody else does.
 *
 * <p>They are two SipHash-2-4 of the number, under a key that is made of the secret likewise.
 */
final class CredentialMaker {
  private static final int ROUNDS = 2;
  private static final int LAST_ROUNDS = 4;
  private static final long V0 = 0x736f6d6570736575L;
  private static final long V1 = 0x646f72616e646f6dL;
  private static final long V2 = 0x6c7967656e657261L;
  private static final long V3 = 0x7465646279746573L;

  private final long key0;
  private final long key1;

  CredentialMaker(String secret) {
    long[] words = new long[secret.length()];
    for (int i = 0; i < words.length; i++) {
      words[i] = secret.charAt(i);
    }
    this.key0 = hash(0, 0, words);
    this.key1 = hash(0, 1, words);
  }

  /** The credential of a number. */
  String of(long number) {
    return String.format(
        Locale.ROOT,
        "%016x%016x",
        hash(key0, key1, new long[] {number, 0}),
        hash(key0, key1, new long[] {number, 1}));
  }

  /** The SipHash-2-4 of whole words, the lowest byte of each first. */
  static long hash(long key0, long key1, long[] words) {
    long[] state = {key0 ^ V0, key1 ^ V1, key0 ^ V2, key1 ^ V3};
    for (long word : words) {
      mix(state, word);
    }
    mix(state, (long) words.length * Long.BYTES << (Long.SIZE - Byte.SIZE));
    state[2] ^= 0xff;
    for (int i = 0; i < LAST_ROUNDS; i++) {
      round(state);
    }
    return state[0] ^ state[1] ^ state[2] ^ state[3];
  }

  private static void mix(long[] state, long word) {
    state[3] ^= word;
    for (int i = 0; i < ROUNDS; i++) {
      round(state);
    }
    state[0] ^= word;
  }

  private static void round(long[] v) {
    v[0] += v[1];
    v[1] = Long.rotateLeft(v[1], 13) ^ v[0];
    v[0] = Long.rotateLeft(v[0], 32);
    v[2] += v[3];
    v[3] = Long.rotateLeft(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = Long.rotateLeft(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = Long.rotateLeft(v[1], 17) ^ v[2];
    v[2] = Long.rotateLeft(v[2], 32);
  }
}
