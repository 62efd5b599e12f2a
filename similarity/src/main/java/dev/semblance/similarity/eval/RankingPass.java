package dev.semblance.similarity.eval;

import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;

/** One pass of all queries over the gallery: what {@link RetrievalEvaluation} does, row by row. */
final class RankingPass {
  private static final int[] NONE = {};

  private final LabelledEmbeddings query;
  private final LabelledEmbeddings gallery;
  private final boolean self;
  private final Ties ties;
  private final Map<Integer, int[]> rowsOfClass = new HashMap<>();
  private final int[] distractors;
  private final int[] slots;
  private final QueryScores scores;
  private final int[] relevant;
  private final int[] nearest;
  private final double[] nearestDistance;
  private final int[] nearestRelevant;
  private final double[] nearestRelevantDistance;

  RankingPass(
      LabelledEmbeddings query,
      LabelledEmbeddings gallery,
      boolean self,
      Ties ties,
      int[] cutoffs) {
    this.query = query;
    this.gallery = gallery;
    this.self = self;
    this.ties = ties;
    Map<Integer, Integer> sizes = new HashMap<>();
    for (int j = 0; j < gallery.size(); j++) {
      sizes.merge(gallery.label(j), 1, Integer::sum);
    }
    sizes.forEach((label, size) -> rowsOfClass.put(label, new int[size]));
    Map<Integer, Integer> filled = new HashMap<>();
    for (int j = 0; j < gallery.size(); j++) {
      int place = filled.merge(gallery.label(j), 1, Integer::sum) - 1;
      rowsOfClass.getOrDefault(gallery.label(j), NONE)[place] = j;
    }
    int[] without = rowsOfClass.remove(-1);
    this.distractors = without == null ? NONE : without;
    this.slots = IntStream.range(0, query.size()).filter(i -> countRelevant(i) > 0).toArray();
    this.relevant = IntStream.of(slots).map(this::countRelevant).toArray();
    this.scores = new QueryScores(cutoffs, gallery.size(), slots.length);
    this.nearest = new int[slots.length];
    this.nearestDistance = new double[slots.length];
    this.nearestRelevant = new int[slots.length];
    this.nearestRelevantDistance = new double[slots.length];
  }

  private int countRelevant(int i) {
    int count = 0;
    for (int j : rowsOfClass.getOrDefault(query.label(i), NONE)) {
      count += isRelevant(i, j) ? 1 : 0;
    }
    return count;
  }

  /** For an item of the query's class: not the query itself, not from the same camera. */
  private boolean isRelevant(int i, int j) {
    return !(self && i == j)
        && !(query.hasCameras() && gallery.hasCameras() && query.camera(i) == gallery.camera(j));
  }

  /** The query rows that have a relevant item, ascending. */
  int[] slots() {
    return slots;
  }

  QueryScores scores() {
    return scores;
  }

  PerQuery perQuery(int[] cutoffs) {
    int[] labels = IntStream.of(slots).map(query::label).toArray();
    int[] nearestLabels = IntStream.of(nearest).map(gallery::label).toArray();
    return new PerQuery(
        cutoffs,
        scores,
        slots,
        labels,
        relevant,
        nearest,
        nearestLabels,
        nearestDistance,
        nearestRelevant,
        nearestRelevantDistance);
  }

  /** Runs over all tiles; slot s is written by the thread that owns its row. */
  void run(Tiles tiles, Rows threads) {
    Worker[] workers = new Worker[threads.threads()];
    for (int t = 0; t < workers.length; t++) {
      workers[t] = new Worker(tiles);
    }
    int per = tiles.rowsPerTile();
    int done = 0;
    for (int first = 0; first < query.size(); first += per) {
      int rows = Math.min(per, query.size() - first);
      int end = done;
      while (end < slots.length && slots[end] < first + rows) {
        end++;
      }
      if (end > done) {
        tiles.load(first, rows);
        threads.run(done, end, (thread, from, to) -> workers[thread].run(from, to));
      }
      done = end;
    }
  }

  private final class Worker {
    private final Tiles.Reader reader;
    private final GapCounter counter = new GapCounter();
    private final double[] distances;

    Worker(Tiles tiles) {
      reader = tiles.reader();
      distances = new double[tiles.columns()];
    }

    void run(int from, int to) {
      for (int slot = from; slot < to; slot++) {
        query(slot);
      }
    }

    private void query(int slot) {
      int i = slots[slot];
      reader.row(i, distances);
      int[] same = rowsOfClass.getOrDefault(query.label(i), NONE);
      counter.reserve(same.length);
      double[] keys = counter.keys();
      int[] rows = counter.rows();
      int count = 0;
      // Infinity takes an item out of the counting: the hits themselves, the query, junk.
      for (int j : same) {
        if (isRelevant(i, j)) {
          keys[count] = distances[j];
          rows[count++] = j;
        }
        distances[j] = Double.POSITIVE_INFINITY;
      }
      for (int j : distractors) {
        distances[j] = Double.POSITIVE_INFINITY;
      }
      counter.sort(count);
      if (ties == Ties.BY_ROW) {
        counter.count(distances, distances.length);
        scores.ranked(slot, counter.gaps(), count);
      } else {
        counter.countTied(distances, distances.length);
        scores.expected(slot, counter.keys(), counter.gaps(), counter.ties(), count);
      }
      nearest(slot);
    }

    private void nearest(int slot) {
      double distance = counter.keys()[0];
      int row = counter.rows()[0];
      nearestRelevant[slot] = row;
      nearestRelevantDistance[slot] = distance;
      if (ties == Ties.EXPECTED || counter.gaps()[0] > 0) {
        for (int j = 0; j < distances.length; j++) {
          if (distances[j] < distance || (distances[j] == distance && j < row)) {
            distance = distances[j];
            row = j;
          }
        }
      }
      nearest[slot] = row;
      nearestDistance[slot] = distance;
    }
  }
}
