package dev.semblance.similarity.loss;

import dev.semblance.core.tensor.Ops;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The rows of a matrix brought to length 1, and the way back for gradients.
 *
 * <p>A row of length 0 has no direction: its unit row is 0 (so every cosine with it is 0) and its
 * gradient is 0, where {@code x / max(||x||, eps)} would give a gradient of 1/eps.
 *
 * @param unit [n, d]
 * @param inverse [n, 1]: 1 / length, 0 for rows of length 0
 */
record UnitRows(Tensor unit, Tensor inverse) {
  private static final long[] COLUMNS = {1};

  static UnitRows of(Tensor x) {
    Tensor length = torch.linalg_vector_norm(x, Ops.scalar(2), COLUMNS, true, Ops.sameType());
    Tensor inverse = length.reciprocal_();
    inverse.masked_fill_(inverse.isinf(), Ops.scalar(0));
    return new UnitRows(x.mul(inverse), inverse);
  }

  /** The gradient by x of a function whose gradient by the unit rows is {@code byUnit}. */
  Tensor back(Tensor byUnit) {
    Tensor along = byUnit.mul(unit).sum(COLUMNS, true, Ops.sameType());
    // (I - u u^T) g / ||x||
    return byUnit.addcmul(unit, along, Ops.scalar(-1)).mul_(inverse);
  }

  /** bool [n]: the rows that have a direction. */
  Tensor directed() {
    return inverse.squeeze(1).ne(Ops.scalar(0));
  }

  /** These rows' part [start, start + count). */
  UnitRows block(long start, long count) {
    return new UnitRows(unit.narrow(0, start, count), inverse.narrow(0, start, count));
  }
}
