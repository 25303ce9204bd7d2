package dev.polyproc.server.engine.simulation;

import dev.polyproc.server.engine.simulation.Model.Created;
import dev.polyproc.v1.ArrayAddRequest;
import dev.polyproc.v1.ArrayAddResponse;
import dev.polyproc.v1.ArrayCompareAndSetRequest;
import dev.polyproc.v1.ArrayCompareAndSetResponse;
import dev.polyproc.v1.ArrayCreateRequest;
import dev.polyproc.v1.ArrayCreateResponse;
import dev.polyproc.v1.ArrayGetRequest;
import dev.polyproc.v1.ArrayGetResponse;
import dev.polyproc.v1.ArraySetRequest;
import dev.polyproc.v1.ArraySetResponse;
import dev.polyproc.v1.ArraySetSliceRequest;
import dev.polyproc.v1.ArraySetSliceResponse;
import dev.polyproc.v1.ArraySizeRequest;
import dev.polyproc.v1.ArraySizeResponse;
import dev.polyproc.v1.ArraySliceRequest;
import dev.polyproc.v1.ArraySliceResponse;
import dev.polyproc.v1.Elements;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Overflow;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueAddRequest;
import dev.polyproc.v1.ValueAddResponse;
import dev.polyproc.v1.ValueCompareAndSetRequest;
import dev.polyproc.v1.ValueCompareAndSetResponse;
import dev.polyproc.v1.ValueCreateRequest;
import dev.polyproc.v1.ValueCreateResponse;
import dev.polyproc.v1.ValueGetRequest;
import dev.polyproc.v1.ValueGetResponse;
import dev.polyproc.v1.ValueSetRequest;
import dev.polyproc.v1.ValueSetResponse;
import java.util.List;

/** What the model does for ValueService and ArrayService. */
final class ElementHandlers {
  private static final Value ONE = Value.newBuilder().setInt(1).build();

  private final Model model;

  ElementHandlers(Model model) {
    this.model = model;
  }

  void register(Handlers handlers) {
    handlers
        .on("ValueService/Create", ValueCreateRequest.getDefaultInstance(), this::create)
        .onRead("ValueService/Get", ValueGetRequest.getDefaultInstance(), this::get)
        .on("ValueService/Set", ValueSetRequest.getDefaultInstance(), this::set)
        .on("ValueService/Add", ValueAddRequest.getDefaultInstance(), this::add)
        .on(
            "ValueService/CompareAndSet",
            ValueCompareAndSetRequest.getDefaultInstance(),
            this::compareAndSet)
        .on("ArrayService/Create", ArrayCreateRequest.getDefaultInstance(), this::createArray)
        .onRead("ArrayService/Size", ArraySizeRequest.getDefaultInstance(), this::size)
        .onRead("ArrayService/Get", ArrayGetRequest.getDefaultInstance(), this::getAt)
        .on("ArrayService/Set", ArraySetRequest.getDefaultInstance(), this::setAt)
        .on("ArrayService/Add", ArrayAddRequest.getDefaultInstance(), this::addAt)
        .on(
            "ArrayService/CompareAndSet",
            ArrayCompareAndSetRequest.getDefaultInstance(),
            this::compareAndSetAt)
        .onRead("ArrayService/Slice", ArraySliceRequest.getDefaultInstance(), this::slice)
        .on("ArrayService/SetSlice", ArraySetSliceRequest.getDefaultInstance(), this::setSlice);
  }

  // Values.

  private ModelSharedValue value(String name) {
    return model.object(ModelSharedValue.class, name);
  }

  private void create(ModelCall call, ValueCreateRequest request) {
    ModelElements.bytes(request.getType()); // there is such a type
    if (request.hasContent()) {
      ModelElements.element(request.getType(), request.getContent(), Overflow.OVERFLOW_REFUSE);
    }
    Created<ModelSharedValue> created =
        model.create(
            ModelSharedValue.class,
            request.getValue(),
            request.getLifetime(),
            call,
            value -> value.isLike(request),
            session -> new ModelSharedValue(model, request, session));
    model.done(
        call,
        Outcome.of(
            ValueCreateResponse.newBuilder()
                .setRef(created.object().ref())
                .setCreated(created.isNew())
                .setLock(created.object().guard())
                .build(),
            created.object().incarnation));
  }

  private Outcome get(ValueGetRequest request) {
    ModelSharedValue value = value(request.getValue());
    return Outcome.of(
        ValueGetResponse.newBuilder()
            .setContent(value.content)
            .setType(value.type)
            .setLock(value.guard())
            .build());
  }

  private void set(ModelCall call, ValueSetRequest request) {
    ModelSharedValue value = value(request.getValue());
    Value before = value.content;
    value.content = ModelElements.element(value.type, request.getContent(), request.getOverflow());
    model.done(call, Outcome.of(ValueSetResponse.newBuilder().setPrevious(before).build()));
  }

  private void add(ModelCall call, ValueAddRequest request) {
    ModelSharedValue value = value(request.getValue());
    Value before = value.content;
    value.content =
        ModelElements.sum(
            value.type,
            before,
            request.hasAmount() ? request.getAmount() : ONE,
            request.getOverflow());
    model.met("a number was added to a value");
    model.done(
        call,
        Outcome.of(
            ValueAddResponse.newBuilder().setContent(value.content).setPrevious(before).build()));
  }

