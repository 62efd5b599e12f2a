package dev.semblance.adversarial.attack;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * What the model says at the points of some rows. The logits are there; gradients are taken when
 * asked for, and booked row by row. Valid during one {@link RowAttack#advance}.
 */
public final class Evaluation {
  private final Passes.Forward forward;
  private final Tensor index;
  private final boolean[] reached;
  private final int[] backwards;
  private final boolean[] zero;
  private final boolean[] broken;

  /** Of the rows {@code index} of a forward pass. */
  Evaluation(Passes.Forward forward, Tensor index, boolean[] reached) {
    this.forward = forward;
    this.index = index;
    this.reached = reached;
    this.backwards = new int[reached.length];
    this.zero = new boolean[reached.length];
    this.broken = new boolean[reached.length];
  }

  /**
   * A function of the logits at each row, and how it changes with the image.
   *
   * @param value [m]
   * @param gradient of the image's shape [m, ...]; zero where it is not finite, and that row's last
   */
  public record Slope(Tensor value, Tensor gradient) {}

  /** The logits [m, k], without gradient. */
  public Tensor logits() {
    return forward.logits().detach().index_select(0, index);
  }

  /** Which rows have reached the aim, at whatever distance. */
  public boolean[] reached() {
    return reached.clone();
  }

  /**
   * Value and gradient of a function of the logits, by one backward pass for all rows.
   *
   * @param function of the logits [m, k]; gives [m], row by row
   * @return in the caller's scope
   */
  public Slope slope(UnaryOperator<Tensor> function) {
    boolean[] all = new boolean[reached.length];
    Arrays.fill(all, true);
    return slope(function, all);
  }

  /**
   * The same for some rows: the others cost nothing.
   *
   * @param wanted the rows whose gradient is used; it is zero for the others
   */
  public Slope slope(UnaryOperator<Tensor> function, boolean... wanted) {
    try (Scope scope = Scope.open()) {
      // Only rows that go on are asked for: one bad row must not spoil the sum.
      Tensor value = function.apply(forward.logits().index_select(0, index));
      if (none(wanted)) {
        return new Slope(scope.keep(value.detach()), scope.keep(nothing()));
      }
      Tensor asked = Rows.either(wanted, value, torch.zeros_like(value));
      Tensor gradient = forward.gradient(asked.sum()).index_select(0, index);
      gradient = checked(gradient, wanted);
      return new Slope(scope.keep(value.detach()), scope.keep(gradient));
    }
  }

  /**
   * Gradients of weighted sums of logits: one forward pass serves them all, and each sum takes one
   * backward pass for all rows together.
   *
   * @param weights [m, c, k] of the logits' type; a sum of weights zero costs its row nothing
   * @return [m, c, ...] in the caller's scope; zero where not finite, and that row's last
   */
  public Tensor gradients(Tensor weights) {
    try (Scope scope = Scope.open()) {
      Tensor live = forward.logits().index_select(0, index);
      boolean[] wanted = Ops.toBooleans(weights.ne(Ops.scalar(0)).any(2).t().contiguous());
      int m = reached.length;
      List<Tensor> each = new ArrayList<>();
      for (int c = 0; c < weights.size(1); c++) {
        boolean[] asked = Arrays.copyOfRange(wanted, c * m, (c + 1) * m);
        try (Scope one = Scope.open()) {
          if (none(asked)) {
            each.add(one.keep(nothing()));
            continue;
          }
          Tensor sum = live.mul(weights.select(1, c)).sum();
          each.add(one.keep(checked(forward.gradient(sum).index_select(0, index), asked)));
        }
      }
      return scope.keep(torch.stack(new TensorVector(each.toArray(Tensor[]::new)), 1));
    }
  }

  private static boolean none(boolean... wanted) {
    for (boolean one : wanted) {
      if (one) {
        return false;
      }
    }
    return true;
  }

  /** The gradient of nothing. */
  private Tensor nothing() {
    return torch.zeros_like(forward.leaf().detach()).index_select(0, index);
  }

  private Tensor checked(Tensor gradient, boolean[] asked) {
    Tensor flat = gradient.flatten(1, -1);
    boolean[] finite = Ops.toBooleans(torch.isfinite(flat).all(1));
    boolean[] none = Ops.toBooleans(flat.eq(Ops.scalar(0)).all(1));
    boolean whole = true;
    for (int r = 0; r < asked.length; r++) {
      if (asked[r]) {
        backwards[r]++;
        zero[r] |= none[r];
        broken[r] |= !finite[r];
        whole &= finite[r];
      }
    }
    return whole ? gradient : gradient.where(torch.isfinite(gradient), torch.zeros_like(gradient));
  }

  int backwards(int row) {
    return backwards[row];
  }

  boolean zero(int row) {
    return zero[row];
  }

  boolean broken(int row) {
    return broken[row];
  }
}
