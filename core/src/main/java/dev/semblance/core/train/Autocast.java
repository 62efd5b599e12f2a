package dev.semblance.core.train;

import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.DeviceType;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * While open, matrix products and convolutions of this thread run in bfloat16; weights, losses and
 * reductions stay float32. Worth it on processors with bfloat16 arithmetic (AVX512-BF16, AMX);
 * elsewhere it is slower.
 */
public final class Autocast implements AutoCloseable {
  private final boolean before;

  private Autocast(boolean before) {
    this.before = before;
  }

  /** Opens it if {@code on}; otherwise does nothing. */
  public static Autocast bfloat16(boolean on) {
    boolean before = torch.is_autocast_enabled(DeviceType.CPU);
    if (on) {
      torch.set_autocast_dtype(DeviceType.CPU, ScalarType.BFloat16);
      torch.set_autocast_enabled(DeviceType.CPU, true);
      // The binding cannot clear the cache of cast weights, and a stale one would outlive an
      // update.
      torch.set_autocast_cache_enabled(false);
    }
    return new Autocast(before);
  }

  @Override
  public void close() {
    torch.set_autocast_enabled(DeviceType.CPU, before);
  }
}
