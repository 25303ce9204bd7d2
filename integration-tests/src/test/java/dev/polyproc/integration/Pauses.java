package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How long a daemon's collector held it up, as its log of that says. */
final class Pauses {
  private static final Pattern PAUSE = Pattern.compile(".* Pause .* ([0-9]+)[.,][0-9]+ms$");

  private final Path log;
  private int read;

  private Pauses(Path log) {
    this.log = log;
  }

  /** Those of a daemon that is started with {@link #javaOption}. */
  static Pauses in(Path folder) {
    return new Pauses(folder.resolve("collector.log"));
  }

  /** What makes the daemon write them. */
  String javaOption() {
    return "-Xlog:gc:file=" + log + "::filecount=0";
  }

  /** The longest since this was asked last, in milliseconds, rounded up; 0: there was none. */
  long worstMillis() {
    List<String> lines = lines();
    long worst = 0;
    for (String line : lines.subList(read, lines.size())) {
      Matcher pause = PAUSE.matcher(line);
      if (pause.matches()) {
        worst = Math.max(worst, Long.parseLong(pause.group(1)) + 1);
      }
    }
    read = lines.size();
    return worst;
  }

  private List<String> lines() {
    try {
      List<String> lines = Files.readAllLines(log);
      assertThat(lines).as("what the collector says when it begins").isNotEmpty();
      return lines;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
