package dev.semblance.similarity.measure;

import org.bytedeco.pytorch.Tensor;

/**
 * A way to compare two embeddings; {@link Distance} and {@link Similarity} say in which direction.
 */
public sealed interface Measure permits Distance, Similarity {
  /**
   * All values between the rows of two matrices.
   *
   * @param x [n, d]
   * @param y [m, d]
   * @return [n, m], of the operands' type
   */
  Tensor between(Tensor x, Tensor y);
}
