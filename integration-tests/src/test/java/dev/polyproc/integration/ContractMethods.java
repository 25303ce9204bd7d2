package dev.polyproc.integration;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import dev.polyproc.contract.ContractFiles;
import java.util.stream.Stream;

/** The contract, as its descriptors tell it. */
final class ContractMethods {
  private ContractMethods() {}

  /** All methods. */
  static Stream<MethodDescriptor> methods() {
    return ContractFiles.methods();
  }

  /** The fields of all messages. */
  static Stream<FieldDescriptor> fields() {
    return ContractFiles.all().stream()
        .flatMap(file -> file.getMessageTypes().stream())
        .flatMap(ContractMethods::withNested)
        .flatMap(message -> message.getFields().stream());
  }

  private static Stream<Descriptor> withNested(Descriptor message) {
    return Stream.concat(
        Stream.of(message), message.getNestedTypes().stream().flatMap(ContractMethods::withNested));
  }
}
