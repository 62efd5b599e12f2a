package dev.semblance.adversarial.ball;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.Random;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class L0Test extends NormContract {
  @Override
  Norm norm() {
    return Norm.L0;
  }

  @Override
  double[] radii() {
    return new double[] {3, 1, 5, 2, 1.9, 7, 4};
  }

  @Override
  boolean convex() {
    return false;
  }

  @Override
  double[] direction(Random random, double[] point) {
    double[] direction = new double[point.length];
    int pixel = random.nextInt(point.length);
    direction[pixel] = random.nextDouble() - point[pixel];
    return direction;
  }

  @Test
  void aPixelIsAllItsChannels() {
    try (Scope scope = Scope.open()) {
      Tensor delta = Ops.zeros(ScalarType.Float, 1, 3, 2, 2);
      delta.select(1, 0).select(1, 1).select(1, 0).fill_(Ops.scalar(0.1));
      delta.select(1, 2).select(1, 1).select(1, 0).fill_(Ops.scalar(-0.1));
      assertThat(Ops.toDoubles(Norm.L0.of(delta))).containsExactly(1);
      assertThat(Ops.toDoubles(Norm.L0.of(delta.view(1, 12)))).containsExactly(2);
      assertThatThrownBy(() -> Norm.L0.of(delta.view(1, 3, 4)))
          .hasMessage("delta must be [n, c, h, w] or [n, d] to count pixels, got [1, 3, 4]");
    }
  }

  @Test
  void projectionIsTheBestOfAllSetsOfPixels() {
    int channels = 2;
    int pixels = 6;
    for (int round = 0; round < 40; round++) {
      try (Scope scope = Scope.open()) {
        Tensor origin = Draws.uniform(round, 0, 1, 1, channels, 2, 3);
        Tensor candidate = origin.add(Draws.normal(round + 70, 0.8, 1, channels, 2, 3));
        double[] x = Ops.toDoubles(origin);
        double[] wanted = Ops.toDoubles(candidate);
        double best = Double.POSITIVE_INFINITY;
        double[] expected = x;
        for (int set = 0; set < 1 << pixels; set++) {
          if (Integer.bitCount(set) > 2) {
            continue;
          }
          double[] point = x.clone();
          double far = 0;
          for (int i = 0; i < point.length; i++) {
            if (((set >> (i % pixels)) & 1) == 1) {
              point[i] = Math.clamp(wanted[i], 0.0, 1.0);
            }
            far += (point[i] - wanted[i]) * (point[i] - wanted[i]);
          }
          if (far < best) {
            best = far;
            expected = point;
          }
        }
        Tensor projected = Ball.of(Norm.L0, 2).project(candidate, origin, Box.UNIT);
        assertThat(Ops.toDoubles(projected)).containsExactly(expected);
      }
    }
  }

  @Test
  void amongEqualsTheFirstPixelsAreKept() {
    try (Scope scope = Scope.open()) {
      Tensor origin = Ops.floats(new float[] {0, 0, 0, 0}, 1, 4);
      Tensor candidate = Ops.floats(new float[] {0.5f, 0.5f, 0.5f, 0.5f}, 1, 4);
      Tensor projected = Ball.of(Norm.L0, 2).project(candidate, origin, Box.UNIT);
      assertThat(Ops.toFloats(projected)).containsExactly(0.5f, 0.5f, 0, 0);
    }
  }

  @Test
  void theStepMovesThePixelOfLargestGainIntoItsCorner() {
    try (Scope scope = Scope.open()) {
      for (int round = 0; round < 20; round++) {
        Tensor gradient = Draws.normal(round, 1, 1, 3, 2, 2);
        Tensor point = Draws.uniform(round + 40, 0, 1, 1, 3, 2, 2);
        double[] g = Ops.toDoubles(gradient);
        double[] x = Ops.toDoubles(point);
        double[] best = new double[12];
        double most = 0;
        for (int pixel = 0; pixel < 4; pixel++) {
          for (int corner = 0; corner < 8; corner++) {
            double[] move = new double[12];
            for (int c = 0; c < 3; c++) {
              move[c * 4 + pixel] = ((corner >> c) & 1) - x[c * 4 + pixel];
            }
            if (product(g, move) > most) {
              most = product(g, move);
              best = move;
            }
          }
        }
        assertThat(Ops.toDoubles(Norm.L0.ascent(gradient, point, Box.UNIT)))
            .containsExactly(best, within(1e-15));
      }
    }
  }

  @Test
  void repeatedStepsFillTheBallGreedily() {
    try (Scope scope = Scope.open()) {
      Tensor gradient = Ops.doubles(new double[] {1, -5, 3, 0.5, -4, 2}, 1, 6);
      Tensor origin = Ops.doubles(new double[] {0.5, 0.5, 0.5, 0.5, 0.5, 0.5}, 1, 6);
      Ball ball = Ball.of(Norm.L0, 3);
      Tensor point = origin;
      for (int step = 0; step < 3; step++) {
        Tensor move = Norm.L0.ascent(gradient, point, Box.UNIT);
        point = ball.project(point.add(move), origin, Box.UNIT);
      }
      assertThat(Ops.toDoubles(point)).containsExactly(0.5, 0, 1, 0.5, 0, 0.5);
    }
  }

  @Test
  void randomPointsChangeExactlySoManyPixelsEvenly() {
    try (Scope scope = Scope.open()) {
      int n = 2000;
      Tensor origin = Draws.uniform(3, 0, 1, 1, 2, 2, 3).repeat(n, 1, 1, 1);
      Ball ball = Ball.of(Norm.L0, 2.5);
      long[] samples = LongStream.range(0, n).toArray();
      Box box = new Box(0, 2);
      Tensor points = Norm.L0.random(origin, ball.radii(n), box, 1, samples, 0);
      Tensor delta = points.sub(origin);
      assertThat(Ops.toDoubles(Norm.L0.of(delta))).containsOnly(2);
      double[] start = Ops.toDoubles(origin);
      double[] values = Ops.toDoubles(points);
      int[] counts = new int[6];
      double[] colours = new double[4 * n];
      int k = 0;
      for (int i = 0; i < values.length; i++) {
        if (values[i] != start[i]) {
          counts[i % 6]++;
          colours[k++] = values[i] / 2;
        }
      }
      assertThat(k).isEqualTo(4 * n);
      assertThat(Draws.kolmogorovSmirnov(colours)).isLessThan(1.63); // 1 % level
      for (int count : counts) {
        // Two channels of a pixel that is chosen in one of three images, five standard errors.
        assertThat(count / 2.0).isCloseTo(n / 3.0, within(5 * Math.sqrt(n * 2.0 / 9)));
      }
    }
  }
}
