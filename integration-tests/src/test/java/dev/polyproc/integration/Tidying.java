package dev.polyproc.integration;

import dev.polyproc.v1.AdminDeleteRequest;
import dev.polyproc.v1.AdminListRequest;
import dev.polyproc.v1.AdminListResponse;
import dev.polyproc.v1.ObjectSummary;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;

/** Takes away what tests leave, so that what is there before and afterwards can be compared. */
final class Tidying {
  private static final int PAGE = 1_000;

  private Tidying() {}

  /** Deletes all objects whose names begin with a prefix. */
  static void deleteAll(Client client, String prefix) {
    AdminListRequest objects =
        AdminListRequest.newBuilder().setPrefix(prefix).setPageSize(PAGE).build();
    AdminListResponse page;
    do {
      page = client.admin().list(objects);
      for (ObjectSummary object : page.getObjectsList()) {
        delete(client, object.getRef().getName());
      }
    } while (page.getObjectsCount() > 0);
  }

  private static void delete(Client client, String object) {
    try {
      var unused = client.admin().delete(AdminDeleteRequest.newBuilder().setObject(object).build());
    } catch (StatusRuntimeException gone) {
      if (gone.getStatus().getCode() != Status.Code.NOT_FOUND) {
        throw gone;
      }
    }
  }
}
