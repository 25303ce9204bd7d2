package dev.polyproc.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Overflow;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueAddRequest;
import dev.polyproc.v1.ValueCompareAndSetRequest;
import dev.polyproc.v1.ValueCompareAndSetResponse;
import dev.polyproc.v1.ValueCreateRequest;
import dev.polyproc.v1.ValueCreateResponse;
import dev.polyproc.v1.ValueGetRequest;
import dev.polyproc.v1.ValueServiceGrpc;
import dev.polyproc.v1.ValueServiceGrpc.ValueServiceBlockingStub;
import dev.polyproc.v1.ValueSetRequest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** ValueService. */
public abstract class ValueContract extends ContractSuite {
  private ValueServiceBlockingStub values;

  @BeforeEach
  void connect() {
    values = ValueServiceGrpc.newBlockingStub(channel());
  }

  private ValueCreateResponse create(ElementType type) {
    return values.create(ValueCreateRequest.newBuilder().setValue(name()).setType(type).build());
  }

  private static Value whole(long number) {
    return Value.newBuilder().setInt(number).build();
  }

  private Value get() {
    return values.get(ValueGetRequest.newBuilder().setValue(name()).build()).getContent();
  }

  private Value set(Value content) {
    return values
        .set(ValueSetRequest.newBuilder().setValue(name()).setContent(content).build())
        .getPrevious();
  }

  private ValueCompareAndSetResponse compareAndSet(long expected, long content) {
    return values.compareAndSet(
        ValueCompareAndSetRequest.newBuilder()
            .setValue(name())
            .setExpected(whole(expected))
            .setContent(whole(content))
            .build());
  }

  @Test
  void shouldBeginAtZeroAndNameItsLock() {
    ValueCreateResponse created = create(ElementType.ELEMENT_TYPE_INT64);

    assertThat(created.getCreated()).isTrue();
    assertThat(created.getLock()).isEqualTo(name() + "/lock");
    assertThat(get()).isEqualTo(whole(0));
    assertThat(create(ElementType.ELEMENT_TYPE_INT64).getCreated()).isFalse();
    assertThat(reasonOf(() -> create(ElementType.ELEMENT_TYPE_INT32)))
        .isEqualTo(ErrorReason.ERROR_REASON_OBJECT_EXISTS);
    assertThat(reasonOf(() -> create(ElementType.ELEMENT_TYPE_UNSPECIFIED)))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
  }

  @Test
  void shouldAddAndSetInOneStep() {
    create(ElementType.ELEMENT_TYPE_INT16);
    ValueAddRequest add = ValueAddRequest.newBuilder().setValue(name()).build();

    assertThat(values.add(add).getContent()).isEqualTo(whole(1));
    assertThat(values.add(add).getPrevious()).isEqualTo(whole(1));
    assertThat(set(whole(32_767))).isEqualTo(whole(2));
    assertThat(reasonOf(() -> values.add(add))).isEqualTo(ErrorReason.ERROR_REASON_VALUE_TOO_LARGE);
    ValueAddRequest wrapping = add.toBuilder().setOverflow(Overflow.OVERFLOW_WRAP).build();
    assertThat(values.add(wrapping).getContent()).isEqualTo(whole(-32_768));

    assertThat(compareAndSet(1, 2).getSwapped()).isFalse();
    assertThat(compareAndSet(-32_768, 5).getSwapped()).isTrue();
    assertThat(compareAndSet(4, 6).getCurrent()).isEqualTo(whole(5));
  }

  @Test
  void shouldRefuseWhatItsTypeDoesNotTake() {
    create(ElementType.ELEMENT_TYPE_UINT8);

    assertThat(reasonOf(() -> set(whole(256)))).isEqualTo(ErrorReason.ERROR_REASON_VALUE_TOO_LARGE);
    assertThat(reasonOf(() -> set(Value.newBuilder().setFloat(1).build())))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_VALUE);
    assertThat(get()).isEqualTo(whole(0));
  }

  @Test
  void shouldNotAddToACharacter() {
    create(ElementType.ELEMENT_TYPE_WCHAR);

    assertThat(set(Value.newBuilder().setText("é").build()).getText()).isEqualTo("\0");
    ValueAddRequest add = ValueAddRequest.newBuilder().setValue(name()).build();
    assertThat(reasonOf(() -> values.add(add))).isEqualTo(ErrorReason.ERROR_REASON_NOT_A_NUMBER);
    assertThat(get().getText()).isEqualTo("é");
  }
}
