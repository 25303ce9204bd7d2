package dev.polyproc.examples.wordcount;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Counts words: a word is the longest run of ASCII letters, in lower case. The workers of all
 * languages count by this rule, on bytes, so that no encoding can make a difference.
 */
final class Words {
  private Words() {}

  /** How often each word occurs. */
  static Map<String, Long> count(byte[] text) {
    Map<String, Long> counts = new HashMap<>();
    int start = 0;
    while (start < text.length) {
      int end = start;
      while (end < text.length && isLetter(text[end])) {
        end++;
      }
      if (end > start) {
        String word = new String(text, start, end - start, US_ASCII);
        counts.merge(word.toLowerCase(Locale.ROOT), 1L, Long::sum);
      }
      start = end + 1;
    }
    return counts;
  }

  /** Whether a byte is part of a word. */
  static boolean isLetter(byte b) {
    return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z');
  }
}
