package dev.polyproc.server.engine;

import com.google.protobuf.Message;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.OnOwnerEnd;
import dev.polyproc.v1.SemaphoreAcquireRequest;
import dev.polyproc.v1.SemaphoreAcquireResponse;
import dev.polyproc.v1.SemaphoreCreateRequest;
import dev.polyproc.v1.SemaphoreCreateResponse;
import dev.polyproc.v1.SemaphoreDrainRequest;
import dev.polyproc.v1.SemaphoreDrainResponse;
import dev.polyproc.v1.SemaphoreGetRequest;
import dev.polyproc.v1.SemaphoreGetResponse;
import dev.polyproc.v1.SemaphoreReleaseRequest;
import dev.polyproc.v1.SemaphoreReleaseResponse;
import java.time.Duration;

/** The calls of a client to one semaphore. */
public final class SemaphoreCalls {
  private final Client client;
  private final String semaphore;

  SemaphoreCalls(Client client, String semaphore) {
    this.client = client;
    this.semaphore = semaphore;
  }

  private <R extends Message> Pending<R> call(String method, Message request, R prototype) {
    return client.call("SemaphoreService/" + method, request, prototype);
  }

  public Pending<SemaphoreCreateResponse> create(int permits) {
    return create(SemaphoreCreateRequest.newBuilder().setPermits(permits));
  }

  public Pending<SemaphoreCreateResponse> create(int permits, OnOwnerEnd onOwnerEnd) {
    return create(
        SemaphoreCreateRequest.newBuilder().setPermits(permits).setOnOwnerEnd(onOwnerEnd));
  }

  public Pending<SemaphoreCreateResponse> create(SemaphoreCreateRequest.Builder shape) {
    return call(
        "Create",
        shape.setSemaphore(semaphore).build(),
        SemaphoreCreateResponse.getDefaultInstance());
  }

  /** Waits for ever. */
  public Pending<SemaphoreAcquireResponse> acquire(int permits) {
    return acquire(SemaphoreAcquireRequest.newBuilder().setPermits(permits));
  }

  public Pending<SemaphoreAcquireResponse> acquire(int permits, Duration timeout) {
    return acquire(
        SemaphoreAcquireRequest.newBuilder()
            .setPermits(permits)
            .setTimeout(Times.duration(timeout.toNanos())));
  }

  /** Acquires permits for so long at most. */
  public Pending<SemaphoreAcquireResponse> lease(int permits, Duration lease) {
    return acquire(
        SemaphoreAcquireRequest.newBuilder()
            .setPermits(permits)
            .setLease(Times.duration(lease.toNanos())));
  }

  public Pending<SemaphoreAcquireResponse> acquire(SemaphoreAcquireRequest.Builder how) {
    return call(
        "Acquire",
        how.setSemaphore(semaphore).build(),
        SemaphoreAcquireResponse.getDefaultInstance());
  }

  public Pending<SemaphoreReleaseResponse> release(int permits) {
    return release(permits, 0);
  }

  public Pending<SemaphoreReleaseResponse> release(int permits, long token) {
    return call(
        "Release",
        SemaphoreReleaseRequest.newBuilder()
            .setSemaphore(semaphore)
            .setPermits(permits)
            .setToken(token)
            .build(),
        SemaphoreReleaseResponse.getDefaultInstance());
  }

  public Pending<SemaphoreDrainResponse> drain() {
    return drain(SemaphoreDrainRequest.newBuilder());
  }

  public Pending<SemaphoreDrainResponse> drain(SemaphoreDrainRequest.Builder how) {
    return call(
        "Drain", how.setSemaphore(semaphore).build(), SemaphoreDrainResponse.getDefaultInstance());
  }

  public SemaphoreGetResponse get() {
    return call(
            "Get",
            SemaphoreGetRequest.newBuilder().setSemaphore(semaphore).build(),
            SemaphoreGetResponse.getDefaultInstance())
        .response();
  }
}
