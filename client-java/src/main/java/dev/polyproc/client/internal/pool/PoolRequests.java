package dev.polyproc.client.internal.pool;

import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.v1.PoolCancelRequest;
import dev.polyproc.v1.PoolCancelResponse;
import dev.polyproc.v1.PoolCompleteRequest;
import dev.polyproc.v1.PoolCompleteResponse;
import dev.polyproc.v1.PoolCreateJobRequest;
import dev.polyproc.v1.PoolCreateJobResponse;
import dev.polyproc.v1.PoolCreateRequest;
import dev.polyproc.v1.PoolCreateResponse;
import dev.polyproc.v1.PoolFailRequest;
import dev.polyproc.v1.PoolFailResponse;
import dev.polyproc.v1.PoolFailStartRequest;
import dev.polyproc.v1.PoolFailStartResponse;
import dev.polyproc.v1.PoolGetJobRequest;
import dev.polyproc.v1.PoolGetJobResponse;
import dev.polyproc.v1.PoolGetRequest;
import dev.polyproc.v1.PoolGetResponse;
import dev.polyproc.v1.PoolHeartbeatRequest;
import dev.polyproc.v1.PoolHeartbeatResponse;
import dev.polyproc.v1.PoolJoinRequest;
import dev.polyproc.v1.PoolJoinResponse;
import dev.polyproc.v1.PoolPauseRequest;
import dev.polyproc.v1.PoolPauseResponse;
import dev.polyproc.v1.PoolQuietRequest;
import dev.polyproc.v1.PoolQuietResponse;
import dev.polyproc.v1.PoolRegisterRequest;
import dev.polyproc.v1.PoolRegisterResponse;
import dev.polyproc.v1.PoolResizeRequest;
import dev.polyproc.v1.PoolResizeResponse;
import dev.polyproc.v1.PoolResultsRequest;
import dev.polyproc.v1.PoolResultsResponse;
import dev.polyproc.v1.PoolResumeRequest;
import dev.polyproc.v1.PoolResumeResponse;
import dev.polyproc.v1.PoolServiceGrpc;
import dev.polyproc.v1.PoolShutdownRequest;
import dev.polyproc.v1.PoolShutdownResponse;
import dev.polyproc.v1.PoolSubmitRequest;
import dev.polyproc.v1.PoolSubmitResponse;
import dev.polyproc.v1.PoolTakeRequest;
import dev.polyproc.v1.PoolTakeResponse;

/** The operations of pools and of jobs. */
public final class PoolRequests {
  public static final Operation<PoolCreateRequest, PoolCreateResponse> CREATE =
      Operation.of(PoolServiceGrpc.getCreateMethod());
  public static final Operation<PoolCreateJobRequest, PoolCreateJobResponse> CREATE_JOB =
      Operation.of(PoolServiceGrpc.getCreateJobMethod());
  public static final Operation<PoolSubmitRequest, PoolSubmitResponse> SUBMIT =
      Operation.of(PoolServiceGrpc.getSubmitMethod());
  public static final Operation<PoolTakeRequest, PoolTakeResponse> TAKE =
      Operation.of(PoolServiceGrpc.getTakeMethod());
  public static final Operation<PoolCompleteRequest, PoolCompleteResponse> COMPLETE =
      Operation.of(PoolServiceGrpc.getCompleteMethod());
  public static final Operation<PoolFailRequest, PoolFailResponse> FAIL =
      Operation.of(PoolServiceGrpc.getFailMethod());
  public static final Operation<PoolHeartbeatRequest, PoolHeartbeatResponse> HEARTBEAT =
      Operation.of(PoolServiceGrpc.getHeartbeatMethod());
  public static final Operation<PoolResultsRequest, PoolResultsResponse> RESULTS =
      Operation.of(PoolServiceGrpc.getResultsMethod());
  public static final Operation<PoolCancelRequest, PoolCancelResponse> CANCEL =
      Operation.of(PoolServiceGrpc.getCancelMethod());
  public static final Operation<PoolGetRequest, PoolGetResponse> GET =
      Operation.of(PoolServiceGrpc.getGetMethod());
  public static final Operation<PoolGetJobRequest, PoolGetJobResponse> GET_JOB =
      Operation.of(PoolServiceGrpc.getGetJobMethod());
  public static final Operation<PoolRegisterRequest, PoolRegisterResponse> REGISTER =
      Operation.of(PoolServiceGrpc.getRegisterMethod());
  public static final Operation<PoolFailStartRequest, PoolFailStartResponse> FAIL_START =
      Operation.of(PoolServiceGrpc.getFailStartMethod());
  public static final Operation<PoolPauseRequest, PoolPauseResponse> PAUSE =
      Operation.of(PoolServiceGrpc.getPauseMethod());
  public static final Operation<PoolResumeRequest, PoolResumeResponse> RESUME =
      Operation.of(PoolServiceGrpc.getResumeMethod());
  public static final Operation<PoolQuietRequest, PoolQuietResponse> QUIET =
      Operation.of(PoolServiceGrpc.getQuietMethod());
  public static final Operation<PoolShutdownRequest, PoolShutdownResponse> SHUTDOWN =
      Operation.of(PoolServiceGrpc.getShutdownMethod());
  public static final Operation<PoolJoinRequest, PoolJoinResponse> JOIN =
      Operation.of(PoolServiceGrpc.getJoinMethod());
  public static final Operation<PoolResizeRequest, PoolResizeResponse> RESIZE =
      Operation.of(PoolServiceGrpc.getResizeMethod());

  private PoolRequests() {}
}
