package dev.polyproc.server.engine;

import com.google.protobuf.ByteString;
import dev.polyproc.internal.v1.Entry;
import dev.polyproc.internal.v1.Envelope;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Recipient;
import dev.polyproc.server.log.SnapshotStream;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** The entries of a run, as bytes, and what becomes of other engines that apply them, too. */
public final class Replay {
  private final ByteString empty;
  private final List<ByteString> entries = new ArrayList<>();

  /** A state at a place among the entries. */
  public record Snapshot(int entries, ByteString state) {}

  Replay(Engine empty) {
    this.empty = written(empty);
  }

  private static ByteString written(Engine engine) {
    return written(engine.snapshot(), Integer.MAX_VALUE);
  }

  /** A snapshot as it is stored, in pieces of some size. */
  static ByteString written(dev.polyproc.server.engine.Snapshot snapshot, int pieceBytes) {
    ByteString.Output out = ByteString.newOutput();
    snapshot.forEach(
        pieceBytes,
        record -> {
          try {
            record.writeDelimitedTo(out);
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
    return out.toByteString();
  }

  void add(Entry entry) {
    entries.add(entry.toByteString());
  }

  /** How many entries there are. */
  public int size() {
    return entries.size();
  }

  /** What an engine is now, after all entries so far. */
  public Snapshot snapshot(Engine engine) {
    return new Snapshot(size(), written(engine));
  }

  /** Before the first entry. */
  public Snapshot beginning() {
    return new Snapshot(0, empty);
  }

  /** What an engine that is restored from the first snapshot is at the places of all. */
  public List<Snapshot> through(List<Snapshot> places) {
    try {
      List<Snapshot> seen = new ArrayList<>();
      Engine engine =
          Engine.restore(
              SnapshotStream.read(places.get(0).state().newInput()),
              EngineFixture.boot(EngineFixture.LIMITS));
      int applied = places.get(0).entries();
      for (Snapshot place : places) {
        for (; applied < place.entries(); applied++) {
          apply(engine, Entry.parseFrom(entries.get(applied)), Recipient.NOBODY);
          engine.takeTouched();
          engine.takeEffects();
        }
        seen.add(new Snapshot(applied, written(engine)));
      }
      return seen;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Where two states differ. */
  public static String difference(Snapshot expected, Snapshot actual) {
    try {
      return States.difference(
          SnapshotStream.read(expected.state().newInput()),
          SnapshotStream.read(actual.state().newInput()));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** The canonical hash of a state. */
  public static String hash(Snapshot snapshot) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(snapshot.state().toByteArray());
      return HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  static void apply(Engine engine, Entry entry, Recipient recipient) {
    if (entry.hasCall()) {
      engine.apply(entry.getTime(), parsed(engine, entry.getCall(), recipient));
    } else {
      engine.apply(entry.getTime(), entry.getEvent());
    }
  }

  static Invocation parsed(Engine engine, Envelope envelope, Recipient recipient) {
    Invocation stored = engine.operations().restore(envelope);
    return new Invocation(stored.operation(), stored.request(), envelope, recipient);
  }
}
