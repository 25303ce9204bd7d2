package dev.polyproc.server.engine.object;

import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.refusal.Texts;
import dev.polyproc.v1.ShapeField;
import java.util.ArrayList;
import java.util.List;

/**
 * What an object is created as, beside its name and its lifetime: the fields of its Create, as
 * texts. An object of the same shape is what a Create asks for.
 */
public record Shape(List<Shape.Field> all) {
  /** Nothing but a name and a lifetime. */
  public static final Shape PLAIN = new Shape(List.of());

  /** The most bytes that are shown of a value. What is compared is never cut. */
  private static final int SHOWN_BYTES = 4 * 255;

  /** A field of a Create, as a text. */
  record Field(String name, String value) {
    private String shown() {
      return Texts.shown(Texts.cut(value, SHOWN_BYTES));
    }
  }

  /** The same with one more field. */
  public Shape with(String field, Object value) {
    List<Field> more = new ArrayList<>(all);
    more.add(new Field(field, value.toString()));
    return new Shape(more);
  }

  /**
   * The same with a field whose value is a word of an enum: without its prefix. One that has no
   * value has NONE.
   */
  public Shape with(String field, Enum<?> word, String prefix) {
    String shown = word.name().substring(prefix.length());
    return with(field, shown.equals("UNSPECIFIED") ? "NONE" : shown);
  }

  /** As it is shown: of what is very long the beginning and the end. */
  List<ShapeField> fields() {
    return all.stream()
        .map(field -> ShapeField.newBuilder().setField(field.name).setValue(field.shown()).build())
        .toList();
  }

  /**
   * What stands in the way of a Create that asks for {@code asked} where this is there.
   *
   * @param asked of the same kind, so that it has the same fields
   */
  Refusal exists(String name, Shape asked) {
    List<String> differences = new ArrayList<>();
    int first = -1;
    for (int i = 0; i < all.size(); i++) {
      Field there = all.get(i);
      Field wanted = asked.all.get(i);
      if (!there.equals(wanted)) {
        differences.add(there.name + " '" + there.shown() + "', not '" + wanted.shown() + "'");
        first = first < 0 ? i : first;
      }
    }
    World.require(first >= 0, "what stands in the way is of another shape");
    return Refusal.exists(
            name,
            "Expected no object named '"
                + name
                + "' or one of the same shape, but the one that is there has "
                + String.join(" and ", differences)
                + "; ask for it as it is, give another name, or delete it by AdminService/Delete")
        .with("field", all.get(first).name)
        .with("there", all.get(first).shown())
        .with("asked", asked.all.get(first).shown());
  }
}
