package dev.semblance.adversarial.goal;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * At least one of several goals.
 *
 * @param goals at least one
 */
public record AnyOf(List<Goal> goals) implements Goal {
  public AnyOf {
    goals = List.copyOf(goals);
    if (goals.isEmpty()) {
      throw new IllegalArgumentException("goals must be at least one, got none");
    }
  }

  /** These goals. */
  public static AnyOf of(Goal... goals) {
    return new AnyOf(List.of(goals));
  }

  @Override
  public Aim resolve(Tensor cleanLogits, Tensor labels) {
    List<Tensor> columns = new ArrayList<>();
    List<Criterion> parts = new ArrayList<>();
    for (Goal goal : goals) {
      Aim aim = goal.resolve(cleanLogits, labels);
      parts.add(aim.criterion().shifted(columns.size()));
      columns.addAll(aim.columns());
    }
    return new Aim(columns, new Criterion.Any(parts));
  }

  @Override
  public boolean fits(long label) {
    return goals.stream().allMatch(goal -> goal.fits(label));
  }
}
