package dev.polyproc.client.internal.session;

import dev.polyproc.v1.AdminServerInfoRequest;
import dev.polyproc.v1.AdminServerInfoResponse;
import dev.polyproc.v1.AdminServiceGrpc;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Asks a daemon that does not know a session whether it is another one than that which did. */
public final class Succession implements StreamObserver<AdminServerInfoResponse> {
  private static final long PATIENCE_SECONDS = 1;

  private final String boot;
  private final Consumer<Boolean> then;
  private boolean other;

  private Succession(String boot, Consumer<Boolean> then) {
    this.boot = boot;
    this.then = then;
  }

  /**
   * Asks; does not wait.
   *
   * @param boot the start of the daemon that opened the session
   * @param then told on some thread whether the daemon is known to be another one
   */
  static void ask(ManagedChannel channel, String boot, Consumer<Boolean> then) {
    Succession succession = new Succession(boot, then);
    try {
      Context.ROOT.run(() -> succession.ask(channel)); // whoever runs the event loop
    } catch (RuntimeException e) {
      // gRPC's in-process transport throws where its server ended meanwhile.
      then.accept(false);
    }
  }

  private void ask(ManagedChannel channel) {
    AdminServiceGrpc.newStub(channel)
        .withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS)
        .serverInfo(AdminServerInfoRequest.getDefaultInstance(), this);
  }

  @Override
  public void onNext(AdminServerInfoResponse response) {
    other = !response.getServer().getBoot().equals(boot);
  }

  @Override
  public void onError(Throwable failure) {
    then.accept(false);
  }

  @Override
  public void onCompleted() {
    then.accept(other);
  }
}
