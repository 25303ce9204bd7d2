package events;

import dev.polyproc.client.PolyEvent;
import dev.polyproc.client.Polyproc;
import java.util.concurrent.TimeUnit;
import processes.JavaProcess;

/** One process waits for an event as long as it takes, another for a time; then it is set. */
final class Waiting {
  private Waiting() {}

  /** What the patient process does. */
  static final class Patient {
    private Patient() {}

    public static void main(String[] none) throws Exception {
      try (Polyproc polyproc = Polyproc.connect()) {
        PolyEvent event = polyproc.event("start");
        event.await();
        System.out.println("await(): isSet() -> " + event.isSet());
      }
    }
  }

  /** What the impatient one does. */
  static final class Impatient {
    private Impatient() {}

    public static void main(String[] none) throws Exception {
      try (Polyproc polyproc = Polyproc.connect()) {
        PolyEvent event = polyproc.event("start");
        System.out.println("await(100 ms) -> " + event.await(100, TimeUnit.MILLISECONDS));
      }
    }
  }

  public static void main(String[] none) throws Exception {
    try (Polyproc polyproc = Polyproc.connect()) {
      PolyEvent event = polyproc.event("start");
      Process patient = JavaProcess.start(Patient.class);
      JavaProcess.start(Impatient.class).waitFor();
      System.out.println("The event is set");
      event.set();
      patient.waitFor();
      polyproc.delete("start");
    }
  }
}
