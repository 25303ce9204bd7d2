package dev.polyproc.client;

import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.v1.AdminDescribeRequest;
import dev.polyproc.v1.AdminDescribeResponse;
import dev.polyproc.v1.AdminServerInfoRequest;
import dev.polyproc.v1.AdminServerInfoResponse;
import dev.polyproc.v1.AdminServiceGrpc;

/** Sees who waits for an object, as an operator does. */
final class Inspector {
  private static final Operation<AdminDescribeRequest, AdminDescribeResponse> DESCRIBE =
      Operation.of(AdminServiceGrpc.getDescribeMethod());

  private static final Operation<AdminServerInfoRequest, AdminServerInfoResponse> SERVER_INFO =
      Operation.of(AdminServiceGrpc.getServerInfoMethod());

  private final Polyproc polyproc;

  Inspector(Polyproc polyproc) {
    this.polyproc = polyproc;
  }

  /** How many objects there are. */
  int objects() {
    return polyproc
        .requestor()
        .call(SERVER_INFO, AdminServerInfoRequest.getDefaultInstance())
        .getUsage()
        .getObjects();
  }

  /** How many calls wait for an object. */
  int waiters(String object) {
    return polyproc
        .requestor()
        .call(DESCRIBE, AdminDescribeRequest.newBuilder().setObject(object).build())
        .getObject()
        .getWaiters();
  }

  /** Waits until so many calls wait for an object. */
  void awaitWaiters(String object, int count) {
    Await.until(() -> waiters(object) == count);
  }
}
