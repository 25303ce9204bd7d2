package dev.polyproc.integration;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

/**
 * The daemon on a log that applies later and makes its engine again now and then, as the server's
 * own tests have it. With the system property {@code polyproc.late.seed} the daemons that tests
 * share are such ones.
 *
 * <p>What repeats itself does so less often there, and everywhere less often than {@code
 * -Dpolyproc.full=true} asks for, as {@code scripts/soak} does.
 */
final class LateInstallation {
  private static final String SEED = "polyproc.late.seed";
  private static final String SOURCES = "server/src/test/java/dev/polyproc/server";

  private LateInstallation() {}

  /** How often a test does what it repeats. */
  static int many(int full, int usually, int onTheLateLog) {
    if (Boolean.getBoolean("polyproc.full")) {
      return full;
    }
    return System.getProperty(SEED) == null ? usually : onTheLateLog;
  }

  /** The same start, of such a daemon where the property asks for one. */
  static Launch ifAskedFor(Launch launch) {
    return System.getProperty(SEED) == null
        ? launch
        : launch
            .from(Made.FOLDER)
            .javaOptions("-Xmx256m -D" + SEED + "=" + System.getProperty(SEED));
  }

  /** Made once. */
  private static final class Made {
    private static final Path FOLDER = make();
  }

  private static Path make() {
    try {
      Path folder = Files.createTempDirectory("polyproc-late-");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
      Path jar = Launch.root().resolve("server/target/polyprocd.jar");
      Path classes = Files.createDirectory(folder.resolve("classes"));
      compile(classes, jar);
      Files.createDirectory(folder.resolve("scripts"));
      Files.copy(Launch.root().resolve("scripts/polyprocd"), folder.resolve("scripts/polyprocd"));
      Path target = Files.createDirectories(folder.resolve("server/target"));
      writeJar(target.resolve("polyprocd.jar"), classes.toUri() + " " + jar.toUri());
      return folder;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void compile(Path classes, Path jar) {
    List<String> words =
        new ArrayList<>(List.of("-proc:none", "-d", classes.toString(), "-cp", jar.toString()));
    Path sources = Launch.root().resolve(SOURCES);
    words.add(sources.resolve("LateMain.java").toString());
    words.add(sources.resolve("log/LateLog.java").toString());
    if (ToolProvider.getSystemJavaCompiler().run(null, null, null, words.toArray(String[]::new))
        != 0) {
      throw new IllegalStateException("Expected the server's LateLog to compile");
    }
  }

  private static void writeJar(Path jar, String classPath) throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, "dev.polyproc.server.LateMain");
    manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH, classPath);
    try (OutputStream file = Files.newOutputStream(jar)) {
      new JarOutputStream(file, manifest).close();
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
