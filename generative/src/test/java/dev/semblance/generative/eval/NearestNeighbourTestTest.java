package dev.semblance.generative.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class NearestNeighbourTestTest {
  @Test
  void both_sides_are_what_loops_count() {
    try (Scope scope = Scope.open()) {
      Tensor real = Points.gaussian(1, 40, 2);
      Tensor fake = Points.gaussian(2, 40, 2).add(Ops.scalar(1));
      double[][] a = Points.rows(real);
      double[][] b = Points.rows(fake);
      int onReal = 0;
      int onFake = 0;
      for (int i = 0; i < 40; i++) {
        onReal += Points.kth(a, i, 1) < nearest(a[i], b) ? 1 : 0;
        onFake += Points.kth(b, i, 1) < nearest(b[i], a) ? 1 : 0;
      }
      NearestNeighbourTest.Result result = new NearestNeighbourTest(0).measure(real, fake);
      assertThat(result.onReal().value()).isEqualTo(onReal / 40.0);
      assertThat(result.onFake().value()).isEqualTo(onFake / 40.0);
      assertThat(result.accuracy().value()).isEqualTo((onReal + onFake) / 80.0);
    }
  }

  private static double nearest(double[] point, double[][] others) {
    double least = Double.POSITIVE_INFINITY;
    for (double[] other : others) {
      least = Math.min(least, Points.squared(point, other));
    }
    return least;
  }

  @Test
  void under_equality_p_values_are_uniform() {
    int repetitions = 100;
    double mean = 0;
    int small = 0;
    for (int r = 0; r < repetitions; r++) {
      try (Scope scope = Scope.open()) {
        double p =
            new NearestNeighbourTest(r)
                .measure(Points.gaussian(2 * r, 150, 2), Points.gaussian(2 * r + 1, 150, 2))
                .pValue();
        mean += p / repetitions;
        small += p < .1 ? 1 : 0;
      }
    }
    assertThat(mean).isCloseTo(.5, within(4 * Math.sqrt(1.0 / 12 / repetitions)));
    assertThat(small).isBetween(1, 22); // 10 expected, deviation 3
  }

  @Test
  void copying_fails_the_real_side() {
    try (Scope scope = Scope.open()) {
      Tensor real = Points.gaussian(1, 300, 4);
      Tensor copies = real.add(Points.gaussian(2, 300, 4).mul(Ops.scalar(1e-3)));
      NearestNeighbourTest.Result result = new NearestNeighbourTest(0).measure(real, copies);
      assertThat(result.onReal().value()).isZero();
      assertThat(result.pValue()).isLessThan(1e-10);
    }
  }

  @Test
  void collapse_fails_the_fake_side_more() {
    try (Scope scope = Scope.open()) {
      Tensor real = Points.gaussian(1, 300, 4);
      // All fakes near 10 of the real images.
      Tensor spots = real.narrow(0, 0, 10).repeat(30, 1);
      Tensor fake = spots.add(Points.gaussian(2, 300, 4).mul(Ops.scalar(1e-2)));
      NearestNeighbourTest.Result result = new NearestNeighbourTest(0).measure(real, fake);
      assertThat(result.onFake().value()).isGreaterThan(.8);
      assertThat(result.onFake().value()).isGreaterThan(result.onReal().value());
      assertThat(result.pValue()).isLessThan(1e-10);
    }
  }

  @Test
  void the_seed_decides_between_equals() {
    try (Scope scope = Scope.open()) {
      // Three values, each many times, on both sides: all neighbours are ties.
      double[] values = new double[60];
      for (int i = 0; i < values.length; i++) {
        values[i] = i % 3;
      }
      Tensor real = Ops.doubles(values, 60, 1);
      NearestNeighbourTest.Result first = new NearestNeighbourTest(0).measure(real, real.clone());
      assertThat(new NearestNeighbourTest(0).measure(real, real.clone())).isEqualTo(first);
      assertThat(new NearestNeighbourTest(1).measure(real, real.clone())).isNotEqualTo(first);
    }
  }
}
