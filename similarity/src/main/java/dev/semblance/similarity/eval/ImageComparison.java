package dev.semblance.similarity.eval;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.similarity.measure.Measure;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** A way to compare images; {@link ModifiedHausdorff} is one, an embedding gives another. */
@FunctionalInterface
public interface ImageComparison {
  /**
   * All distances between two batches.
   *
   * @param images uint8 [n, c, h, w], 0..255
   * @param others uint8 [m, c, h, w]
   * @return finite [n][m], small is alike
   */
  double[][] distances(Tensor images, Tensor others);

  /**
   * By raw pixels: paper (255) is 0 and ink (0) is 1.
   *
   * @param measure between rows of pixels
   */
  static ImageComparison pixels(Measure measure) {
    return embedded(
        images ->
            images
                .to(ScalarType.Double)
                .view(images.size(0), -1)
                .div(Ops.scalar(-255))
                .add(Ops.scalar(1)),
        measure);
  }

  /**
   * By embeddings.
   *
   * @param embed from uint8 [n, c, h, w] to floating point [n, d]
   * @param measure between embeddings
   */
  static ImageComparison embedded(UnaryOperator<Tensor> embed, Measure measure) {
    return (images, others) -> {
      try (Scope scope = Scope.open()) {
        int m = Math.toIntExact(others.size(0));
        Neighbours all = Neighbours.of(measure, embed.apply(images), embed.apply(others), m);
        double[][] distances = new double[all.size()][m];
        for (int i = 0; i < all.size(); i++) {
          for (int r = 0; r < m; r++) {
            distances[i][all.rows()[i][r]] = all.distances()[i][r];
          }
        }
        return distances;
      }
    };
  }
}
