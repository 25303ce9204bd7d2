package dev.polyproc.integration;

import static dev.polyproc.integration.Requests.acquire;
import static dev.polyproc.integration.Requests.createLock;
import static dev.polyproc.integration.Requests.createQueue;
import static dev.polyproc.integration.Requests.put;
import static dev.polyproc.integration.Requests.reserve;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.util.Durations;
import dev.polyproc.files.Users;
import dev.polyproc.v1.AdminDescribeRequest;
import dev.polyproc.v1.AdminServerInfoRequest;
import dev.polyproc.v1.ClientProcess;
import dev.polyproc.v1.LockAcquireResponse;
import dev.polyproc.v1.OutputSource;
import dev.polyproc.v1.ProcessOutputRequest;
import dev.polyproc.v1.ProcessStartRequest;
import dev.polyproc.v1.QueueGetResponse;
import dev.polyproc.v1.SessionAttachRequest;
import dev.polyproc.v1.SessionKeepAliveRequest;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.SessionOpenResponse;
import dev.polyproc.v1.SessionServiceGrpc;
import io.grpc.StatusRuntimeException;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The death of a process is seen by itself: its connection may live on in the hands of a child, and
 * its session may have an hour to live. What becomes of one that is stopped is in {@link
 * DeadClientIT}.
 */
@Timeout(120)
final class ProcessDeathIT {
  private static final long HOUR = 3_600;
  private static final int KILLS = 5;
  private static final int SESSIONS = 10_000;
  private static final int DESCRIPTORS = 160;
  private static final String NOBODY = "65534";

  @RegisterExtension static final SharedDaemon daemon = SharedDaemon.with();
  @RegisterExtension final OwnDaemons daemons = new OwnDaemons();

  private final List<Puppet> puppets = new ArrayList<>();
  private final List<Process> processes = new ArrayList<>();
  private final Client client = daemon.client();

  /** From when on a session lives in a process. */
  enum Since {
    OPEN,
    ATTACH
  }

  @AfterEach
  void end() {
    puppets.forEach(Puppet::close);
    processes.forEach(Process::destroyForcibly);
    client.close();
  }

  private Puppet puppet() {
    return keep(Puppet.over(daemon.get()));
  }

  private Puppet keep(Puppet puppet) {
    puppets.add(puppet);
    return puppet;
  }

  private static SessionOpenRequest naming(long pid) {
    return naming(ClientProcess.newBuilder().setPid(pid));
  }

  private static SessionOpenRequest naming(ClientProcess.Builder process) {
    return anHour().toBuilder().setProcess(process).build();
  }

  private static SessionOpenRequest anHour() {
    return SessionOpenRequest.newBuilder().setTimeToLive(Durations.fromSeconds(HOUR)).build();
  }

  /** All that a process can say of itself. */
  private static ClientProcess.Builder whole(long pid) throws IOException {
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
    return ClientProcess.newBuilder()
        .setPid(pid)
        .setStartTime(Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[19]))
        .setPidNamespace(Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/pid")).toString())
        .setBootId(Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip());
  }

  /** A process of its own that does nothing. */
  private Process sleeper(String... through) throws IOException {
    List<String> command = new ArrayList<>(List.of(through));
    command.addAll(List.of("sleep", "3600"));
    Process process = new ProcessBuilder(command).start();
    processes.add(process);
    return process;
  }

