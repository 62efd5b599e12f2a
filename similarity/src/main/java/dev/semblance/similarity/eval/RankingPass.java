package dev.semblance.similarity.eval;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;

/** One pass of all queries over the gallery: what {@link RetrievalEvaluation} does, row by row. */
final class RankingPass {
  private static final int[] NONE = {};

  /** As many keys are computed anew in the time of one look at all items of a gallery. */
  private static final int MANY = 32;

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
    int[] same = rowsOfClass.getOrDefault(query.label(i), NONE);
    if (!hasJunk()) {
      return same.length - (self && query.label(i) >= 0 ? 1 : 0);
    }
    int count = 0;
    for (int j : same) {
      count += isRelevant(i, j) ? 1 : 0;
    }
    return count;
  }

  private boolean hasJunk() {
    return query.hasCameras() && gallery.hasCameras();
  }

  /** For an item of the query's class: not the query itself, not from the same camera. */
  private boolean isRelevant(int i, int j) {
    return !(self && i == j) && !(hasJunk() && query.camera(i) == gallery.camera(j));
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

  /** Runs over all tiles; the slot of a query is written by the thread that has its tile. */
  void run(Tiles tiles, int threads) {
    int[] slotOfRow = new int[query.size()];
    Arrays.fill(slotOfRow, -1);
    for (int slot = 0; slot < slots.length; slot++) {
      slotOfRow[slots[slot]] = slot;
    }
    Rows.run(
        tiles,
        threads,
        () -> {
          GapCounter counter = new GapCounter();
          return (row, scores) -> {
            if (slotOfRow[row] >= 0) {
              query(tiles, slotOfRow[row], scores, counter);
            }
          };
        });
  }

  private void query(Tiles tiles, int slot, ScoreRow items, GapCounter counter) {
    int i = slots[slot];
    int[] same = rowsOfClass.getOrDefault(query.label(i), NONE);
    counter.reserve(same.length);
    int count = take(i, same, items, counter);
    for (int j : distractors) {
      items.ignore(j);
    }
    settleKeys(count, items, counter);
    counter.sort(count, items);
    if (ties == Ties.BY_ROW) {
      counter.count(items);
      scores.ranked(slot, counter.gaps(), count);
    } else {
      counter.countTied(items);
      scores.expected(slot, counter.keys(), counter.gaps(), counter.ties(), count);
    }
    double distance = counter.keys()[0];
    int row = counter.rows()[0];
    nearestRelevant[slot] = row;
    nearestRelevantDistance[slot] = tiles.distance(i, distance);
    if (ties == Ties.EXPECTED || counter.gaps()[0] > 0) {
      int other = items.nearest();
      double d = items.at(other);
      if (d < distance || (d == distance && other < row)) {
        distance = d;
        row = other;
      }
    }
    nearest[slot] = row;
    nearestDistance[slot] = tiles.distance(i, distance);
  }

  /** Moves the hits to the counter; they, the query and junk are not counted. */
  private int take(int i, int[] same, ScoreRow items, GapCounter counter) {
    double[] keys = counter.keys();
    int[] rows = counter.rows();
    int count = 0;
    for (int j : same) {
      if (isRelevant(i, j)) {
        keys[count] = items.raw(j);
        rows[count++] = j;
      }
      items.ignore(j);
    }
    return count;
  }

  /**
   * Computes small keys anew. Where many are small but no other item is, as in classes drawn
   * tightly together, their order changes no rank: only those that could be the nearest are.
   */
  private static void settleKeys(int count, ScoreRow items, GapCounter counter) {
    double[] keys = counter.keys();
    int[] rows = counter.rows();
    double limit = items.small();
    int small = 0;
    double least = Double.POSITIVE_INFINITY;
    for (int p = 0; p < count; p++) {
      if (keys[p] <= limit) {
        small++;
        least = Math.min(least, keys[p]);
      }
    }
    if (small == 0) {
      return;
    }
    if (small > MANY && items.noneIsSmall()) {
      limit = Math.min(limit, least + 2 * items.error());
    }
    for (int p = 0; p < count; p++) {
      keys[p] = keys[p] <= limit ? items.exact(rows[p]) : keys[p];
    }
  }
}
