package dev.semblance.similarity.loss;

import java.util.Locale;

/** What a {@link CollapseDetector} finds: a collapse by name, or none. */
public sealed interface Collapse {
  /** The figures it rests on. */
  Vitals vitals();

  /** One sentence: what happened and what to change. */
  String sentence();

  /**
   * The state of an embedding.
   *
   * @param effectiveRank {@code exp(H(sigma / sum sigma))} of the singular values of the centred
   *     rows, in [1, d]; 0 if all rows are equal
   * @param dimensions d
   * @param smallestDeviation the least standard deviation of a dimension
   * @param relativeDistance the root mean square distance between rows over its value at the first
   *     diagnosis
   * @param loss of the last step
   * @param activeFraction of the last step
   * @param stepsAtCollapseValue steps in a row with the loss within 1 % of its value at collapse
   * @param stepsWithoutActive steps in a row with hardly an active item
   */
  record Vitals(
      double effectiveRank,
      int dimensions,
      double smallestDeviation,
      double relativeDistance,
      double loss,
      double activeFraction,
      int stepsAtCollapseValue,
      int stepsWithoutActive) {}

  /** No collapse. */
  record None(Vitals vitals) implements Collapse {
    @Override
    public String sentence() {
      return String.format(
          Locale.ROOT,
          "No collapse: effective rank %.1f of %d, distances at %.0f %% of their first value.",
          vitals.effectiveRank(),
          vitals.dimensions(),
          100 * vitals.relativeDistance());
    }
  }

  /** All rows move to one point. */
  record ToPoint(Vitals vitals) implements Collapse {
    @Override
    public String sentence() {
      return String.format(
          Locale.ROOT,
          "Collapse to a point: distances between embeddings are at %.2g of their first value;"
              + " a loss on positives alone needs negatives or a variance and covariance penalty,"
              + " a batch-hard loss a start with semi-hard triplets or a smaller learning rate.",
          vitals.relativeDistance());
    }
  }

  /** All rows move to a line, or to a subspace of few dimensions. */
  record ToSubspace(Vitals vitals) implements Collapse {
    @Override
    public String sentence() {
      return String.format(
          Locale.ROOT,
          "Collapse to a subspace: the embeddings fill %.1f of %d dimensions; add a covariance"
              + " penalty, use more classes a batch, or a smaller embedding.",
          vitals.effectiveRank(),
          vitals.dimensions());
    }
  }

  /** The loss stays where it is if all distances are equal. */
  record AtCollapseValue(Vitals vitals) implements Collapse {
    @Override
    public String sentence() {
      return String.format(
          Locale.ROOT,
          "Loss at its collapse value: %.4g for %d steps, as if positives were as far as negatives;"
              + " train on semi-hard triplets first, lower the learning rate, check the labels, and"
              + " under an average over active items read the active fraction (%.1f %%) instead.",
          vitals.loss(),
          vitals.stepsAtCollapseValue(),
          100 * vitals.activeFraction());
    }
  }

  /** Hardly an item contributes any more. */
  record RunDry(Vitals vitals) implements Collapse {
    @Override
    public String sentence() {
      return String.format(
          Locale.ROOT,
          "Run dry: %.2f %% of the items are active, and were no more for %d steps; mine harder"
              + " ones, use a larger margin or larger batches, or stop here.",
          100 * vitals.activeFraction(),
          vitals.stepsWithoutActive());
    }
  }
}