  private void compareAndSet(ModelCall call, ValueCompareAndSetRequest request) {
    ModelSharedValue value = value(request.getValue());
    Value expected =
        ModelElements.element(value.type, request.getExpected(), request.getOverflow());
    Value content = ModelElements.element(value.type, request.getContent(), request.getOverflow());
    boolean swaps = ModelValues.areEqual(value.content, expected);
    if (swaps) {
      value.content = content;
      model.met("a value was what was expected");
    }
    model.done(
        call,
        Outcome.of(
            ValueCompareAndSetResponse.newBuilder()
                .setSwapped(swaps)
                .setCurrent(value.content)
                .build()));
  }

  // Arrays.

  private ModelArray array(String name) {
    return model.object(ModelArray.class, name);
  }

  private static List<Value> elements(ModelArray array, ArraySetSliceRequest request) {
    return ModelElements.values(request.getElements()).stream()
        .map(value -> ModelElements.element(array.type, value, request.getOverflow()))
        .toList();
  }

  private void createArray(ModelCall call, ArrayCreateRequest request) {
    int bytes = ModelElements.bytes(request.getType());
    long length = request.getLength();
    if (Long.compareUnsigned(length, model.limits.getArrayBytes() / bytes) > 0) {
      throw new Refused(ErrorReason.ERROR_REASON_LIMIT_REACHED);
    }
    List<Value> values = ModelElements.values(request.getElements());
    if (values.size() > length) {
      throw new Refused(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    }
    List<Value> first =
        values.stream()
            .map(each -> ModelElements.element(request.getType(), each, Overflow.OVERFLOW_REFUSE))
            .toList();
    Created<ModelArray> created =
        model.create(
            ModelArray.class,
            request.getArray(),
            request.getLifetime(),
            call,
            array -> array.isLike(request),
            session -> new ModelArray(model, request, first, session));
    model.done(
        call,
        Outcome.of(
            ArrayCreateResponse.newBuilder()
                .setRef(created.object().ref())
                .setCreated(created.isNew())
                .setLock(created.object().guard())
                .build(),
            created.object().incarnation));
  }

  private Outcome size(ArraySizeRequest request) {
    ModelArray array = array(request.getArray());
    return Outcome.of(
        ArraySizeResponse.newBuilder()
            .setLength(array.elements.size())
            .setType(array.type)
            .setLock(array.guard())
            .build());
  }

  private Outcome getAt(ArrayGetRequest request) {
    ModelArray array = array(request.getArray());
    Value element = array.elements.get(array.position(request.getIndex()));
    return Outcome.of(ArrayGetResponse.newBuilder().setContent(element).build());
  }

  private void setAt(ModelCall call, ArraySetRequest request) {
    ModelArray array = array(request.getArray());
    int position = array.position(request.getIndex());
    Value content = ModelElements.element(array.type, request.getContent(), request.getOverflow());
    Value before = array.elements.set(position, content);
    model.done(call, Outcome.of(ArraySetResponse.newBuilder().setPrevious(before).build()));
  }

  private void addAt(ModelCall call, ArrayAddRequest request) {
    ModelArray array = array(request.getArray());
    int position = array.position(request.getIndex());
    Value before = array.elements.get(position);
    Value sum =
        ModelElements.sum(
            array.type,
            before,
            request.hasAmount() ? request.getAmount() : ONE,
            request.getOverflow());
    array.elements.set(position, sum);
    model.done(
        call,
        Outcome.of(ArrayAddResponse.newBuilder().setContent(sum).setPrevious(before).build()));
  }

  private void compareAndSetAt(ModelCall call, ArrayCompareAndSetRequest request) {
    ModelArray array = array(request.getArray());
    int position = array.position(request.getIndex());
    Value expected =
        ModelElements.element(array.type, request.getExpected(), request.getOverflow());
    Value content = ModelElements.element(array.type, request.getContent(), request.getOverflow());
    boolean swaps = ModelValues.areEqual(array.elements.get(position), expected);
    if (swaps) {
      array.elements.set(position, content);
    }
    model.done(
        call,
        Outcome.of(
            ArrayCompareAndSetResponse.newBuilder()
                .setSwapped(swaps)
                .setCurrent(array.elements.get(position))
                .build()));
  }

  private Outcome slice(ArraySliceRequest request) {
    ModelArray array = array(request.getArray());
    List<Value> all =
        array.positions(request.getRange()).stream().map(array.elements::get).toList();
    Elements elements = ModelElements.message(array.type, all);
    return Outcome.of(
        ArraySliceResponse.newBuilder().setElements(elements).setCount(all.size()).build());
  }

  private void setSlice(ModelCall call, ArraySetSliceRequest request) {
    ModelArray array = array(request.getArray());
    List<Integer> positions = array.positions(request.getRange());
    if (ModelElements.values(request.getElements()).size() != positions.size()) {
      throw new Refused(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    }
    List<Value> elements = elements(array, request);
    for (int i = 0; i < elements.size(); i++) {
      array.elements.set(positions.get(i), elements.get(i));
    }
    if (!elements.isEmpty()) {
      model.met("a slice of an array was set");
    }
    model.done(call, Outcome.of(ArraySetSliceResponse.getDefaultInstance()));
  }
}
