package dev.polyproc.integration;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * No name of the contract is one that a language has itself, for what is made of it: where the stub
 * would not compile, where another method would be called, or where the name could not be written.
 *
 * <p>Not here is what generators see to. Java, Kotlin, Go, Rust, C++ and C# escape their reserved
 * words ({@code value.int_()} in C++, {@code r#ref} in Rust), and JavaScript takes them for methods
 * ({@code delete}). Methods of Java, Kotlin, C++ and C# that differ in their parameters are
 * overloads, such as {@code wait(request)}. Neither is Ruby's {@code send} of a stub here, which
 * Ruby's own sockets replace as well, and which {@code __send__} stands in for.
 */
final class ContractNamesTest {
  /** What a client of grpc-js has itself, and every object. */
  private static final String JAVASCRIPT_CLIENT =
      "close getChannel waitForReady makeUnaryRequest makeClientStreamRequest"
          + " makeServerStreamRequest makeBidiStreamRequest checkOptionalUnaryResponseArguments"
          + " checkMetadataAndOptions constructor toString toLocaleString valueOf hasOwnProperty"
          + " isPrototypeOf propertyIsEnumerable";

  /** What a client of tonic has itself; and words that Rust does not let be escaped. */
  private static final String RUST_CLIENT =
      "new connect with_origin with_interceptor send_compressed accept_compressed"
          + " max_decoding_message_size max_encoding_message_size self super crate";

  /** What Ruby's gRPC and Ruby itself call of a stub, and somebody who looks at it in irb. */
  private static final String RUBY_STUB =
      "request_response client_streamer server_streamer bidi_streamer initialize inspect to_s hash"
          + " class object_id method methods freeze dup clone display tap then itself"
          + " instance_variable_get instance_variable_set method_missing";

  /** What a stub of C++ is made of. */
  private static final String CPP_STUB =
      "Service Stub StubInterface NewStub AsyncService CallbackService";

  /** The reserved words that begin with a capital letter, as rpcs do. */
  private static final String PYTHON_CAPITALS = "None True False";

  /** What can be read by getattr only, and set by a dict only; and the object itself. */
  private static final String PYTHON_WORDS =
      "False None True and as assert async await break class continue def del elif else except"
          + " finally for from global if import in is lambda nonlocal not or pass raise return try"
          + " while with yield self";

  /** What Ruby calls instead of reading the field: what every object and every message has. */
  private static final String RUBY_OBJECT =
      "class clone define_singleton_method display dup enum_for extend freeze hash inspect"
          + " instance_eval instance_exec instance_variables itself method methods object_id"
          + " private_methods protected_methods public_method public_methods public_send send"
          + " singleton_class singleton_method singleton_methods tap then to_enum to_h to_hash"
          + " to_json to_proto to_s yield_self";

  /**
   * Macros of some C library, of GNU's C++ or of Windows' headers, which no generator escapes: with
   * Microsoft's stdin the stub does not compile. It takes care of Windows' min and max itself.
   */
  private static final String C_MACROS =
      "assert errno stdin stdout stderr environ major minor linux unix near far small interface";

  /** What an object of JavaScript and a message of google-protobuf have themselves. */
  private static final String JAVASCRIPT_OBJECT =
      "constructor __proto__ to_string to_json to_object value_of has_own_property extension"
          + " js_pb_message_id";

  private static Set<String> words(String words) {
    return Set.of(words.split(" "));
  }

  private static String lowerCamel(String name) {
    return name.substring(0, 1).toLowerCase(Locale.ROOT) + name.substring(1);
  }

  private static String snake(String name) {
    return lowerCamel(name).replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }

  @Test
  void shouldNotNameAnRpcLikeAMethodOfItsStub() {
    assertThat(ContractMethods.methods().map(MethodDescriptor::getName))
        .hasSizeGreaterThan(40)
        .doesNotContainAnyElementsOf(words(PYTHON_CAPITALS))
        .doesNotContainAnyElementsOf(words(CPP_STUB));
    assertThat(ContractMethods.methods().map(method -> lowerCamel(method.getName())))
        .doesNotContainAnyElementsOf(words(JAVASCRIPT_CLIENT));
    assertThat(ContractMethods.methods().map(method -> snake(method.getName())))
        .doesNotContainAnyElementsOf(words(RUST_CLIENT))
        .doesNotContainAnyElementsOf(words(RUBY_STUB));
  }

  @Test
  void shouldNotNameAFieldLikeWhatEveryMessageHas() {
    assertThat(ContractMethods.fields().map(FieldDescriptor::getName))
        .hasSizeGreaterThan(200)
        .doesNotContainAnyElementsOf(words(PYTHON_WORDS))
        .doesNotContainAnyElementsOf(words(RUBY_OBJECT))
        .doesNotContainAnyElementsOf(words(C_MACROS))
        .doesNotContainAnyElementsOf(words(JAVASCRIPT_OBJECT));
  }

  /** C++ has items_size beside items, and has_item beside item; Java itemsCount and itemsList. */
  @ParameterizedTest
  @CsvSource({"'',_size", "'',_count", "'',_list", "has_,''"})
  void shouldNotNameAFieldLikeWhatIsMadeOfAnother(String before, String after) {
    Set<String> names = ContractMethods.fields().map(FieldDescriptor::getFullName).collect(toSet());

    assertThat(ContractMethods.fields())
        .filteredOn(field -> field.isRepeated() || !before.isEmpty())
        .extracting(
            field ->
                field.getContainingType().getFullName() + "." + before + field.getName() + after)
        .doesNotContainAnyElementsOf(names);
  }
}
