package dev.polyproc.server.engine;

import com.google.protobuf.Message;
import dev.polyproc.internal.v1.NodeEvent;
import dev.polyproc.internal.v1.SegmentFailed;
import dev.polyproc.internal.v1.SegmentMade;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.SharedMemoryAddWriterRequest;
import dev.polyproc.v1.SharedMemoryAddWriterResponse;
import dev.polyproc.v1.SharedMemoryCreateRequest;
import dev.polyproc.v1.SharedMemoryCreateResponse;
import dev.polyproc.v1.SharedMemoryGetRequest;
import dev.polyproc.v1.SharedMemoryGetResponse;
import dev.polyproc.v1.SharedMemoryLocateRequest;
import dev.polyproc.v1.SharedMemoryLocateResponse;
import dev.polyproc.v1.SharedMemoryRemoveWriterRequest;
import dev.polyproc.v1.SharedMemoryRemoveWriterResponse;

/** The calls of a client to one segment of shared memory, and what the node sees of it. */
public final class SharedMemoryCalls {
  private final EngineFixture world;
  private final Client client;
  private final String memory;

  SharedMemoryCalls(EngineFixture world, Client client, String memory) {
    this.world = world;
    this.client = client;
    this.memory = memory;
  }

  private <R extends Message> Pending<R> call(String method, Message request, R prototype) {
    return client.call("SharedMemoryService/" + method, request, prototype);
  }

  public Pending<SharedMemoryCreateResponse> create(ElementType type, long length) {
    return create(SharedMemoryCreateRequest.newBuilder().setType(type).setLength(length));
  }

  public Pending<SharedMemoryCreateResponse> create(SharedMemoryCreateRequest.Builder shape) {
    return call(
        "Create", shape.setMemory(memory).build(), SharedMemoryCreateResponse.getDefaultInstance());
  }

  /** Creates one of 8 elements, which is there at once. */
  public SharedMemoryCalls made() {
    create(ElementType.ELEMENT_TYPE_FLOAT64, 8);
    isMade();
    return this;
  }

  public Pending<SharedMemoryLocateResponse> locate() {
    return call(
        "Locate",
        SharedMemoryLocateRequest.newBuilder().setMemory(memory).build(),
        SharedMemoryLocateResponse.getDefaultInstance());
  }

  public Pending<SharedMemoryGetResponse> get() {
    return call(
        "Get",
        SharedMemoryGetRequest.newBuilder().setMemory(memory).build(),
        SharedMemoryGetResponse.getDefaultInstance());
  }

  public Pending<SharedMemoryAddWriterResponse> addWriter() {
    return call(
        "AddWriter",
        SharedMemoryAddWriterRequest.newBuilder().setMemory(memory).build(),
        SharedMemoryAddWriterResponse.getDefaultInstance());
  }

  public Pending<SharedMemoryRemoveWriterResponse> removeWriter() {
    return call(
        "RemoveWriter",
        SharedMemoryRemoveWriterRequest.newBuilder().setMemory(memory).build(),
        SharedMemoryRemoveWriterResponse.getDefaultInstance());
  }

  /** The number of the segment that has the name now. */
  public long incarnation() {
    return client.inspect(memory).getObject().getRef().getIncarnation();
  }

  // What the node sees.

  /** Its space is taken. */
  public void isMade() {
    world.observe(
        NodeEvent.newBuilder()
            .setSegmentMade(SegmentMade.newBuilder().setMemory(incarnation()))
            .build());
  }

  /** It could not be made. */
  public void fails(boolean isFull, String reason) {
    world.observe(
        NodeEvent.newBuilder()
            .setSegmentFailed(
                SegmentFailed.newBuilder()
                    .setMemory(incarnation())
                    .setFull(isFull)
                    .setReason(reason))
            .build());
  }
}
