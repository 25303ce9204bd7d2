package dev.polyproc.client.internal.pool;

import dev.polyproc.client.Codec;
import dev.polyproc.client.PolyprocException;
import dev.polyproc.client.UnexpectedValueException;
import dev.polyproc.client.internal.value.Values;
import dev.polyproc.v1.PoolCall;
import dev.polyproc.v1.PoolFailure;
import dev.polyproc.v1.PoolResult;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueList;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Several calls of one function as one task, as {@code PoolCall} of the contract has it: the
 * function {@link #FUNCTION}, called with the name of the function and one list of arguments for
 * each call. It returns one list for each: of what it returned, or of null and how it failed.
 */
final class Chunk {
  static final String FUNCTION = "polyproc.chunk";

  private Chunk() {}

  /** One task of some calls; of one it is the call itself, which workers of any kind know. */
  static PoolCall call(String function, List<Value> payloads) {
    if (payloads.size() == 1) {
      return PoolCall.newBuilder().setFunction(function).setPayload(payloads.get(0)).build();
    }
    ValueList.Builder arguments = ValueList.newBuilder();
    arguments.addValues(Value.newBuilder().setText(function));
    arguments.addAllValues(payloads);
    return PoolCall.newBuilder()
        .setFunction(FUNCTION)
        .setPayload(Value.newBuilder().setList(arguments))
        .build();
  }

  /** What came of so many calls of a function. */
  static <R> List<Settled<R>> settled(
      PoolResult result, String function, int calls, Codec<R> codec) {
    if (calls == 1) {
      return List.of(settled(result, codec));
    }
    List<Value> values;
    try {
      values = Arguments.of(Outcomes.read(result, Codec.of(Value.class)));
      if (values.size() != calls) {
        throw new UnexpectedValueException("what came of " + calls + " calls", result.getValue());
      }
    } catch (PolyprocException e) {
      return Collections.nCopies(calls, Settled.failed(e));
    }
    List<Settled<R>> settled = new ArrayList<>(calls);
    for (Value value : values) {
      settled.add(settled(value, function, result.getAttempts(), codec));
    }
    return settled;
  }

  private static <R> Settled<R> settled(PoolResult result, Codec<R> codec) {
    try {
      return Settled.of(Outcomes.read(result, codec));
    } catch (PolyprocException e) {
      return Settled.failed(e);
    }
  }

  private static <R> Settled<R> settled(
      Value value, String function, int attempts, Codec<R> codec) {
    try {
      List<Value> parts = Arguments.of(value);
      if (parts.size() == 1) {
        return Settled.of(Outcomes.value(parts.get(0), codec));
      }
      if (parts.size() != 4) {
        throw new UnexpectedValueException("what came of a call", value);
      }
      return Settled.failed(
          Outcomes.failed(
              "Expected '" + Values.visible(function) + "' to return",
              PoolFailure.newBuilder()
                  .setType(parts.get(1).getText())
                  .setMessage(parts.get(2).getText())
                  .setStack(parts.get(3).getText())
                  .build(),
              attempts));
    } catch (PolyprocException e) {
      return Settled.failed(e);
    }
  }

  /** What a worker returns of a call that returned. */
  static Value returned(Value value) {
    return Value.newBuilder().setList(ValueList.newBuilder().addValues(value)).build();
  }

  /** What a worker returns of a call that failed. */
  static Value failed(PoolFailure failure) {
    return Value.newBuilder()
        .setList(
            ValueList.newBuilder()
                .addValues(Values.NULL)
                .addValues(Value.newBuilder().setText(failure.getType()))
                .addValues(Value.newBuilder().setText(failure.getMessage()))
                .addValues(Value.newBuilder().setText(failure.getStack())))
        .build();
  }
}
