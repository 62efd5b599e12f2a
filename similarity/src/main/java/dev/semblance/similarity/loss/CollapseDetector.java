package dev.semblance.similarity.loss;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Watches a training run for collapse: {@link #step} after every step, {@link #diagnose} as often
 * as the log is written.
 *
 * <p>Named, in this order: all rows at a point (distances below 1 % of their first value, or equal
 * rows); in a subspace (effective rank below 5 % of d, or on a line); the loss within 1 % of its
 * value at collapse for 100 steps; below 0.1 % of the items active for 100 steps. The bounds are
 * the house's. Not thread-safe.
 */
@Source(key = "roy2007effective", where = "Definition 1")
public final class CollapseDetector {
  private static final int PATIENCE = 100;
  private static final double NEAR_VALUE = 0.01;
  private static final double POINT = 0.01;
  private static final double SUBSPACE = 0.05;
  private static final double LINE = 1.05;
  private static final double DRY = 1e-3;

  private final double valueAtCollapse;
  private double firstDistance = Double.NaN;
  private double loss;
  private double activeFraction;
  private int stepsAtCollapseValue;
  private int stepsWithoutActive;

  private CollapseDetector(double valueAtCollapse) {
    this.valueAtCollapse = valueAtCollapse;
  }

  /**
   * For a loss with a known value at collapse: the margin, or ln 2 under the soft margin.
   *
   * @param valueAtCollapse {@code > 0}
   */
  public static CollapseDetector of(double valueAtCollapse) {
    return new CollapseDetector(Check.positive("valueAtCollapse", valueAtCollapse));
  }

  /** For a triplet loss. */
  public static CollapseDetector of(TripletLoss loss) {
    return of(loss.item().atCollapse());
  }

  /** For a loss whose value at collapse says nothing. */
  public static CollapseDetector withoutValue() {
    return new CollapseDetector(Double.NaN);
  }

  /** Takes note of a step. */
  public void step(LossResult result) {
    step(result.value(), result.activeFraction());
  }

  /** Takes note of a step. */
  public void step(double loss, double activeFraction) {
    this.loss = loss;
    this.activeFraction = activeFraction;
    boolean near = Math.abs(loss - valueAtCollapse) <= NEAR_VALUE * valueAtCollapse;
    stepsAtCollapseValue = near ? stepsAtCollapseValue + 1 : 0;
    stepsWithoutActive = activeFraction < DRY ? stepsWithoutActive + 1 : 0;
  }

  /**
   * The state of the run; the first call is what later distances are compared with.
   *
   * @param embeddings floating point [n, d], at least 2 rows, of this step's batch or a fixed one
   */
  public Collapse diagnose(Tensor embeddings) {
    Check.matrix("embeddings", embeddings);
    Check.atLeast("rows of embeddings", embeddings.size(0), 2);
    try (Scope scope = Scope.open()) {
      Tensor x = embeddings.detach().to(ScalarType.Double);
      Tensor centred = x.sub(x.mean(0).unsqueeze(0));
      double[] deviations = Ops.toDoubles(centred.square().sum(0));
      double total = 0;
      double least = Double.POSITIVE_INFINITY;
      for (double sum : deviations) {
        double variance = sum / (x.size(0) - 1);
        total += variance;
        least = Math.min(least, variance);
      }
      double distance = Math.sqrt(2 * total); // E ||x - y||^2 is twice the sum of the variances
      if (Double.isNaN(firstDistance)) {
        firstDistance = distance;
      }
      double rank = distance > 0 ? effectiveRank(centred) : 0;
      return name(
          new Collapse.Vitals(
              rank,
              deviations.length,
              Math.sqrt(least),
              firstDistance > 0 ? distance / firstDistance : 0,
              loss,
              activeFraction,
              stepsAtCollapseValue,
              stepsWithoutActive),
          (int) Math.min(deviations.length, x.size(0) - 1));
    }
  }

  /** {@code exp(-sum p log p)}, p the singular values over their sum. */
  static double effectiveRank(Tensor centred) {
    double[] singular = Ops.toDoubles(Ops.factorise(() -> torch.linalg_svdvals(centred)));
    double sum = 0;
    for (double value : singular) {
      sum += value;
    }
    double entropy = 0;
    for (double value : singular) {
      double share = value / sum;
      entropy -= share > 0 ? share * Math.log(share) : 0;
    }
    return Math.exp(entropy);
  }

  /** {@code possible}: the rank that so many rows can have. */
  private static Collapse name(Collapse.Vitals vitals, int possible) {
    if (!(vitals.relativeDistance() >= POINT)) {
      return new Collapse.ToPoint(vitals);
    }
    if (possible > 1 && vitals.effectiveRank() < Math.max(LINE, SUBSPACE * possible)) {
      return new Collapse.ToSubspace(vitals);
    }
    if (vitals.stepsAtCollapseValue() >= PATIENCE) {
      return new Collapse.AtCollapseValue(vitals);
    }
    if (vitals.stepsWithoutActive() >= PATIENCE) {
      return new Collapse.RunDry(vitals);
    }
    return new Collapse.None(vitals);
  }
}
