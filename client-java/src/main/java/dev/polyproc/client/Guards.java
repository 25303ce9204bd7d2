package dev.polyproc.client;

import dev.polyproc.client.internal.object.Holds;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.v1.LockKind;

/** The locks that guard values and arrays, as handles. */
record Guards(Requestor requestor, Holds<Hold> holds) {
  /** The one of that name, which is made when it is first acquired. */
  PolyLock of(String name) {
    return PolyLock.create(
        requestor,
        holds,
        PolyLock.keyShape(name).toBuilder().setKind(LockKind.LOCK_KIND_REENTRANT).build());
  }
}
