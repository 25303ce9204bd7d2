package dev.polyproc.examples.wordcount;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Shows how far the work is: drawn anew on a terminal, a line every tenth of the way elsewhere. */
final class Progress {
  private static final int WIDTH = 40;

  private final PrintStream out;
  private final boolean terminal;
  private final int total;
  private final List<String> workers;
  private int drawnLines;
  private int shownTenths;

  Progress(PrintStream out, boolean terminal, int total, List<String> workers) {
    this.out = out;
    this.terminal = terminal;
    this.total = total;
    this.workers = List.copyOf(workers);
  }

  void show(int done, Map<String, Integer> chunksByWorker) {
    if (terminal) {
      draw(done, chunksByWorker);
    } else if (10 * done / total > shownTenths) {
      shownTenths = 10 * done / total;
      out.println(heading(done) + "   " + Tally.perLanguage(chunksByWorker));
    }
  }

  /** Prints a line that stays. On a terminal the bars are drawn below it the next time. */
  void say(String line) {
    out.print(erasing() + line + "\n");
    out.flush();
  }

  private void draw(int done, Map<String, Integer> chunksByWorker) {
    List<String> lines = new ArrayList<>();
    lines.add(heading(done));
    int most = chunksByWorker.values().stream().mapToInt(Integer::intValue).max().orElse(1);
    for (String worker : workers) {
      int chunks = chunksByWorker.getOrDefault(worker, 0);
      lines.add(
          String.format("  %-10s %s %d", worker, "#".repeat((WIDTH - 10) * chunks / most), chunks));
    }
    out.print(erasing() + lines.stream().map(l -> l + "\n").collect(Collectors.joining()));
    out.flush();
    drawnLines = lines.size();
  }

  private String heading(int done) {
    String bar = "#".repeat(WIDTH * done / total);
    return String.format(
        "[%-" + WIDTH + "s] %3d %%  %d of %d chunks", bar, 100 * done / total, done, total);
  }

  /** What takes away the bars that were drawn last. */
  private String erasing() {
    // So many lines up, and clear from there.
    String erasing = drawnLines > 0 ? "\033[" + drawnLines + "A\033[J" : "";
    drawnLines = 0;
    return erasing;
  }
}
