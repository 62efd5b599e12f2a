package dev.semblance.similarity.loss;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.OneBlasThread;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.similarity.measure.PairTiles;
import dev.semblance.similarity.measure.SquaredEuclidean;
import dev.semblance.similarity.mine.Relation;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Only draws positives together: {@code attraction * mean ||x_i - x_j||^2} over the pairs of one
 * class. By itself it is minimal, 0, for a constant embedding: the collapse it is here to show.
 *
 * <p>The cure adds {@code variance * mean_k [deviation - sqrt(Var_k + epsilon)]+} and {@code
 * covariance * (1/d) sum_{k != l} Cov_kl^2} over the batch (both by n - 1). Other than in the
 * paper, where each of two branches has its own statistics, all rows are one sample here.
 *
 * <p>In the result {@code valid} counts pairs, {@code active} those that are apart. Without a pair
 * all terms are left out.
 *
 * @param attraction weight of the pairs, {@code >= 0}
 * @param variance weight of the variance term, {@code >= 0}; 0 leaves it out
 * @param covariance weight of the covariance term, {@code >= 0}; 0 leaves it out
 * @param deviation the standard deviation each dimension is to have, gamma, {@code > 0}
 * @param epsilon under the root of the variance, {@code > 0}
 */
@Source(key = "bardes2022vicreg", where = "Eq. (1)-(6)")
public record PositivePairLoss(
    double attraction, double variance, double covariance, double deviation, double epsilon)
    implements EmbeddingLoss {
  public PositivePairLoss {
    Check.notNegative("attraction", attraction);
    Check.notNegative("variance", variance);
    Check.notNegative("covariance", covariance);
    Check.positive("deviation", deviation);
    Check.positive("epsilon", epsilon);
  }

  /** The naive loss: pairs alone, which collapses. */
  public static PositivePairLoss naive() {
    return new PositivePairLoss(1, 0, 0, 1, 1e-4);
  }

  /** With the cure, weights 25, 25, 1, gamma 1, epsilon 1e-4: [bardes2022vicreg] section 4.2. */
  public static PositivePairLoss of() {
    return new PositivePairLoss(25, 25, 1, 1, 1e-4);
  }

  @Override
  public LossResult of(Tensor embeddings, Tensor labels, Tensor samples) {
    try (Scope scope = Scope.open()) {
      PairTiles tiles = PairTiles.of(new SquaredEuclidean(), embeddings);
      Relation relation = Relation.of(labels, samples, tiles.count());
      Tally total = new Tally();
      PairRows.Row row =
          (i, distances, weights, tally) -> row(relation, i, distances, weights, tally);
      double[] summed =
          tiles.run(() -> new PairRows(tiles.count(), row), done -> total.add(done.tally));
      if (total.valid == 0) {
        return new LossResult(0, scope.keep(tiles.noGradient()), 0, 0);
      }
      double share = attraction / total.valid;
      Tensor gradient = tiles.gradient(summed, share);
      double value = share * total.value;
      if (variance > 0 || covariance > 0) {
        try (OneBlasThread one = new OneBlasThread()) {
          Spread spread = spread(embeddings.detach().to(ScalarType.Double));
          value += spread.value;
          gradient = gradient.add(spread.gradient.to(gradient.scalar_type()));
        }
      }
      return new LossResult(value, scope.keep(gradient), total.active, total.valid);
    }
  }

  private record Spread(double value, Tensor gradient) {}

  /** The terms that hold the dimensions apart, in float64. */
  private Spread spread(Tensor x) {
    long n = x.size(0);
    long d = x.size(1);
    Tensor centred = x.sub(x.mean(0).unsqueeze(0));
    Tensor products = centred.t().mm(centred).div_(Ops.scalar(n - 1.0));
    // Eq. (1)-(2): the hinge of the root of each variance
    Tensor roots = products.diagonal().add(Ops.scalar(epsilon)).sqrt_();
    Tensor lacking = roots.neg().add_(Ops.scalar(deviation)).clamp_min_(Ops.scalar(0));
    double value = variance * lacking.mean().item_double();
    Tensor slope =
        lacking.gt(Ops.scalar(0)).to(ScalarType.Double).div_(roots).mul_(Ops.scalar(-variance / d));
    Tensor gradient = centred.mul(slope).div_(Ops.scalar(n - 1.0));
    // Eq. (3)-(4): the squares beside the diagonal
    Tensor beside = products.sub(products.diagonal().diag());
    value += covariance / d * beside.square().sum().item_double();
    gradient.add_(centred.mm(beside), Ops.scalar(4 * covariance / (d * (n - 1.0))));
    return new Spread(value, gradient);
  }

  private static void row(
      Relation relation, int i, double[] distances, double[] weights, Tally tally) {
    for (int j = i + 1; j < distances.length; j++) {
      if (relation.isPositive(i, j)) {
        tally.valid++;
        tally.active += distances[j] > 0 ? 1 : 0;
        tally.value += distances[j];
        weights[j] = 1;
      }
    }
  }
}
