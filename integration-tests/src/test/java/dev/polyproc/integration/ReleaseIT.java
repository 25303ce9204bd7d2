package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.polyproc.v1.AdminServerInfoRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The release: what it holds, and that it runs without the clone. */
final class ReleaseIT {
  private static final String HOME = "/tmp/polyproc-$(id -u)";
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#\\s]+)(#[^)]*)?\\)");

  @RegisterExtension final OwnDaemons daemons = new OwnDaemons();
  @TempDir static Path folder;
  private static Path archive;
  private static Unpacked release;

  @BeforeAll
  static void unpack() throws Exception {
    archive = Unpacked.release(folder.resolve("first"), variables -> {});
    release = Unpacked.of(archive, Files.createDirectory(folder.resolve("there")));
  }

  @Test
  void shouldBeTheSameBytesWhereverItIsMade() throws Exception {
    Path again =
        Unpacked.release(
            folder.resolve("second"),
            variables -> {
              variables.put("TZ", "Asia/Tokyo");
              variables.put("LC_ALL", "C");
            });

    assertThat(again).hasSameBinaryContentAs(archive);
  }

  @Test
  void shouldHoldTheNextVersionsAgainstTheContractOfThisOne() throws Exception {
    assumeTrue(Files.exists(Launch.root().resolve(".tools/bin/buf")), "buf is not installed");
    Path clone = Files.createDirectory(folder.resolve("clone"));
    String unused =
        Unpacked.run(
            variables -> {},
            "bash",
            "-c",
            "cd "
                + Launch.root()
                + " && mkdir "
                + clone.resolve("proto")
                + " && cp -R scripts pom.xml buf.yaml "
                + clone
                + " && cp -R proto/src proto/baseline.binpb proto/conformance proto/third_party "
                + clone.resolve("proto")
                + " && mkdir -p "
                + clone.resolve("server/src/main")
                + " && cp -R server/src/main/proto "
                + clone.resolve("server/src/main/proto")
                + " && ln -s $PWD/.tools "
                + clone);
    Path pom = clone.resolve("pom.xml");
    Files.writeString(pom, Files.readString(pom).replaceFirst("-SNAPSHOT</version>", "</version>"));
    Path contract = clone.resolve("proto/src/main/proto/polyproc/v1/event.proto");
    Files.writeString(contract, Files.readString(contract) + "\nmessage Forgotten {}\n");

    Process release =
        new ProcessBuilder(clone.resolve("scripts/release").toString())
            .redirectErrorStream(true)
            .start();
    assertThat(new String(release.getInputStream().readAllBytes()))
        .contains(
            "Expected proto/baseline.binpb to be the contract of ", "make it anew: buf build");
    assertThat(release.waitFor()).isEqualTo(1);
  }

  @Test
  void shouldStartFasterTheSecondTimeAndDoWhatTheReadmeSays() throws Exception {
    assumeTrue(Grpcurl.find().isPresent(), "grpcurl is not installed");
    Path loaded = folder.resolve("loaded");
    DaemonProcess first = daemons.start(bare("-Xmx256m"));
    assertThat(first.log()).isEqualTo("polyprocd: preparing a faster start, once\n");
    first.signal("TERM");
    assertThat(first.awaitExit(Duration.ofSeconds(10))).isEqualTo(143);

    DaemonProcess daemon = daemons.start(bare("-Xmx256m -Xlog:class+load:file=" + loaded));
    String script =
        "set -e\ncd "
            + release.root()
            + "\nexport PATH=$PATH:"
            + Grpcurl.find().orElseThrow().getParent()
            + "\n"
            + String.join("\n", shellBlocks())
                .replace(HOME + "/polyproc.sock", daemon.socket().toString())
                .replace(HOME + "/token", daemon.tokenFile().toString())
                .replace("localhost:7461", "localhost:" + daemon.port());
    List<String> command = new ArrayList<>(Unpacked.bare(folder));
    command.addAll(List.of("bash", "-c", script));
    String printed = Unpacked.run(variables -> {}, command.toArray(String[]::new));

    assertThat(printed).contains("polyproc.v1.QueueService", "\"text\": \"hello\"");
    assertThat(daemon.log()).isEmpty();
    assertThat(Files.readString(loaded))
        .contains("dev.polyproc.server.Daemon source: shared objects file (top)");
    daemon.signal("TERM");
    assertThat(daemon.awaitExit(Duration.ofSeconds(10))).isEqualTo(143);
    assertThat(daemon.socket()).doesNotExist();
  }

  private Launch bare(String javaOptions) {
    List<String> words = new ArrayList<>(Unpacked.bare(folder));
    words.add("POLYPROCD_JAVA_OPTIONS=" + javaOptions);
    return Launch.inPrivateFolder().from(release.root()).through(words.toArray(String[]::new));
  }

