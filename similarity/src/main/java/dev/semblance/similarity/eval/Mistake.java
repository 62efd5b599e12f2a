package dev.semblance.similarity.eval;

import dev.semblance.core.tensor.Check;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A query whose nearest neighbour is of another class.
 *
 * @param query its row
 * @param label its class
 * @param nearest the row of the wrong neighbour
 * @param nearestLabel its class
 * @param nearestDistance how near it is
 * @param nearestRelevant the row of the nearest right item
 * @param nearestRelevantDistance how far that is
 */
public record Mistake(
    int query,
    int label,
    int nearest,
    int nearestLabel,
    double nearestDistance,
    int nearestRelevant,
    double nearestRelevantDistance) {

  /** By how much the wrong item is nearer than the nearest right one; not negative. */
  public double margin() {
    return nearestRelevantDistance - nearestDistance;
  }

  /** The mistakes with the largest margins, at most {@code count}; of equal ones the lower rows. */
  public static List<Mistake> worst(PerQuery values, int count) {
    Check.atLeast("count", count, 0);
    int[] rows = values.rows();
    int[] labels = values.labels();
    int[] nearest = values.nearest();
    int[] nearestLabels = values.nearestLabels();
    double[] distance = values.nearestDistance();
    int[] relevant = values.nearestRelevant();
    double[] relevantDistance = values.nearestRelevantDistance();
    return IntStream.range(0, rows.length)
        .filter(s -> labels[s] != nearestLabels[s])
        .mapToObj(
            s ->
                new Mistake(
                    rows[s],
                    labels[s],
                    nearest[s],
                    nearestLabels[s],
                    distance[s],
                    relevant[s],
                    relevantDistance[s]))
        .sorted(
            Comparator.comparingDouble(Mistake::margin).reversed().thenComparing(Mistake::query))
        .limit(count)
        .toList();
  }
}
