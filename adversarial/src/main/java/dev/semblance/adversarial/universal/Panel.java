package dev.semblance.adversarial.universal;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.attack.Objective;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.adversarial.goal.Aim;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.tensor.Shapes;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Images with the model's own answers on them: what a universal perturbation is found on, and what
 * it is measured on.
 *
 * <p>Books every row that goes through the model, forward and backward, the clean ones included.
 */
public final class Panel {
  private final Classifier model;
  private final Tensor images;
  private final int rows;
  private final long[] answers;
  private final boolean[] finite;
  private long forwards;
  private long backwards;

  private Panel(Classifier model, Tensor images, int rows) {
    this.model = model;
    this.images = images;
    this.rows = Check.atLeast("rows", rows, 1);
    this.answers = new long[Math.toIntExact(images.size(0))];
    this.finite = new boolean[answers.length];
  }

  /** In batches of 250. */
  public static Panel of(Classifier model, Tensor images) {
    return of(model, images, 250);
  }

  /**
   * Asks the model about the clean images.
   *
   * @param images float32 or float64 [n, ...] in the model's box, n at least 1; borrowed
   * @param rows that go through the model together
   * @throws IllegalArgumentException for images outside the box
   */
  public static Panel of(Classifier model, Tensor images, int rows) {
    if (images.dim() < 2 || images.size(0) < 1 || !images.is_floating_point()) {
      throw new IllegalArgumentException(
          "images must be floating point [n, ...] with n >= 1, got "
              + images.scalar_type()
              + " "
              + Shapes.of(images));
    }
    Panel panel = new Panel(model, images, rows);
    panel.refuseOutside();
    for (int[] chunk : panel.chunks()) {
      try (Scope scope = Scope.open()) {
        Tensor logits = panel.logits(panel.select(chunk));
        boolean[] good = finite(logits);
        long[] best = Ops.toLongs(logits.argmax(new LongOptional(1), false));
        for (int r = 0; r < chunk.length; r++) {
          panel.answers[chunk[r]] = best[r];
          panel.finite[chunk[r]] = good[r];
        }
      }
    }
    return panel;
  }

  private void refuseOutside() {
    for (int[] chunk : chunks()) {
      try (Scope scope = Scope.open()) {
        boolean[] inside = model.box().contains(select(chunk));
        for (int r = 0; r < chunk.length; r++) {
          if (!inside[r]) {
            throw new IllegalArgumentException(
                "images must be in "
                    + model.box().low()
                    + ".."
                    + model.box().high()
                    + ", row "
                    + chunk[r]
                    + " is not; scale them, the model normalises by itself");
          }
        }
      }
    }
  }

  /** The number of images. */
  public int size() {
    return answers.length;
  }

  /** The model's answers on the clean images. */
  public long[] answers() {
    return answers.clone();
  }

  /** Rows that went through the model so far. */
  public long forwards() {
    return forwards;
  }

  /** Rows whose gradient was used so far. */
  public long backwards() {
    return backwards;
  }

  /** The range of valid images. */
  Box box() {
    return model.box();
  }

  /** Books rows that an attack sent through the model, or a part of it, by itself. */
  void book(long forwardRows, long backwardRows) {
    forwards += forwardRows;
    backwards += backwardRows;
  }

  /** The clean images of some rows, in the current scope. */
  Tensor select(int... which) {
    return images.index_select(0, index(which));
  }

  /** A perturbation of zeros, in the current scope. */
  Tensor still() {
    return torch.zeros_like(images.narrow(0, 0, 1));
  }

  /** All rows, in batches. */
  int[][] chunks() {
    int[][] chunks = new int[(answers.length + rows - 1) / rows][];
    for (int c = 0; c < chunks.length; c++) {
      chunks[c] = IntStream.range(c * rows, Math.min(answers.length, (c + 1) * rows)).toArray();
    }
    return chunks;
  }

