package dev.polyproc.server.engine.simulation;

import com.google.protobuf.ByteString;
import dev.polyproc.v1.DictAddRequest;
import dev.polyproc.v1.DictCompareAndSetRequest;
import dev.polyproc.v1.DictCompareAndSetResponse;
import dev.polyproc.v1.DictCreateRequest;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueEntry;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A dict as the model sees it: a LinkedHashMap whose keys are equal as Python's are. */
final class ModelDict extends ModelObject {
  final Map<Object, ValueEntry> entries = new LinkedHashMap<>();

  ModelDict(Model model, DictCreateRequest shape, @Nullable ModelSession session) {
    super(model, shape.getDict(), shape.getLifetime(), session);
  }

  /** What is equal in Python is equal; that is all there is to it. */
  static Object same(Value value) {
    return switch (value.getKindCase()) {
      case BOOL -> number(value.getBool() ? 1 : 0);
      case INT -> number(value.getInt());
      case BIG_INT -> number(new BigDecimal(new BigInteger(value.getBigInt().toByteArray())));
      case FLOAT ->
          Double.isNaN(value.getFloat()) || Double.isInfinite(value.getFloat())
              ? "float " + value.getFloat()
              : number(new BigDecimal(value.getFloat()));
      case TUPLE -> List.of("tuple", sames(value.getTuple().getValuesList()));
      case LIST -> List.of("list", sames(value.getList().getValuesList()));
      default -> value;
    };
  }

  private static Object number(long number) {
    return number(BigDecimal.valueOf(number));
  }

  private static Object number(BigDecimal number) {
    return number.signum() == 0 ? BigDecimal.ZERO : number.stripTrailingZeros();
  }

  private static List<Object> sames(List<Value> values) {
    return values.stream().map(ModelDict::same).toList();
  }

  private static Object key(Value key) {
    requireHashable(key);
    return same(key);
  }

  private static void requireHashable(Value key) {
    if (key.hasList() || key.hasMap()) {
      throw new Refused(ErrorReason.ERROR_REASON_INVALID_VALUE);
    }
    key.getTuple().getValuesList().forEach(ModelDict::requireHashable);
  }

  @Nullable Value get(Value key) {
    ValueEntry entry = entries.get(key(key));
    return entry == null ? null : entry.getValue();
  }

  @Nullable Value set(Value key, Value value) {
    Object found = key(key);
    ValueEntry before = entries.get(found);
    ValueEntry.Builder entry =
        before == null ? ValueEntry.newBuilder().setKey(key) : before.toBuilder();
    entries.put(found, entry.setValue(value).build());
    return before == null ? null : before.getValue();
  }

  @Nullable Value remove(Value key) {
    ValueEntry removed = entries.remove(key(key));
    return removed == null ? null : removed.getValue();
  }

  DictCompareAndSetResponse compareAndSet(DictCompareAndSetRequest request) {
    Value there = get(request.getKey());
    boolean swapped =
        there == null
            ? !request.hasExpected()
            : request.hasExpected() && same(there).equals(same(request.getExpected()));
    if (swapped && request.hasValue()) {
      set(request.getKey(), request.getValue());
    } else if (swapped) {
      remove(request.getKey());
    }
    DictCompareAndSetResponse.Builder response =
        DictCompareAndSetResponse.newBuilder().setSwapped(swapped);
    Value current = get(request.getKey());
    return current == null ? response.build() : response.setCurrent(current).build();
  }

  Value add(DictAddRequest request) {
    Value there = get(request.getKey());
    Value amount = request.hasAmount() ? request.getAmount() : Value.newBuilder().setInt(1).build();
    if (!isNumber(amount) || (request.hasInitial() && !isNumber(request.getInitial()))) {
      throw new Refused(ErrorReason.ERROR_REASON_INVALID_VALUE);
    }
    if (there == null && !request.hasInitial()) {
      throw new Refused(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    }
    Value before = there == null ? request.getInitial() : there;
    if (!isNumber(before)) {
      throw new Refused(ErrorReason.ERROR_REASON_NOT_A_NUMBER);
    }
    Value sum = sum(before, amount);
    set(request.getKey(), sum);
    return sum;
  }

  private static boolean isNumber(Value value) {
    return value.hasBool() || value.hasInt() || value.hasBigInt() || value.hasFloat();
  }

  private static Value sum(Value a, Value b) {
    if (a.hasFloat() || b.hasFloat()) {
      return Value.newBuilder().setFloat(toDouble(a) + toDouble(b)).build();
    }
    BigInteger sum = whole(a).add(whole(b));
    return sum.bitLength() < 64
        ? Value.newBuilder().setInt(sum.longValueExact()).build()
        : Value.newBuilder().setBigInt(ByteString.copyFrom(sum.toByteArray())).build();
  }

  private static double toDouble(Value value) {
    return value.hasFloat() ? value.getFloat() : whole(value).doubleValue();
  }

  private static BigInteger whole(Value value) {
    return ((BigDecimal) Objects.requireNonNull(same(value))).toBigIntegerExact();
  }

  @Override
  void settle() {
    // Nobody waits for a dict.
  }

  @Override
  void left(ModelCall call) {
    throw new AssertionError("Expected nobody to wait for a dict");
  }

  @Override
  Outcome expired(ModelCall call) {
    throw new AssertionError("Expected nobody to wait for a dict");
  }
}
