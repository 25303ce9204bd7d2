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

  /**
   * A field of a Create, as a text.
   *
   * @param value what is compared: anything with its equals
   * @param known what others may know of it
   */
  record Field(String name, Object value, String known) {
    private String shown() {
      return Texts.shown(Texts.cut(known, SHOWN_BYTES));
    }

    /** As it is shown beside another, which must not look the same. */
    private String besides(Field other) {
      return "'" + shown() + "'" + (known.equals(other.known) ? " with other values" : "");
    }

    @Override
    public String toString() {
      return name + "=" + known;
    }
  }

  /** The same with one more field. */
  public Shape with(String field, Object value) {
    return with(new Field(field, value.toString(), value.toString()));
  }

  /**
   * The same with one more field that is nobody's business: two are equal where {@code value} is.
   *
   * @param known what is shown of it
   */
  public Shape withHidden(String field, Object value, String known) {
    return with(new Field(field, value, known));
  }

  private Shape with(Field field) {
    List<Field> more = new ArrayList<>(all);
    more.add(field);
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
        differences.add(there.name + " '" + there.shown() + "', not " + wanted.besides(there));
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
