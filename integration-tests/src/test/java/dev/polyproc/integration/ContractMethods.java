package dev.polyproc.integration;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import dev.polyproc.v1.AdminProto;
import dev.polyproc.v1.DictProto;
import dev.polyproc.v1.EventProto;
import dev.polyproc.v1.ListProto;
import dev.polyproc.v1.LockProto;
import dev.polyproc.v1.NamespaceProto;
import dev.polyproc.v1.PipeProto;
import dev.polyproc.v1.ProcessProto;
import dev.polyproc.v1.QueueProto;
import dev.polyproc.v1.SessionProto;
import java.util.List;
import java.util.stream.Stream;

/** The contract, as its descriptors tell it. */
final class ContractMethods {
  private static final List<FileDescriptor> FILES =
      List.of(
          SessionProto.getDescriptor(),
          QueueProto.getDescriptor(),
          LockProto.getDescriptor(),
          EventProto.getDescriptor(),
          DictProto.getDescriptor(),
          ListProto.getDescriptor(),
          NamespaceProto.getDescriptor(),
          PipeProto.getDescriptor(),
          ProcessProto.getDescriptor(),
          AdminProto.getDescriptor());

  private ContractMethods() {}

  /** All methods. */
  static Stream<MethodDescriptor> methods() {
    return FILES.stream()
        .flatMap(file -> file.getServices().stream())
        .map(ServiceDescriptor::getMethods)
        .flatMap(List::stream);
  }

  /** The fields of all messages. */
  static Stream<FieldDescriptor> fields() {
    return FILES.stream()
        .flatMap(file -> Stream.concat(Stream.of(file), file.getDependencies().stream()))
        .distinct()
        .filter(file -> file.getPackage().equals("polyproc.v1"))
        .flatMap(file -> file.getMessageTypes().stream())
        .flatMap(ContractMethods::withNested)
        .flatMap(message -> message.getFields().stream());
  }

  private static Stream<Descriptor> withNested(Descriptor message) {
    return Stream.concat(
        Stream.of(message), message.getNestedTypes().stream().flatMap(ContractMethods::withNested));
  }
}
