package dev.semblance.adversarial.verdict;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.access.Inspectable;
import dev.semblance.adversarial.attack.Samples;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Two classes on images of [1, 1, d]: logits (s, -s) of a score s that a function gives. */
record Toy(UnaryOperator<Tensor> score, Map<String, Tensor> weights)
    implements Classifier, Inspectable {
  static final int WIDTH = 16;

  Toy(UnaryOperator<Tensor> score) {
    this(score, Map.of());
  }

  /** {@code slope * (mean of the first half - mean of the second half)}. */
  static Tensor contrast(Tensor flat, double slope) {
    try (Scope scope = Scope.open()) {
      Tensor first = flat.narrow(1, 0, WIDTH / 2);
      Tensor second = flat.narrow(1, WIDTH / 2, WIDTH / 2);
      return scope.keep(
          first.sub(second).mean(new long[] {1}, false, Ops.sameType()).mul(Ops.scalar(slope)));
    }
  }

  /** The model that shows the truth: linear in the image. */
  static Toy linear(double slope) {
    return new Toy(flat -> contrast(flat, slope));
  }

  /** Images whose contrast is {@code +-distance} on average; labels by its sign. */
  static Samples samples(int n, double distance, long seed) {
    float[] values = new float[n * WIDTH];
    long[] labels = new long[n];
    for (int i = 0; i < n; i++) {
      Rng rng = Rng.of(seed, Rng.Purpose.OTHER, i, 0);
      labels[i] = i % 2;
      for (int j = 0; j < WIDTH; j++) {
        double side = (j < WIDTH / 2) == (labels[i] == 0) ? 0.5 : -0.5;
        values[i * WIDTH + j] = (float) (0.5 + side * distance + rng.uniform(-0.1, 0.1));
      }
    }
    return Samples.of(Ops.floats(values, n, 1, 1, WIDTH), Ops.longs(labels, n));
  }

  @Override
  public Tensor logits(Tensor images) {
    try (Scope scope = Scope.open()) {
      Tensor s = score.apply(images.flatten(1, -1));
      return scope.keep(torch.stack(new TensorVector(s, s.neg()), 1));
    }
  }

  @Override
  public int classes() {
    return 2;
  }

  @Override
  public Box box() {
    return Box.UNIT;
  }
}