  /** The README's commands but for those that start a daemon. */
  private List<String> shellBlocks() throws Exception {
    return release.document("README.md").section("Run it in a minute").blocks("sh").stream()
        .filter(block -> !block.contains("scripts/"))
        .toList();
  }

  @Test
  void shouldDoTheStepsOfItsDockerfile() throws Exception {
    Path image = Files.createDirectory(folder.resolve("image"));
    String user = Unpacked.run(variables -> {}, "id", "-u").strip();
    String steps =
        Files.readString(release.root().resolve("Dockerfile"))
            .replace("10001", user)
            .replaceAll("(?<= |\")/(opt|run)/", image + "/$1/");
    Files.createDirectories(image.resolve("run"));
    List<String> start = new ArrayList<>();
    for (String step : steps.lines().toList()) {
      if (step.startsWith("COPY . ")) {
        Program.copy(release.root(), Path.of(step.substring("COPY . ".length())));
        executable(image.resolve("opt/polyproc"));
      } else if (step.startsWith("RUN ")) {
        List<String> command = new ArrayList<>(Unpacked.bare(folder));
        command.addAll(List.of("sh", "-c", step.substring("RUN ".length())));
        String unused = Unpacked.run(variables -> {}, command.toArray(String[]::new));
      } else if (step.startsWith("ENTRYPOINT ") || step.startsWith("CMD ")) {
        start.addAll(List.of(step.replaceAll(".*\\[\"|\"]", "").split("\", \"")));
      }
    }
    assertThat(start).hasSizeGreaterThan(1).first().asString().startsWith(image.toString());

    // As a container does, in the folder of the first process: what is given are CMD's words.
    Launch launch =
        Launch.inPrivateFolder()
            .from(image.resolve("opt/polyproc"))
            .through(Unpacked.bare(folder).toArray(String[]::new))
            .atDefaultSocket(image.resolve("run/polyproc/polyproc.sock"))
            .flags(start.subList(1, start.size()).toArray(String[]::new));
    DaemonProcess daemon = daemons.start(launch);

    assertThat(daemon.log()).as("the archive of classes was made in the image").isEmpty();
    try (Client client = Client.over(daemon.socket())) {
      assertThat(
              client
                  .admin()
                  .serverInfo(AdminServerInfoRequest.getDefaultInstance())
                  .getServer()
                  .getVersion())
          .isNotEqualTo("development");
    }
  }

  @Test
  void shouldReplaceAnOlderReleaseByTheSameCommands() throws Exception {
    Path opt = Files.createDirectory(folder.resolve("opt"));
    String block = release.document("docs/install.md").until("With systemd").blocks("sh").get(0);
    String script =
        block
            .replaceAll("(?m)^scripts/release$", "")
            .replaceAll("(?m)^.*--help$", "")
            .replaceAll("target/polyproc-\\S+", archive.toString())
            .replace("/opt/", opt + "/");
    assertThat(script).contains("tar -xzf " + archive);
    for (int i = 0; i < 2; i++) {
      String unused = Unpacked.run(variables -> {}, "sh", "-ec", script);
      try (Stream<Path> files = Files.list(opt.resolve("polyproc"))) {
        assertThat(files.map(file -> file.getFileName().toString()))
            .contains("bin", "lib", "docs")
            .doesNotContain("old");
      }
      assertThat(opt).isDirectoryNotContaining(file -> !file.endsWith("polyproc"));
      Files.createFile(opt.resolve("polyproc/old"));
    }
  }

  /** A unit's user, and whoever is not the one that unpacked it, may write elsewhere only. */
  @Test
  void shouldKeepItsArchiveOfClassesWhereItsUserMayWrite() throws Exception {
    assumeTrue(Unpacked.run(variables -> {}, "id", "-u").equals("0\n"), "This is not root");
    Path shared = Files.createTempDirectory(Path.of("/tmp"), "polyproc-it-");
    try {
      Path root = shared.resolve("opt x"); // a blank is a character like any other
      Program.copy(release.root(), root);
      try (Stream<Path> made = Files.list(root.resolve("lib"))) {
        made.filter(file -> file.toString().endsWith(".jsa"))
            .forEach(file -> file.toFile().delete());
      }
      executable(root);
      String script =
          "chmod -R go=rX '%1$s'; install -d -m 700 -o 65534 '%1$s/cache'; exec env TMPDIR='%1$s/cache'"
                  .formatted(shared)
              + " CACHE_DIRECTORY='%1$s/cache' setpriv --reuid 65534 --regid 65534 --clear-groups"
                  .formatted(shared)
              + " '%1$s/lib/archive-classes' java '%1$s/lib/polyprocd.jar'".formatted(root);

      String archive = Unpacked.run(variables -> {}, "bash", "-c", script).strip();

      assertThat(archive).startsWith(shared.resolve("cache/polyprocd-").toString());
      assertThat(Path.of(archive)).isNotEmptyFile();
      assertThat(Unpacked.run(variables -> {}, "bash", "-c", script).strip()).isEqualTo(archive);
    } finally {
      String unused = Unpacked.run(variables -> {}, "rm", "-rf", shared.toString());
    }
  }

