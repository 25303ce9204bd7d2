package dev.polyproc.client.internal.value;

import dev.polyproc.client.Codec;
import dev.polyproc.client.UnexpectedValueException;
import dev.polyproc.v1.Value;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.TemporalAccessor;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Objects of a type by a text that every language can read: one text for equal objects, so that
 * they can be keys. The daemon sorts them as texts, and so not always as Java does.
 */
public final class TextCodec<T> implements Codec<T> {
  /** How many digits a decimal number has at most: Java reads more in quadratic time. */
  private static final int MOST_DIGITS = 10_000;

  /** What a decimal number has beside its digits: a sign, a point, an exponent, a few zeros. */
  private static final int MOST_OTHERS = 20;

  private static final Map<Class<?>, Codec<?>> BY_TYPE =
      Map.of(
          Instant.class, of("an instant (such as 2026-01-31T23:59:59.5Z)", TextCodec::instant),
          Duration.class, of("a duration (such as PT1H30M or PT0.5S)", Duration::parse),
          LocalDate.class, of("a date (such as 2026-01-31)", LocalDate::parse),
          LocalTime.class, of("a time (such as 23:59:59.5)", LocalTime::parse),
          LocalDateTime.class,
              of("a date and a time (such as 2026-01-31T23:59:59)", LocalDateTime::parse),
          OffsetDateTime.class,
              of(
                  "a date, a time and an offset (such as 2026-01-31T23:59+01:00)",
                  OffsetDateTime::parse),
          UUID.class, of("a UUID of 36 characters", TextCodec::uuid),
          BigDecimal.class,
              new TextCodec<>(
                  "a decimal number of at most 10,000 digits as a text (such as 12.50)",
                  TextCodec::text,
                  TextCodec::decimal));

  private final String expected;
  private final Function<T, String> write;
  private final Function<String, T> read;

  /**
   * @param expected what the texts are, in words
   * @param write throws an {@code IllegalArgumentException} for what {@code read} would not take
   * @param read throws an {@code IllegalArgumentException} or a {@code DateTimeException} for
   *     others
   */
  private TextCodec(String expected, Function<T, String> write, Function<String, T> read) {
    this.expected = expected;
    this.write = write;
    this.read = read;
  }

  private static <T> TextCodec<T> of(String expected, Function<String, T> read) {
    return new TextCodec<>(expected, Object::toString, read);
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

  /** Java reads the 60th second of a minute, too, as the one before it. */
  private static Instant instant(String text) {
    TemporalAccessor parsed = DateTimeFormatter.ISO_INSTANT.parse(text);
    if (parsed.query(DateTimeFormatter.parsedLeapSecond())) {
      throw new IllegalArgumentException("Expected a second that an Instant has");
    }
    return Instant.from(parsed);
  }

  private static String text(BigDecimal number) {
    // The bits first: to count the digits of a long number takes long.
    if (number.unscaledValue().bitLength() > 4 * MOST_DIGITS || number.precision() > MOST_DIGITS) {
      throw new IllegalArgumentException(
          "Expected a decimal number of at most " + MOST_DIGITS + " digits, but it has more");
    }
    long exponent = number.precision() - 1L - number.scale();
    if (exponent > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "Expected a decimal number that Java reads again, but its exponent is " + exponent);
    }
    return number.toString();
  }

  /** Java reads the digits of other scripts, too. */
  private static BigDecimal decimal(String text) {
    if (text.length() > MOST_DIGITS + MOST_OTHERS || text.chars().anyMatch(c -> c > '~')) {
      throw new IllegalArgumentException("Expected few digits, and those of ASCII");
    }
    BigDecimal number = new BigDecimal(text);
    if (number.precision() > MOST_DIGITS) {
      throw new IllegalArgumentException("Expected few digits");
    }
    return number;
  }

  @Override
  public Value encode(T object) {
    return Values.ofText(write.apply(Values.present(object)));
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
