package dev.polyproc.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.MethodDescriptor;
import dev.polyproc.contract.ContractFiles;
import dev.polyproc.v1.OptionsProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The permanent numbers of methods: logs, and clients of other ages, name them by nothing else. A
 * number keeps its line for ever.
 */
final class MethodNumbersTest {
  private static final Path FILE = Path.of("src/test/resources/methods.txt");

  /** Stands behind the name of a method that the contract has no more. */
  private static final String GONE = " gone";

  @Test
  void shouldKeepEveryNumberForEver() throws IOException {
    SortedMap<Integer, String> permanent = permanent();
    SortedMap<Integer, String> contract = contract();
    SortedMap<Integer, String> merged = new TreeMap<>(contract);
    permanent.forEach(merged::put);
    permanent.forEach(
        (number, name) -> {
          if (name.endsWith(GONE)) {
            assertThat(contract).as("a number that was used once").doesNotContainKey(number);
            merged.remove(number);
          }
        });
    if (Boolean.getBoolean("polyproc.write")) {
      TreeMap<Integer, String> all = new TreeMap<>(contract);
      all.putAll(permanent);
      Files.writeString(FILE, text(all));
    }

    assertThat(contract)
        .as(
            "the numbers of methods: one that is there never gets another name, and one whose"
                + " method went away stays, with \"%s\" behind it",
            GONE)
        .containsExactlyEntriesOf(merged);
    assertThat(permanent())
        .as("the numbers that are listed; -Dpolyproc.write=true adds new ones")
        .containsAllEntriesOf(contract);
  }

  @Test
  void shouldBeListedInTheirOrder() throws IOException {
    assertThat(Files.readString(FILE)).isEqualTo(text(permanent()));
  }

  private static SortedMap<Integer, String> permanent() throws IOException {
    TreeMap<Integer, String> numbers = new TreeMap<>();
    for (String line : Files.readAllLines(FILE)) {
      int space = line.indexOf(' ');
      numbers.put(Integer.valueOf(line.substring(0, space)), line.substring(space + 1));
    }
    return numbers;
  }

  private static SortedMap<Integer, String> contract() {
    return new TreeMap<>(
        ContractFiles.methods()
            .collect(Collectors.toMap(MethodNumbersTest::number, ContractFiles::name)));
  }

  private static Integer number(MethodDescriptor method) {
    return method.getOptions().getExtension(OptionsProto.number);
  }

  private static String text(SortedMap<Integer, String> numbers) {
    return numbers.entrySet().stream()
        .map(entry -> entry.getKey() + " " + entry.getValue() + "\n")
        .collect(Collectors.joining());
  }
}
