package dev.polyproc.server.engine.simulation;

import com.google.protobuf.ByteString;
import dev.polyproc.server.engine.ArrayCalls;
import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.server.engine.Plain;
import dev.polyproc.server.engine.ValueCalls;
import dev.polyproc.v1.ArrayAddRequest;
import dev.polyproc.v1.ArrayCompareAndSetRequest;
import dev.polyproc.v1.ArrayCreateRequest;
import dev.polyproc.v1.ArraySetRequest;
import dev.polyproc.v1.ArraySetSliceRequest;
import dev.polyproc.v1.Elements;
import dev.polyproc.v1.ListRange;
import dev.polyproc.v1.Overflow;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueAddRequest;
import dev.polyproc.v1.ValueCompareAndSetRequest;
import dev.polyproc.v1.ValueCreateRequest;
import dev.polyproc.v1.ValueSetRequest;
import java.math.BigInteger;
import java.util.List;

/** Random requests to values and arrays. */
final class ElementRequests {
  private static final List<Object> CONTENTS =
      List.of(
          0,
          1,
          -1,
          65,
          127,
          128,
          255,
          256,
          -32_769,
          1L << 31,
          1L << 32,
          Long.MAX_VALUE,
          Long.MIN_VALUE,
          BigInteger.ONE.shiftLeft(63),
          BigInteger.ONE.shiftLeft(64),
          BigInteger.TEN.pow(400),
          true,
          0.5,
          -0.0,
          0.0,
          Double.NaN,
          1e300,
          "x",
          "ab",
          "\uD83D\uDE00",
          ByteString.copyFromUtf8("x"),
          ByteString.EMPTY);
  private static final int LONGEST = 6;

  private final Choices choices;

  ElementRequests(Choices choices) {
    this.choices = choices;
  }

  private Value content() {
    return Plain.value(choices.any(CONTENTS));
  }

  private Overflow overflow() {
    return Overflow.forNumber(choices.random.nextInt(3));
  }

  private String lock() {
    return choices.oneIn(4) ? "lock1" : "";
  }

  Pending<?> value(Client client, String name) {
    ValueCalls value = choices.meaning(client, name).value(name);
    if (choices.shouldCreate(name)) {
      ValueCreateRequest.Builder shape =
          ValueCreateRequest.newBuilder()
              .setType(choices.elementType())
              .setLock(lock())
              .setLifetime(choices.lifetime());
      if (choices.oneIn(3)) {
        shape.setContent(content());
      }
      return value.create(shape);
    }
    return switch (choices.random.nextInt(6)) {
      case 0, 1 ->
          value.set(ValueSetRequest.newBuilder().setContent(content()).setOverflow(overflow()));
      case 2 -> value.get();
      case 3 ->
          value.compareAndSet(
              ValueCompareAndSetRequest.newBuilder()
                  .setExpected(content())
                  .setContent(content())
                  .setOverflow(overflow()));
      default -> {
        ValueAddRequest.Builder add = ValueAddRequest.newBuilder().setOverflow(overflow());
        yield value.add(choices.oneIn(3) ? add : add.setAmount(content()));
      }
    };
  }

  Pending<?> array(Client client, String name) {
    ArrayCalls array = choices.meaning(client, name).array(name);
    if (choices.shouldCreate(name)) {
      return array.create(
          ArrayCreateRequest.newBuilder()
              .setType(choices.elementType())
              .setLength(choices.oneIn(20) ? 1_000 : choices.random.nextInt(LONGEST))
              .setElements(choices.oneIn(2) ? Elements.newBuilder() : elements())
              .setLock(lock())
              .setLifetime(choices.lifetime()));
    }
    return switch (choices.random.nextInt(8)) {
      case 0 -> array.get(index());
      case 1 ->
          array.set(
              ArraySetRequest.newBuilder()
                  .setIndex(index())
                  .setContent(content())
                  .setOverflow(overflow()));
      case 2 -> {
        ArrayAddRequest.Builder add =
            ArrayAddRequest.newBuilder().setIndex(index()).setOverflow(overflow());
        yield array.add(choices.oneIn(3) ? add : add.setAmount(content()));
      }
      case 3 ->
          array.compareAndSet(
              ArrayCompareAndSetRequest.newBuilder()
                  .setIndex(index())
                  .setExpected(content())
                  .setContent(content())
                  .setOverflow(overflow()));
      case 4 -> array.slice(range());
      case 5 -> array.size();
      default ->
          array.setSlice(
              ArraySetSliceRequest.newBuilder()
                  .setRange(range())
                  .setElements(elements())
                  .setOverflow(overflow()));
    };
  }

  private long index() {
    return choices.random.nextInt(2 * LONGEST) - LONGEST;
  }

  private ListRange.Builder range() {
    ListRange.Builder range = ListRange.newBuilder().setStrict(choices.oneIn(4));
    if (choices.oneIn(2)) {
      range.setStart(index());
    }
    if (choices.oneIn(2)) {
      range.setStop(index());
    }
    if (choices.oneIn(3)) {
      range.setStep(choices.random.nextInt(5) - 2);
    }
    return range;
  }

  /** Some, mostly in one field. */
  private Elements.Builder elements() {
    Elements.Builder elements = Elements.newBuilder();
    int count = choices.random.nextInt(LONGEST);
    int field = choices.random.nextInt(5);
    for (int i = 0; i < count; i++) {
      Value each = content();
      switch (choices.oneIn(40) ? choices.random.nextInt(5) : field) {
        case 0 -> elements.addInts(each.getInt());
        case 1 -> elements.addUints(each.getInt());
        case 2 -> elements.addFloats(each.getFloat());
        case 3 -> elements.setChars(elements.getChars().concat(ByteString.copyFromUtf8("b")));
        default -> elements.setText(elements.getText() + (i % 2 == 0 ? "t" : "\uD83D\uDE00"));
      }
    }
    return elements;
  }
}
