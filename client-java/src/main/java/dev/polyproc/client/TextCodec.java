package dev.polyproc.client;

import dev.polyproc.v1.Value;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Objects of a type by a text that every language can read: one text for equal objects, so that
 * they can be keys. The daemon sorts them as texts, and so not always as Java does.
 */
final class TextCodec<T> implements Codec<T> {
  private static final Map<Class<?>, Codec<?>> BY_TYPE =
      Map.of(
          Instant.class, of("an instant, such as 2026-01-31T23:59:59.5Z,", Instant::parse),
          Duration.class, of("a duration, such as PT1H30M or PT0.5S,", Duration::parse),
          LocalDate.class, of("a date, such as 2026-01-31,", LocalDate::parse),
          LocalTime.class, of("a time, such as 23:59:59.5,", LocalTime::parse),
          LocalDateTime.class,
              of("a date and a time, such as 2026-01-31T23:59:59,", LocalDateTime::parse),
          OffsetDateTime.class,
              of(
                  "a date, a time and an offset, such as 2026-01-31T23:59+01:00,",
                  OffsetDateTime::parse),
          UUID.class, of("a UUID of 36 characters", TextCodec::uuid),
          BigDecimal.class, of("a decimal number as a text, such as 12.50,", BigDecimal::new));

  private final String expected;
  private final Function<String, T> read;

  /**
   * @param expected what the texts are, in words
   * @param read throws an {@code IllegalArgumentException} or a {@code DateTimeException} for
   *     others
   */
  private TextCodec(String expected, Function<String, T> read) {
    this.expected = expected;
    this.read = read;
  }

  private static <T> TextCodec<T> of(String expected, Function<String, T> read) {
    return new TextCodec<>(expected, read);
  }

  /** The codec of one of these types; null for any other. */
  static @Nullable Codec<?> known(Class<?> type) {
    return BY_TYPE.get(type);
  }

  /** Java reads others too, such as 1-1-1-1-1. */
  private static UUID uuid(String text) {
    UUID uuid = UUID.fromString(text);
    if (!uuid.toString().equalsIgnoreCase(text)) {
      throw new IllegalArgumentException("Expected 36 characters");
    }
    return uuid;
  }

  @Override
  public Value encode(T object) {
    return Values.ofText(object.toString());
  }

  @Override
  public T decode(Value value) {
    if (value.hasText()) {
      try {
        return read.apply(value.getText());
      } catch (IllegalArgumentException | DateTimeException e) {
        // It is another text.
      }
    }
    throw new UnexpectedValueException(expected, value);
  }
}
