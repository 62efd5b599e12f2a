package dev.semblance.generative.autoencoder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.semblance.core.nn.Net;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.train.Batch;
import dev.semblance.core.train.Learner;
import dev.semblance.core.train.StepReport;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** A learner's gradients against differences of its loss. */
public final class Gradients {
  private static final float STEP = 5e-3f;

  private Gradients() {}

  /**
   * A learner under test.
   *
   * @param build the net, the same each time
   * @param learn a learner that takes steps of {@link Toys#gradient}
   * @param batch of the step
   * @param loss in the step's report
   * @param names of the weights that this loss is descended by
   */
  public record Subject<N extends Net>(
      Supplier<N> build,
      Function<N, ? extends Learner> learn,
      Supplier<Batch> batch,
      ToDoubleFunction<StepReport> loss,
      Predicate<String> names) {
    private double step(Learner learner) {
      try (Scope scope = Scope.open()) {
        return loss.applyAsDouble(learner.step(batch.get()));
      }
    }

    private double moved(Map<String, float[]> weights, String name, int place, float by) {
      try (N net = build.get();
          Learner learner = learn.apply(net)) {
        Map<String, float[]> changed = new HashMap<>(weights);
        float[] values = Objects.requireNonNull(weights.get(name)).clone();
        values[place] += by;
        changed.put(name, values);
        Toys.restore(net.weights().all(), changed);
        return step(learner);
      }
    }
  }

  /** The same of images of two halves and the whole loss. */
  public static <N extends Net> void check(
      Supplier<N> build, Function<N, ? extends Learner> learn) {
    check(
        new Subject<>(build, learn, () -> Toys.halves(0, 6), StepReport::loss, name -> true), STEP);
  }

  /**
   * Compares the change of weights in a step with the slope of the reported loss. Losses are of
   * pieces: where the slope jumps within a difference, that to the other side has the gradient.
   *
   * @param step of the differences
   */
  public static <N extends Net> void check(Subject<N> subject, float step) {
    Map<String, float[]> before;
    Map<String, float[]> after;
    try (N net = subject.build.get();
        Learner learner = subject.learn.apply(net)) {
      before = Toys.copy(net.weights().all());
      double here = subject.step(learner);
      after = Toys.copy(net.weights().all());
      int checked = 0;
      for (String name : net.weights().parameters().keySet()) {
        if (!subject.names.test(name)) {
          continue;
        }
        float[] start = Objects.requireNonNull(before.get(name));
        float[] end = Objects.requireNonNull(after.get(name));
        for (int i = 0; i < start.length; i += Math.max(1, start.length / 7)) {
          double up = (subject.moved(before, name, i, step) - here) / step;
          double down = (here - subject.moved(before, name, i, -step)) / step;
          double slope = (up + down) / 2;
          double gradient = start[i] - end[i];
          double off = Math.abs(gradient - slope);
          off = Math.min(off, Math.min(Math.abs(gradient - up), Math.abs(gradient - down)));
          assertThat(off)
              .as("%s[%d]: gradient %s, slopes %s and %s", name, i, gradient, down, up)
              .isLessThan(2e-3 + 1e-2 * Math.abs(slope));
          checked++;
        }
      }
      assertThat(checked).isGreaterThan(10);
    }
  }
}
