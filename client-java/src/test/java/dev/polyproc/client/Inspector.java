package dev.polyproc.client;

import dev.polyproc.v1.AdminDescribeRequest;
import dev.polyproc.v1.AdminDescribeResponse;
import dev.polyproc.v1.AdminServiceGrpc;

/** Sees who waits for an object, as an operator does. */
final class Inspector {
  private static final Operation<AdminDescribeRequest, AdminDescribeResponse> INSPECT =
      Operation.of(AdminServiceGrpc.getDescribeMethod());

  private final Polyproc polyproc;

  Inspector(Polyproc polyproc) {
    this.polyproc = polyproc;
  }

  /** How many calls wait for an object. */
  int waiters(String object) {
    return polyproc
        .caller()
        .call(INSPECT, AdminDescribeRequest.newBuilder().setObject(object).build())
        .getObject()
        .getWaiters();
  }

  /** Waits until so many calls wait for an object. */
  void awaitWaiters(String object, int count) {
    Await.until(() -> waiters(object) == count);
  }
}
