package dev.semblance.similarity.mine;

import java.util.function.Consumer;
import org.bytedeco.pytorch.Tensor;

/** Finds the triplets of a batch that are worth training on, one after another, never as a list. */
@FunctionalInterface
public interface Miner {
  /**
   * Passes each selected triplet to {@code sink}, by ascending anchor.
   *
   * @param embeddings floating point [n, d]
   * @param labels int64 [n]
   * @param samples int64 [n]: rows of one sample are neither positive nor negative
   */
  void mine(Tensor embeddings, Tensor labels, Tensor samples, Consumer<Triplet> sink);
}
