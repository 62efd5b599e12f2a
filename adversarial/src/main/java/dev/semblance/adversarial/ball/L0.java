package dev.semblance.adversarial.ball;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.tensor.Shapes;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The number of changed pixels: a pixel of [n, c, h, w] is all its channels, of [n, d] one value.
 *
 * <p>How far a pixel moves does not count, so a ball of radius k holds the images that differ in at
 * most floor(k) pixels. It is not convex: its projection is a nearest point, not the only one, and
 * may bring two points farther apart.
 */
public record L0() implements Norm {
  @Override
  public Tensor of(Tensor delta) {
    pixels("delta", delta);
    return Ops.withoutGradient(
        () -> {
          try (Scope scope = Scope.open()) {
            Tensor changed = channels(delta).ne(Ops.scalar(0)).any(1);
            return scope.keep(Rows.sum(changed.to(ScalarType.Double)));
          }
        });
  }

  /**
   * Keeps, clamped to the box, the pixels that bring the point most towards the candidate; without
   * a box in the way these are the pixels of largest channel-wise L2 change. Among equals the first
   * are kept.
   */
  @Override
  public Tensor project(Tensor candidate, Tensor origin, Tensor radii, Box box) {
    pixels("candidate", candidate);
    Rows.pair("candidate", candidate, origin);
    Rows.each("radii", radii, origin.size(0), Double.POSITIVE_INFINITY);
    return Ops.withoutGradient(
        () -> {
          try (Scope scope = Scope.open()) {
            Tensor clamped = box.clamp(candidate.detach().to(origin.scalar_type().intern()));
            Tensor wanted = channels(candidate);
            // |candidate - origin|^2 - |candidate - clamped|^2, as a product that cannot cancel.
            Tensor step = channels(clamped).sub(channels(origin));
            Tensor gain = wanted.mul(Ops.scalar(2)).sub_(channels(clamped)).sub_(channels(origin));
            gain = gain.mul_(step).sum(1);
            Tensor kept = largest(gain, radii);
            Tensor mask = kept.view(pixelShape(origin));
            return scope.keep(clamped.where(mask, origin.detach()).contiguous());
          }
        });
  }

  /** True for the floor(radius) largest of each row. */
  private static Tensor largest(Tensor gain, Tensor radii) {
    Tensor order = torch.sort(gain, new BoolOptional(true), 1, true).get1();
    Tensor places = torch.arange(Ops.scalar(gain.size(1)), Ops.options(ScalarType.Double));
    Tensor early = places.lt(Rows.column(radii.floor())); // [n, pixels]
    return torch.zeros_like(early).scatter(1, order, early);
  }

  /**
   * Moves one pixel into the corner of the box to which its gradient points: the pixel for which
   * that raises the linear function most. A unit of this norm is a whole pixel, whose movement
   * costs nothing, so there is no shorter step; repeated steps, projected, fill the ball greedily.
   */
  @Override
  public Tensor ascent(Tensor gradient, Tensor point, Box box) {
    pixels("gradient", gradient);
    Rows.same("point", point, "gradient", gradient);
    return Ops.withoutGradient(
        () -> {
          try (Scope scope = Scope.open()) {
            Tensor slope = channels(gradient);
            Tensor room = box.room(channels(point), slope, point.scalar_type().intern());
            Tensor best = largest(slope.abs().mul_(room).sum(1), ones(gradient.size(0)));
            Tensor move = slope.sign().mul_(room).mul_(best.unsqueeze(1));
            Tensor typed = move.to(gradient.scalar_type().intern());
            return scope.keep(typed.view(gradient.shape()));
          }
        });
  }

  private static Tensor ones(long n) {
    return Ops.zeros(ScalarType.Double, n).add_(Ops.scalar(1));
  }

  /** Uniformly random pixels, floor(radius) of them, each of a uniformly random colour. */
  @Override
  public Tensor random(Tensor origin, Tensor radii, Box box, long seed, long[] samples, long step) {
    pixels("origin", origin);
    RandomPoint.Keys keys = new RandomPoint.Keys(seed, samples, step);
    double[] each = RandomPoint.radii(origin, radii, keys);
    int channels = origin.dim() == 2 ? 1 : Math.toIntExact(origin.size(1));
    return Ops.withoutGradient(
        () -> {
          try (Scope scope = Scope.open()) {
            double[] values = Ops.toDoubles(origin);
            for (int row = 0; row < each.length; row++) {
              int pixels = values.length / each.length / channels;
              int start = row * pixels * channels;
              int count = (int) Math.min(pixels, Math.floor(each[row]));
              Rng rng = RandomPoint.rng(keys, row);
              int[] order = rng.permutation(pixels);
              for (int k = 0; k < count; k++) {
                for (int c = 0; c < channels; c++) {
                  values[start + c * pixels + order[k]] = rng.uniform(box.low(), box.high());
                }
              }
            }
            Tensor candidate = Ops.doubles(values, origin.shape());
            return scope.keep(project(candidate, origin, radii, box));
          }
        });
  }

  /**
   * The largest, over pixels, sum of the channels' absolute gradients: by how much a linear
   * function can change when one pixel moves by at most 1 in each channel. L0 is not a norm and has
   * no dual; this is what takes its place.
   */
  @Override
  public Tensor dual(Tensor gradient) {
    pixels("gradient", gradient);
    return Ops.withoutGradient(
        () -> {
          try (Scope scope = Scope.open()) {
            Tensor sums = channels(gradient).abs().sum(1);
            return scope.keep(sums.amax(new long[] {1}, false));
          }
        });
  }

  private static void pixels(String name, Tensor tensor) {
    if (tensor.dim() != 2 && tensor.dim() != 4) {
      throw new IllegalArgumentException(
          name + " must be [n, c, h, w] or [n, d] to count pixels, got " + Shapes.of(tensor));
    }
    Rows.floating(name, tensor);
  }

  /** float64 [n, c, pixels]. */
  private static Tensor channels(Tensor tensor) {
    long c = tensor.dim() == 2 ? 1 : tensor.size(1);
    long pixels = tensor.dim() == 2 ? tensor.size(1) : tensor.size(2) * tensor.size(3);
    Tensor exact = tensor.detach().to(ScalarType.Double);
    return exact.reshape(tensor.size(0), c, pixels);
  }

  private static long[] pixelShape(Tensor tensor) {
    return tensor.dim() == 2
        ? tensor.shape()
        : new long[] {tensor.size(0), 1, tensor.size(2), tensor.size(3)};
  }

  @Override
  public String toString() {
    return "l0";
  }
}
