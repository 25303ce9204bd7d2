package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the script tells the virtual machine yields to what its user tells it. */
final class JavaOptionsIT {
  private static final String FINAL_FLAGS = "-XX:+PrintFlagsFinal -Xmx64m ";

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "JAVA_TOOL_OPTIONS, -XX:+UseG1GC, UseG1GC, true",
    "JDK_JAVA_OPTIONS, -XX:+UseG1GC, UseG1GC, true",
    "_JAVA_OPTIONS, -XX:+UseParallelGC, UseParallelGC, true",
    "JAVA_TOOL_OPTIONS, -XX:+UseSerialGC, UseSerialGC, true",
    "JAVA_TOOL_OPTIONS, -XX:MinRAMPercentage=30, MinRAMPercentage, 30.000000",
    "JAVA_TOOL_OPTIONS, -XX:-ExitOnOutOfMemoryError, ExitOnOutOfMemoryError, false",
    "JAVA_TOOL_OPTIONS, -Xshare:off, UseSharedSpaces, false",
    "JAVA_TOOL_OPTIONS, -Dnothing=at.all, UseSerialGC, true",
    "JAVA_TOOL_OPTIONS, -Dnothing=at.all, MinRAMPercentage, 33.000000",
    "JAVA_TOOL_OPTIONS, -XX:MaxRAM=256m, MinRAMPercentage, 33.000000",
  })
  void shouldYieldInWhateverVariableTheUserSaysIt(
      String variable, String option, String flag, String value) throws Exception {
    assertThat(flags(Launch.in(folder).javaOptions(FINAL_FLAGS).environment(variable, option)))
        .containsPattern("\\s" + flag + "\\s+= " + value + "\\s");
  }

  @Test
  void shouldYieldToACollectorInItsOwnVariable() throws Exception {
    assertThat(flags(Launch.in(folder).javaOptions(FINAL_FLAGS + "-XX:+UseParallelGC")))
        .containsPattern("\\sUseParallelGC\\s+= true\\s")
        .containsPattern("\\sUseSerialGC\\s+= false\\s");
  }

  @Test
  void shouldYieldToACollectorInQuotes() throws Exception {
    Launch quoted = Launch.in(folder).environment("JDK_JAVA_OPTIONS", "\"-XX:+UseG1GC\"");
    assertThat(flags(quoted.javaOptions(FINAL_FLAGS))).containsPattern("\\sUseG1GC\\s+= true\\s");
  }

  /** What is kept in a large heap would stop all calls while the serial one goes through it. */
  @ParameterizedTest
  @ValueSource(strings = {"-Xmx01g", "-Xmx64m -Xmx1048576k", "-XX:MaxHeapSize=1073741824"})
  void shouldTakeShenandoahForALargeHeapThatTheUserGives(String heap) throws Exception {
    assumeTrue(
        Runtime.getRuntime().availableProcessors() >= 2, "There is no second processor for it");
    assumeTrue(hasShenandoah(), "This Java has no Shenandoah");

    assertThat(flags(Launch.in(folder).javaOptions("-XX:+PrintFlagsFinal " + heap)))
        .containsPattern("\\sUseShenandoahGC\\s+= true\\s")
        .containsPattern("\\sShenandoahPacing\\s+= false\\s");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-Xmx1023m",
        "-Xmx4g -Xmx256m",
        "-Xmx1g -XX:+UseSerialGC",
        "-Xms9m -Xmx1000M",
        "-Xmx64m -Dx=-Xmx8g",
        "-Xmx2g -XX:ActiveProcessorCount=1"
      })
  void shouldTakeTheSerialOneElse(String heap) throws Exception {
    assertThat(flags(Launch.in(folder).javaOptions("-XX:+PrintFlagsFinal " + heap)))
        .containsPattern("\\sUseSerialGC\\s+= true\\s");
  }

  @Test
  void shouldTakeTheSerialOneOnOneProcessor() throws Exception {
    assumeTrue(Files.exists(Path.of("/usr/bin/taskset")), "There is no taskset");
    Launch launch = Launch.in(folder).through("taskset", "-c", "0");

    assertThat(flags(launch.javaOptions("-XX:+PrintFlagsFinal -Xmx1g")))
        .containsPattern("\\sUseSerialGC\\s+= true\\s");
    // That of another program does not count.
    assertThat(
            flags(
                launch
                    .environment("OMP_NUM_THREADS", "2")
                    .javaOptions("-XX:+PrintFlagsFinal -Xmx1g")))
        .containsPattern("\\sUseSerialGC\\s+= true\\s");
  }

  /** To name it to a Java that has none would end that. */
  @Test
  void shouldTakeTheSerialOneWhereNothingSaysThatTheJavaHasShenandoah() throws Exception {
    Path home = folder.resolve("java");
    Path bin = Files.createDirectories(home.resolve("bin"));
    Path real = Path.of(System.getProperty("java.home"), "bin", "java");
    Path java = Files.writeString(bin.resolve("java"), "#!/bin/sh\nexec " + real + " \"$@\"\n");
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));

    Launch launch = Launch.in(folder).environment("JAVA_HOME", home.toString());
    assertThat(flags(launch.javaOptions("-XX:+PrintFlagsFinal -Xmx1g")))
        .containsPattern("\\sUseSerialGC\\s+= true\\s");
  }

  private static boolean hasShenandoah() throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return new ProcessBuilder(java, "-XX:+UseShenandoahGC", "-version").start().waitFor() == 0;
  }

  @Test
  void shouldYieldToAFileOfOptions() throws Exception {
    Path options = Files.writeString(folder.resolve("options"), "-XX:+UseG1GC\n");

    assertThat(flags(Launch.in(folder).javaOptions(FINAL_FLAGS + "-XX:VMOptionsFile=" + options)))
        .containsPattern("\\sUseG1GC\\s+= true\\s");
  }

  @Test
  void shouldStartTheDaemonWithAnotherCollector() {
    try (DaemonProcess daemon =
        Launch.in(folder.resolve("home")).javaOptions("-Xmx128m -XX:+UseG1GC").start()) {
      assertThat(daemon.log()).isEmpty();
    }
  }

  /** What the virtual machine says of its flags when the daemon only prints its version. */
  private static String flags(Launch launch) {
    Launch.Outcome outcome = launch.flags("--version").run();
    assertThat(outcome.exit()).as(outcome.errors()).isZero();
    return outcome.output();
  }
}
