package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.rpc.Code;
import dev.polyproc.testing.DaemonProcess;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs whose daemon is started again while they wait, or while they connect. */
@Timeout(60)
class RestartTest {
  private final Queue<SessionLostException> losses = new ConcurrentLinkedQueue<>();

  /** What the pages show: it waits for an item, and connects again when its session is lost. */
  private CompletableFuture<String> worker(DaemonProcess daemon) {
    CompletableFuture<String> taken = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              while (!taken.isDone()) {
                try (Polyproc mine =
                    Polyproc.builder()
                        .address(daemon.address())
                        .waitForDaemon(Duration.ofMinutes(5))
                        .connect()) {
                  taken.complete(mine.queue("work", String.class).take());
                } catch (SessionLostException lost) {
                  losses.add(lost);
                } catch (RuntimeException | InterruptedException e) {
                  taken.completeExceptionally(e);
                }
              }
            });
    thread.setDaemon(true);
    thread.start();
    return taken;
  }

  private static void awaitWaiting(PolyQueue<String> work) {
    Await.until(() -> work.status().getWaitingGets() == 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "KILL"})
  void shouldGoOnWaitingAtTheNextDaemon(String signal) throws Exception {
    try (DaemonProcess daemon = new DaemonProcess().start()) {
      CompletableFuture<String> taken = worker(daemon);
      try (Polyproc observer = Polyproc.connect(daemon.address())) {
        awaitWaiting(observer.queue("work", String.class));
      }
      daemon.signal(signal);
      daemon.stop(); // waits for the end that it has been told
      daemon.start();

      try (Polyproc observer = Polyproc.connect(daemon.address())) {
        PolyQueue<String> work = observer.queue("work", String.class);
        awaitWaiting(work);
        work.put("done");
        assertThat(taken.get(30, TimeUnit.SECONDS)).isEqualTo("done");
      }
      assertThat(losses).isNotEmpty();
    }
  }

  private static ManagedChannel channel(DaemonProcess daemon, ClientInterceptor interceptor) {
    return Grpc.newChannelBuilder(daemon.address(), InsecureChannelCredentials.create())
        .intercept(interceptor)
        .build();
  }

  /** Sends what attaches a session to another daemon: as if the first had gone meanwhile. */
  private record Successor(Channel successor, AtomicBoolean isThere) implements ClientInterceptor {
    @Override
    public <Q, S> ClientCall<Q, S> interceptCall(
        MethodDescriptor<Q, S> method, CallOptions options, Channel next) {
      if (!"Attach".equals(method.getBareMethodName())) {
        return next.newCall(method, options);
      }
      isThere.set(true);
      return successor.newCall(method, options);
    }
  }

  @Test
  void shouldOpenAnotherSessionWhereTheDaemonIsRestartedWhileItConnects() throws Exception {
    try (DaemonProcess old = new DaemonProcess().start();
        DaemonProcess next = new DaemonProcess().start()) {
      ManagedChannel toNext =
          Grpc.newChannelBuilder(next.address(), InsecureChannelCredentials.create()).build();
      Successor successor = new Successor(toNext, new AtomicBoolean());
      try (Polyproc polyproc =
          Polyproc.builder()
              .channels(() -> channel(successor.isThere().get() ? next : old, successor))
              .onSessionLost(losses::add)
              .connect()) {
        assertThat(polyproc.server().getPid()).isEqualTo(next.pid());
        polyproc.lock("x").lock();
      } finally {
        toNext.shutdownNow();
      }
      assertThat(losses).as("nobody had the first session").isEmpty();
    }
  }

  /** Kills the daemon when a session was opened, before it is attached to. */
  private record Killing(DaemonProcess daemon) implements ClientInterceptor {
    @Override
    public <Q, S> ClientCall<Q, S> interceptCall(
        MethodDescriptor<Q, S> method, CallOptions options, Channel next) {
      if ("Attach".equals(method.getBareMethodName())) {
        try {
          daemon.kill();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
      return next.newCall(method, options);
    }
  }

  @Test
  void shouldSayAtOnceThatTheDaemonIsGoneWhileItConnects() throws Exception {
    try (DaemonProcess daemon = new DaemonProcess().start()) {
      Killing killing = new Killing(daemon);

      assertThatExceptionOfType(PolyprocException.class)
          .isThrownBy(Polyproc.builder().channels(() -> channel(daemon, killing))::connect)
          .withMessageContaining(" but nothing listens there; start one with ")
          .satisfies(e -> assertThat(e.code()).isEqualTo(Code.UNAVAILABLE));
    }
  }
}
