package dev.polyproc.client;

import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.v1.PipeCreateRequest;
import dev.polyproc.v1.PipeCreateResponse;
import dev.polyproc.v1.PipeServiceGrpc;
import org.jspecify.annotations.Nullable;

/**
 * Both ends of a pipe, as Python's {@code Pipe()} answers them: of a one-way pipe the first
 * receives and the second sends. An end goes to somebody else as a value, or by its name; this
 * client then {@linkplain PolyPipeEnd#close closes} its own hold on it.
 */
public record PolyPipe<M>(PolyPipeEnd<M> first, PolyPipeEnd<M> second) {
  private static final Operation<PipeCreateRequest, PipeCreateResponse> CREATE =
      Operation.of(PipeServiceGrpc.getCreateMethod());

  static <M> PolyPipe<M> create(Requestor requestor, PipeCreateRequest shape, Codec<M> codec) {
    PipeCreateResponse pipe = requestor.call(CREATE, shape);
    return new PolyPipe<>(
        PolyPipeEnd.of(requestor, pipe.getFirst(), codec),
        PolyPipeEnd.of(requestor, pipe.getSecond(), codec));
  }

  // By hand; see the package.
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PolyPipe<?> pipe
        && first.equals(pipe.first)
        && second.equals(pipe.second);
  }

  @Override
  public int hashCode() {
    return 31 * first.hashCode() + second.hashCode();
  }

  @Override
  public String toString() {
    return "PolyPipe from '" + first.name() + "' to '" + second.name() + "'";
  }
}
