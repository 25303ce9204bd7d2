package dev.polyproc.integration;

import dev.polyproc.integration.history.Operation;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * Writes down what a client asks and is told, a line for each, so that it is known what a client
 * that is killed had asked. {@link System#nanoTime} is that of all processes of the machine.
 */
final class HistoryRecorder {
  /** The object of operations that concern all. */
  static final String ALL = "*";

  private final PrintStream out;
  private final String client;
  private int count;

  HistoryRecorder(PrintStream out, String client) {
    this.out = out;
    this.client = client;
  }

  /** It begins now; answers its number. */
  int begin(String object, String what, long... arguments) {
    int number = count++;
    print(number, "asks", object + " " + what + " " + numbers(arguments));
    return number;
  }

  /** It had waited so long when that was so which it is told next: it happened after that. */
  void waited(int number, long nanos) {
    print(number, "waited", numbers(nanos));
  }

  /** It was told something, just now. */
  void told(int number, long... answer) {
    print(number, "told", numbers(answer));
  }

  /** Nobody knows whether it happened; it will not any more. */
  void isOver(int number) {
    print(number, "over", "-");
  }

  /** It has not happened. */
  void didNot(int number) {
    print(number, "not", "-");
  }

  private void print(int number, String event, String rest) {
    String line = client + " " + number + " " + System.nanoTime() + " " + event + " " + rest + "\n";
    synchronized (out) {
      out.print(line);
      out.flush();
    }
  }

  private static String numbers(long... some) {
    return some.length == 0
        ? "-"
        : LongStream.of(some).mapToObj(Long::toString).collect(Collectors.joining(","));
  }

  /**
   * Lines, and further ones which say that sessions have ended that did not say so themselves. What
   * they asked after that, and were told nothing of, has not happened.
   *
   * @param from none of them had ended before
   * @param until all of them had ended then
   */
  static List<String> withEnds(List<String> lines, long from, long until) {
    Set<String> told = new HashSet<>();
    lines.stream()
        .map(Line::of)
        .filter(line -> line.says("told"))
        .forEach(line -> told.add(line.key()));
    Map<String, Long> asked = new HashMap<>();
    Map<String, Long> lasts = new LinkedHashMap<>();
    List<String> all = new ArrayList<>();
    for (String text : lines) {
      Line line = Line.of(text);
      if (line.says("asks") && line.time > until && !told.contains(line.key())) {
        continue;
      }
      long earliest = from;
      if (line.says("asks")) {
        asked.put(line.key(), line.time);
        earliest = line.time;
      } else if (line.says("waited")) {
        earliest = asked.getOrDefault(line.key(), from) + numbers(line.rest.get(0)).get(0);
      }
      lasts.merge(line.client, earliest, Math::max);
      all.add(text);
    }
    lasts.forEach(
        (client, last) -> {
          all.add(client + " end " + Math.max(from, last) + " asks " + ALL + " end -");
          all.add(client + " end " + until + " told -");
        });
    return all;
  }

  /** A line in its parts. */
  private record Line(String client, String number, long time, String event, List<String> rest) {
    static Line of(String text) {
      List<String> words = List.of(text.split(" "));
      return new Line(
          words.get(0),
          words.get(1),
          Long.parseLong(words.get(2)),
          words.get(3),
          words.subList(4, words.size()));
    }

    /** Which operation. */
    String key() {
      return client + " " + number;
    }

    boolean says(String what) {
      return event.equals(what);
    }
  }

  /** What lines say, by the objects; what concerns all is part of each. */
  static Map<String, List<Operation>> read(List<String> lines) {
    Map<String, Operation> operations = new HashMap<>();
    Map<String, String> objects = new HashMap<>();
    List<String> order = new ArrayList<>();
    for (String text : lines) {
      Line line = Line.of(text);
      String key = line.key();
      switch (line.event) {
        case "asks" -> {
          order.add(key);
          objects.put(key, line.rest.get(0));
          operations.put(
              key,
              Operation.unknown(
                  line.client,
                  line.rest.get(1),
                  numbers(line.rest.get(2)),
                  line.time,
                  Long.MAX_VALUE));
        }
        case "waited" ->
            operations.computeIfPresent(
                key, (k, asked) -> asked.later(numbers(line.rest.get(0)).get(0)));
        case "told" ->
            operations.computeIfPresent(
                key, (k, asked) -> told(asked, numbers(line.rest.get(0)), line.time));
        case "over" -> operations.computeIfPresent(key, (k, asked) -> over(asked, line.time));
        default -> operations.remove(key);
      }
    }
    Map<String, List<Operation>> histories = new HashMap<>();
    objects.values().stream()
        .filter(object -> !object.equals(ALL))
        .forEach(object -> histories.put(object, new ArrayList<>()));
    for (String key : order) {
      Operation operation = operations.get(key);
      if (operation != null) {
        histories.forEach(
            (object, history) -> {
              if (List.of(object, ALL).contains(objects.get(key))) {
                history.add(operation);
              }
            });
      }
    }
    return histories;
  }

  private static Operation told(Operation asked, List<Long> answer, long time) {
    return Operation.answered(
        asked.client(), asked.what(), asked.arguments(), answer, asked.from(), time);
  }

  private static Operation over(Operation asked, long time) {
    return Operation.unknown(asked.client(), asked.what(), asked.arguments(), asked.from(), time);
  }

  private static List<Long> numbers(String text) {
    return text.equals("-")
        ? List.of()
        : Arrays.stream(text.split(",")).map(Long::valueOf).toList();
  }
}
