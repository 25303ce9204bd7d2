package dev.polyproc.server.engine.simulation;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import dev.polyproc.internal.v1.Origin;
import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.Plain;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.Opaque;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.Value;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** What requests of all kinds are made of, chosen at random. */
final class Choices {
  /** The daemon as it ran before. */
  static final Origin ANOTHER_RUN =
      Origin.newBuilder().setNode("node").setBoot("of before").build();

  private static final int REMEMBERED = 20;
  private static final List<ElementType> ELEMENT_TYPES =
      Arrays.stream(ElementType.values())
          .filter(type -> type != ElementType.ELEMENT_TYPE_UNSPECIFIED)
          .filter(type -> type != ElementType.UNRECOGNIZED)
          .toList();
  private static final List<Object> NUMBERS =
      List.of(
          1,
          -3,
          0.5,
          true,
          Long.MAX_VALUE,
          Double.POSITIVE_INFINITY,
          BigInteger.TEN.pow(20),
          BigInteger.TEN.pow(400),
          "no number");
  private static final List<Object> TEXTS =
      List.of("a", "ab", "\uFF5E", "\uD83D\uDE00", ByteString.copyFromUtf8("bytes"));

  final Random random;
  final Model model;
  private final List<Ref> remembered = new ArrayList<>();

  Choices(Random random, Model model) {
    this.random = random;
    this.model = model;
  }

  boolean oneIn(int many) {
    return random.nextInt(many) == 0;
  }

  <T> T any(List<T> some) {
    return some.get(random.nextInt(some.size()));
  }

  /** A type of elements, seldom none. */
  ElementType elementType() {
    return oneIn(30) ? ElementType.ELEMENT_TYPE_UNSPECIFIED : any(ELEMENT_TYPES);
  }

  /** Whether a request should create the object, because it is not there or for no reason. */
  boolean shouldCreate(String name) {
    return !model.objects.containsKey(name) || oneIn(50);
  }

  Lifetime lifetime() {
    return switch (random.nextInt(10)) {
      case 0 -> Lifetime.LIFETIME_SESSION;
      case 1 -> Lifetime.LIFETIME_UNSPECIFIED;
      case 2, 3, 4 -> Lifetime.LIFETIME_REFERENCED;
      default -> Lifetime.LIFETIME_PERSISTENT;
    };
  }

  // Time.

  @Nullable Duration timeout() {
    return switch (random.nextInt(5)) {
      case 0, 1 -> null;
      case 2 -> proto(0);
      default -> positive();
    };
  }

  Duration positive() {
    // Few different ones, so that several fall due at the same time.
    return proto(any(List.of(1, 50, 100, 1_000, 5_000)));
  }

  private static Duration proto(int millis) {
    return Duration.newBuilder()
        .setSeconds(millis / 1_000)
        .setNanos(millis % 1_000 * 1_000_000)
        .build();
  }

  java.time.@Nullable Duration javaTimeout() {
    Duration timeout = timeout();
    return timeout == null
        ? null
        : java.time.Duration.ofSeconds(timeout.getSeconds(), timeout.getNanos());
  }

  // Values.

  Object number() {
    return any(NUMBERS);
  }

  /** Any value, often one with refs. */
  Value value() {
    return switch (random.nextInt(20)) {
      case 0, 1, 2, 3, 4, 5 -> Plain.value(number());
      case 6, 7 -> Plain.value(any(TEXTS));
      case 8 -> Plain.value(List.of(number(), 1));
      case 9 -> oneIn(4) ? deep() : Plain.value(Plain.tuple(1, any(TEXTS)));
      case 10 -> oneIn(4) ? Value.getDefaultInstance() : Plain.value(null);
      default -> holding(ref());
    };
  }

  /** A value that may go too deep. */
  private Value deep() {
    Value deep = Plain.value(oneIn(2) ? List.of() : 1);
    for (int i = 2 + random.nextInt(4); i > 0; i--) {
      deep = Plain.value(oneIn(2) ? List.of(deep) : Plain.tuple(deep, 1));
    }
    return deep;
  }

  /** A value that holds a ref, somewhere. */
  Value holding(Ref ref) {
    return Plain.value(
        switch (random.nextInt(8)) {
          case 0 -> List.of(1, ref, List.of(ref));
          case 1 -> Plain.tuple("x", ref);
          case 2 -> Map.of(ref, "key");
          case 3 -> Map.of("key", Plain.tuple(ref));
          case 4 -> Opaque.newBuilder().setContentType("x").addRefs(ref).addRefs(ref()).build();
          default -> ref;
        });
  }

  // Refs.

  /** A ref to what is there, or was, or was never. */
  Ref ref() {
    List<ModelObject> referenced =
        model.objects.values().stream().filter(ModelObject::isReferenced).toList();
    List<ModelObject> all =
        model.objects.values().stream()
            .filter(object -> object.lifetime != Lifetime.LIFETIME_WHILE_USED)
            .toList();
    Ref ref;
    if (oneIn(80)) {
      long incarnation = random.nextBoolean() ? 0 : ModelValues.NOT_YET;
      ref = Ref.newBuilder().setName("dict0").setIncarnation(incarnation).build();
    } else if (!remembered.isEmpty() && oneIn(5)) {
      ref = any(remembered);
    } else if (!referenced.isEmpty() && !oneIn(10)) {
      ref = ref(any(referenced));
    } else if (!all.isEmpty()) {
      ref = ref(any(all));
    } else {
      ref = Ref.newBuilder().setName("dict0").setIncarnation(1).build();
    }
    return ref;
  }

  private Ref ref(ModelObject object) {
    Ref ref = object.ref().toBuilder().setIncarnation(object.incarnation.number()).build();
    remembered.add(ref);
    if (remembered.size() > REMEMBERED) {
      remembered.remove(0);
    }
    return ref;
  }

  /** A ref that a call names: it may leave things out, or have them wrong. */
  Ref looseRef() {
    Ref ref = ref();
    return switch (random.nextInt(12)) {
      case 0 -> ref.toBuilder().clearKind().build();
      case 1 -> ref.toBuilder().clearIncarnation().build();
      case 2 -> ref.toBuilder().setKind(ObjectKind.OBJECT_KIND_PROCESS).build();
      case 3 -> ref.toBuilder().clearIncarnation().setName("nobody").build();
      default -> ref;
    };
  }

  /** The client, as it sometimes says which incarnation it means. */
  Client meaning(Client client, String name) {
    long incarnation = meant(name);
    return incarnation == 0 ? client : client.meaning(incarnation);
  }

  /** The incarnation of an object, or one that was before; mostly 0, for whichever has the name. */
  long meant(String name) {
    ModelObject object = model.objects.get(name);
    if (object == null) {
      return oneIn(20) ? 1 : 0;
    }
    if (!oneIn(8) || object.lifetime == Lifetime.LIFETIME_WHILE_USED) {
      return 0;
    }
    long incarnation = object.incarnation.number();
    return oneIn(4) ? Math.max(1, incarnation - 1) : incarnation;
  }
}
