package dev.polyproc.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.client.Polyproc;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What docs/client-java.md shows, run as it stands there, on an embedded daemon. */
@Timeout(120)
@ExtendWith(PolyprocExtension.class)
final class ClientPageTest {
  private static final Pattern BLOCK = Pattern.compile("```java\\n(.*?)```", Pattern.DOTALL);

  /** Where a snippet connects, the daemon is this test's. */
  private static final Pattern CONNECT =
      Pattern.compile("Polyproc\\.(connect|builder)\\(\\)(\\s*\\.address\\([^\\n]*)?");

  @TempDir Path folder;

  private static List<String> blocks() throws IOException {
    String page = Files.readString(Path.of("..", "docs", "client-java.md"));
    return BLOCK.matcher(page).results().map(block -> block.group(1)).toList();
  }

  private static boolean isTest(String block) {
    return block.startsWith("@ExtendWith");
  }

  private static boolean sharesMemory(String block) {
    return block.contains(".sharedArray(");
  }

  @Test
  void shouldRunWhatThePageShows(EmbeddedDaemon daemon, Polyproc polyproc) throws Exception {
    List<String> snippets = blocks().stream().filter(block -> !isTest(block)).toList();
    assertThat(snippets).hasSizeGreaterThan(6);
    StringBuilder program = new StringBuilder();
    for (String at : List.of("client", "embedded")) {
      program.append("import dev.polyproc.").append(at).append(".*;\n");
    }
    program
        .append("import dev.polyproc.v1.ElementType;\nimport dev.polyproc.v1.ErrorReason;\n")
        .append("import dev.polyproc.v1.QueueCreateRequest;\n")
        .append("import java.math.BigDecimal;\n")
        .append("import java.time.*;\nimport java.util.*;\nimport java.util.concurrent.*;\n")
        .append("public class Page {\n");
    for (int i = 0; i < snippets.size(); i++) {
      program
          .append("public static void run" + i)
          .append("(EmbeddedDaemon daemon, Polyproc polyproc) throws Exception {\n")
          .append(CONNECT.matcher(snippets.get(i)).replaceAll("daemon.$1()"))
          .append("}\n");
    }
    compile(program.append("}\n").toString());

    URL[] classes = {folder.toUri().toURL()};
    try (URLClassLoader loader = new URLClassLoader(classes, getClass().getClassLoader())) {
      Class<?> page = loader.loadClass("Page");
      for (int i = 0; i < snippets.size(); i++) {
        if (sharesMemory(snippets.get(i))) {
          continue; // An embedded daemon has none.
        }
        page.getMethod("run" + i, EmbeddedDaemon.class, Polyproc.class)
            .invoke(null, daemon, polyproc);
      }
    }
  }

  private void compile(String program) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter said = new StringWriter();
    JavaFileObject source =
        new SimpleJavaFileObject(URI.create("mem:///Page.java"), JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean lenient) {
            return program;
          }
        };
    String path =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    List<String> options = List.of("-cp", path, "-proc:none", "-d", folder.toString());
    boolean done = compiler.getTask(said, null, null, options, null, List.of(source)).call();
    assertThat(done).as(said.toString()).isTrue();
  }

  @Test
  void shouldShowTheRecipeForARestartAsTheReadmeDoes() throws Exception {
    String recipe =
        blocks().stream().filter(block -> block.contains("catch (SessionLost")).findFirst().get();
    assertThat(Files.readString(Path.of("..", "README.md"))).contains("```java\n" + recipe);
  }

  @Test
  void shouldShowMemoryThatATestOfTheClientShares() throws Exception {
    List<String> shown = blocks().stream().filter(ClientPageTest::sharesMemory).toList();
    Path test =
        Path.of("../client-java/src/test/java/dev/polyproc/client/PolySharedArrayTest.java");

    assertThat(shown).isNotEmpty();
    String run = Files.readString(test).replaceAll("(?m)^    ", "");
    assertThat(shown).allMatch(run::contains);
  }

  @Test
  void shouldShowATestThatIsRun() throws Exception {
    String shown = blocks().stream().filter(ClientPageTest::isTest).findFirst().orElseThrow();
    Path test = Path.of("src/test/java/dev/polyproc/embedded/CrashTest.java");
    assertThat(Files.readString(test)).contains(shown);
  }
}
