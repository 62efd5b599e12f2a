package dev.semblance.similarity.loss;

/** How the terms of a loss become one number; value and gradient are divided alike. */
public enum Reduction {
  /**
   * Over all selected items, whether they contribute or not. For a restricted selection (semi-hard,
   * hard) these are the selected ones only.
   */
  MEAN,
  /**
   * Over the items with a loss above 0. The value then hovers near the margin while training goes
   * well: read the active fraction beside it. The gradient is that of {@link #MEAN} over the active
   * fraction: retune the learning rate.
   */
  MEAN_ACTIVE,
  /** The mean of each anchor, then over the anchors that have an item. */
  PER_ANCHOR,
  /** No division. */
  SUM
}
