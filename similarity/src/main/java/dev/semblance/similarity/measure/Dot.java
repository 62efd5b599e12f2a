package dev.semblance.similarity.measure;

import org.bytedeco.pytorch.Tensor;

/** {@code x.y}: unbounded, and largest for long rows; normalise, or penalise the norms. */
public record Dot() implements Similarity {
  @Override
  public Tensor between(Tensor x, Tensor y) {
    return Gram.products(x, y);
  }
}
