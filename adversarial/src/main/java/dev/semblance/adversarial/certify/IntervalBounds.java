package dev.semblance.adversarial.certify;

import dev.semblance.adversarial.ball.Box;
import dev.semblance.core.Source;
import dev.semblance.core.nn.Layer;
import dev.semblance.core.nn.Layered;
import dev.semblance.core.nn.Linear;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.store.Model;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Interval bound propagation: every value of the net enclosed, from an Linf ball around the image
 * to the margins. A lower bound above 0 for every other class proves that no perturbation in the
 * ball changes the answer.
 *
 * <p>Of an affine layer {@code mu' = W mu + b, r' = |W| r}; of ReLU and maximum both ends; the last
 * layer is merged with the differences {@code w_y - w_k}. The ball is cut to the box first. Exact
 * for a linear model; for nets that were not trained for it the bounds are loose, and nothing is
 * proved where the truth may well be robust.
 *
 * <p>Computed in float64 and rounded outwards, so the proof holds for the net in exact arithmetic;
 * its float32 execution can differ by what float32 rounds, about 1e-6 of the logits.
 *
 * @param net ends in a linear layer; borrowed
 * @param preprocessing of images in 0..1
 */
@Source(key = "gowal2019ibp", where = "Eqs. (6) to (9), Section 3 (elision of the last layer)")
public record IntervalBounds(Layered net, Preprocessing preprocessing) {
  private static final int TOGETHER = 50;

  public IntervalBounds {
    if (!(net.layers().getLast() instanceof Linear)) {
      throw new IllegalArgumentException(
          "net must end in a linear layer, got " + net.layers().getLast());
    }
  }

  /**
   * For a model whose net is a chain of layers.
   *
   * @throws IllegalArgumentException for another net
   */
  public static IntervalBounds of(Model model) {
    if (!(model.net() instanceof Layered chain)) {
      throw new IllegalArgumentException(
          "net must be a chain of layers for interval bounds (LeNet, SmallCnn, StridedCnn, Mlp), got "
              + model.net().getClass().getSimpleName());
    }
    return new IntervalBounds(chain, model.preprocessing());
  }

  /**
   * Lower bounds of {@code z_y - z_k} over the ball.
   *
   * @param images float32 or float64 [n, c, h, w] in 0..1
   * @param labels int64 [n], y
   * @param radius of the Linf ball, at least 0
   * @return float64 [n, classes]; infinity at k = y
   */
  public Tensor margins(Tensor images, Tensor labels, double radius) {
    Check.notNegative("radius", radius);
    Check.labels("labels", labels, images.size(0));
    return Ops.withoutGradient(
        () -> {
          try (Scope scope = Scope.open()) {
            long n = images.size(0);
            Linear head = (Linear) net.layers().getLast();
            Tensor margins = Ops.empty(ScalarType.Double, n, head.weight().size(0));
            for (long first = 0; first < n; first += TOGETHER) {
              try (Scope step = Scope.open()) {
                long rows = Math.min(TOGETHER, n - first);
                Tensor some =
                    chunk(images.narrow(0, first, rows), labels.narrow(0, first, rows), radius);
                margins.narrow(0, first, rows).copy_(some);
              }
            }
            return scope.keep(margins);
          }
        });
  }

  /** Which images are proved to keep the answer {@code labels} within the ball. */
  public boolean[] certified(Tensor images, Tensor labels, double radius) {
    try (Scope scope = Scope.open()) {
      return Ops.toBooleans(
          margins(images, labels, radius).amin(new long[] {1}, false).gt(Ops.scalar(0)));
    }
  }

  private Tensor chunk(Tensor images, Tensor labels, double radius) {
    List<Layer> layers = net.layers();
    Enclosure inside = input(images, radius);
    for (Layer layer : layers.subList(0, layers.size() - 1)) {
      inside = inside.through(layer);
    }
    return elided(inside, (Linear) layers.getLast(), labels);
  }

  /** The ball, cut to the box, as the first layer takes it. */
  private Enclosure input(Tensor images, double radius) {
    Tensor exact = images.to(ScalarType.Double);
    double reach = Math.nextUp(radius);
    // The box after widening by a rounding: 0 and 1 themselves are exact.
    Tensor low = Box.UNIT.clamp(exact.sub(Ops.scalar(reach * (1 + 1e-15) + 1e-16)));
    Tensor high = Box.UNIT.clamp(exact.add(Ops.scalar(reach * (1 + 1e-15) + 1e-16)));
    double largest =
        IntStream.range(0, preprocessing.shape().channels())
            .mapToDouble(
                c -> (255 + Math.abs(preprocessing.mean()[c])) / preprocessing.deviation()[c])
            .max()
            .orElse(0);
    Tensor slack = Ops.doubles(new double[] {largest * 0x1.0p-50}, 1);
    Tensor below = preprocessing.normalize(low.mul(Ops.scalar(255))).sub(slack);
    Tensor above = preprocessing.normalize(high.mul(Ops.scalar(255))).add(slack);
    return new Enclosure(below, above);
  }

  /** The last layer and the differences of its rows in one: fewer independent worst cases. */
  private static Tensor elided(Enclosure features, Linear head, Tensor labels) {
    Tensor weight = head.weight().to(ScalarType.Double);
    Tensor own = weight.index_select(0, labels).unsqueeze(1);
    Tensor rows = own.sub(weight.unsqueeze(0)); // [n, k, d]
    Tensor sizes = own.abs().add(weight.abs().unsqueeze(0));
    Tensor centre = features.centre();
    Tensor radius = features.radius(centre);
    Tensor margin = product(rows, centre);
    Tensor scale = product(sizes, centre.abs().add(radius));
    if (head.bias() != null) {
      Tensor bias = head.bias().to(ScalarType.Double);
      Tensor ownBias = bias.index_select(0, labels).unsqueeze(1);
      margin = margin.add(ownBias.sub(bias));
      scale = scale.add(ownBias.abs().add(bias.abs()));
    }
    Tensor error = scale.mul(Ops.scalar(Enclosure.slack(weight.size(1))));
    Tensor bound = margin.sub(product(rows.abs(), radius)).sub(error);
    return bound.scatter(1, labels.unsqueeze(1), Ops.scalar(Double.POSITIVE_INFINITY));
  }

  private static Tensor product(Tensor rows, Tensor vectors) {
    return torch.bmm(rows, vectors.unsqueeze(2)).squeeze(2);
  }
}
