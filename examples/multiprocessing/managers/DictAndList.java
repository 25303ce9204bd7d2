package managers;

import dev.polyproc.client.Codec;
import dev.polyproc.client.PolyDict;
import dev.polyproc.client.PolyList;
import dev.polyproc.client.Polyproc;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.stream.LongStream;
import processes.JavaProcess;

/** A process changes a dict and a list that it shares with its parent. */
final class DictAndList {
  private DictAndList() {}

  /** What the process does. */
  static final class Change {
    private Change() {}

    public static void main(String[] none) {
      try (Polyproc polyproc = Polyproc.connect()) {
        PolyDict<Object, Object> dict = polyproc.dict("dict");
        dict.put(1L, "1");
        dict.put("2", 2L);
        dict.put(0.25, Codec.NULL);
        Collections.reverse(polyproc.list("list"));
      }
    }
  }

  public static void main(String[] none) throws Exception {
    try (Polyproc polyproc = Polyproc.connect()) {
      PolyDict<Object, Object> dict = polyproc.dict("dict");
      PolyList<Long> list = polyproc.list("list", Long.class);
      list.addAll(LongStream.range(0, 10).boxed().toList());
      JavaProcess.start(Change.class).waitFor();
      System.out.println(new LinkedHashMap<>(dict));
      System.out.println(new ArrayList<>(list));
      polyproc.delete("dict");
      polyproc.delete("list");
    }
  }
}
