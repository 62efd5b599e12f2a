package dev.semblance.similarity.eval;

import dev.semblance.similarity.measure.Measure;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** Counts the distances of all pairs of rows, in two passes over tiles. */
final class AllPairs {
  private static final long TILE_BYTES = 8L << 20;
  private static final long MOST_SAME = 1L << 27;

  private final Tiles tiles;
  private final int[] labels;

  private AllPairs(Tiles tiles, int[] labels) {
    this.tiles = tiles;
    this.labels = labels;
  }

  static PairCounter count(Measure measure, Tensor embeddings, int[] labels) {
    long same = PairSpace.same(labels).size();
    if (same > MOST_SAME) {
      throw new IllegalArgumentException(
          "pairs of one class must be at most " + MOST_SAME + ", got " + same + "; use sampled");
    }
    Precision precision = Neighbours.precision(embeddings);
    try (Tiles tiles = Tiles.open(measure, precision, embeddings, embeddings, TILE_BYTES)) {
      AllPairs pass = new AllPairs(tiles, labels);
      PairCounter counter = PairCounter.of(pass.same((int) same));
      pass.different(counter);
      return counter;
    }
  }

  private double[] same(int count) {
    // Row i writes from its own place on, so that threads do not meet.
    int[] place = new int[labels.length + 1];
    for (int i = 0; i < labels.length; i++) {
      place[i + 1] = place[i];
      for (int j = i + 1; j < labels.length; j++) {
        place[i + 1] += labels[j] == labels[i] ? 1 : 0;
      }
    }
    double[] same = new double[count];
    run(
        () ->
            (i, scores) -> {
              int at = place[i];
              for (int j = i + 1; j < labels.length; j++) {
                if (labels[j] == labels[i]) {
                  same[at++] = tiles.distance(i, scores.at(j));
                }
              }
            });
    return same;
  }

  private void different(PairCounter counter) {
    List<PairCounter> counters = new ArrayList<>();
    run(
        () -> {
          PairCounter own = counter.another();
          synchronized (counters) {
            counters.add(own);
          }
          return (i, scores) -> {
            for (int j = i + 1; j < labels.length; j++) {
              if (labels[j] != labels[i]) {
                own.addDifferent(tiles.distance(i, scores.at(j)));
              }
            }
          };
        });
    counters.forEach(counter::addAll);
  }

  private void run(Rows.Worker worker) {
    Rows.run(tiles, Runtime.getRuntime().availableProcessors(), worker);
  }
}
