package dev.polyproc.server.engine;

import dev.polyproc.v1.ShapeField;
import java.util.ArrayList;
import java.util.List;

/**
 * What an object is created as, beside its name and its lifetime: the fields of its Create, as
 * texts. An object of the same shape is what a Create asks for.
 */
public record Shape(List<ShapeField> fields) {
  /** Nothing but a name and a lifetime. */
  public static final Shape PLAIN = new Shape(List.of());

  /**
   * The most bytes that are shown of a value. No name is longer: what is compared is never cut,
   * only what is shown alone, as the command of a process.
   */
  private static final int SHOWN_BYTES = 4 * 255;

  /** The same with one more field. */
  public Shape with(String field, Object value) {
    List<ShapeField> more = new ArrayList<>(fields);
    more.add(
        ShapeField.newBuilder()
            .setField(field)
            .setValue(Texts.shown(Texts.cut(value.toString(), SHOWN_BYTES)))
            .build());
    return new Shape(more);
  }

  /** The same with a field whose value is a word of an enum: without its prefix. */
  public Shape with(String field, Enum<?> word, String prefix) {
    return with(field, word.name().substring(prefix.length()));
  }

  /**
   * What stands in the way of a Create that asks for {@code asked} where this is there.
   *
   * @param asked of the same kind, so that it has the same fields
   */
  Refusal exists(String name, Shape asked) {
    List<String> differences = new ArrayList<>();
    int first = -1;
    for (int i = 0; i < fields.size(); i++) {
      ShapeField there = fields.get(i);
      String wanted = asked.fields.get(i).getValue();
      if (!there.getValue().equals(wanted)) {
        differences.add(there.getField() + " '" + there.getValue() + "', not '" + wanted + "'");
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
        .with("field", fields.get(first).getField())
        .with("there", fields.get(first).getValue())
        .with("asked", asked.fields.get(first).getValue());
  }
}