  /** A copy's modes, which COPY keeps. */
  private static void executable(Path root) {
    for (String file : List.of("bin/polyprocd", "scripts/polyprocd", "lib/archive-classes")) {
      assertThat(root.resolve(file).toFile().setExecutable(true)).isTrue();
    }
  }

  @Test
  void shouldHaveAUnitThatSystemdTakes() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/systemd-analyze")), "There is no systemd");
    String unit =
        Files.readString(release.root().resolve("polyprocd.service"))
            .replace("/opt/polyproc", release.root().toString());
    assertThat(unit).contains("Type=notify");
    Path file = Files.writeString(folder.resolve("polyprocd.service"), unit);

    String said =
        Unpacked.run(variables -> {}, "sh", "-c", "systemd-analyze verify " + file + " 2>&1");

    assertThat(said).doesNotContain("polyprocd.service");
  }

  @Test
  void shouldHoldAllThatItsPagesLinkTo() throws Exception {
    assertThat(release.root().resolve("proto/third_party/google/rpc/status.proto")).exists();
    assertThat(release.root().resolve("proto/conformance/conformance.proto")).exists();
    assertThat(release.root().resolve("examples/wordcount/cpp/worker.cc")).exists();
    assertThat(release.root().resolve("examples/memory/c/memory.c")).exists();
    assertThat(release.root().resolve("examples/pool/go/worker.go")).exists();
    assertThat(release.root().resolve("examples/wordcount/cpp/stubs"))
        .as("made here")
        .doesNotExist();
    List<Path> pages;
    try (Stream<Path> files = Files.walk(release.root())) {
      pages = files.filter(file -> file.toString().endsWith(".md")).toList();
    }
    assertThat(pages).hasSizeGreaterThan(10);
    for (Path page : pages) {
      LINK.matcher(Files.readString(page))
          .results()
          .map(link -> link.group(1))
          .filter(link -> !link.matches("https?://.*|#.*"))
          .forEach(link -> assertThat(page.resolveSibling(link)).as("in %s", page).exists());
    }
  }

  /** Two jars that bring a licence under one name must not cost one of them. */
  @Test
  void shouldKeepTheLicencesOfAllThatIsInTheJar() throws Exception {
    try (JarFile jar = new JarFile(release.jar().toFile())) {
      String notice = text(jar, "META-INF/NOTICE");
      assertThat(text(jar, "META-INF/LICENSE")).contains("Apache License", "Version 2.0");
      assertThat(text(jar, "META-INF/licenses/slf4j.txt")).contains("QOS.ch");
      assertThat(text(jar, "META-INF/licenses/protobuf.txt")).contains("Google Inc.");
      assertThat(text(jar, "META-INF/licenses/animal-sniffer.txt")).contains("codehaus");
      assertThat(text(jar, "META-INF/licenses/libffi.txt")).contains("Anthony Green");
      assertThat(text(jar, "META-INF/NOTICE.txt")).contains("The Netty Project");
      assertThat(text(jar, "META-INF/license/LICENSE.boringssl.txt")).isNotEmpty();

      List<String> groups =
          jar.stream()
              .map(entry -> entry.getName())
              .filter(name -> name.matches("META-INF/maven/[^/]+/.+/pom.properties"))
              .map(name -> name.split("/")[2])
              .distinct()
              .filter(group -> !group.equals("dev.polyproc"))
              .toList();
      assertThat(groups).isNotEmpty().allSatisfy(group -> assertThat(notice).contains(group));
      List<String> roots =
          jar.stream()
              .map(entry -> entry.getName())
              .filter(name -> name.endsWith(".class") && !name.startsWith("META-INF/"))
              .map(name -> name.replaceAll("^([^/]+/[^/]+).*", "$1").replace('/', '.'))
              .distinct()
              .filter(root -> !root.equals("dev.polyproc"))
              .toList();
      assertThat(roots)
          .isSubsetOf(
              "android.annotation",
              "com.google",
              "com.sun",
              "io.grpc",
              "io.perfmark",
              "javax.annotation",
              "org.codehaus",
              "org.jspecify",
              "org.slf4j");
    }
  }

  private static String text(JarFile jar, String name) throws Exception {
    assertThat(jar.getEntry(name)).as(name).isNotNull();
    return new String(jar.getInputStream(jar.getEntry(name)).readAllBytes());
  }
}
