package dev.polyproc.client;

import dev.polyproc.client.internal.object.NamespaceRequests;
import dev.polyproc.client.internal.request.Pages;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.request.Swap;
import dev.polyproc.client.internal.value.Values;
import dev.polyproc.v1.NamespaceAddResponse;
import dev.polyproc.v1.NamespaceAttribute;
import dev.polyproc.v1.NamespaceAttributesResponse;
import dev.polyproc.v1.NamespaceCompareAndSetResponse;
import dev.polyproc.v1.NamespaceCreateRequest;
import dev.polyproc.v1.NamespaceDeleteResponse;
import dev.polyproc.v1.NamespaceGetResponse;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.Value;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Values under names, shared by all: Python's {@code Namespace}. Each attribute has a type of its
 * own, so that the codec is named with the call; without one it is {@link Codec#ANY}.
 *
 * <pre>{@code
 * PolyNamespace config = polyproc.namespace("config");
 * config.set("retries", 3L);
 * Long retries = config.get("retries", Long.class);
 * }</pre>
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Every call but {@link #attributes} takes effect at once and whole.
 *   <li>Values are compared as Python does: {@code 1}, {@code 1.0} and {@code true} are equal; or
 *       else as Java does, where two values stand for equal objects.
 *   <li>No value is null; Python's None is {@link Codec#NULL}.
 * </ul>
 */
public final class PolyNamespace extends Handle {
  private final NamespaceRequests requests;

  private PolyNamespace(Requestor requestor, Ref ref) {
    super(requestor, ref);
    this.requests = new NamespaceRequests(ref.getName());
  }

  static PolyNamespace create(Requestor requestor, NamespaceCreateRequest shape) {
    return of(requestor, requestor.call(NamespaceRequests.CREATE, shape).getRef());
  }

  static PolyNamespace of(Requestor requestor, Ref ref) {
    return new PolyNamespace(requestor.meaning(ref), ref);
  }

  /** The value of an attribute, whatever it is; null when there is none. */
  public @Nullable Object get(String attribute) {
    return get(attribute, Codec.ANY);
  }

  /** The value of an attribute of one of the types of {@link Codec#of}; null when there is none. */
  public <T> @Nullable T get(String attribute, Class<T> type) {
    return get(attribute, Codec.of(type));
  }

  /** The value of an attribute; null when there is none. */
  public <T> @Nullable T get(String attribute, Codec<T> codec) {
    return got(codec, requestor.call(NamespaceRequests.GET, requests.get(attribute)));
  }

  /** The twin of {@link #get(String, Codec)}. */
  public <T> CompletableFuture<@Nullable T> getAsync(String attribute, Codec<T> codec) {
    return requestor.async(
        NamespaceRequests.GET, requests.get(attribute), response -> got(codec, response));
  }

  /** Sets the value of an attribute, by the value's class. */
  public void set(String attribute, Object value) {
    set(attribute, value, Codec.ANY);
  }

  /** Sets the value of an attribute. */
  public <T> void set(String attribute, T value, Codec<T> codec) {
    requestor.call(NamespaceRequests.SET, requests.set(attribute, encode(value, codec)));
  }

  /** The twin of {@link #set(String, Object, Codec)}. */
  public <T> CompletableFuture<@Nullable Void> setAsync(String attribute, T value, Codec<T> codec) {
    return requestor.async(
        NamespaceRequests.SET, requests.set(attribute, encode(value, codec)), response -> null);
  }

  /** Removes an attribute; answers whether it was there. */
  public boolean delete(String attribute) {
    return requestor.call(NamespaceRequests.DELETE, requests.delete(attribute)).getDeleted();
  }

  /** The twin of {@link #delete}. */
  public CompletableFuture<Boolean> deleteAsync(String attribute) {
    return requestor.async(
        NamespaceRequests.DELETE, requests.delete(attribute), NamespaceDeleteResponse::getDeleted);
  }

  /** {@link #compareAndSet(String, Object, Object, Codec)} by the values' classes. */
  public boolean compareAndSet(
      String attribute, @Nullable Object expected, @Nullable Object value) {
    return compareAndSet(attribute, expected, value, Codec.ANY);
  }

  /**
   * Sets the value of an attribute if it is {@code expected}; answers whether it was.
   *
   * @param expected null when the attribute must not be there
   * @param value null to remove the attribute
   */
  public <T> boolean compareAndSet(
      String attribute, @Nullable T expected, @Nullable T value, Codec<T> codec) {
    Value next = orAbsent(value, codec);
    if (expected == null) {
      return swap(attribute, null, next).swapped();
    }
    return new Swap<>(codec, expected, codec.encode(expected))
        .make(there -> swap(attribute, there, next));
  }

  /** The twin of {@link #compareAndSet(String, Object, Object, Codec)}. */
  public <T> CompletableFuture<Boolean> compareAndSetAsync(
      String attribute, @Nullable T expected, @Nullable T value, Codec<T> codec) {
    Value next = orAbsent(value, codec);
    if (expected == null) {
      return requestor.async(
          NamespaceRequests.COMPARE_AND_SET,
          requests.compareAndSet(attribute, null, next),
          NamespaceCompareAndSetResponse::getSwapped);
    }
    return new Swap<>(codec, expected, codec.encode(expected))
        .makeAsync(
            requestor,
            NamespaceRequests.COMPARE_AND_SET,
            there -> requests.compareAndSet(attribute, there, next),
            PolyNamespace::answer);
  }

  private Swap.Answer swap(String attribute, @Nullable Value expected, @Nullable Value value) {
    return answer(
        requestor.call(
            NamespaceRequests.COMPARE_AND_SET, requests.compareAndSet(attribute, expected, value)));
  }

  private static Swap.Answer answer(NamespaceCompareAndSetResponse response) {
    return new Swap.Answer(
        response.getSwapped(), response.hasCurrent() ? response.getCurrent() : null);
  }

  /**
   * Adds a number to the value of an attribute in one step, and answers the sum. What is more than
   * a {@code Long} or an {@code Integer} holds is refused with {@code
   * ERROR_REASON_VALUE_TOO_LARGE}, and changes nothing.
   *
   * @param initial what counts as the value before when there is none; null when there must be one
   * @throws UnsupportedOperationException for {@code Float} and {@code BigDecimal}
   */
  public <T extends Number> T add(String attribute, T amount, @Nullable T initial, Codec<T> codec) {
    return codec.decode(
        requestor
            .call(
                NamespaceRequests.ADD,
                requests.add(
                    attribute,
                    encode(amount, codec),
                    orAbsent(initial, codec),
                    requestor.bits(codec)))
            .getValue());
  }

  /** {@link #add(String, Number, Number, Codec)} for whole numbers that fit a {@code long}. */
  public long add(String attribute, long amount, @Nullable Long initial) {
    return add(attribute, amount, initial, Codec.LONG);
  }

  /** The twin of {@link #add(String, Number, Number, Codec)}. */
  public <T extends Number> CompletableFuture<T> addAsync(
      String attribute, T amount, @Nullable T initial, Codec<T> codec) {
    return requestor.async(
        NamespaceRequests.ADD,
        requests.add(
            attribute, encode(amount, codec), orAbsent(initial, codec), requestor.bits(codec)),
        (NamespaceAddResponse sum) -> codec.decode(sum.getValue()));
  }

  /**
   * A copy of all attributes and their values, in the order in which they were set first. What
   * changes while more than a page is read may or may not be seen.
   */
  public Map<String, Object> attributes() {
    Map<String, Object> attributes = new LinkedHashMap<>();
    for (NamespaceAttribute attribute : pages()) {
      attributes.put(attribute.getName(), Values.toObject(attribute.getValue()));
    }
    return Collections.unmodifiableMap(attributes);
  }

  private Pages<NamespaceAttribute> pages() {
    return new Pages<>(
        page -> {
          NamespaceAttributesResponse found =
              requestor.call(NamespaceRequests.ATTRIBUTES, requests.attributes(page));
          return new Pages.Page<>(found.getAttributesList(), found.getNextPageToken());
        });
  }

  private static <T> @Nullable T got(Codec<T> codec, NamespaceGetResponse response) {
    return response.hasValue() ? codec.decode(response.getValue()) : null;
  }

  private static <T> Value encode(T value, Codec<T> codec) {
    return codec.encode(Objects.requireNonNull(value, "Expected a value, but it is null"));
  }

  private static <T> @Nullable Value orAbsent(@Nullable T value, Codec<T> codec) {
    return value == null ? null : codec.encode(value);
  }
}
