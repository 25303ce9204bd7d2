package dev.polyproc.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import dev.polyproc.internal.v1.Entry;
import dev.polyproc.internal.v1.State;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What makes the bytes of a state canonical, so that its hash is one. */
final class DeterminismTest {
  @Test
  void shouldHaveNoMapsInEntriesStateAndCommands() {
    Set<Descriptor> seen = new LinkedHashSet<>();
    List<String> maps = new ArrayList<>();
    collect(Entry.getDescriptor(), seen, maps);
    collect(State.getDescriptor(), seen, maps);
    for (var service : new EngineFixture().engine().operations().services()) {
      for (var method : service.getMethods()) {
        collect(method.getInputType(), seen, maps);
        collect(method.getOutputType(), seen, maps);
      }
    }
    assertThat(maps).as("fields whose order is not kept").isEmpty();
    assertThat(seen).hasSizeGreaterThan(100);
  }

  private static void collect(Descriptor message, Set<Descriptor> seen, List<String> maps) {
    FileDescriptor file = message.getFile();
    if (!seen.add(message) || file.getPackage().startsWith("google.")) {
      return;
    }
    for (FieldDescriptor field : message.getFields()) {
      if (field.isMapField()) {
        maps.add(field.getFullName());
      } else if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
        collect(field.getMessageType(), seen, maps);
      }
    }
  }

  @Test
  void shouldBringTheSameEntriesToTheSameHash() {
    EngineFixture world = new EngineFixture();
    Client a = world.session("a");
    a.queue("jobs").create(1).response();
    a.queue("jobs").put(1);
    a.queue("jobs").put(2);
    a.queue("nowhere").put(3);
    a.lock("lock").create();
    a.lock("lock").acquire();
    a.dict("dict").create();
    a.dict("dict").set("key", 1);
    Replay.Snapshot now = world.replay().snapshot(world.engine());

    var again = world.replay().through(List.of(world.replay().beginning(), now)).get(1);

    assertThat(Replay.hash(again)).isEqualTo(Replay.hash(now)).hasSize(64);
  }
}
