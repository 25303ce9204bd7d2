package dev.polyproc.integration;

import dev.polyproc.v1.PoolCompleteRequest;
import dev.polyproc.v1.PoolCompletion;
import dev.polyproc.v1.PoolRun;
import dev.polyproc.v1.PoolServiceGrpc;
import dev.polyproc.v1.PoolServiceGrpc.PoolServiceBlockingStub;
import dev.polyproc.v1.PoolTakeRequest;
import dev.polyproc.v1.PoolTakeResponse;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.Value;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/**
 * A worker over bare stubs, as the daemon starts it: it squares numbers, is killed by -1, and hangs
 * in -2, and in -3 at the first attempt.
 */
final class PoolWorkerMain {
  private static final long POISON = -1;
  private static final long ENDLESS = -2;
  private static final long ENDLESS_AT_FIRST = -3;

  /** How many tasks it takes at once, and does one after the other. */
  private static final int MANY = 8;

  private PoolWorkerMain() {}

  /** Runs tasks until it is told to retire. */
  public static void main(String[] arguments) throws InterruptedException, IOException {
    String address = System.getenv("POLYPROC_ADDRESS");
    String pool = System.getenv("POLYPROC_POOL");
    try (Client connection = Client.over(Path.of(address.substring("unix:".length())))) {
      String session =
          connection
              .sessions()
              .open(
                  SessionOpenRequest.newBuilder()
                      .setProcessCredential(System.getenv("POLYPROC_PROCESS_CREDENTIAL"))
                      .build())
              .getSession();
      Client client = connection.with(Envelope.of(session));
      PoolServiceBlockingStub pools = PoolServiceGrpc.newBlockingStub(client.channel());
      PoolTakeRequest take =
          PoolTakeRequest.newBuilder().setPool(pool).setMax(MANY).setAhead(MANY - 1).build();
      for (PoolTakeResponse taken = pools.take(take);
          !taken.getRetire();
          taken = pools.take(take)) {
        for (PoolRun run : taken.getRunsList()) {
          long result = run(run.getCall().getPayload().getInt(), run.getAttempt());
          var unused =
              pools.complete(
                  PoolCompleteRequest.newBuilder()
                      .setPool(pool)
                      .addCompletions(
                          PoolCompletion.newBuilder()
                              .setRun(run.getRun())
                              .setValue(Value.newBuilder().setInt(result)))
                      .build());
        }
      }
    }
  }

  private static long run(long number, int attempt) throws InterruptedException, IOException {
    if (number == POISON) {
      System.err.println("poisoned");
      Signals.send("KILL", ProcessHandle.current().pid());
    }
    if (number == POISON || number == ENDLESS || (number == ENDLESS_AT_FIRST && attempt == 1)) {
      new CountDownLatch(1).await();
    }
    return number * number;
  }
}
