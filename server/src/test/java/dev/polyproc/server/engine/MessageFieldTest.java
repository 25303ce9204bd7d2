package dev.polyproc.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Internal;
import com.google.protobuf.Message;
import dev.polyproc.server.engine.message.MessageField;
import dev.polyproc.v1.QueueGetResponse;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Getters are found by name: those of all fields must be there. */
final class MessageFieldTest {
  static Stream<FieldDescriptor> fields() {
    return new EngineFixture()
        .engine().operations().services().stream()
            .map(ServiceDescriptor::getMethods)
            .flatMap(methods -> methods.stream().flatMap(MessageFieldTest::types))
            .distinct()
            .flatMap(type -> type.getFields().stream())
            .filter(field -> field.getJavaType() == JavaType.MESSAGE && !field.isRepeated());
  }

  private static Stream<Descriptor> types(MethodDescriptor method) {
    return Stream.of(method.getInputType(), method.getOutputType());
  }

  @ParameterizedTest
  @MethodSource("fields")
  void shouldReadWhatTheDescriptorReads(FieldDescriptor field) throws Exception {
    Message empty = generated(field.getContainingType());
    Message set = empty.toBuilder().setField(field, empty.getField(field)).build();
    Message restored = DynamicMessage.parseFrom(field.getContainingType(), set.toByteString());
    MessageField read = new MessageField(field);

    assertThat(read.in(empty)).isNull();
    assertThat(read.in(set)).isSameAs(set.getField(field));
    assertThat(read.in(restored)).isEqualTo(restored.getField(field));
  }

  private static Message generated(Descriptor type) throws ReflectiveOperationException {
    String name = QueueGetResponse.class.getPackageName() + "." + type.getName();
    return Internal.getDefaultInstance(Class.forName(name).asSubclass(Message.class));
  }
}
