package dev.semblance.adversarial.universal;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.attack.AttackResult;
import dev.semblance.adversarial.attack.DeepFool;
import dev.semblance.adversarial.attack.Outcome;
import dev.semblance.adversarial.attack.Samples;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.adversarial.goal.Misclassify;
import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/**
 * The first universal attack: image after image in random order, where the answer on {@code x + v}
 * is still that on x, v moves by the smallest step that DeepFool finds from {@code x + v} to
 * another answer, and is projected on its ball. Passes are made until enough training images are
 * fooled.
 *
 * <p>The climb is the fooling rate on the training images after each pass. With a batch above 1 the
 * images of a batch look from the same v, and each step is taken only if its image still needs it;
 * the paper has batch 1. The paper also makes passes without end; here there is a most.
 *
 * @param ball of the perturbation, Linf or L2
 * @param deepFool looks for each step; in the paper the shortest in L2, whatever the ball
 * @param enough training images fooled, in (0, 1]: 1 - delta
 * @param passes over the images at most
 * @param batch images that look from one v
 * @param seed of the order of images
 */
@Source(key = "moosavi2017universal", where = "Algorithm 1")
public record DeepFoolUniversal(
    Ball ball, DeepFool deepFool, double enough, int passes, int batch, long seed)
    implements UniversalAttack {
  public DeepFoolUniversal {
    if (!(enough > 0 && enough <= 1)) {
      throw new IllegalArgumentException("enough must be in (0, 1], got " + enough);
    }
    Check.atLeast("passes", passes, 1);
    Check.atLeast("batch", batch, 1);
  }

  /**
   * L2 steps, top 10 classes, overshoot .02, 10 inner steps, delta .2 (Algorithm 1 and the authors'
   * code), at most 10 passes, batches of 1.
   */
  public static DeepFoolUniversal of(Ball ball, long seed) {
    return new DeepFoolUniversal(ball, new DeepFool(Norm.L2, 10, 0.02, 10), 0.8, 10, 1, seed);
  }

  @Override
  public UniversalPerturbation find(Classifier model, Tensor images) {
    try (Scope scope = Scope.open()) {
      Panel panel = Panel.of(model, images);
      Tensor v = panel.still();
      List<Double> climb = new ArrayList<>();
      for (int pass = 0; pass < passes; pass++) {
        int[] order = Rng.of(seed, Rng.Purpose.ORDER, 0, pass).permutation(panel.size());
        for (int first = 0; first < order.length; first += batch) {
          int end = Math.min(order.length, first + batch);
          try (Scope step = Scope.open()) {
            visit(model, panel, v, Arrays.copyOfRange(order, first, end));
          }
        }
        climb.add(panel.rate(v, ball).rate());
        if (climb.getLast() >= enough) {
          break;
        }
      }
      return new UniversalPerturbation(scope.keep(v), climb, panel.forwards(), panel.backwards());
    }
  }

  /** Moves v for those of a batch that it does not fool yet. */
  private void visit(Classifier model, Panel panel, Tensor v, int... some) {
    int[] left = still(panel, v, some);
    if (left.length == 0) {
      return;
    }
    Tensor from = model.box().clamp(panel.select(left).add(v));
    long[] answers = panel.answers();
    long[] labels = Arrays.stream(left).mapToLong(i -> answers[i]).toArray();
    long[] ids = Arrays.stream(left).asLongStream().toArray();
    AttackResult found =
        deepFool.perturb(
            model, new Samples(from, Ops.longs(labels, left.length), ids), new Misclassify());
    panel.book(found.total(Outcome::forwards), found.total(Outcome::backwards));
    boolean moved = false;
    for (int r = 0; r < left.length; r++) {
      boolean fooled = found.outcomes().get(r).fooled();
      if (fooled && (!moved || still(panel, v, left[r]).length == 1)) {
        Tensor step = found.adversarial().narrow(0, r, 1).sub(from.narrow(0, r, 1));
        v.copy_(Walk.inside(ball, v.add(step), panel.box()));
        moved = true;
      }
    }
  }

  /** Those of some rows whose answer v does not change. */
  private static int[] still(Panel panel, Tensor v, int... some) {
    boolean[] changed = panel.changed(v, some);
    return IntStream.range(0, some.length).filter(r -> !changed[r]).map(r -> some[r]).toArray();
  }
}
