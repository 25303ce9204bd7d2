package dev.polyproc.integration;

import com.google.protobuf.util.Durations;
import dev.polyproc.v1.ClientProcess;
import dev.polyproc.v1.SessionKeepAliveRequest;
import dev.polyproc.v1.SessionOpenRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * A program whose threads, each a session over bare stubs, use objects of every kind that processes
 * wait for each other by, and write down what they ask and are told: made to be killed and stopped.
 */
final class HistoryMember {
  static final long TIME_TO_LIVE_MILLIS = 2_000;

  private static final int THREADS = 2;

  private HistoryMember() {}

  /** The objects that members share, by the prefix of their names. */
  static List<HistoryLane> lanes(String prefix) {
    return List.of(
        new HistorySemaphoreLane(prefix + "/semaphore"),
        new HistoryLatchLane(prefix + "/latch"),
        new HistoryConditionLane(prefix + "/lock"),
        new HistoryBarrierLane(prefix + "/barrier"),
        new HistoryReadWriteLockLane(prefix + "/read-write-lock"),
        new HistorySeveralLocksLane(prefix + "/several"),
        HistoryQueueLane.joinable(prefix + "/joinable"),
        HistoryQueueLane.priority(prefix + "/priority"),
        HistoryQueueLane.delayed(prefix + "/delayed"),
        HistoryQueueLane.limited(prefix + "/limited"),
        HistoryQueueLane.endsFinish(prefix + "/ends-finish"),
        new HistoryPoolLane(prefix + "/pool"));
  }

  /**
   * Runs with the daemon's socket, one that is cut now and then, the prefix of all names, its own
   * name, a seed and a number of steps; ends when its threads have made them.
   */
  public static void main(String[] arguments) throws Exception {
    Client steady = Client.over(Path.of(arguments[0]));
    Path network = Path.of(arguments[1]);
    List<Thread> threads = new ArrayList<>();
    ScheduledExecutorService beat = Executors.newSingleThreadScheduledExecutor();
    for (int i = 0; i < THREADS; i++) {
      Random random = new Random(Long.parseLong(arguments[4]) * THREADS + i);
      HistoryRecorder recorder = new HistoryRecorder(System.out, arguments[3] + "." + i);
      int steps = Integer.parseInt(arguments[5]);
      String session = open(steady);
      keepAlive(steady.with(Envelope.of(session)), beat);
      StormStub stub = new StormStub(network, session);
      List<HistoryLane> lanes = lanes(arguments[2]);
      threads.add(new Thread(() -> run(stub, lanes, steps, random, recorder), "lane"));
    }
    for (Thread thread : threads) {
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    System.exit(0);
  }

  private static String open(Client client) {
    return client
        .sessions()
        .open(
            SessionOpenRequest.newBuilder()
                .setTimeToLive(Durations.fromMillis(TIME_TO_LIVE_MILLIS))
                .setClient("history")
                .setProcess(ClientProcess.newBuilder().setPid(ProcessHandle.current().pid()))
                .build())
        .getSession();
  }

  private static void keepAlive(Client own, ScheduledExecutorService beat) {
    var unused =
        beat.scheduleAtFixedRate(
            () -> own.sessions().keepAlive(SessionKeepAliveRequest.getDefaultInstance()),
            0,
            TIME_TO_LIVE_MILLIS / 5,
            TimeUnit.MILLISECONDS);
  }

  private static void run(
      StormStub stub, List<HistoryLane> lanes, int steps, Random random, HistoryRecorder recorder) {
    try {
      for (int i = 0; i < steps; i++) {
        lanes.get(random.nextInt(lanes.size())).step(stub, random, recorder);
      }
      int end = recorder.begin(HistoryRecorder.ALL, "end");
      stub.close();
      recorder.told(end);
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() != Status.Code.NOT_FOUND) {
        System.err.println("Expected no refusal, but " + e);
        System.exit(1);
      }
      // It was stopped for longer than its session lives.
    } catch (InterruptedException | IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
