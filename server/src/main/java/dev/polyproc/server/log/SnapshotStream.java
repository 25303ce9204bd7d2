package dev.polyproc.server.log;

import com.google.protobuf.CodedInputStream;
import dev.polyproc.internal.v1.State;
import dev.polyproc.internal.v1.StateRecord;
import dev.polyproc.server.engine.Snapshot;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;

/** A snapshot as bytes, as many as there are: its records, each with its length before it. */
public final class SnapshotStream {
  /** Values are as deep as the limits allow, and some messages are around them. */
  private static final int DEEPEST = 10_000;

  private SnapshotStream() {}

  /** Writes a snapshot; outside the engine's lock. */
  public static void write(Snapshot snapshot, OutputStream out) throws IOException {
    try {
      snapshot.forEach(record -> write(record, out));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static void write(StateRecord record, OutputStream out) {
    try {
      record.writeDelimitedTo(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads a snapshot.
   *
   * @throws EOFException where the last record is missing
   */
  public static State read(InputStream in) throws IOException {
    CodedInputStream coded = CodedInputStream.newInstance(in);
    coded.setRecursionLimit(DEEPEST);
    State.Builder state = State.newBuilder();
    for (long records = 0; ; records++) {
      if (coded.isAtEnd()) {
        throw new EOFException("Expected a last record, but " + records + " are all there are");
      }
      StateRecord record = next(coded);
      if (record.hasEnd()) {
        if (record.getEnd() != records) {
          throw new EOFException(
              "Expected " + record.getEnd() + " records, but there are " + records);
        }
        return state.build();
      }
      add(record, state);
    }
  }

  private static StateRecord next(CodedInputStream coded) throws IOException {
    coded.resetSizeCounter();
    int limit = coded.pushLimit(coded.readRawVarint32());
    StateRecord.Builder record = StateRecord.newBuilder();
    record.mergeFrom(coded);
    coded.checkLastTagWas(0);
    coded.popLimit(limit);
    return record.build();
  }

  private static void add(StateRecord record, State.Builder state) {
    switch (record.getKindCase()) {
      case REST -> state.mergeFrom(record.getRest());
      case SESSION -> {
        if (record.getIsFurther()) {
          state.getSessionsBuilder(state.getSessionsCount() - 1).mergeFrom(record.getSession());
        } else {
          state.addSessions(record.getSession());
        }
      }
      case OBJECT -> {
        if (record.getIsFurther()) {
          state.getObjectsBuilder(state.getObjectsCount() - 1).mergeFrom(record.getObject());
        } else {
          state.addObjects(record.getObject());
        }
      }
      case REMAIN -> {
        if (record.getIsFurther()) {
          state.getRemainsBuilder(state.getRemainsCount() - 1).mergeFrom(record.getRemain());
        } else {
          state.addRemains(record.getRemain());
        }
      }
      case PARKED -> state.addParked(record.getParked());
      case ENDED_SESSION -> state.addEndedSessions(record.getEndedSession());
      case END, KIND_NOT_SET ->
          throw new IllegalStateException("Expected a record of this version, but it is another");
    }
  }
}
