package dev.semblance.core.nn;

import dev.semblance.core.tensor.Check;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The maximum of each square of [n, c, h, w]; what is left at the right and below is dropped.
 *
 * @param side of the squares, and their distance
 */
public record MaxPool(int side) implements Layer {
  public MaxPool {
    Check.atLeast("side", side, 1);
  }

  @Override
  public Tensor apply(Tensor input) {
    return torch.max_pool2d(input, side, side);
  }
}
