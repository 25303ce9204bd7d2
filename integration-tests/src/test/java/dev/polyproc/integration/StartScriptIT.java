package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.polyproc.files.Users;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code scripts/polyprocd} does before there is a daemon. */
final class StartScriptIT {
  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir Path folder;
  private Path clone = Path.of("");
  private Path tools = Path.of("");
  private final List<Process> started = new ArrayList<>();

  /** As much of a clone as the script looks at, where nothing is built; and no Maven. */
  @BeforeEach
  void makeAClone() throws IOException {
    clone = folder.resolve("clone");
    tools = Files.createDirectory(folder.resolve("tools"));
    for (String file :
        new String[] {
          "scripts/polyprocd",
          "scripts/lib/archive-classes",
          "pom.xml",
          "server/src/main/resources/dev/polyproc/server/usage.txt"
        }) {
      Path copy = clone.resolve(file);
      Files.createDirectories(Objects.requireNonNull(copy.getParent()));
      Files.copy(Launch.root().resolve(file), copy);
    }
  }

  @AfterEach
  void end() {
    started.forEach(Process::destroyForcibly);
  }

  @Test
  void shouldTellHowItIsCalledWithoutABuild() throws Exception {
    Launch built = Launch.in(folder.resolve("home"));
    for (String flag : new String[] {"--help", "-h", "-V", "--version"}) {
      Process script = start("env", "PATH=" + tools + ":/usr/bin:/bin", script(), "--port", flag);

      assertThat(exit(script)).isZero();
      assertThat(printed()).as(flag).isEqualTo(built.flags(flag).run().output());
      assertThat(said()).isEmpty();
    }
  }

  @Test
  void shouldSayAWordWhileItBuildsAndEndTheBuildWithItself() throws Exception {
    tool("mvn", "echo $$ >" + folder.resolve("pid") + "; exec tail -f /dev/null");
    tool("sleep", "exec /bin/sleep 0.02");

    Process script = start(script());
    await().atMost(LONG).until(() -> said().split("still building", -1).length > 2);
    script.destroy();

    assertThat(exit(script)).isEqualTo(143);
    long build = Long.parseLong(Files.readString(folder.resolve("pid")).strip());
    await().atMost(LONG).until(() -> ProcessHandle.of(build).isEmpty());
    assertThat(said())
        .startsWith("polyprocd: building the daemon, once, which takes a few minutes\n");
  }

  @Test
  void shouldEndAsABuildThatFails() throws Exception {
    tool("mvn", "echo 'no network' >&2; exit 7");

    assertThat(exit(start(script()))).isEqualTo(7);
    assertThat(said()).contains("no network").doesNotContain("still building");
  }

  /**
   * Some builds of Maven print control characters where there is no terminal and nothing to say.
   */
  @Test
  void shouldHearNothingOfABuildThatHasNothingToSay() throws Exception {
    assumeTrue(Workplace.has("mvn"), "Maven is not installed");
    Process maven =
        new ProcessBuilder(
                "mvn", "-q", "-B", "-o", "-N", "-f", Launch.root().toString(), "validate")
            .redirectErrorStream(true)
            .start();

    assertThat(new String(maven.getInputStream().readAllBytes())).isEmpty();
    assertThat(maven.waitFor()).isZero();
  }

  /** The virtual machine would take the classes of the other one out of it. */
  @Test
  void shouldNotTakeAnArchiveOfClassesForAnotherJarOfItsSizeAndTime() throws Exception {
    Path release = release();
    tool("java", "for word; do case $word in *AtExit=*) echo made >\"${word#*=}\" ;; esac; done");
    Path jar = release.resolve("lib/polyprocd.jar");
    FileTime time = Files.getLastModifiedTime(jar);
    String make = release + "/lib/archive-classes " + tools + "/java " + jar;
    String find = make + " find || echo none";
    String made = Unpacked.run(variables -> {}, "sh", "-c", make);
    assertThat(Path.of(made.strip())).hasContent("made");
    assertThat(Unpacked.run(variables -> {}, "sh", "-c", find)).isEqualTo(made);

    Files.writeString(jar, "on jar");
    Files.setLastModifiedTime(jar, time);

    assertThat(Unpacked.run(variables -> {}, "sh", "-c", find)).isEqualTo("none\n");
  }

  /** What it makes would go with the container, and each of them would wait for it. */
  @Test
  void shouldMakeNoArchiveOfClassesAsTheFirstProcess() throws Exception {
    Path release = release();
    tool("java", "echo \"$@\"");

    Process script = start(firstProcess(release));

    assertThat(exit(script)).isZero();
    assertThat(printed()).contains("-jar " + release + "/lib/polyprocd.jar").doesNotContain("jsa");
    assertThat(said()).isEmpty();
  }

  @Test
  void shouldHearAsTheFirstProcessThatItIsToEnd() throws Exception {
    Path release = release();
    Path there = folder.resolve("there");
    Path go = folder.resolve("go");
    String unused = Unpacked.run(variables -> {}, "mkfifo", go.toString());
    Path archive = release.resolve("lib/archive-classes");
    Files.writeString(archive, "#!/bin/sh\n: >" + there + "\nread -r word <" + go + "\n");
    tool("java", "echo started");

    Process script = start(firstProcess(release));
    await().atMost(LONG).until(() -> Files.exists(there));
    assertThat(script.children().findFirst().orElseThrow().destroy()).isTrue();
    Files.writeString(go, "on\n");

    assertThat(exit(script)).isEqualTo(143);
    assertThat(printed()).isEmpty();
  }

  private Path release() throws IOException {
    Path release = folder.resolve("release");
    for (String file : new String[] {"bin/polyprocd", "lib/archive-classes"}) {
      Files.createDirectories(Objects.requireNonNull(release.resolve(file).getParent()));
    }
    Files.copy(clone.resolve("scripts/polyprocd"), release.resolve("bin/polyprocd"));
    Files.copy(
        clone.resolve("scripts/lib/archive-classes"), release.resolve("lib/archive-classes"));
    Files.writeString(release.resolve("lib/polyprocd.jar"), "no jar");
    return release;
  }

  private String[] firstProcess(Path release) {
    assumeTrue(Users.own() == Users.ROOT, "only root can make a pid namespace");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/unshare")), "unshare is not here");
    return new String[] {
      "unshare", "--pid", "--fork", "--kill-child", release.resolve("bin/polyprocd").toString()
    };
  }

  private String script() {
    return clone.resolve("scripts/polyprocd").toString();
  }

  private void tool(String name, String script) throws IOException {
    Path tool = Files.writeString(tools.resolve(name), "#!/bin/sh\n" + script + "\n");
    assertThat(tool.toFile().setExecutable(true)).isTrue();
  }

  /** With our tools before those of the system. */
  private Process start(String... command) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectOutput(folder.resolve("printed").toFile())
            .redirectError(folder.resolve("said").toFile());
    builder.environment().remove("JAVA_HOME");
    builder.environment().merge("PATH", tools + ":", (path, ours) -> ours + path);
    Process process = builder.start();
    started.add(process);
    return process;
  }

  private static int exit(Process process) throws InterruptedException {
    assertThat(process.waitFor(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }

  private String printed() throws IOException {
    return Files.readString(folder.resolve("printed"));
  }

  private String said() throws IOException {
    return Files.readString(folder.resolve("said"));
  }
}
