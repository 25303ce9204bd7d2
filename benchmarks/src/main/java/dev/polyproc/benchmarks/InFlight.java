package dev.polyproc.benchmarks;

import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Unary calls, a number of them in flight: each starts the next when its reply comes, on the event
 * loop that read the reply.
 *
 * @param call starts a call, whose reply goes to the observer
 */
record InFlight<R>(
    String name, int depth, Consumer<StreamObserver<R>> call, OneAtATime.Step afterwards)
    implements Load {
  private static final long LATE_SECONDS = 30;

  @Override
  public double perSecond(long nanos) throws Exception {
    long start = System.nanoTime();
    CountDownLatch ended = new CountDownLatch(depth);
    List<Lane> lanes = new ArrayList<>();
    for (int i = 0; i < depth; i++) {
      lanes.add(new Lane(start + nanos, ended));
    }
    lanes.forEach(Lane::next);
    if (!ended.await(nanos + TimeUnit.SECONDS.toNanos(LATE_SECONDS), TimeUnit.NANOSECONDS)) {
      throw new TimeoutException("Expected all replies of '" + name + "', but some did not come");
    }
    long elapsed = System.nanoTime() - start;
    long done = 0;
    for (Lane lane : lanes) {
      done += lane.done;
      if (lane.failure != null) {
        throw new IllegalStateException("Expected '" + name + "' to succeed", lane.failure);
      }
    }
    return done * 1e9 / elapsed;
  }

  @Override
  public void tidy() throws Exception {
    afterwards.run();
  }

  /** One call after the other until the time is up. */
  private final class Lane implements StreamObserver<R> {
    private final long until;
    private final CountDownLatch ended;
    private long done;
    private @Nullable Throwable failure;

    Lane(long until, CountDownLatch ended) {
      this.until = until;
      this.ended = ended;
    }

    void next() {
      call.accept(this);
    }

    @Override
    public void onNext(R reply) {
      done++;
    }

    @Override
    public void onError(Throwable thrown) {
      failure = thrown;
      ended.countDown();
    }

    @Override
    public void onCompleted() {
      if (System.nanoTime() - until < 0) {
        next();
      } else {
        ended.countDown();
      }
    }
  }
}
