package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.Message;
import dev.polyproc.testing.DaemonProcess;
import java.io.File;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A client in a class loader that goes, as that of a web application, on threads that stay. In a
 * JVM without other tests: where Netty's native library leaves with a loader, it unregisters the
 * functions of every Netty that the JVM's own class path has.
 */
@Tag("own-jvm")
@Timeout(120)
class ClassLoaderTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private final ExecutorService staying = Executors.newSingleThreadExecutor();

  @AfterEach
  void end() {
    staying.shutdownNow();
  }

  /** What runs inside: answers what closes its client, which another thread does. */
  public static final class Program implements Function<String, Runnable> {
    /** Enough for a thread that is alone to run the event loop, if it may. */
    private static final int CALLS = 300;

    @Override
    public Runnable apply(String address) {
      Polyproc polyproc = Polyproc.connect(address);
      try {
        PolyQueue<String> queue = polyproc.newQueue(Codec.STRING);
        for (int i = 0; i < CALLS; i++) {
          queue.put("x");
          queue.take();
        }
        queue.putAsync("y").thenCompose(done -> queue.takeAsync()).get(20, TimeUnit.SECONDS);
        PolyLock lock = polyproc.lock("l");
        lock.lock();
        lock.unlock();
        polyproc.command("echo", "hello").start().stdout().readAllBytes();
        polyproc.dict("d", String.class, Long.class).merge("k", 1L, Long::sum);
        Set<Object> compared = new HashSet<>();
        compared.add(Tuple.of("a", 1L));
        compared.add(polyproc.pipe("p"));
        compared.add(polyproc.command("true").start().waitFor());
        compared.add(Tuple.of("a", 1L));
        compared.add(polyproc.pipe("p"));
        compared.add(polyproc.command("true").start().waitFor());
        if (!compared.contains(Tuple.of("a", 1L))) {
          throw new IllegalStateException("Expected equal tuples, but they are not");
        }
        return polyproc::close;
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @Test
  void shouldLetItsClassLoaderGoWhenItIsClosed() throws Exception {
    WeakReference<ClassLoader> inside = useAndClose();
    while (inside.get() != null) { // until the timeout
      System.gc();
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  @Test
  void shouldRunOnTheOldestProtobufThatIsPromised() throws Exception {
    Path oldest = Path.of(System.getProperty("polyproc.oldest.protobuf", "none"));
    assumeTrue(Files.exists(oldest), "nobody says where the oldest protobuf-java is");
    List<URL> urls = new ArrayList<>(List.of(oldest.toUri().toURL()));
    urls.addAll(List.of(classPath()));
    URL[] oldestFirst = urls.toArray(URL[]::new);
    try (URLClassLoader loader =
        new URLClassLoader(oldestFirst, ClassLoader.getPlatformClassLoader())) {
      program(loader).apply(DAEMON.address()).run();
      Class<?> used = loader.loadClass(Message.class.getName());
      assertThat(used.getProtectionDomain().getCodeSource().getLocation())
          .isEqualTo(oldestFirst[0]);
    }
  }

  /** A program that has just begun. */
  public static final class Beginner implements Runnable {
    @Override
    public void run() {
      Polyproc.connect("localhost:1").close();
    }
  }

  @Test
  void shouldSayThatAnOlderProtobufDoesNotDo() throws Exception {
    String gone = "com.google.protobuf.GeneratedMessageV3"; // as from one that is too old
    try (URLClassLoader loader =
        new URLClassLoader(classPath(), ClassLoader.getPlatformClassLoader()) {
          @Override
          protected Class<?> findClass(String name) throws ClassNotFoundException {
            if (name.equals(gone)) {
              throw new ClassNotFoundException(name);
            }
            return super.findClass(name);
          }
        }) {
      Runnable program =
          (Runnable) loader.loadClass(Beginner.class.getName()).getConstructor().newInstance();
      assertThatThrownBy(program::run)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageStartingWith("Expected protobuf-java 3.25.5 or later on the class path,")
          .hasMessageContaining(".jar does not run the contract's classes; raise the version");
    }
  }

  /** In a method of its own, so that no variable keeps anything. */
  private WeakReference<ClassLoader> useAndClose() throws Exception {
    URLClassLoader loader = new URLClassLoader(classPath(), ClassLoader.getPlatformClassLoader());
    Function<String, Runnable> program = program(loader);
    String address = DAEMON.address();
    Runnable closing = staying.submit(() -> program.apply(address)).get(60, TimeUnit.SECONDS);
    assertThat(program.getClass()).isNotEqualTo(Program.class);
    closing.run();
    loader.close();
    return new WeakReference<>(loader);
  }

  @SuppressWarnings("unchecked") // It is that class, of the other loader.
  private static Function<String, Runnable> program(ClassLoader loader) throws Exception {
    return (Function<String, Runnable>)
        loader.loadClass(Program.class.getName()).getConstructor().newInstance();
  }

  private static URL[] classPath() throws Exception {
    List<URL> urls = new ArrayList<>();
    String paths =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    for (String path : paths.split(File.pathSeparator)) {
      urls.add(Path.of(path).toUri().toURL());
    }
    return urls.toArray(URL[]::new);
  }
}
