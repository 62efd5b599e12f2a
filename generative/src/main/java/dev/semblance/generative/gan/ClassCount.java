package dev.semblance.generative.gan;

import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Condition;
import dev.semblance.generative.Noise;
import dev.semblance.generative.Sampler;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * How many samples of a model belong to each class of its data, by a classifier of the data.
 *
 * @param count of each class
 */
public record ClassCount(List<Integer> count) {
  public ClassCount {
    Check.atLeast("number of classes", count.size(), 1);
    count = List.copyOf(count);
  }

  /** Says of images what they show. */
  @FunctionalInterface
  public interface Labeller {
    /**
     * A class for each image.
     *
     * @param images float32 [n, c, h, w] in the units of the sampled model
     */
    long[] labels(Tensor images);
  }

  /**
   * Counts among images 0..n-1 of a model, drawn without condition.
   *
   * @param batch images drawn at a time
   */
  public static ClassCount of(
      Sampler sampler, int n, int batch, long seed, Labeller labeller, int classes) {
    Check.atLeast("batch", batch, 1);
    Integer[] count = new Integer[Check.atLeast("classes", classes, 1)];
    Arrays.fill(count, 0);
    for (int first = 0; first < n; first += batch) {
      try (Scope scope = Scope.open()) {
        Noise noise = Noise.of(seed, first, Math.min(batch, n - first));
        for (long label : labeller.labels(sampler.sample(noise, Condition.none()))) {
          count[(int) label]++;
        }
      }
    }
    return new ClassCount(Arrays.asList(count));
  }

  /** The samples. */
  public int total() {
    return count.stream().mapToInt(Integer::intValue).sum();
  }

  /** Classes with less than {@code share} of the {@code total / classes} they should have. */
  public List<Integer> lost(double share) {
    List<Integer> lost = new ArrayList<>();
    for (int c = 0; c < count.size(); c++) {
      if (count.get(c) == 0 || count.get(c) < share * total() / count.size()) {
        lost.add(c);
      }
    }
    return Collections.unmodifiableList(lost);
  }

  /** Classes that are not lost. */
  public int covered(double share) {
    return count.size() - lost(share).size();
  }
}
