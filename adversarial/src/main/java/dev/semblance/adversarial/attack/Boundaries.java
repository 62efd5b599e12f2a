package dev.semblance.adversarial.attack;

import dev.semblance.adversarial.ball.Box;
import dev.semblance.adversarial.goal.Aim;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The decision boundaries around the points of some rows, as planes: {@code value + <normal, x' -
 * x> = 0}.
 *
 * @param values [m, c] at the points; above 0 behind the boundary, where the goal is reached
 * @param normals [m, c, ...], the gradients of the values
 */
record Boundaries(Tensor values, Tensor normals) {
  /**
   * Away from a class: the boundaries {@code z_k - z_y} to the classes k of some ranks on the clean
   * image, fewer where there are no more. For any other aim one boundary, that of its margin.
   *
   * @param firstRank from 1, the likeliest class but y
   * @param wanted which rows are asked for; the normals of the others are zero and cost nothing
   * @return in the caller's scope
   */
  static Boundaries of(Rows rows, Evaluation at, int firstRank, int lastRank, boolean... wanted) {
    Aim aim = rows.aim();
    try (Scope scope = Scope.open()) {
      if (!aim.plain() || aim.towards()) {
        Evaluation.Slope slope = at.slope(logits -> aim.margin(logits).neg(), wanted);
        return new Boundaries(
            scope.keep(slope.value().unsqueeze(1)), scope.keep(slope.gradient().unsqueeze(1)));
      }
      Tensor own = aim.classes();
      Tensor ranked = likeliest(rows.logits(), own, lastRank);
      Tensor others = ranked.narrow(1, firstRank - 1, ranked.size(1) - firstRank + 1);
      Tensor logits = at.logits();
      long classes = logits.size(1);
      Tensor weights =
          torch
              .one_hot(others, classes)
              .sub(torch.one_hot(own, classes).unsqueeze(1))
              .to(logits.scalar_type().intern());
      Tensor values = logits.gather(1, others).sub(logits.gather(1, own.unsqueeze(1)));
      Tensor asked = Rows.either(wanted, weights, torch.zeros_like(weights));
      return new Boundaries(scope.keep(values), scope.keep(at.gradients(asked)));
    }
  }

  /**
   * The classes that the model finds likeliest, but for one.
   *
   * @param logits [m, k]
   * @param but int64 [m]
   * @param most at least 1
   * @return int64 [m, min(most, k - 1)], the likeliest first
   */
  static Tensor likeliest(Tensor logits, Tensor but, int most) {
    try (Scope scope = Scope.open()) {
      Tensor masked =
          logits.detach().scatter(1, but.unsqueeze(1), Ops.scalar(Double.NEGATIVE_INFINITY));
      long count = Math.min(most, logits.size(1) - 1);
      return scope.keep(masked.topk(count, 1, true, true).get1().contiguous());
    }
  }

  /**
   * The same without the values that cannot move towards the boundary, because they are at the
   * box's end already.
   *
   * @param points [m, ...]
   * @return in the caller's scope
   */
  Boundaries within(Box box, Tensor points) {
    try (Scope scope = Scope.open()) {
      Tensor infinite = torch.full_like(points, Ops.scalar(Double.POSITIVE_INFINITY));
      Tensor top = points.ge(box.clamp(infinite)).unsqueeze(1);
      Tensor bottom = points.le(box.clamp(infinite.neg())).unsqueeze(1);
      Tensor held =
          normals
              .gt(Ops.scalar(0))
              .logical_and(top)
              .logical_or(normals.lt(Ops.scalar(0)).logical_and(bottom));
      return new Boundaries(values, scope.keep(normals.masked_fill(held, Ops.scalar(0))));
    }
  }

  /**
   * One boundary of each row.
   *
   * @param which int64 [m]
   * @return values [m, 1], normals [m, 1, ...], in the caller's scope
   */
  Boundaries chosen(Tensor which) {
    try (Scope scope = Scope.open()) {
      long[] place = Ops.toLongs(which);
      for (int r = 0; r < place.length; r++) {
        place[r] += r * values.size(1);
      }
      Tensor index = Ops.longs(place, place.length);
      return new Boundaries(
          scope.keep(values.flatten(0, 1).index_select(0, index).unsqueeze(1)),
          scope.keep(normals.flatten(0, 1).index_select(0, index).unsqueeze(1)));
    }
  }
}
