package dev.polyproc.client.internal.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.protobuf.Duration;
import com.google.protobuf.Struct;
import dev.polyproc.client.Codec;
import dev.polyproc.client.UnexpectedValueException;
import dev.polyproc.v1.Opaque;
import dev.polyproc.v1.Value;
import java.lang.reflect.Type;
import java.time.Instant;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Records, enums, protobuf messages, and what is made of them. */
class TypeCodecsTest {
  enum Colour {
    RED,
    GREEN {
      @Override
      boolean isGreen() {
        return true;
      }
    };

    boolean isGreen() {
      return false;
    }
  }

  record Point(int x, double y) {}

  record Shape(
      String name,
      Colour colour,
      List<Point> points,
      Map<String, List<Long>> tags,
      Optional<Point> centre,
      boolean filled,
      @Nullable Point origin) {}

  record Tree(String name, List<Tree> children) {}

  record Box<T>(T content) {}

  record Boxes(Box<String> text, Box<Box<Long>> number, Box<List<Point>> points) {}

  record Positive(long number) {
    Positive {
      if (number <= 0) {
        throw new IllegalArgumentException("not positive");
      }
    }
  }

  record WithDate(Date date) {}

  private static <T> void shouldBeReadAsWritten(Class<T> type, T object) {
    Codec<T> codec = Codec.of(type);
    assertThat(codec.decode(codec.encode(object))).isEqualTo(object);
  }

  @Test
  void shouldReadWhatItWrote() {
    shouldBeReadAsWritten(Colour.class, Colour.GREEN);
    shouldBeReadAsWritten(Point.class, new Point(1, 0.5));
    shouldBeReadAsWritten(
        Shape.class,
        new Shape(
            "a",
            Colour.RED,
            List.of(new Point(1, 2), new Point(3, 4)),
            Map.of("tag", List.of(7L)),
            Optional.of(new Point(2, 3)),
            true,
            null));
    shouldBeReadAsWritten(Tree.class, new Tree("root", List.of(new Tree("leaf", List.of()))));
    shouldBeReadAsWritten(
        Boxes.class,
        new Boxes(new Box<>("x"), new Box<>(new Box<>(5L)), new Box<>(List.of(new Point(1, 2)))));
    shouldBeReadAsWritten(Duration.class, Duration.newBuilder().setSeconds(5).build());
    shouldBeReadAsWritten(Opaque.class, Opaque.newBuilder().setContentType("x").build());
  }

  @Test
  void shouldWriteWhatOtherLanguagesRead() {
    Map<Object, Object> point = new LinkedHashMap<>();
    point.put("x", 1L);
    point.put("y", 0.5);
    assertThat(Codec.of(Point.class).encode(new Point(1, 0.5))).isEqualTo(Codec.ANY.encode(point));
    assertThat(Codec.of(Colour.class).encode(Colour.GREEN)).isEqualTo(Codec.STRING.encode("GREEN"));
    assertThat(Codec.of(Duration.class).encode(Duration.newBuilder().setSeconds(5).build()))
        .isEqualTo(
            Value.newBuilder()
                .setOpaque(
                    Opaque.newBuilder()
                        .setContentType(
                            "application/x-protobuf; messageType=google.protobuf.Duration")
                        .setData(Duration.newBuilder().setSeconds(5).build().toByteString()))
                .build());
  }

  @Test
  void shouldReadWhatOthersWroteWithMore() {
    Map<Object, Object> point = new LinkedHashMap<>();
    point.put("z", 9L);
    point.put("y", 2L);
    point.put(7L, "not a component");
    point.put("x", 1L);
    assertThat(Codec.of(Point.class).decode(Codec.ANY.encode(point))).isEqualTo(new Point(1, 2.0));
  }

  @Test
  void shouldSayWhatIsNotAsExpected() {
    Codec<Point> codec = Codec.of(Point.class);
    Value text = Codec.STRING.encode("x");
    assertThatExceptionOfType(UnexpectedValueException.class)
        .isThrownBy(() -> codec.decode(text))
        .withMessage(
            "Expected a map of the components of %s, but the value is text 'x'",
            Point.class.getName());
    Value without = Codec.ANY.encode(Map.of("x", 1));
    assertThatExceptionOfType(UnexpectedValueException.class)
        .isThrownBy(() -> codec.decode(without))
        .withMessage(
            "Expected a map with component 'y' of %s, but the value is map", Point.class.getName());
    Value wrong = Codec.ANY.encode(Map.of("x", "one", "y", 1.0));
    assertThatExceptionOfType(UnexpectedValueException.class)
        .isThrownBy(() -> codec.decode(wrong))
        .withMessage(
            "Expected a whole number of 32 bits as component 'x' of %s, but the value is text"
                + " 'one'",
            Point.class.getName())
        .satisfies(e -> assertThat(e.value()).isEqualTo(wrong));
    Value list = Codec.ANY.encode(List.of(1L, "two"));
    assertThatExceptionOfType(UnexpectedValueException.class)
        .isThrownBy(() -> Codec.list(Codec.LONG).decode(list))
        .withMessage("Expected a whole number of 64 bits in a list, but the value is text 'two'")
        .satisfies(e -> assertThat(e.value()).isEqualTo(list));
    Value none = Codec.ANY.encode(Map.of("x", Codec.NULL, "y", 1.0));
    assertThatExceptionOfType(UnexpectedValueException.class)
        .isThrownBy(() -> codec.decode(none))
        .withMessageEndingWith("but the value is null");
    assertThatExceptionOfType(UnexpectedValueException.class)
        .isThrownBy(() -> Codec.of(Colour.class).decode(Codec.STRING.encode("BLUE")))
        .withMessage("Expected one of [RED, GREEN], but the value is text 'BLUE'");
    assertThatExceptionOfType(UnexpectedValueException.class)
        .isThrownBy(() -> Codec.of(Positive.class).decode(Codec.ANY.encode(Map.of("number", -1))))
        .withMessageContaining("not positive");
    Value struct = Codec.of(Struct.class).encode(Struct.getDefaultInstance());
    assertThatExceptionOfType(UnexpectedValueException.class)
        .isThrownBy(() -> Codec.of(Duration.class).decode(struct))
        .withMessageStartingWith(
            "Expected application/x-protobuf; messageType=google.protobuf.Duration, but ");
  }