  /**
   * Applies {@code perturbation} to every image, stored as an image is stored: inside box and ball.
   *
   * @param perturbation [1, ...], finite
   * @param ball it lies in; what rounding puts outside is put back before the model sees it
   */
  public FoolingRate rate(Tensor perturbation, Ball ball) {
    long fooled = 0;
    long n = 0;
    for (int[] chunk : chunks()) {
      try (Scope scope = Scope.open()) {
        Tensor clean = select(chunk);
        Tensor moved = ball.project(clean.add(perturbation), clean, model.box());
        Tensor logits = logits(moved);
        boolean[] good = finite(logits);
        boolean[] changed = Ops.toBooleans(aim(chunk).reached(logits));
        for (int r = 0; r < chunk.length; r++) {
          boolean counts = finite[chunk[r]] && good[r];
          n += counts ? 1 : 0;
          fooled += counts && changed[r] ? 1 : 0;
        }
      }
    }
    return new FoolingRate(fooled, n, answers.length - n);
  }

  /** On which of some rows the answer changes; what is not finite is taken for changed. */
  boolean[] changed(Tensor perturbation, int... which) {
    try (Scope scope = Scope.open()) {
      Tensor logits = logits(model.box().clamp(select(which).add(perturbation)));
      boolean[] good = finite(logits);
      boolean[] changed = Ops.toBooleans(aim(which).reached(logits));
      for (int r = 0; r < which.length; r++) {
        changed[r] |= !good[r] || !finite[which[r]];
      }
      return changed;
    }
  }

  /**
   * What the images say of a perturbation.
   *
   * @param value of the objective, summed over the rows
   * @param gradient of that sum by the perturbation, [1, ...]
   */
  record Slope(double value, Tensor gradient) {}

  /**
   * The sum over some images of {@code min(L(clamp(x + v)), most)}, L the cross entropy with the
   * clean answer, and its gradient by v. A value of an image that stands at the end of the box and
   * would be pushed out of it pushes nothing. Images without finite logits or gradient say nothing.
   *
   * @param most bounds what one image can add: who is fooled for good stops pulling
   */
  Slope slope(Tensor perturbation, double most, int... which) {
    try (Scope scope = Scope.open()) {
      Tensor moved = model.box().clamp(select(which).add(perturbation));
      Tensor point = moved.detach().requires_grad_(true);
      Tensor logits = model.logits(point);
      book(which.length, which.length);
      boolean[] good = finite(logits.detach());
      int[] kept =
          IntStream.range(0, which.length).filter(r -> good[r] && finite[which[r]]).toArray();
      if (kept.length == 0) {
        return new Slope(0, scope.keep(torch.zeros_like(perturbation)));
      }
      Tensor index = index(kept);
      Tensor loss =
          Objective.crossEntropy(logits.index_select(0, index), aim(which).rows(index))
              .clamp_max(Ops.scalar(most))
              .sum();
      Tensor each = torch.grad(new TensorVector(loss), new TensorVector(point)).get(0);
      Tensor sum = pushing(each, point.detach()).sum(new long[] {0}, true, Ops.sameType());
      return new Slope(loss.item_double(), scope.keep(sum));
    }
  }

  /** Gradients that can move something, and none of a row that has one that is not finite. */
  private Tensor pushing(Tensor gradient, Tensor point) {
    Box box = model.box();
    Scalar none = Ops.scalar(0);
    Tensor below = point.le(Ops.scalar(box.low())).logical_and(gradient.lt(none));
    Tensor above = point.ge(Ops.scalar(box.high())).logical_and(gradient.gt(none));
    Tensor outwards = below.logical_or(above);
    Tensor bad = torch.isfinite(gradient.flatten(1, -1)).all(1).logical_not();
    long[] column = new long[Math.toIntExact(gradient.dim())];
    Arrays.fill(column, 1);
    column[0] = gradient.size(0);
    return gradient.masked_fill(outwards.logical_or(bad.view(column)), Ops.scalar(0));
  }

  private Tensor logits(Tensor points) {
    book(points.size(0), 0);
    return Ops.withoutGradient(() -> model.logits(points));
  }

  private Aim aim(int... which) {
    return new Aim(
        Ops.longs(Arrays.stream(which).mapToLong(i -> answers[i]).toArray(), which.length), false);
  }

  private static boolean[] finite(Tensor logits) {
    return Ops.toBooleans(torch.isfinite(logits).all(1));
  }

  private static Tensor index(int... which) {
    return Ops.longs(Arrays.stream(which).asLongStream().toArray(), which.length);
  }
}
