package dev.polyproc.client.internal.session;

import com.google.protobuf.Descriptors.EnumValueDescriptor;
import dev.polyproc.client.Codec;
import dev.polyproc.client.internal.value.Codecs;
import dev.polyproc.client.internal.wire.Errors;
import dev.polyproc.v1.ContractRevision;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.ServerInfo;
import java.util.List;

/** Revisions of the contract; see {@code ContractRevision}. */
public final class Revision {
  private static final List<EnumValueDescriptor> REVISIONS =
      ContractRevision.getDescriptor().getValues();

  /** The one of these stubs: the last that there is. */
  public static final int OURS = REVISIONS.get(REVISIONS.size() - 1).getNumber();

  /** The first in which a sum may be asked to stay within some bits. */
  private static final int WITH_BITS = ContractRevision.CONTRACT_REVISION_2_VALUE;

  private Revision() {}

  /**
   * How many bits a sum may have that {@code codec} is to read; 0 for any.
   *
   * @throws PolyprocException where the daemon is older: it would store a sum that does not fit
   */
  public static int bits(Codec<?> codec, ServerInfo daemon) {
    int bits = Codecs.bits(codec);
    if (bits != 0 && Integer.compareUnsigned(daemon.getContractRevision(), WITH_BITS) < 0) {
      throw Errors.of(
          ErrorReason.ERROR_REASON_UNKNOWN_METHOD,
          "Expected a daemon of revision "
              + WITH_BITS
              + " of the contract to add within "
              + bits
              + " bits, but it has "
              + Integer.toUnsignedString(daemon.getContractRevision())
              + "; start a newer daemon, or add as BigInteger");
    }
    return bits;
  }
}
