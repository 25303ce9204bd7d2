package dev.polyproc.contract;

import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The contract as it lies in its folder: a test that goes through it forgets no service, and needs
 * no list.
 */
public final class ContractFiles {
  private static final Path FOLDER = Path.of("..", "proto/src/main/proto/polyproc/v1");

  private ContractFiles() {}

  /** Its files, in the order of their names. */
  public static List<FileDescriptor> all() {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(file -> file.endsWith(".proto"))
          .sorted()
          .map(ContractFiles::descriptor)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The methods of all services. */
  public static Stream<MethodDescriptor> methods() {
    return all().stream()
        .flatMap(file -> file.getServices().stream())
        .flatMap(service -> service.getMethods().stream());
  }

  /** A method's name as messages have it: "QueueService/Put". */
  public static String name(MethodDescriptor method) {
    return method.getService().getName() + "/" + method.getName();
  }

  /** The descriptor in the class that is generated for a file. */
  private static FileDescriptor descriptor(String file) {
    String words =
        Arrays.stream(file.replace(".proto", "_proto").split("_"))
            .map(word -> word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1))
            .collect(Collectors.joining());
    String type = "dev.polyproc.v1." + words;
    try {
      return (FileDescriptor) Class.forName(type).getMethod("getDescriptor").invoke(null);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Expected a class " + type + " for " + file, e);
    }
  }
}
