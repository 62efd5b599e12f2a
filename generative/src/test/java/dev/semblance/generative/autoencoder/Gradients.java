package dev.semblance.generative.autoencoder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.semblance.core.nn.Net;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.train.Learner;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;

/** A learner's gradients against differences of its loss. */
public final class Gradients {
  private static final float STEP = 5e-3f;

  private Gradients() {}

  /**
   * Compares the change of every weight in a step of {@link Toys#gradient} with the slope of the
   * reported loss.
   */
  public static <N extends Net> void check(
      Supplier<N> build, Function<N, ? extends Learner> learn) {
    Map<String, float[]> before;
    Map<String, float[]> after;
    try (N net = build.get();
        Learner learner = learn.apply(net)) {
      before = Toys.copy(net.weights().all());
      loss(learner);
      after = Toys.copy(net.weights().all());
      int checked = 0;
      for (String name : net.weights().parameters().keySet()) {
        float[] start = Objects.requireNonNull(before.get(name));
        float[] end = Objects.requireNonNull(after.get(name));
        for (int i = 0; i < start.length; i += Math.max(1, start.length / 7)) {
          double slope =
              (moved(build, learn, before, name, i, STEP)
                      - moved(build, learn, before, name, i, -STEP))
                  / (2 * STEP);
          double gradient = start[i] - end[i];
          assertThat(Math.abs(gradient - slope))
              .as("%s[%d]: gradient %s, slope %s", name, i, gradient, slope)
              .isLessThan(2e-3 + 1e-2 * Math.abs(slope));
          checked++;
        }
      }
      assertThat(checked).isGreaterThan(10);
    }
  }

  private static <N extends Net> double moved(
      Supplier<N> build,
      Function<N, ? extends Learner> learn,
      Map<String, float[]> weights,
      String name,
      int place,
      float by) {
    try (N net = build.get();
        Learner learner = learn.apply(net)) {
      Map<String, float[]> changed = new java.util.HashMap<>(weights);
      float[] values = Objects.requireNonNull(weights.get(name)).clone();
      values[place] += by;
      changed.put(name, values);
      Map<String, Tensor> all = net.weights().all();
      Toys.restore(all, changed);
      return loss(learner);
    }
  }

  private static double loss(Learner learner) {
    try (Scope scope = Scope.open()) {
      return learner.step(Toys.halves(0, 6)).loss();
    }
  }
}