  enum Mood {
    GLAD,
    SAD;

    @Override
    public String toString() {
      return name().charAt(0) + "!";
    }
  }

  @Test
  void shouldNameTheConstantsOfAnEnum() {
    assertThatExceptionOfType(UnexpectedValueException.class)
        .isThrownBy(() -> Codec.of(Mood.class).decode(Codec.STRING.encode("BLUE")))
        .withMessage("Expected one of [GLAD, SAD], but the value is text 'BLUE'");
  }

  record Anything(@Nullable Object content) {}

  @Test
  void shouldReadNullOfAnyType() {
    shouldBeReadAsWritten(Anything.class, new Anything(null));
    Codec<Anything> codec = Codec.of(Anything.class);
    assertThat(codec.decode(codec.encode(new Anything(Codec.NULL)))).isEqualTo(new Anything(null));
  }

  record SelfBox<T extends SelfBox<T>>(String name, Optional<T> content) {}

  record Grow<T>(T content, Optional<Grow<List<T>>> next) {}

  record Growing(Grow<Long> seed) {}

  @Test
  void shouldRefuseTypesThatNeverEnd() {
    for (Class<?> type : List.of(SelfBox.class, Grow.class, Growing.class)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Codec.of(type))
          .withMessageStartingWith("Expected a type that is made of so many others, but ")
          .withMessageEndingWith(
              " holds itself with ever other arguments; it needs a codec of its own");
    }
  }

  record Again<T>(T content, Optional<Again<List<String>>> next) {}

  record Agains(Again<Long> first) {}

  @Test
  void shouldTakeTypesThatHoldThemselvesWithTheSameArguments() {
    shouldBeReadAsWritten(
        Agains.class,
        new Agains(new Again<>(1L, Optional.of(new Again<>(List.of("two"), Optional.empty())))));
  }

  @Test
  void shouldFindCodecsOfGenericTypes() throws Exception {
    Type points = Boxes.class.getRecordComponents()[2].getGenericType();
    @SuppressWarnings("unchecked")
    Codec<Object> codec = (Codec<Object>) Codec.of(points);
    Box<List<Point>> box = new Box<>(List.of(new Point(1, 2)));
    assertThat(codec.decode(codec.encode(box))).isEqualTo(box);
  }

  @Test
  void shouldRefuseTypesThatNeedACodec() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Codec.of(WithDate.class))
        .withMessage(
            "Expected one of Java's own types, a record, an enum or a protobuf message, but"
                + " java.util.Date needs a codec: an implementation of Codec, which Codec.of(type,"
                + " Map.of(itsClass, codec)) takes where it is inside of another type");
    assertThatIllegalArgumentException().isThrownBy(() -> Codec.of(Thread[].class));
  }

  record Meeting(Instant start, List<Instant> breaks, Map<String, Optional<Instant>> ends) {}

  @Test
  void shouldUseCodecsOfOthersInsideOfTypes() {
    Codec<Instant> instants =
        new Codec<>() {
          @Override
          public Value encode(Instant instant) {
            return Codec.LONG.encode(instant.toEpochMilli());
          }

          @Override
          public Instant decode(Value value) {
            return Instant.ofEpochMilli(Codec.LONG.decode(value));
          }
        };
    Codec<Meeting> codec = Codec.of(Meeting.class, Map.of(Instant.class, instants));
    Instant noon = Instant.parse("2026-11-21T12:00:00Z");
    Meeting meeting = new Meeting(noon, List.of(noon, noon), Map.of("latest", Optional.of(noon)));

    assertThat(codec.decode(codec.encode(meeting))).isEqualTo(meeting);
    assertThat(codec.encode(meeting).getMap().getEntries(0).getValue().getInt())
        .isEqualTo(noon.toEpochMilli());
  }

  @Test
  void shouldPreferCodecsOfOthersToItsOwn() {
    Codec<String> shouting =
        new Codec<>() {
          @Override
          public Value encode(String text) {
            return Codec.STRING.encode(text.toUpperCase(Locale.ROOT));
          }

          @Override
          public String decode(Value value) {
            return Codec.STRING.decode(value);
          }
        };
    Codec<Tree> codec = Codec.of(Tree.class, Map.of(String.class, shouting));

    assertThat(codec.decode(codec.encode(new Tree("a", List.of(new Tree("b", List.of()))))))
        .isEqualTo(new Tree("A", List.of(new Tree("B", List.of()))));
  }
}
