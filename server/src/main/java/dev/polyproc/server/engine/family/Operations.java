package dev.polyproc.server.engine.family;

import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import com.google.protobuf.Message;
import dev.polyproc.internal.v1.Envelope;
import dev.polyproc.internal.v1.ParkedState;
import dev.polyproc.internal.v1.ParkedState.WantsCase;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Operation;
import dev.polyproc.server.engine.call.Operation.Handler;
import dev.polyproc.server.engine.call.Operation.Kind;
import dev.polyproc.server.engine.call.Parked;
import dev.polyproc.server.engine.object.ManagedObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All methods of the contract, found through the descriptors of the services that the families
 * name: a new primitive adds its family to {@code Families}.
 */
public final class Operations {
  private static final int LAST_NUMBER = 9_999;

  /** The numbers are small. */
  private @Nullable Operation[] byNumber = new Operation[0];

  private final Map<String, Operation> byName = new HashMap<>();
  private final Map<WantsCase, Restorer> waiters = new EnumMap<>(WantsCase.class);
  private final List<ServiceDescriptor> services = new ArrayList<>();

  /** Makes a waiting call as its state was saved; {@code object} is what it waits for first. */
  @FunctionalInterface
  public interface Restorer {
    Parked restore(Invocation call, ParkedState state, ManagedObject object);
  }

  private void add(Operation operation) {
    int number = operation.number();
    if (number <= 0 || number > LAST_NUMBER || byNumber(number) != null) {
      throw new IllegalStateException(
          "Expected a number of its own for " + operation.name() + ", but got " + number);
    }
    byNumber = Arrays.copyOf(byNumber, Math.max(byNumber.length, number + 1));
    byNumber[number] = operation;
    byName.put(operation.name(), operation);
  }

  /** Adds the one service of a file of the contract; to be given its handlers. */
  public ServiceHandlers service(FileDescriptor file) {
    ServiceDescriptor service = file.getServices().get(0);
    services.add(service);
    service.getMethods().forEach(method -> add(new Operation(method)));
    return new ServiceHandlers(service.getName());
  }

  /** The call as the log stored it; as a snapshot did, its request is empty. */
  public Invocation restore(Envelope envelope) {
    Operation operation = byNumber(envelope.getMethod());
    if (operation == null) {
      throw new IllegalStateException("Expected a method numbered " + envelope.getMethod());
    }
    return Invocation.restored(operation, envelope);
  }

  /** The waiting call of a saved state. */
  public Parked restore(Invocation call, ParkedState state, ManagedObject object) {
    Restorer restorer = waiters.get(state.getWantsCase());
    if (restorer == null) {
      throw new IllegalStateException("Expected a call that waits, but got " + state);
    }
    return restorer.restore(call, state, object);
  }

  /** The operation with a permanent number, or null. */
  public @Nullable Operation byNumber(int number) {
    return number >= 0 && number < byNumber.length ? byNumber[number] : null;
  }

  /** The operation of a name such as "QueueService/Put". */
  public Operation byName(String name) {
    Operation operation = byName.get(name);
    if (operation == null) {
      throw new IllegalStateException("Expected a method named " + name + " in the contract");
    }
    return operation;
  }

  /** The services of the contract, in its order. */
  public List<ServiceDescriptor> services() {
    return Collections.unmodifiableList(services);
  }

  /** Fails unless every method has a handler; those of streams may be the node's own. */
  public void complete() {
    for (ServiceDescriptor service : services) {
      for (MethodDescriptor method : service.getMethods()) {
        Operation operation = byName(service.getName() + "/" + method.getName());
        if (operation.kind() != Kind.STREAM && !operation.hasHandler()) {
          throw new IllegalStateException("Expected a handler for " + operation.name());
        }
      }
    }
  }

  /** The handlers of one service. */
  public final class ServiceHandlers {
    private final String service;

    private ServiceHandlers(String service) {
      this.service = service;
    }

    /** Sets the handler of one method; {@code prototype} is an empty request. */
    public <Q extends Message> ServiceHandlers on(String method, Q prototype, Handler<Q> handler) {
      byName(service + "/" + method).handledBy(prototype, handler);
      return this;
    }

    /** The same of a method whose every call needs a secret of its own that nobody can guess. */
    public <Q extends Message> ServiceHandlers withSecret(
        String method, Q prototype, Handler<Q> handler) {
      byName(service + "/" + method).needSecret();
      return on(method, prototype, handler);
    }

    /** Says what calls that want something come back as from a snapshot. */
    public ServiceHandlers waiting(WantsCase wants, Restorer restorer) {
      waiters.put(wants, restorer);
      return this;
    }
  }
}
