package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.conformance.v1.SegmentVector;
import dev.polyproc.conformance.v1.WrongSegmentVector;
import dev.polyproc.contract.Vectors;
import dev.polyproc.integration.Participant.Outcome;
import dev.polyproc.v1.ElementType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The programs of examples/memory read the files of memory.json; no daemon is asked. */
@Timeout(120)
final class ParticipantVectorsIT {
  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource
  void shouldReadTheElementsOfTheVectors(Participant participant) throws Exception {
    int read = 0;
    for (SegmentVector vector : Vectors.memory().getSegmentsList()) {
      Path file = folder.resolve("segment");
      Files.write(file, vector.getFile().toByteArray());
      ElementType type = vector.getLocated().getType();
      boolean isDouble = type == ElementType.ELEMENT_TYPE_FLOAT64;
      if (!isDouble && type != ElementType.ELEMENT_TYPE_INT64) {
        assertThat(participant.run(file, "describe"))
            .as(vector.getName())
            .isEqualTo(
                new Outcome(
                    1,
                    "Expected elements of INT64 (8) or FLOAT64 (11), but their type is "
                        + type.getNumber()
                        + "\n"));
        continue;
      }
      List<?> expected =
          isDouble ? vector.getElements().getFloatsList() : vector.getElements().getIntsList();
      for (int i = 0; i < expected.size(); i++) {
        String printed = participant.print(file, "get", i);
        Object found = isDouble ? (Object) number(printed) : (Object) Long.valueOf(printed);
        assertThat(found)
            .as("element %d of %s, which is printed as %s", i, vector.getName(), printed)
            .isEqualTo(expected.get(i));
        read++;
      }
      assertThat(participant.print(file, "describe"))
          .as(vector.getName())
          .endsWith(
              "%d elements, state 1, sequence %d, %d writers died"
                  .formatted(
                      vector.getLocated().getLength(),
                      vector.getSequence(),
                      vector.getWritersDied()));
    }
    assertThat(read).isGreaterThan(10);
  }

  /** Whatever the language calls infinity. */
  private static Double number(String printed) {
    String word = printed.toLowerCase(Locale.ROOT).replaceFirst("^\\+", "");
    return switch (word) {
      case "inf", "infinity" -> Double.POSITIVE_INFINITY;
      case "-inf", "-infinity" -> Double.NEGATIVE_INFINITY;
      case "nan", "-nan" -> Double.NaN;
      default -> Double.valueOf(word);
    };
  }

  /** Also where only the type is another one than the programs know. */
  @ParameterizedTest
  @EnumSource
  void shouldRefuseAndKeepTheFilesThatAreWrong(Participant participant) throws Exception {
    List<WrongSegmentVector> wrongs = Vectors.memory().getWrongsList();
    assertThat(wrongs).isNotEmpty();
    for (WrongSegmentVector vector : wrongs) {
      Path file = folder.resolve("segment");
      byte[] content = vector.getFile().toByteArray();
      Files.write(file, content);

      Outcome outcome = participant.run(file, "negate");

      assertThat(outcome.exit()).as(vector.getName()).isEqualTo(1);
      assertThat(outcome.printed()).matches("Expected .+, but .+\n");
      assertThat(file).hasBinaryContent(content);
    }
  }
}
