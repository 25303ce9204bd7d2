package dev.polyproc.benchmarks;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How long the slowest calls of a client take while another one loads the daemon, and the same of
 * Jedis where there is a Redis. A row has a server and clients of its own, unless it goes on where
 * the one before it has ended.
 */
final class Tails {
  private static final String TITLE = "Calls at a fixed rate while another client loads ";

  private final Path folder;
  private final Installation installation;
  private final TailPace pace;
  private final Table table;

  Tails(Path folder, Installation installation, TailPace pace, Table table) {
    this.folder = folder;
    this.installation = installation;
    this.pace = pace;
    this.table = table;
  }

  /**
   * Measures loads on the daemon.
   *
   * @param name of it, for people
   * @param options of its JVM
   */
  void ofDaemon(String name, List<String> options, List<TailLoad> loads) throws Exception {
    table.tails(TITLE + name);
    new OfDaemon(options).run(loads);
  }

  /** Measures those of the loads that Redis, which is this program, has. */
  void ofRedis(Path program, List<TailLoad> loads) throws Exception {
    table.tails(TITLE + "Redis");
    new OfRedis(program).run(loads);
  }

  /** Rows of one server. */
  private abstract class Rows {
    private @Nullable TailSide side;

    void run(List<TailLoad> loads) throws Exception {
      try {
        for (TailLoad load : loads) {
          row(load);
        }
      } finally {
        end();
      }
    }

    void row(TailLoad load) throws Exception {
      TailSide current = side;
      if (current == null || !load.goesOn()) {
        end();
        current = start();
        side = current;
        Progress.say(load + ": warming up");
        current.warmUp(load, pace);
      }
      Progress.say(load.toString());
      Tail tail = current.measure(load, pace);
      Progress.clear();
      print(load, tail);
    }

    private void end() throws Exception {
      if (side != null) {
        side.close();
      }
      side = null;
    }

    abstract TailSide start() throws Exception;

    abstract void print(TailLoad load, Tail tail);
  }

  private final class OfDaemon extends Rows {
    private final List<String> options;
    private @Nullable Tail empty;

    OfDaemon(List<String> options) {
      this.options = options;
    }

    @Override
    TailSide start() throws Exception {
      return TailSide.polyproc(folder, installation, options);
    }

    @Override
    void print(TailLoad load, Tail tail) {
      Tail of = empty == null ? tail : empty;
      empty = of;
      table.tail(load.toString(), tail, TailBounds.of(load, of));
    }
  }

  private final class OfRedis extends Rows {
    private final Path program;

    OfRedis(Path program) {
      this.program = program;
    }

    @Override
    TailSide start() throws Exception {
      return TailSide.redis(program, folder, installation);
    }

    @Override
    void row(TailLoad load) throws Exception {
      Optional<String> lack = load.lack();
      if (lack.isPresent()) {
        table.note(load.toString(), "none: " + lack.get());
      } else {
        super.row(load);
      }
    }

    @Override
    void print(TailLoad load, Tail tail) {
      table.tail(load.toString(), tail);
    }
  }
}
