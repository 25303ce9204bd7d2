package dev.polyproc.server.engine.simulation;

import dev.polyproc.server.engine.simulation.Outcome.Numbered;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.OnOwnerEnd;
import dev.polyproc.v1.SemaphoreAcquireRequest;
import dev.polyproc.v1.SemaphoreAcquireResponse;
import dev.polyproc.v1.SemaphoreCreateRequest;
import dev.polyproc.v1.SemaphoreDrainRequest;
import dev.polyproc.v1.SemaphoreDrainResponse;
import dev.polyproc.v1.SemaphoreKind;
import dev.polyproc.v1.SemaphoreReleaseRequest;
import dev.polyproc.v1.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A semaphore as the model sees it. */
final class ModelSemaphore extends ModelObject {
  final List<ModelCall> line = new ArrayList<>();

  /** The oldest first. */
  final List<Hold> holds = new ArrayList<>();

  private final SemaphoreCreateRequest shape;
  int permits;
  boolean broken;
  private boolean previousOwnerDied;

  /** Who holds some. */
  static final class Hold {
    final Numbered token = new Numbered("token");
    final long number;
    final boolean anonymous;
    @Nullable ModelSession session;
    final long until;
    final boolean byToken;
    int permits;

    Hold(long number, ModelCall call, int permits, long until, boolean byToken) {
      this.byToken = byToken;
      this.number = number;
      this.session = call.session;
      this.anonymous = call.session == null;
      this.permits = permits;
      this.until = until;
    }

    boolean isOf(@Nullable ModelSession other) {
      return session != null && session == other;
    }

    /** Whether its session has ended. */
    boolean isKept() {
      return session == null && !anonymous;
    }
  }

  ModelSemaphore(Model model, SemaphoreCreateRequest shape, @Nullable ModelSession session) {
    super(model, shape.getSemaphore(), shape.getLifetime(), session);
    this.shape = shape;
    this.permits = shape.getPermits();
  }

  @Override
  ObjectKind kind() {
    return ObjectKind.OBJECT_KIND_SEMAPHORE;
  }

  boolean isLike(SemaphoreCreateRequest request) {
    return shape.getPermits() == request.getPermits()
        && shape.getMaxPermits() == request.getMaxPermits()
        && shape.getKind() == request.getKind()
        && shape.getOnOwnerEnd() == request.getOnOwnerEnd();
  }

  int most() {
    return shape.getMaxPermits() == 0 ? Integer.MAX_VALUE : shape.getMaxPermits();
  }

  private boolean isOwned() {
    return shape.getKind() == SemaphoreKind.SEMAPHORE_KIND_OWNED;
  }

  // Acquiring.

