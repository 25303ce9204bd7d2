package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What a framework may close by its own guess when it is done with an object that it was handed. It
 * must be the handle's or the client's own, and nothing that others use.
 */
class CloseableTypesTest {
  /** What Spring and others look for: no arguments, public. */
  private static final Set<String> GUESSES =
      Set.of("close", "shutdown", "shutdownNow", "destroy", "dispose", "stop");

  /** Each ends what it stands for, and no more. */
  private static final Set<String> MAY_BE_CLOSED =
      Set.of(
          "Consumption", // goes on no more; what it has reserved goes back
          "Embedded", // the daemon that this program has started inside itself
          "Delivery", // the item goes back, unless something was done with it
          "HeldLocks", // releases the locks that it holds
          "Hold", // releases the lock that it holds
          "MapResults", // cancels what is on its way for it
          "Permits", // gives back what it holds of a semaphore
          "PolyExecutor", // takes no more tasks; its pool and others go on
          "PolyPipeEnd", // one handle of an end; others keep theirs
          "PolySharedArray", // one handle; others, and buffers, keep the memory
          "Polyproc", // the client's session
          "Worker", // takes no more tasks; what it runs is finished
          "Writing"); // this program writes no more, as it says

  @Test
  void shouldBeClosedByNoGuessWhatOthersUse() throws Exception {
    Set<String> inferred = new TreeSet<>();
    for (Class<?> type : publicTypes()) {
      if (isInferred(type)) {
        inferred.add(type.getSimpleName());
      }
    }
    assertThat(inferred).containsExactlyInAnyOrderElementsOf(MAY_BE_CLOSED);
  }

  @Test
  void shouldEndForAllOnlyUnderNamesThatNobodyGuesses() throws Exception {
    assertThat(publicTypes()).contains(PolyQueue.class, PolyProcess.class, Toolbox.class);
    for (Class<?> type : publicTypes()) {
      if (!MAY_BE_CLOSED.contains(type.getSimpleName())) {
        assertThat(AutoCloseable.class.isAssignableFrom(type)).as(type.getName()).isFalse();
      }
    }
    assertThat(PolyQueue.class.getMethod("shutdownForAll")).isNotNull();
    assertThat(PolyPipeEnd.class.getMethod("closeForAll")).isNotNull();
  }

  /** As Spring infers the method that destroys a bean, and beyond. */
  private static boolean isInferred(Class<?> type) {
    if (AutoCloseable.class.isAssignableFrom(type)) {
      return true;
    }
    for (Method method : type.getMethods()) {
      if (GUESSES.contains(method.getName())
          && method.getParameterCount() == 0
          && !Modifier.isStatic(method.getModifiers())) {
        return true;
      }
    }
    return false;
  }

  private static List<Class<?>> publicTypes() throws Exception {
    URI classes = Polyproc.class.getProtectionDomain().getCodeSource().getLocation().toURI();
    Path folder = Path.of(classes).resolve(Polyproc.class.getPackageName().replace('.', '/'));
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.toString().substring(file.toString().lastIndexOf(File.separator) + 1))
          .filter(file -> file.endsWith(".class"))
          .<Class<?>>map(file -> named(file.substring(0, file.length() - ".class".length())))
          .filter(type -> Modifier.isPublic(type.getModifiers()))
          .toList();
    }
  }

  private static Class<?> named(String name) {
    try {
      return Class.forName(Polyproc.class.getPackageName() + "." + name);
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
  }
}
