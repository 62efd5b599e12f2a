package dev.semblance.generative.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class SplineTest {
  private static final int BINS = 4;

  /** One element's values and slopes at many places, with the same raw parameters everywhere. */
  private record Curve(double[] y, double[] slope) {
    static Curve of(Spline spline, double[] raw, double... x) {
      try (Scope scope = Scope.open()) {
        Tensor at = Ops.doubles(x, x.length, 1);
        Tensor parameters = Ops.doubles(raw, 1, 1, raw.length).expand(x.length, 1, raw.length);
        Bijection.Mapped mapped = spline.forward(at, parameters);
        return new Curve(Ops.toDoubles(mapped.value()), Ops.toDoubles(mapped.logDet().exp()));
      }
    }
  }

  private static double[] raw(Spline spline) {
    try (Scope scope = Scope.open()) {
      return Ops.toDoubles(FlowTesting.normal(8, 1.5, spline.parameters()));
    }
  }

  /** The edges of the bins by a plain loop. */
  private static double[] knots(Spline spline, double[] raw, int from) {
    double total = 0;
    for (int i = 0; i < spline.bins(); i++) {
      total += Math.exp(raw[from + i]);
    }
    double[] knots = new double[spline.bins() + 1];
    double share = 0;
    knots[0] = spline.low();
    for (int i = 0; i < spline.bins(); i++) {
      share +=
          spline.least() + (1 - spline.least() * spline.bins()) * Math.exp(raw[from + i]) / total;
      knots[i + 1] = spline.low() + (spline.high() - spline.low()) * share;
    }
    return knots;
  }

  @Test
  void goes_through_its_knots_with_the_slopes_it_was_given() {
    for (Spline spline : new Spline[] {Spline.of(BINS), Spline.unit(BINS)}) {
      double[] raw = raw(spline);
      double[] xs = knots(spline, raw, 0);
      double[] ys = knots(spline, raw, BINS);
      Curve at = Curve.of(spline, raw, xs);
      for (int k = 0; k <= BINS; k++) {
        assertThat(at.y[k]).isCloseTo(ys[k], within(1e-12));
        boolean end = k == 0 || k == BINS;
        int place = 2 * BINS + (spline.freeEnds() ? k : k - 1);
        double start = Math.log(Math.expm1(1 - spline.least()));
        double slope =
            end && !spline.freeEnds()
                ? 1
                : spline.least() + Math.log1p(Math.exp(raw[place] + start));
        assertThat(at.slope[k]).isCloseTo(slope, within(1e-9));
      }
    }
  }

  @Test
  void value_and_slope_are_continuous_at_knots_and_box_edges() {
    Spline spline = Spline.of(BINS);
    double[] raw = raw(spline);
    double h = 1e-9;
    for (double knot : knots(spline, raw, 0)) {
      Curve near = Curve.of(spline, raw, knot - h, knot + h);
      assertThat(near.y[0]).isCloseTo(near.y[1], within(1e-7));
      assertThat(near.slope[0]).isCloseTo(near.slope[1], within(1e-5));
    }
  }

  @Test
  void rises_everywhere_and_its_slope_is_its_derivative() {
    Spline spline = Spline.of(BINS);
    double[] raw = raw(spline);
    double[] x = new double[400];
    for (int i = 0; i < x.length; i++) {
      x[i] = -4 + 8.0 * i / x.length + 1e-3;
    }
    double h = 1e-6;
    Curve at = Curve.of(spline, raw, x);
    for (int i = 0; i < x.length; i++) {
      Curve near = Curve.of(spline, raw, x[i] - h, x[i] + h);
      double derivative = (near.y[1] - near.y[0]) / (2 * h);
      assertThat(at.slope[i]).isCloseTo(derivative, within(1e-3 * derivative + 1e-6));
      assertThat(at.slope[i]).isPositive();
      if (i > 0) {
        assertThat(at.y[i]).isGreaterThan(at.y[i - 1]);
      }
    }
  }

  @Test
  void is_the_identity_outside_its_box_and_for_zero_parameters() {
    Spline spline = Spline.of(BINS);
    Curve outside = Curve.of(spline, raw(spline), -5, 3.5);
    assertThat(outside.y).containsExactly(-5, 3.5);
    assertThat(outside.slope).containsExactly(1, 1);
    for (Spline each : new Spline[] {spline, Spline.unit(BINS)}) {
      Curve zero = Curve.of(each, new double[each.parameters()], 0.1, 0.5, 0.77);
      assertThat(zero.y).containsExactly(new double[] {0.1, 0.5, 0.77}, within(1e-12));
      assertThat(zero.slope).containsExactly(new double[] {1, 1, 1}, within(1e-12));
    }
  }

  /** Durkan et al., Eq. (4), by hand in one bin of two. */
  @Test
  void has_the_papers_value_inside_a_bin() {
    Spline spline = new Spline(2, 0, 2, false, 1e-9);
    // Widths 1 and 1, heights 0.5 and 1.5, inner slope 2.
    double inner = Math.log(Math.expm1(2)) - Math.log(Math.expm1(1));
    double[] raw = {0, 0, 0, Math.log(3), inner};
    double xi = 0.25;
    double s = 0.5;
    double expected = 0.5 * (s * xi * xi + xi * (1 - xi)) / (s + (2 + 1 - 2 * s) * xi * (1 - xi));
    assertThat(Curve.of(spline, raw, xi).y[0]).isCloseTo(expected, within(1e-7));
  }

  @Test
  void every_setting_matters() {
    Spline spline = new Spline(BINS, -3, 3, false, 1e-3);
    double[] raw = raw(spline);
    double base = Curve.of(spline, raw, 0.4).y[0];
    assertThat(Curve.of(new Spline(BINS, -2, 3, false, 1e-3), raw, 0.4).y[0]).isNotEqualTo(base);
    assertThat(Curve.of(new Spline(BINS, -3, 4, false, 1e-3), raw, 0.4).y[0]).isNotEqualTo(base);
    assertThat(Curve.of(new Spline(BINS, -3, 3, false, 1e-2), raw, 0.4).y[0]).isNotEqualTo(base);
    assertThat(Spline.of(5).parameters()).isEqualTo(14);
    assertThat(Spline.unit(5).parameters()).isEqualTo(16);
  }

  @Test
  void impossible_settings_are_refused() {
    assertThatThrownBy(() -> Spline.of(1)).hasMessage("bins must be >= 2, got 1");
    assertThatThrownBy(() -> new Spline(2, 1, Double.NaN, false, 1e-3))
        .hasMessageContaining("high");
    assertThatThrownBy(() -> new Spline(2, 1, 1, false, 1e-3))
        .hasMessageContaining("low must be <");
    assertThatThrownBy(() -> new Spline(10, 0, 1, false, 0.2))
        .hasMessageContaining("least must be");
  }
}
