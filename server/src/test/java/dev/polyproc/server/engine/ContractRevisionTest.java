package dev.polyproc.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import dev.polyproc.contract.ContractFiles;
import dev.polyproc.server.engine.session.SessionOperations;
import dev.polyproc.v1.ContractRevision;
import dev.polyproc.v1.OptionsProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What the contract has, and the number that tells callers so. */
final class ContractRevisionTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Path KNOWN = ROOT.resolve("server/src/test/resources/contract.txt");

  private final Set<String> lines = new TreeSet<>();

  /** All numbers and names of the contract, one a line. */
  private String contract() {
    ContractFiles.all().forEach(this::list);
    return String.join("\n", lines) + "\n";
  }

  private void list(FileDescriptor file) {
    file.getMessageTypes().forEach(this::list);
    file.getEnumTypes()
        .forEach(
            type ->
                type.getValues()
                    .forEach(
                        value ->
                            lines.add(
                                type.getName() + "." + value.getName() + " " + value.getNumber())));
    file.getServices().forEach(service -> service.getMethods().forEach(this::list));
  }

  private void list(Descriptor message) {
    message.getNestedTypes().forEach(this::list);
    for (FieldDescriptor field : message.getFields()) {
      lines.add(
          message.getName()
              + "."
              + field.getName()
              + " "
              + field.getNumber()
              + (field.isRepeated() ? " repeated " : " ")
              + type(field));
    }
  }

  private static String type(FieldDescriptor field) {
    return switch (field.getType()) {
      case MESSAGE -> field.getMessageType().getFullName();
      case ENUM -> field.getEnumType().getFullName();
      default -> field.getType().name().toLowerCase(Locale.ROOT);
    };
  }

  private void list(MethodDescriptor method) {
    lines.add(
        method.getService().getName()
            + "/"
            + method.getName()
            + " "
            + method.getOptions().getExtension(OptionsProto.number)
            + (method.getOptions().getExtension(OptionsProto.node) ? " node" : ""));
  }

  @Test
  void shouldGrowWhenTheContractGainsSomething() throws IOException {
    String contract = "revision " + SessionOperations.CONTRACT_REVISION + "\n" + contract();
    if (Boolean.getBoolean("polyproc.write")) {
      requireNewRevision(Files.readString(KNOWN), contract);
      Files.writeString(KNOWN, contract);
    }

    assertThat(contract)
        .as(
            "what the contract has: where it gained something, add a ContractRevision that says"
                + " what; where something went away, reserve it; then write the list with"
                + " -Dpolyproc.write=true")
        .isEqualTo(Files.readString(KNOWN));
  }

  /** Whoever was told a revision knows what it has: that list is never written again. */
  private static void requireNewRevision(String known, String contract) {
    if (!contract.equals(known)) {
      assertThat(revision(contract))
          .as("the contract is another than that of revision %s: raise it", revision(known))
          .isGreaterThan(revision(known));
    }
  }

  private static int revision(String list) {
    return Integer.parseInt(list.lines().findFirst().orElseThrow().replaceFirst("^revision ", ""));
  }

  @Test
  void shouldRefuseToWriteAnotherListOfTheSameRevision() {
    String known = "revision 9\nQueueService/Put 101\n";

    requireNewRevision(known, known);
    requireNewRevision(known, "revision 10\nQueueService/Put 101\nQueueService/Get 102\n");
    for (String contract :
        List.of(
            "revision 9\nQueueService/Put 101\nQueueService/Get 102\n",
            "revision 9\n",
            "revision 8\nQueueService/Put 101\n")) {
      assertThatThrownBy(() -> requireNewRevision(known, contract))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("raise it");
    }
  }

  @Test
  void shouldBeServedWithAllItsServices() {
    assertThat(new EngineFixture().engine().operations().services())
        .as("the services of the families; see Families")
        .containsExactlyInAnyOrderElementsOf(
            ContractFiles.all().stream().flatMap(file -> file.getServices().stream()).toList());
  }

  @Test
  void shouldBeNumberedOneByOne() {
    assertThat(ContractRevision.getDescriptor().getValues())
        .allSatisfy(revision -> assertThat(revision.getNumber()).isEqualTo(revision.getIndex()))
        .last()
        .satisfies(
            last -> assertThat(last.getNumber()).isEqualTo(SessionOperations.CONTRACT_REVISION));
  }
}