  void acquire(ModelCall call, SemaphoreAcquireRequest request) {
    if (request.getPermits() > most()) {
      throw new Refused(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    }
    requireMayHold(call, request.hasLease());
    long timeout = Model.timeout(request.hasTimeout(), request.getTimeout());
    if (line.isEmpty() && wanted(call) <= permits) {
      Hold granted = hold(call);
      model.done(call, acquired(granted), undo(granted));
    } else if (timeout == 0) {
      model.done(call, expired(call));
    } else {
      model.park(call, this, timeout);
      line.add(call);
    }
  }

  private void requireMayHold(ModelCall call, boolean hasLease) {
    if (call.session == null && !hasLease) {
      throw new Refused(ErrorReason.ERROR_REASON_SESSION_REQUIRED);
    }
    if (broken) {
      throw new Refused(ErrorReason.ERROR_REASON_SEMAPHORE_BROKEN);
    }
  }

  private static int wanted(ModelCall call) {
    return Math.max(1, ((SemaphoreAcquireRequest) call.request).getPermits());
  }

  private Hold hold(ModelCall call) {
    SemaphoreAcquireRequest request = (SemaphoreAcquireRequest) call.request;
    long lease = Model.timeout(request.hasLease(), request.getLease());
    return hold(call, wanted(call), lease, request.getByToken());
  }

  private Hold hold(ModelCall call, int wanted, long lease, boolean byToken) {
    Hold granted = new Hold(model.nextNumber(), call, wanted, model.in(lease), byToken);
    holds.add(granted);
    permits -= wanted;
    return granted;
  }

  private boolean died() {
    boolean died = previousOwnerDied;
    previousOwnerDied = false;
    return died;
  }

  private Outcome acquired(Hold hold) {
    return Outcome.of(
        SemaphoreAcquireResponse.newBuilder()
            .setAcquired(true)
            .setPreviousOwnerDied(died())
            .build(),
        hold.token);
  }

  void drain(ModelCall call, SemaphoreDrainRequest request) {
    requireMayHold(call, request.hasLease());
    if (permits == 0 || !line.isEmpty()) {
      model.done(call, Outcome.of(SemaphoreDrainResponse.getDefaultInstance()));
      return;
    }
    Hold hold =
        hold(
            call,
            permits,
            Model.timeout(request.hasLease(), request.getLease()),
            request.getByToken());
    SemaphoreDrainResponse response =
        SemaphoreDrainResponse.newBuilder()
            .setPermits(hold.permits)
            .setPreviousOwnerDied(died())
            .build();
    model.done(call, Outcome.of(response, hold.token), undo(hold));
  }

  private ModelUndo undo(Hold granted) {
    return new ModelUndo() {
      @Override
      public void undo() {
        if (isDue()) {
          comesBack(granted);
        }
      }

      @Override
      public boolean isDue() {
        return holds.contains(granted) && model.objects.get(name) == ModelSemaphore.this;
      }

      @Override
      public List<Value> handedOut() {
        return List.of();
      }
    };
  }

  private void comesBack(Hold hold) {
    holds.remove(hold);
    permits += hold.permits;
    previousOwnerDied = true;
  }

  // Releasing.

  void release(ModelCall call, SemaphoreReleaseRequest request) {
    int released = Math.max(1, request.getPermits());
    Stream<Hold> from;
    if (request.getToken() != 0) {
      Hold hold = held(request.getToken());
      if (hold == null || hold.permits < released) {
        throw new Refused(ErrorReason.ERROR_REASON_STALE_TOKEN);
      }
      if (isOwned() && hold.session != null && !hold.isOf(call.session)) {
        throw new Refused(ErrorReason.ERROR_REASON_NOT_HELD);
      }
      from = Stream.of(hold);
    } else {
      List<Hold> open = holds.stream().filter(hold -> !hold.byToken || hold.isKept()).toList();
      Stream<Hold> own = open.stream().filter(hold -> hold.isOf(call.session));
      Stream<Hold> others =
          open.stream()
              .filter(hold -> !hold.isOf(call.session))
              .filter(hold -> !isOwned() || hold.isKept());
      from = Stream.concat(own, others);
    }
    List<Hold> order = from.toList();
    int held = order.stream().mapToInt(hold -> hold.permits).sum();
    if (isOwned() && released > held) {
      throw new Refused(ErrorReason.ERROR_REASON_NOT_HELD);
    }
    int kept =
        request.getToken() != 0
            ? 0
            : holds.stream()
                .filter(hold -> hold.byToken && !hold.isKept())
                .mapToInt(hold -> hold.permits)
                .sum();
    if (released > (long) most() - permits - kept) {
      throw new Refused(ErrorReason.ERROR_REASON_OVER_RELEASED);
    }
    takeOff(order, released);
    permits += released;
  }

  private void takeOff(List<Hold> order, int released) {
    int left = released;
    for (Hold hold : order) {
      int taken = Math.min(left, hold.permits);
      hold.permits -= taken;
      left -= taken;
    }
    holds.removeIf(hold -> hold.permits == 0);
  }

  private @Nullable Hold held(long token) {
    return holds.stream().filter(hold -> hold.token.is(token)).findFirst().orElse(null);
  }

  private void ownerEnded(Hold hold) {
    if (shape.getOnOwnerEnd() == OnOwnerEnd.ON_OWNER_END_KEEP) {
      hold.session = null;
    } else if (shape.getOnOwnerEnd() == OnOwnerEnd.ON_OWNER_END_BREAK) {
      holds.remove(hold);
      broken = true;
      for (ModelCall call : List.copyOf(line)) {
        model.finish(call, Outcome.refused(ErrorReason.ERROR_REASON_SEMAPHORE_BROKEN));
      }
    } else {
      comesBack(hold);
    }
  }

  // The object.

  @Override
  void settle() {
    while (!line.isEmpty() && wanted(line.get(0)) <= permits) {
      ModelCall next = line.remove(0);
      Hold granted = hold(next);
      model.serve(next, acquired(granted), undo(granted));
    }
  }

  @Override
  void left(ModelCall call) {
    line.remove(call);
  }

  @Override
  Outcome expired(ModelCall call) {
    return Outcome.of(SemaphoreAcquireResponse.getDefaultInstance());
  }

  @Override
  List<Due> due() {
    return holds.stream()
        .filter(hold -> hold.until != ModelCall.NEVER)
        .map(hold -> new Due(hold.until, hold.number, () -> comesBack(hold)))
        .toList();
  }

  @Override
  List<Due> heldBy(ModelSession holder) {
    return holds.stream()
        .filter(hold -> hold.isOf(holder))
        .map(hold -> new Due(0, hold.number, () -> ownerEnded(hold)))
        .toList();
  }

  /** The token of a hold that there is; 0 when there is none. */
  long anyToken(int random) {
    return holds.isEmpty() ? 0 : holds.get(random % holds.size()).token.number();
  }
}
