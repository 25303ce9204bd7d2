package dev.polyproc.server;

import com.google.protobuf.ByteString;
import dev.polyproc.internal.v1.NodeEvent;
import dev.polyproc.internal.v1.Origin;
import dev.polyproc.internal.v1.ProcessExited;
import dev.polyproc.internal.v1.ProcessFailed;
import dev.polyproc.internal.v1.ProcessStarted;
import dev.polyproc.server.supervisor.Reports;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongFunction;

/**
 * What became of processes, as entries.
 *
 * @param sessions the sessions that live in a process, by its process id
 */
record ProcessReports(
    Origin origin, LongFunction<List<String>> sessions, Consumer<NodeEvent> submit)
    implements Reports {
  @Override
  public void started(long process, long pid) {
    submit(
        NodeEvent.newBuilder()
            .setProcessStarted(
                ProcessStarted.newBuilder().setOrigin(origin).setProcess(process).setPid(pid)));
  }

  @Override
  public void failed(long process, String sentence) {
    submit(
        NodeEvent.newBuilder()
            .setProcessFailed(
                ProcessFailed.newBuilder()
                    .setOrigin(origin)
                    .setProcess(process)
                    .setReason(sentence)));
  }

  @Override
  public void exited(long process, long pid, int code, byte[] lastErrors) {
    submit(
        NodeEvent.newBuilder()
            .setProcessExited(
                ProcessExited.newBuilder()
                    .setOrigin(origin)
                    .setProcess(process)
                    .addAllSessions(sessions.apply(pid))
                    .setOutput(ByteString.copyFrom(lastErrors))
                    .setExitCode(code)));
  }

  @Override
  public void killed(long process, long pid, int signal, boolean outOfMemory, byte[] lastErrors) {
    submit(
        NodeEvent.newBuilder()
            .setProcessExited(
                ProcessExited.newBuilder()
                    .setOrigin(origin)
                    .setProcess(process)
                    .addAllSessions(sessions.apply(pid))
                    .setOutOfMemory(outOfMemory)
                    .setOutput(ByteString.copyFrom(lastErrors))
                    .setSignal(signal)));
  }

  private void submit(NodeEvent.Builder event) {
    submit.accept(event.build());
  }
}
