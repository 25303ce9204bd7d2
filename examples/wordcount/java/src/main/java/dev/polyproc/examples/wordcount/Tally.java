package dev.polyproc.examples.wordcount;

import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What has been counted so far. A chunk counts once, however often it was done. */
final class Tally {
  private final Map<String, Long> words = new HashMap<>();
  private final Map<String, Integer> chunksByWorker = new TreeMap<>();
  private final Set<Long> chunks = new HashSet<>();
  private final Map<Long, Result> repeated = new LinkedHashMap<>();

  void add(long chunk, Result result) {
    if (result.attempt() > 1) {
      repeated.put(chunk, result);
    }
    if (chunks.add(chunk)) {
      result.words().forEach((word, count) -> words.merge(word, count, Long::sum));
      chunksByWorker.merge(result.worker(), 1, Integer::sum);
    }
  }

  /** How often each word occurs in the chunks that are done. */
  Map<String, Long> words() {
    return words;
  }

  /** How many chunks are done. */
  int chunks() {
    return chunks.size();
  }

  /** How many chunks each worker did. */
  Map<String, Integer> chunksByWorker() {
    return chunksByWorker;
  }

  /** Who did the most chunks. There is at least one. */
  String busiest() {
    return Collections.max(chunksByWorker.entrySet(), Map.Entry.comparingByValue()).getKey();
  }

  /** How many chunks each language did, in words. */
  static String perLanguage(Map<String, Integer> chunksByWorker) {
    Map<String, Integer> languages = new TreeMap<>();
    chunksByWorker.forEach(
        (worker, chunks) ->
            languages.merge(worker.substring(0, worker.lastIndexOf('-')), chunks, Integer::sum));
    return languages.entrySet().stream()
        .map(language -> language.getKey() + " " + language.getValue())
        .collect(Collectors.joining(", "));
  }

  /** The results of chunks that had to be handed out again, by the number of the chunk. */
  Map<Long, Result> repeated() {
    return repeated;
  }
}
