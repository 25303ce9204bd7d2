package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.polyproc.v1.AdminListSessionsRequest;
import dev.polyproc.v1.SessionSummary;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What docs/shell.md shows, run as it stands there, from top to bottom in one shell. */
final class ShellIT {
  private static final Certificates CERTIFICATES = Certificates.shared();

  @RegisterExtension
  static final SharedDaemon daemon =
      SharedDaemon.with(CERTIFICATES.flags(CERTIFICATES.identity("server")));

  @RegisterExtension final Workplace workplace = new Workplace();

  @BeforeEach
  void prepare() {
    assumeTrue(Grpcurl.find().isPresent(), "grpcurl is not installed");
    DaemonProcess own = daemon.get();
    workplace
        .replace("/tmp/polyproc-$(id -u)/polyproc.sock", own.socket())
        .replace("/tmp/polyproc-$(id -u)/token", own.tokenFile())
        .replace("localhost:7461", "localhost:" + own.port())
        .replace("localhost:7462", "localhost:" + own.listenPort())
        .replace("-cacert ca.pem", "-cacert " + CERTIFICATES.ca());
  }

  @Test
  void shouldRunEveryCommandInItsOrder() throws Exception {
    Document page = Document.at("docs/shell.md");
    assertThat(page.languages()).containsExactly("sh");
    assumeTrue(Workplace.has("jq"), "jq is not installed");

    String printed = workplace.shell(String.join("\n", page.blocks("sh")));

    assertThat(printed)
        .contains("// Puts an item at the tail, or where")
        .contains("\"reserved\": 0")
        .contains("\n8\nhello\n5\n# Polyproc\n") // the fields that are cut out
        .contains("{\"text\":\"any \\\"text\\\" \\\\ at all\"}")
        .contains("exit code 69\nOBJECT_NOT_FOUND\n")
        .contains("\"owner\": \"job 7\"")
        .contains("the nightly job")
        .contains("\n3\n{\n  \"permits\": 5\n}\n") // of the semaphore
        .contains("\n1\n{}\n{\n  \"open\": true\n}\n") // of the latch
        .contains("GUARD_FAILED\n")
        .contains("\"index\": 1")
        .contains("BARRIER_BROKEN\n{\n  \"was_broken\": true,\n  \"reset\": true\n}\n")
        .contains("\"text\": \"second\"")
        .contains("\n2\n{}\n") // the second attempt, acknowledged
        .contains("\nno job came\n")
        .contains("\"text\": \"bad\"")
        .contains("QUEUE_DEAD_LETTER_CAUSE_GIVEN_UP\n1\n{}\n") // redriven, acknowledged
        .contains("task: urgent\ntask: routine\n")
        .contains("task: a little later\ntrue\nTASK_DONE_TOO_OFTEN\n")
        .contains("{\"size\":1,\"paused\":true,\"duplicates\":\"1\"}")
        .contains("\n42\n")
        .contains("\n3\nhello world\n")
        .contains("[\"1\",\"9\",null]\n[\"2\",\"144\",null]\n[\"3\",null,\"no such function\"]\n")
        .contains("{\n  \"cancelled\": 1\n}\n")
        .contains("{\n  \"joined\": true\n}\n")
        .contains(
            "starts of workers failed one after the other, the last so: its process exited with")
        .contains("\"client\": \"stuck\"")
        .contains("AdminService/CloseSession: it hung since midnight")
        .contains("it was closed\n")
        .contains("gone, as it was deleted above")
        .endsWith("}\n");
    assertThat(sessions()).as("the script has ended its own").isEmpty();
    assertThat(printed.split("\"contract_revision\"")).as("three ways").hasSize(4);
    assertThat(printed).doesNotContain("The session has ended");
  }

  @Test
  void shouldRunANightlyJobOnce() throws Exception {
    Document page = Document.at("docs/shell.md");
    String nightly =
        page.section("Locks").blocks("sh").get(1).replace("nightly\"", "once-a-night\"");

    String printed = workplace.shell(session() + nightly + nightly);

    assertThat(printed).containsOnlyOnce("the nightly job");
  }

  /** The times of few seconds, and the socket behind a link. */
  private void hurry() {
    workplace
        .replace(daemon.get().socket().toString(), workplace.folder().resolve("link"))
        .environment("SOCKET", daemon.get().socket().toString())
        .replace("30s", "4s")
        .replace("sleep 5", "sleep 0.3")
        .replace("-connect-timeout 5", "-connect-timeout 0.5");
  }

  /** The commands of a script that has a session. */
  private static String session() throws IOException {
    Document page = Document.at("docs/shell.md");
    String helper = page.section("The helper").blocks("sh").get(0);
    String fields = page.section("What goes in").blocks("sh").get(2);
    String reason = page.section("How a call ends").blocks("sh").get(0);
    String session = page.section("A session").blocks("sh").get(0);
    return helper.substring(0, helper.indexOf("}\n") + 2)
        + fields.lines().findFirst().orElseThrow()
        + "\n"
        + reason.lines().filter(line -> line.startsWith("reason()")).findFirst().orElseThrow()
        + "\n"
        + session;
  }

