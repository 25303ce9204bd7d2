package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.polyproc.files.Users;
import dev.polyproc.v1.AdminServerInfoRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the page on installing says of Kubernetes, in folders as it mounts them. */
final class KubernetesIT {
  private static final String TOKEN = "0123456789abcdef";

  @RegisterExtension final OwnDaemons daemons = new OwnDaemons();
  private Path mounted = Path.of("");
  private String page = "";

  @BeforeEach
  void mount() throws Exception {
    assumeTrue(Users.own() == Users.ROOT, "only root can make what belongs to root and a group");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/setpriv")), "setpriv is not here");
    mounted = Files.createTempDirectory(Path.of("/tmp"), "polyproc-it-");
    page = Document.at("docs/install.md").section("In Kubernetes").blocks("yaml").get(0);
    String unused =
        Unpacked.run(
            variables -> {},
            "sh",
            "-ec",
            """
            cd "$1"; chmod 755 .; mkdir -m 2777 shared; mkdir -m 3777 secret; mkdir secret/..2026
            printf '%s\\n' "$2" >secret/..2026/token
            chmod "$3" secret/..2026/token
            ln -s ..2026 secret/..data; ln -s ..data/token secret/token
            chgrp -R "$4" shared secret; chmod 2777 shared; chmod 3777 secret
            install -d -m 700 -o "$4" home
            mkdir -p opt/scripts opt/server/target
            cp "$5/scripts/polyprocd" opt/scripts; cp "$5/server/target/polyprocd.jar" opt/server/target
            chmod -R go=rX opt
            """,
            "sh",
            mounted.toString(),
            TOKEN,
            said("defaultMode: (\\d+)"),
            said("fsGroup: (\\d+)"),
            Launch.root().toString());
  }

  @AfterEach
  void unmount() throws Exception {
    if (!page.isEmpty()) {
      String unused = Unpacked.run(variables -> {}, "rm", "-rf", mounted.toString());
    }
  }

  @Test
  void shouldServeInASharedFolderWithASecretForAToken() throws Exception {
    assertThat(launch().run().errors())
        .contains("in which nobody else may write, but " + mounted.resolve("shared"));

    String[] first = said("command: \\[(.*)]").replace("\"", "").split(", ");
    first[first.length - 1] = mounted + first[first.length - 1];
    String unused = Unpacked.run(variables -> {}, first);
    DaemonProcess daemon = daemons.start(launch());

    try (Client client = Client.over(daemon.port(), TOKEN)) {
      assertThat(client.admin().serverInfo(AdminServerInfoRequest.getDefaultInstance()).hasServer())
          .isTrue();
    }
    daemon.signal("TERM");
    assertThat(daemon.awaitExit(Duration.ofSeconds(30))).isEqualTo(143);
    assertThat(mounted.resolve("secret/token")).isSymbolicLink().content().contains(TOKEN);
  }

  /** Its files elsewhere than in the image's folder, which is another user's. */
  private Launch launch() throws IOException {
    String[] words = said("args: \\[(.*)]").split(", ");
    for (int i = 1; i < words.length; i += 2) {
      words[i] = mounted + words[i];
    }
    Path socket = Path.of(words[1]);
    assertThat(said("value: \"unix:(.*)\""))
        .isEqualTo(words[1].substring(mounted.toString().length()));
    return Launch.in(mounted.resolve("home"))
        .flags(words)
        .from(mounted.resolve("opt"))
        .atDefaultSocket(socket)
        .environment("JAVA_HOME", System.getProperty("java.home"))
        .environment("HOME", mounted.resolve("home").toString())
        .through(
            "setpriv",
            "--reuid",
            said("runAsUser: (\\d+), runAsGroup"),
            "--regid",
            said("runAsGroup: (\\d+)"),
            "--clear-groups");
  }

  /** What the page says at a place. */
  private String said(String pattern) {
    Matcher found = Pattern.compile(pattern).matcher(page);
    assertThat(found.find()).as(pattern).isTrue();
    return found.group(1);
  }
}
