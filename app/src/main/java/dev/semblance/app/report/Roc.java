package dev.semblance.app.report;

import java.util.Arrays;
import java.util.List;

/**
 * The receiver operating characteristic of telling same-class pairs from others by their distance.
 *
 * @param fpr false positive rates, [n], ascending from 0 to 1; borrowed, not copied
 * @param tpr true positive rates, [n], ascending; borrowed, not copied
 * @param eer the equal error rate; NaN is shown as not measured
 * @param auc the area under the curve; NaN is shown as not measured
 * @param operatingPoints true positive rates at chosen false positive rates
 * @param note one sentence, for instance how many pairs were compared; may be empty
 */
@SuppressWarnings("ArrayRecordComponent") // plain columns, never compared
public record Roc(
    double[] fpr,
    double[] tpr,
    double eer,
    double auc,
    List<OperatingPoint> operatingPoints,
    String note) {

  /**
   * A place on the curve that people ask for.
   *
   * @param fpr the false positive rate allowed
   * @param tpr the true positive rate reached
   * @param reliable false where too few negative pairs stand behind it
   */
  public record OperatingPoint(double fpr, double tpr, boolean reliable) {}

  public Roc {
    operatingPoints = List.copyOf(operatingPoints);
    if (fpr.length != tpr.length) {
      throw new IllegalArgumentException(
          "fpr and tpr must have one length, got " + fpr.length + " and " + tpr.length);
    }
  }

  /**
   * The same curve with at most about {@code most} points, dense enough for a linear and a
   * logarithmic axis: no gap is wider than {@code 3 / most} or a hundredth of a decade.
   */
  Roc thinned(int most) {
    int n = fpr.length;
    if (n <= most) {
      return this;
    }
    double[] x = new double[n];
    double[] y = new double[n];
    int m = 0;
    for (int i = 0; i < n; i++) {
      boolean moved =
          m == 0
              || i == n - 1
              || Math.abs(fpr[i] - x[m - 1]) + Math.abs(tpr[i] - y[m - 1]) >= 3.0 / most
              || Math.abs(decades(fpr[i]) - decades(x[m - 1])) >= 0.01;
      if (moved) {
        x[m] = fpr[i];
        y[m++] = tpr[i];
      }
    }
    return new Roc(Arrays.copyOf(x, m), Arrays.copyOf(y, m), eer, auc, operatingPoints, note);
  }

  private static double decades(double rate) {
    return Math.log10(Math.max(rate, 1e-7));
  }
}