  @Test
  void shouldKeepASessionThroughAnOutage() throws Exception {
    hurry();
    String printed =
        workplace.shell(
            "ln -s $SOCKET link\n"
                + session()
                + "rm link; sleep 1; ln -s $SOCKET link; sleep 4\n"
                + "in_session SessionService/KeepAlive '{}'\n");

    assertThat(printed)
        .doesNotContain("The session has ended")
        .endsWith("\"time_to_live\": \"4s\"\n}\n");
    assertThat(sessions()).isEmpty();
  }

  private List<SessionSummary> sessions() {
    try (Client client = daemon.client()) {
      return client
          .admin()
          .listSessions(AdminListSessionsRequest.getDefaultInstance())
          .getSessionsList();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"sleep 100", "said=$(sleep 100; echo nothing)"})
  void shouldEndWithItsSessionAtOnce(String hanging) throws Exception {
    hurry();
    workplace.write(
        "script",
        session() + "in_session SessionService/End '{}'\n" + hanging + "\necho went on\n");

    String printed =
        workplace.shell("ln -s $SOCKET link\nbash -e script || echo \"exit code $?\"\n");

    assertThat(printed)
        .contains("The session has ended")
        .doesNotContain("went on")
        .endsWith("exit code 143\n");
  }

  @Test
  void shouldNotSpeakForAScriptThatWasStopped() throws Exception {
    hurry();
    workplace.write("script", session() + "kill -STOP $$\nsleep 100\n");

    String printed =
        workplace.shell(
            """
            ln -s $SOCKET link
            bash -e script & script=$!
            until grep -q '^State:.T' /proc/$script/status; do sleep 0.1; done
            list="grpcurl -plaintext -unix $SOCKET polyproc.v1.AdminService/ListSessions"
            while $list | grep -q '"a script"'; do sleep 0.1; done
            kill -CONT $script
            wait $script || echo "exit code $?"
            """);

    assertThat(printed).contains("The session has ended").endsWith("exit code 143\n");
  }

  /** A command of the page, alone. */
  private static String function(String section, int block, String name) throws IOException {
    String code = Document.at("docs/shell.md").section(section).blocks("sh").get(block);
    int start = code.indexOf(name + "()");
    return code.substring(start, code.indexOf("\n}\n", start) + 3);
  }

  /** The commands of a session, whose calls a test can come between. */
  private static String betweenCalls(String instead) throws IOException {
    return session()
        + "attempt=20\n"
        + function("A session", 1, "once")
        + "eval \"real_$(declare -f polyproc)\"\n"
        + "polyproc() {\n"
        + instead
        + "  real_polyproc \"$@\"\n}\n";
  }

  @Test
  void shouldLeadAlthoughAnAnswerWasLost() throws Exception {
    String printed =
        workplace.shell(
            betweenCalls(
                    "  if [ $1 = LockService/Acquire ] && [ ! -e lost ]; then\n"
                        + "    touch lost; real_polyproc \"$@\" >/dev/null; return 78\n"
                        + "  fi\n")
                + function("Leader election", 0, "lead")
                + "polyproc LockService/Create '{\"lock\": \"leader\"}' >/dev/null\n"
                + "echo \"term $(lead \"$session\")\"\n"
                + "polyproc LockService/Get '{\"lock\": \"leader\"}' | field token\n");

    assertThat(printed).containsPattern("term [0-9]+\n");
  }

  @Test
  void shouldWaitLongerThanAnAttempt() throws Exception {
    String printed =
        workplace.shell(
            betweenCalls("")
                + "attempt=1\n"
                + "polyproc LockService/Create '{\"lock\": \"patient\"}' >/dev/null\n"
                + "polyproc ConditionService/Create"
                + " '{\"condition\": \"never\", \"lock\": \"patient\"}' >/dev/null\n"
                + "token=$(once LockService/Acquire '{\"lock\": \"patient\"}' | field token)\n"
                + "once ConditionService/Wait '{\"condition\": \"never\", \"token\": '$token',"
                + " \"timeout\": \"2.5s\"}' | field token\n"
                + "polyproc LockService/Get '{\"lock\": \"patient\"}' | field token\n");

    assertThat(printed).containsPattern("(?m)^([0-9]+)\\n\\1$");
  }

  @Test
  void shouldDeleteWhatStandsBehindAnEmptyPage() throws Exception {
    String printed =
        workplace.shell(
            betweenCalls(
                    "  if [ $1 = AdminService/List ]; then\n"
                        + "    case $2 in\n"
                        + "      *skipped*) set -- $1 \"${2/skipped/}\" ;;\n"
                        + "      *) echo '  \"next_page_token\": \"skipped\"'; return ;;\n"
                        + "    esac\n"
                        + "  fi\n")
                + function("Look and clean up", 0, "delete_all")
                + "for i in 1 2 3; do\n"
                + "  polyproc EventService/Create '{\"event\": \"heap/'$i'\"}' >/dev/null\n"
                + "done\n"
                + "delete_all heap/\n"
                + "left=$(real_polyproc AdminService/List '{\"prefix\": \"heap/\"}')\n"
                + "echo \"left: $(field name <<<\"$left\").\"\n");

    assertThat(printed).contains("left: .");
  }
}
