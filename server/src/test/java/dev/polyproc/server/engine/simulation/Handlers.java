package dev.polyproc.server.engine.simulation;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.polyproc.contract.ContractFiles;
import dev.polyproc.v1.OptionsProto;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the model does for each method of the contract. */
final class Handlers {
  private final Map<String, Entry<?>> byName = new HashMap<>();
  private final Map<Integer, String> nameByNumber = new HashMap<>();

  /** Does what a method says. */
  @FunctionalInterface
  interface Handler<Q extends Message> {
    void handle(ModelCall call, Q request);
  }

  /** Answers what a method asks. */
  @FunctionalInterface
  interface Reader<Q extends Message> {
    Outcome read(Q request);
  }

  private record Entry<Q extends Message>(
      Q prototype, @Nullable Handler<Q> handler, @Nullable Reader<Q> reader) {
    @SuppressWarnings("unchecked") // parsed by the same entry's parser
    void handle(ModelCall call) {
      Objects.requireNonNull(handler).handle(call, (Q) call.request);
    }

    @SuppressWarnings("unchecked") // parsed by the same entry's parser
    Outcome read(ModelCall call) {
      return Objects.requireNonNull(reader).read((Q) call.request);
    }
  }

  private final Model model;

  Handlers(Model model) {
    this.model = model;
    ContractFiles.methods()
        .forEach(
            method ->
                nameByNumber.put(
                    method.getOptions().getExtension(OptionsProto.number),
                    ContractFiles.name(method)));
    new SessionHandlers(model).register(this);
    new QueueHandlers(model).register(this);
    new SyncHandlers(model).register(this);
    new ReadWriteLockHandlers(model).register(this);
    new BarrierHandlers(model).register(this);
    new CountHandlers(model).register(this);
    new DictHandlers(model).register(this);
    new ListHandlers(model).register(this);
    new NamespaceHandlers(model).register(this);
    new ElementHandlers(model).register(this);
    new PipeHandlers(model).register(this);
    new PoolHandlers(model).register(this);
    new ReferenceHandlers(model).register(this);
    model.memory().register(this);
    model.processes().register(this);
  }

  <Q extends Message> Handlers on(String method, Q prototype, Handler<Q> handler) {
    byName.put(method, new Entry<>(prototype, handler, null));
    return this;
  }

  <Q extends Message> Handlers onRead(String method, Q prototype, Reader<Q> reader) {
    byName.put(method, new Entry<>(prototype, null, reader));
    return this;
  }

  /** The methods that the model knows. */
  Set<String> methods() {
    return byName.keySet();
  }

  String name(int number) {
    return Objects.requireNonNull(nameByNumber.get(number));
  }

  private Entry<?> entry(String method) {
    Entry<?> entry = byName.get(method);
    if (entry == null) {
      throw new AssertionError("Expected the model to know " + method);
    }
    return entry;
  }

  Message request(String method, ByteString bytes) {
    try {
      return entry(method).prototype().getParserForType().parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  boolean isRead(String method) {
    return entry(method).reader() != null;
  }

  /** What a read is told now. */
  Outcome read(ModelCall call) {
    return entry(call.method).read(call);
  }

  void handle(ModelCall call) {
    if (isRead(call.method)) {
      model.done(call, read(call));
    } else {
      entry(call.method).handle(call);
    }
  }
}
