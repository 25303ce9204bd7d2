package dev.polyproc.examples.wordcount;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import dev.polyproc.client.Codec;
import dev.polyproc.client.PolyDict;
import dev.polyproc.client.PolyEvent;
import dev.polyproc.client.PolyQueue;
import dev.polyproc.client.Polyproc;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Has the daemon start workers of all languages, shares a text out between them, kills one of them
 * in the middle, and checks what they counted against a count by this process alone.
 */
final class Demo {
  private static final int WORKERS_EACH = 2;
  private static final int SAMPLE_BYTES = 48 << 20;
  private static final int LARGEST_CHUNK = 64 << 10;
  private static final int FEWEST_CHUNKS = 100;
  private static final int TOP = 10;
  private static final long START_SECONDS = 60;
  private static final long LOOK_MILLIS = 100;

  private final Polyproc polyproc;
  private final Observer observer;
  private final PolyQueue<Chunk> queue;
  private final PolyDict<Long, Result> counts;
  private final PolyEvent start;
  private final Tally tally = new Tally();
  private @Nullable Sabotage sabotage;

  private Demo(Polyproc polyproc, Observer observer) {
    this.polyproc = polyproc;
    this.observer = observer;
    this.queue = polyproc.queue(Worker.CHUNKS, Chunk.CODEC);
    this.start = polyproc.event(Worker.START);
    this.counts = polyproc.dict(Worker.COUNTS, Codec.LONG, Result.CODEC);
  }

  public static void main(String[] arguments) throws Exception {
    Options options = Options.parse(arguments);
    Corpus corpus;
    try {
      int limit = options.inputs().isEmpty() ? SAMPLE_BYTES : mostBytes();
      corpus = Corpus.read(options.roots(), limit);
    } catch (NoSuchFileException e) {
      System.err.println("Expected a file or folder, but there is no " + e.getFile());
      System.exit(2);
      return;
    }
    System.out.println(corpus.describe());
    if (corpus.files() == 0) {
      System.err.println("Expected some text to count, but there is none: name files or folders");
      System.exit(2);
    }

    String address = Objects.requireNonNull(System.getenv("POLYPROC_ADDRESS"));
    boolean right;
    try (Polyproc polyproc = Polyproc.builder().clientName("coordinator").connect();
        Observer observer = new Observer(address)) {
      right = new Demo(polyproc, observer).run(options, corpus);
    }
    System.exit(right ? 0 : 1);
  }

  /** The text is in memory, whole and as chunks. */
  private static int mostBytes() {
    return (int) Math.min(1 << 30, Runtime.getRuntime().maxMemory() / 6);
  }

  private boolean run(Options options, Corpus corpus) throws Exception {
    int size = Math.min(LARGEST_CHUNK, corpus.text().length / FEWEST_CHUNKS + 1);
    List<byte[]> chunks = corpus.chunks(size);
    Crew crew = Crew.start(polyproc, options.languages(), WORKERS_EACH);
    Progress progress = new Progress(System.out, options.terminal(), chunks.size(), crew.names());
    awaitAll(crew);
    List<String> ready = crew.running();
    progress.say(ready.size() + " workers are ready: " + String.join(", ", ready));

    // A quarter is kept back until a worker has been killed, so that the work is not over before.
    Feeder feeder = Feeder.start(queue, chunks, chunks.size() / 4);
    start.set();
    while (!ended(crew)) {
      collect();
      feeder.check();
      progress.show(tally.chunks(), tally.chunksByWorker());
      if (sabotage == null && 2 * tally.chunks() > chunks.size()) {
        sabotage(crew, feeder, progress);
      }
    }
    collect();
    progress.show(tally.chunks(), tally.chunksByWorker());
    return report(crew, chunks.size(), Words.count(corpus.text()));
  }

  /** Waits until all workers wait for the start. */
  private void awaitAll(Crew crew) throws InterruptedException {
    long giveUp = System.nanoTime() + SECONDS.toNanos(START_SECONDS);
    while (observer.waiters(Worker.START) < crew.running().size()) {
      if (System.nanoTime() > giveUp) {
        throw new IllegalStateException(
            "Expected all workers within " + START_SECONDS + " s, but some are not there");
      }
      MILLISECONDS.sleep(LOOK_MILLIS);
    }
  }

  private static boolean ended(Crew crew) throws InterruptedException, ExecutionException {
    try {
      crew.ended().get(LOOK_MILLIS, MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    }
  }

  /** Takes the results that are there out of the dict. */
  private void collect() {
    Map<Long, CompletableFuture<@Nullable Result>> results = new LinkedHashMap<>();
    counts.keySet().forEach(chunk -> results.put(chunk, counts.removeAsync(chunk)));
    results.forEach((chunk, result) -> tally.add(chunk, Objects.requireNonNull(result.join())));
  }

  private void sabotage(Crew crew, Feeder feeder, Progress progress) throws InterruptedException {
    Runnable oneEach = () -> feeder.allow(crew.running().size());
    sabotage = Sabotage.attempt(crew.worker(tally.busiest()), observer, oneEach).orElse(null);
    if (sabotage != null) {
      progress.say(sabotage.describe());
      feeder.allow(Integer.MAX_VALUE / 2);
    }
  }

  /** Says what came out; answers whether it is right. */
  private boolean report(Crew crew, int chunks, Map<String, Long> expected) throws IOException {
    System.out.println(
        sabotage == null
            ? "Nobody was killed: the text is too short to meet a worker at its work."
            : sabotage.outcome(tally));
    System.out.println("Chunks: " + Tally.perLanguage(tally.chunksByWorker()) + ".");
    System.out.println();
    printTop();

    List<String> failures = crew.failures();
    failures.removeIf(failure -> sabotage != null && failure.startsWith(sabotage.worker() + " "));
    failures.forEach(
        failure -> System.err.println("Expected all workers to do well, but " + failure));
    if (tally.chunks() < chunks) {
      System.err.printf("Expected %d chunks, but %d were counted.%n", chunks, tally.chunks());
    } else if (!tally.words().equals(expected)) {
      System.err.println("Expected the totals of a single process, but they differ.");
    } else {
      System.out.println("The totals are equal to those that a single process counts.");
      return failures.isEmpty() && (sabotage == null || sabotage.cameBack(tally));
    }
    return false;
  }

  private void printTop() {
    System.out.printf(
        "The most frequent of %,d words, %,d of them different:%n",
        tally.words().values().stream().mapToLong(Long::longValue).sum(), tally.words().size());
    tally.words().entrySet().stream()
        .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
        .limit(TOP)
        .forEach(word -> System.out.printf("%,12d  %s%n", word.getValue(), word.getKey()));
  }
}
