package dev.semblance.adversarial.goal;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * All of several goals at once, as one image must reach them.
 *
 * @param goals at least one
 */
public record AllOf(List<Goal> goals) implements Goal {
  public AllOf {
    goals = List.copyOf(goals);
    if (goals.isEmpty()) {
      throw new IllegalArgumentException("goals must be at least one, got none");
    }
  }

  /** These goals. */
  public static AllOf of(Goal... goals) {
    return new AllOf(List.of(goals));
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
    return new Aim(columns, new Criterion.All(parts));
  }

  @Override
  public boolean fits(long label) {
    return goals.stream().allMatch(goal -> goal.fits(label));
  }
}
