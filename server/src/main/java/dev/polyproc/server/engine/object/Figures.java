package dev.polyproc.server.engine.object;

import com.google.protobuf.Duration;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.Figure;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What an object counts, for operators. */
public record Figures(List<Figure> all) {
  /** Nothing. */
  public static final Figures NONE = new Figures(List.of());

  /** The same with one more number. */
  public Figures with(String name, long number) {
    return with(name, Long.toString(number));
  }

  /** The same with one more duration, if there is one. */
  public Figures with(String name, @Nullable Duration duration) {
    return duration == null ? this : with(name, Times.text(Times.nanos(duration)));
  }

  private Figures with(String name, String value) {
    List<Figure> more = new ArrayList<>(all);
    more.add(Figure.newBuilder().setName(name).setValue(value).build());
    return new Figures(more);
  }
}
