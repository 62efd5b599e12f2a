package dev.semblance.adversarial.goal;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * A goal resolved for each sample of a batch.
 *
 * @param columns int64 [n] each: the classes that the criterion speaks of; one tensor for a plain
 *     aim, several for a combination
 * @param criterion the same for all rows
 */
public record Aim(List<Tensor> columns, Criterion criterion) {
  public Aim {
    columns = List.copyOf(columns);
  }

  /**
   * The model shall answer with a class, or with another.
   *
   * @param classes int64 [n]: the target, or the class to get away from
   * @param towards whether {@code classes} is where to go
   */
  public Aim(Tensor classes, boolean towards) {
    this(List.of(classes), new Criterion.Answer(0, towards));
  }

  /** int64 [n]: the class to reach or to leave; the first one of a combination. */
  public Tensor classes() {
    return columns.get(criterion.column());
  }

  /** Whether {@link #classes} is where to go, rather than what to leave. */
  public boolean towards() {
    return criterion.towards();
  }

  /**
   * Whether {@link #classes} and {@link #towards} say all there is: an answer of that class, or of
   * another. Whoever does more than ask for the margin, such as a cross entropy or the search for
   * the nearest class boundary, has to look.
   */
  public boolean plain() {
    return criterion instanceof Criterion.Answer;
  }

  /**
   * Which rows have reached the aim. A tie has not.
   *
   * @param logits [n, k]
   * @return bool [n] in the caller's scope
   */
  public Tensor reached(Tensor logits) {
    try (Scope scope = Scope.open()) {
      Tensor margin = margin(logits);
      return scope.keep(margin.lt(Ops.scalar(0)));
    }
  }

  /**
   * The margin that stands in the way, in units of logits, below 0 once the aim is reached: {@code
   * z_y - max_{k != y} z_k} away from y, {@code max_{k != t} z_k - z_t} towards t. Of several that
   * must all be reached it is the largest, of alternatives the smallest.
   *
   * @return [n], differentiable
   */
  public Tensor margin(Tensor logits) {
    return criterion.margin(logits, columns);
  }

  /** The aim of some rows, in the caller's scope. */
  public Aim rows(Tensor index) {
    return new Aim(
        columns.stream().map(column -> column.index_select(0, index)).toList(), criterion);
  }

  /** The same criterion about other rows: {@code others} has the classes of each. */
  public Aim withColumns(List<Tensor> others) {
    return new Aim(others, criterion);
  }
}