  /** A machine that does other things may take its time. */
  private static ConditionFactory awaiting() {
    return await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(2));
  }

  private static boolean lives(Client client, String session) {
    try {
      var unused =
          client
              .with(Envelope.of(session))
              .sessions()
              .keepAlive(SessionKeepAliveRequest.getDefaultInstance());
      return true;
    } catch (StatusRuntimeException e) {
      return false;
    }
  }

  private static void awaitEnd(Client client, String session) {
    awaiting().until(() -> !lives(client, session));
  }

  /** Whatever died before was seen by then. */
  private void awaitThatDeathsAreSeen(Client opener) throws IOException {
    Process last = sleeper();
    SessionOpenResponse session = opener.sessions().open(naming(last.pid()));
    assertThat(session.getIncompatibility()).isEmpty();
    last.destroyForcibly();
    awaitEnd(opener, session.getSession());
  }

  private static void awaitWaiter(Client client, String lock) {
    AdminDescribeRequest describe = AdminDescribeRequest.newBuilder().setObject(lock).build();
    awaiting().until(() -> client.admin().describe(describe).getWaitersCount() == 1);
  }

  /** How long the next one waits for a lock whose holder is killed, in milliseconds. */
  private static double millisToTheNext(Client client, String lock, Runnable kill) {
    Future<LockAcquireResponse> waiting = client.newSession().locksLater().acquire(acquire(lock));
    awaitWaiter(client, lock);
    long start = System.nanoTime();
    kill.run();
    LockAcquireResponse acquired = Later.get(waiting);
    double millis = (System.nanoTime() - start) / 1e6;
    assertThat(acquired.getAcquired()).isTrue();
    assertThat(acquired.getPreviousOwnerDied()).isTrue();
    return millis;
  }

  private static void print(String what, List<Double> millis) {
    Collections.sort(millis);
    System.out.printf(
        "%s: the next one has the lock after %.1f ms (median of %d; slowest %.1f ms)%n",
        what, millis.get(millis.size() / 2), millis.size(), millis.get(millis.size() - 1));
  }

  private static long pidfds(long pid) throws IOException {
    return descriptors(pid).stream().filter(open -> open.contains("[pidfd]")).count();
  }

  /** What a process has open. */
  private static List<String> descriptors(long pid) throws IOException {
    List<String> links = new ArrayList<>();
    try (DirectoryStream<Path> open = Files.newDirectoryStream(Path.of("/proc/" + pid + "/fd"))) {
      for (Path descriptor : open) {
        links.add(Files.readSymbolicLink(descriptor).toString());
      }
    } catch (NoSuchFileException e) {
      return descriptors(pid); // One was closed meanwhile.
    }
    return links;
  }

  @ParameterizedTest
  @EnumSource
  void shouldHandTheLockOverThoughAChildOfTheKilledHolderKeepsItsSocket(Since since) {
    List<Double> millis = new ArrayList<>();
    for (int i = 0; i < KILLS; i++) {
      String lock = "inherited/" + since + "/" + i;
      client.locks().create(createLock(lock));
      Puppet holder = puppet();
      String session =
          holder.open(since == Since.OPEN ? naming(holder.pid()) : anHour()).getSession();
      if (since == Since.ATTACH) {
        holder.attach(session, 1);
      }
      assertThat(holder.acquire(lock, session).getAcquired()).isTrue();
      long child = holder.fork();

      millis.add(millisToTheNext(client, lock, holder::kill));

      assertThat(ProcessHandle.of(child)).as("the child lives on").isPresent();
    }
    print("kill -9 of a holder whose child keeps the socket (" + since + ")", millis);
  }

  @Test
  void shouldHandTheLockOfAKilledShellOver() throws IOException {
    assumeTrue(Grpcurl.find().isPresent(), "grpcurl is not installed");
    List<Double> millis = new ArrayList<>();
    for (int i = 0; i < KILLS; i++) {
      String lock = "shell/" + i;
      client.locks().create(createLock(lock));
      Process shell = shell(lock);
      millis.add(millisToTheNext(client, lock, shell::destroyForcibly));
    }
    print("kill -9 of a shell that named itself", millis);
  }

  /** A shell that holds a lock. */
  private Process shell(String lock) throws IOException {
    String script =
        """
        call() { "$GRPCURL" -plaintext -unix "${@:3}" -d "$2" "$SOCKET" "polyproc.v1.$1"; }
        opened=$(call SessionService/Open "{\\"time_to_live\\": \\"3600s\\", \\"process\\": {\\"pid\\": $$}}")
        session=$(sed -n 's/.*"session": "\\(.*\\)".*/\\1/p' <<<"$opened")
        call LockService/Acquire "{\\"lock\\": \\"$LOCK\\"}" -H "polyproc-session: $session" >/dev/null
        grep -c 'not tied' <<<"$opened"
        read -r never
        """;
    ProcessBuilder builder = new ProcessBuilder("bash", "-c", script);
    builder
        .environment()
        .putAll(
            Map.of(
                "GRPCURL", Grpcurl.find().orElseThrow().toString(),
                "SOCKET", daemon.get().socket().toString(),
                "LOCK", lock));
    Process shell = builder.start();
    processes.add(shell);
    BufferedReader printed = shell.inputReader(StandardCharsets.UTF_8);
    assertThat(printed.readLine()).isEqualTo("0");
    return shell;
  }

  @Test
  void shouldEndTheSessionOfAProcessCredentialThoughAChildKeepsAllThatWasOpen() {
    String script = "echo $POLYPROC_PROCESS_CREDENTIAL; sleep 3600 & wait";
    long pid = start("credential", script);
    String session =
        client
            .sessions()
            .open(anHour().toBuilder().setProcessCredential(credential("credential")).build())
            .getSession();
    client.locks().create(createLock("credential/lock"));
    Client own = client.with(Envelope.of(session));
    assertThat(own.locks().acquire(acquire("credential/lock")).getAcquired()).isTrue();
    double millis = millisToTheNext(client, "credential/lock", () -> Signals.send("KILL", pid));

    System.out.printf("kill -9 of a process with a credential: %.1f ms%n", millis);
  }

  private long start(String name, String script) {
    ProcessStartRequest.Builder start =
        ProcessStartRequest.newBuilder()
            .setProcess(name)
            .setCommand("sh")
            .addAllArguments(List.of("-c", script));
    return client.processes().start(start.build()).getProcess().getPid();
  }

  private String credential(String name) {
    StringBuilder printed = new StringBuilder();
    ProcessOutputRequest request =
        ProcessOutputRequest.newBuilder().setProcess(name).setFollow(true).build();
    var pieces = client.processes().output(request);
    while (printed.indexOf("\n") < 0 && pieces.hasNext()) {
      var piece = pieces.next();
      if (piece.getSource() == OutputSource.OUTPUT_SOURCE_STDOUT) {
        printed.append(piece.getData().toStringUtf8());
      }
    }
    return printed.toString().strip();
  }

  /** One death is one attempt, however many sessions lived in the process. */
  @Test
  void shouldHandNothingFromOneSessionOfAKilledProcessToAnother() throws IOException {
    for (int i = 0; i < KILLS; i++) {
      String queue = "one-death/" + i;
      var unused = client.queues().create(createQueue(queue));
      Process worker = sleeper();
      Client holder = client.with(Envelope.of(session(worker)));
      Client waiter = client.with(Envelope.of(session(worker)));
      var put = client.queues().put(put(queue, i));
      assertThat(holder.queues().get(reserve(queue)).getAttempt()).isEqualTo(1);
      Future<QueueGetResponse> waiting = waiter.queuesLater().get(reserve(queue));
      awaitWaiter(client, queue);

      worker.destroyForcibly();

      Client next = client.newSession();
      assertThat(next.queues().get(reserve(queue)).getAttempt()).isEqualTo(2);
      assertThatThrownBy(() -> Later.get(waiting)).hasMessageContaining("ended");
    }
  }

  /** The same, where one is tied by its credential and one by the process id that it named. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldHandNothingFromOneSessionOfAKilledWorkerToAnother(boolean credentialHolds) {
    String script = "echo $POLYPROC_PROCESS_CREDENTIAL; exec sleep 3600";
    for (int i = 0; i < KILLS; i++) {
      String queue = "one-worker/" + credentialHolds + "/" + i;
      var unused = client.queues().create(createQueue(queue));
      String name = queue + "/worker";
      long pid = start(name, script);
      SessionOpenRequest shown =
          anHour().toBuilder().setProcessCredential(credential(name)).build();
      Client tied = client.with(Envelope.of(client.sessions().open(shown).getSession()));
      Client named = client.with(Envelope.of(client.sessions().open(naming(pid)).getSession()));
      Client holder = credentialHolds ? tied : named;
      Client waiter = credentialHolds ? named : tied;
      var put = client.queues().put(put(queue, i));
      assertThat(holder.queues().get(reserve(queue)).getAttempt()).isEqualTo(1);
      Future<QueueGetResponse> waiting = waiter.queuesLater().get(reserve(queue));
      awaitWaiter(client, queue);

      Signals.send("KILL", pid);

      Client next = client.newSession();
      assertThat(next.queues().get(reserve(queue)).getAttempt()).isEqualTo(2);
      assertThatThrownBy(() -> Later.get(waiting)).hasMessageContaining("ended");
    }
  }

  private String session(Process livesIn) {
    return client.sessions().open(naming(livesIn.pid())).getSession();
  }

  @Test
  void shouldLiveInTheProcessThatAttachedLast() throws IOException {
    Puppet opener = puppet();
    String session = opener.open(naming(opener.pid())).getSession();
    Puppet taker = puppet();
    taker.attach(session, 1);
    Puppet last = puppet();
    last.attach(session, 2);

    opener.kill();
    taker.kill();
    awaitThatDeathsAreSeen(client);
    assertThat(lives(client, session)).isTrue();

    last.kill();
    awaitEnd(client, session);
  }

  @Test
  void shouldLiveInNoneWhereThatWhichAttachedCannotBeSeen() throws IOException {
    Puppet opener = puppet();
    String session = opener.open(naming(opener.pid())).getSession();
    try (Client tcp = daemon.tcpClient();
        Attachment attachment = tcp.attach(session, 1).awaitAttached()) {
      opener.kill();
      awaitThatDeathsAreSeen(client);
      assertThat(lives(client, session)).isTrue();
      assertThat(attachment.ended()).isNotDone();
    }
  }

  @Test
  void shouldNotTieASessionToAProcessOfAnotherUser() throws IOException {
    assumeTrue(Users.own() == Users.ROOT, "only root can be another user");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/setpriv")), "setpriv is here");
    Process other = sleeper("setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups");
    awaiting()
        .until(
            () -> Files.getAttribute(Path.of("/proc/" + other.pid()), "unix:uid").equals(65_534));

    assertNotTied(naming(other.pid()), other, "another user");
    // Whatever is said of it.
    Process another = sleeper("setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups");
    awaiting()
        .until(
            () -> Files.getAttribute(Path.of("/proc/" + another.pid()), "unix:uid").equals(65_534));
    assertNotTied(naming(whole(another.pid())), another, "another user");
  }

  private void assertNotTied(SessionOpenRequest open, Process named, String why)
      throws IOException {
    SessionOpenResponse session = client.sessions().open(open);
    assertThat(session.getIncompatibility()).contains("not tied to process", why);
    named.destroyForcibly();
    awaitThatDeathsAreSeen(client);
    assertThat(lives(client, session.getSession())).isTrue();
  }

  @Test
  void shouldNotTieASessionToANumberThatIsNobodysOrOnlyAThreads() throws Exception {
    Process gone = sleeper();
    gone.destroyForcibly().waitFor();
    assertThat(client.sessions().open(naming(gone.pid())).getIncompatibility())
        .contains("not tied to process " + gone.pid(), "no such process");
    for (long none : new long[] {0, -1, Long.MAX_VALUE}) {
      assertThat(client.sessions().open(naming(none)).getIncompatibility()).contains("not tied");
    }
    long own = ProcessHandle.current().pid();
    try (DirectoryStream<Path> threads =
        Files.newDirectoryStream(Path.of("/proc/" + own + "/task"))) {
      for (Path thread : threads) {
        long id = Long.parseLong(thread.getFileName().toString());
        SessionOpenResponse opened = client.sessions().open(naming(id));
        assertThat(opened.getIncompatibility().isEmpty()).isEqualTo(id == own);
      }
    }
  }

  @Test
  void shouldNotTakeAnotherProcessForTheOneThatHadItsNumber() throws IOException {
    Process now = sleeper();
    long start = whole(now.pid()).getStartTime();

    assertNotTied(
        naming(ClientProcess.newBuilder().setPid(now.pid()).setStartTime(start - 1)),
        now,
        "another process has its number");
  }

  @Test
  void shouldNotTieASessionToAProcessOfAnotherMachine() throws IOException {
    Process here = sleeper();
    assertNotTied(naming(whole(here.pid()).setBootId("another")), here, "another machine");
  }

  @Test
  void shouldTieASessionOfAnotherNamespaceToWhoAttaches() throws IOException {
    assumeTrue(Users.own() == Users.ROOT, "only root can make a pid namespace");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/unshare")), "unshare is not here");
    Puppet inside =
        keep(Puppet.through(daemon.get(), "unshare", "--pid", "--fork", "--mount-proc"));
    assertThat(inside.pid()).isEqualTo(1);

    SessionOpenResponse bare = inside.open(naming(1));
    assertThat(bare.getIncompatibility()).contains("not tied to process 1", "pid namespace");
    ClientProcess.Builder process =
        whole(ProcessHandle.current().pid()).setPid(1).setPidNamespace("pid:[1]");
    SessionOpenResponse whole = inside.open(naming(process));
    assertThat(whole.getIncompatibility()).contains("not tied to process 1", "pid namespace");
    inside.attach(whole.getSession(), 1);
    inside.kill();

    awaitEnd(client, whole.getSession());
    awaitThatDeathsAreSeen(client);
    assertThat(lives(client, bare.getSession())).isTrue();
  }

  @Test
  void shouldBelieveThroughTcpWhatCanBeCheckedAndSeeADeathWhenTheConnectionBreaks()
      throws IOException {
    Puppet far = keep(Puppet.overTcp(daemon.get()));
    assertThat(far.open(naming(far.pid())).getIncompatibility()).contains("not tied", "TCP");
    SessionOpenResponse session = far.open(naming(whole(far.pid())));
    assertThat(session.getIncompatibility()).isEmpty();
    far.attach(session.getSession(), 1);

    far.kill();

    awaitEnd(client, session.getSession());
  }

  @Test
  void shouldWatchAProcessOnceHoweverManySessionsLiveInIt() throws IOException {
    DaemonProcess large =
        daemons.start(
            Launch.inPrivateFolder()
                .javaOptions("-Xmx1000m")
                .flags("--limit", "sessions=" + (SESSIONS + 2) + ",window_calls=20000"));
    try (Client opener = Client.over(large.socket());
        Attachment attachment = opener.attach(opener.openSession(), 1).awaitAttached()) {
      Process process = sleeper();
      var open = SessionServiceGrpc.getOpenMethod();
      SessionAttachRequest.Builder frame = SessionAttachRequest.newBuilder();
      for (long i = 1; i <= SESSIONS; i++) {
        frame.addCalls(Attachment.call(i, open, naming(process.pid())));
      }
      attachment.frame(frame.build());
      for (long i = 1; i <= SESSIONS; i++) {
        assertThat(Later.get(attachment.response(i, open)).getIncompatibility()).isEmpty();
      }
      assertThat(sessions(opener)).isEqualTo(SESSIONS + 1);
      // That of this process, which attached, and the other one's.
      awaiting().until(() -> pidfds(large.pid()) == 2);

      long start = System.nanoTime();
      process.destroyForcibly();
      awaiting().until(() -> sessions(opener) == 1);
      System.out.printf(
          "%d sessions of a killed process have ended after %.0f ms%n",
          SESSIONS, (System.nanoTime() - start) / 1e6);
      assertThat(pidfds(large.pid())).isEqualTo(1);
    }
  }

  private static int sessions(Client client) {
    return client
        .admin()
        .serverInfo(AdminServerInfoRequest.getDefaultInstance())
        .getUsage()
        .getSessions();
  }

  @Test
  void shouldLookAtProcessesWhereTheKernelHasNoPidfd() throws IOException {
    String python = Puppet.python().toString();
    DaemonProcess old =
        daemons.start(
            Launch.inPrivateFolder().through(python, Puppet.script("without_pidfd.py").toString()));
    try (Client other = Client.over(old.socket())) {
      Puppet threads = keep(Puppet.withoutFirstThread(old));
      awaiting().until(() -> state(threads.pid()).equals("Z"));
      String living = threads.open(naming(threads.pid())).getSession();

      List<Double> millis = new ArrayList<>();
      for (int i = 0; i < KILLS; i++) {
        String lock = "old/" + i;
        other.locks().create(createLock(lock));
        Puppet holder = keep(Puppet.over(old));
        String session = holder.open(naming(holder.pid())).getSession();
        assertThat(holder.acquire(lock, session).getAcquired()).isTrue();
        long unused = holder.fork();
        millis.add(millisToTheNext(other, lock, holder::kill));
      }
      print("The same, on a kernel without pidfd", millis);
      assertThat(pidfds(old.pid())).isZero();

      awaitThatDeathsAreSeen(other);
      assertThat(lives(other, living)).as("only its first thread has ended").isTrue();
      threads.kill();
      awaitEnd(other, living);
    }
  }

  private static String state(long pid) throws IOException {
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
    return stat.substring(stat.lastIndexOf(')') + 2).split(" ")[0];
  }

  /** Whether the means to watch were there before, or could not be made ready. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldLookAtProcessesWhileNoDescriptorIsLeft(boolean before) throws IOException {
    DaemonProcess few =
        daemons.start(
            Launch.inPrivateFolder()
                .descriptors(DESCRIPTORS)
                .flags("--limit", "connections=" + 4 * DESCRIPTORS));
    List<SocketChannel> idle = new ArrayList<>();
    try (Client other = Client.over(few.socket())) {
      if (before) {
        String unused = other.sessions().open(naming(sleeper().pid())).getSession();
        awaiting().until(() -> pidfds(few.pid()) == 1);
      }
      other.locks().create(createLock("few"));
      Puppet holder = keep(Puppet.over(few));
      String unused = holder.open(anHour()).getSession(); // so that it is connected
      for (int i = 0; i < DESCRIPTORS; i++) {
        idle.add(SocketChannel.open(UnixDomainSocketAddress.of(few.socket())));
      }
      awaiting().until(() -> descriptors(few.pid()).size() == DESCRIPTORS);

      SessionOpenResponse session = holder.open(naming(holder.pid()));
      assertThat(session.getIncompatibility()).isEmpty();
      assertThat(holder.acquire("few", session.getSession()).getAcquired()).isTrue();
      long child = holder.fork();
      double millis = millisToTheNext(other, "few", holder::kill);

      System.out.printf("The same, without a descriptor left: %.1f ms%n", millis);
      assertThat(ProcessHandle.of(child)).isPresent();
    } finally {
      for (SocketChannel socket : idle) {
        socket.close();
      }
    }
  }
}
