package dev.polyproc.files;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A process's environment, in bytes. The JDK has it in text that went through the locale, and
 * without a locale every byte beyond ASCII is lost there.
 */
public final class Environment {
  private static final Path OWN = Path.of("/proc/self/environ");

  private final Map<ByteString, ByteString> variables;

  private Environment(Map<ByteString, ByteString> variables) {
    this.variables = Collections.unmodifiableMap(variables);
  }

  /**
   * This process's, as the JDK has it. Whoever embeds a JVM may have set variables before it began:
   * what the system wrote when the process was started has only the bytes that the JDK has lost.
   */
  public static Environment ofThisProcess() {
    return Own.ENVIRONMENT;
  }

  /** One of texts, in UTF-8. */
  public static Environment of(Map<String, String> variables) {
    Map<ByteString, ByteString> bytes = new LinkedHashMap<>();
    variables.forEach(
        (name, value) -> bytes.put(ByteString.copyFromUtf8(name), ByteString.copyFromUtf8(value)));
    return new Environment(bytes);
  }

  /** One as the system writes it: NAME=value, each followed by a zero byte. */
  static Environment parse(byte[] block) {
    Map<ByteString, ByteString> variables = new LinkedHashMap<>();
    int start = 0;
    for (int end = 0; end < block.length; end++) {
      if (block[end] == 0) {
        int equals = start;
        while (equals < end && block[equals] != '=') {
          equals++;
        }
        if (equals > start && equals < end) {
          variables.putIfAbsent( // as getenv(3) finds the first
              ByteString.copyFrom(block, start, equals - start),
              ByteString.copyFrom(block, equals + 1, end - equals - 1));
        }
        start = end + 1;
      }
    }
    return new Environment(variables);
  }

  /** The value of each variable. */
  public Map<ByteString, ByteString> variables() {
    return variables;
  }

  /** A variable's value as text; null where there is no such variable. */
  public @Nullable String get(String name) {
    ByteString value = variables.get(ByteString.copyFromUtf8(name));
    return value == null ? null : value.toStringUtf8();
  }

  /** The same with another value of a variable; without it for null. */
  public Environment with(String name, @Nullable ByteString value) {
    Map<ByteString, ByteString> changed = new LinkedHashMap<>(variables);
    ByteString key = ByteString.copyFromUtf8(name);
    if (value == null) {
      changed.remove(key);
    } else {
      changed.put(key, value);
    }
    return new Environment(changed);
  }

  /**
   * One of texts that went through the locale.
   *
   * @param block what the process was started with: the bytes of what is not ASCII
   */
  static Environment of(Map<String, String> texts, byte[] block) {
    Map<ByteString, ByteString> started = parse(block).variables;
    Map<ByteString, ByteString> variables = new LinkedHashMap<>();
    texts.forEach(
        (name, value) -> {
          if (isAscii(name)) {
            ByteString key = ByteString.copyFromUtf8(name);
            ByteString text = ByteString.copyFromUtf8(value);
            ByteString bytes = isAscii(value) ? text : started.getOrDefault(key, text);
            variables.put(key, isAscii(bytes.toStringUtf8()) ? text : bytes);
          }
        });
    started.forEach(
        (name, value) -> {
          if (!isAscii(name.toStringUtf8())) {
            variables.putIfAbsent(name, value);
          }
        });
    return new Environment(variables);
  }

  private static boolean isAscii(String text) {
    return text.chars().allMatch(c -> c < 128);
  }

  /** Read once, when it is first needed, as the JDK reads it. */
  private static final class Own {
    static final Environment ENVIRONMENT = read();

    private static Environment read() {
      try {
        return of(System.getenv(), Files.readAllBytes(OWN));
      } catch (IOException | SecurityException e) {
        return of(System.getenv()); // Another system than Linux, or no /proc.
      }
    }
  }
}
