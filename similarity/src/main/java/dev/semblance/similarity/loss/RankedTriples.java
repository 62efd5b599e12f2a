package dev.semblance.similarity.loss;

import dev.semblance.similarity.measure.TileBlock;
import dev.semblance.similarity.mine.Relation;
import dev.semblance.similarity.mine.SortedDistances;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/** The triples of class relations, by sorted prefix sums; and their violations. */
final class RankedTriples implements Consumer<TileBlock> {
  private final Relation relation;
  private final List<ClassRelation> relations;
  private final boolean perAnchor;
  private final SortedDistances sorted;
  private final int[] near;
  private final int[] far;
  private final double[] distances;
  private final double[] weights;
  private final long[] steps;
  private final double[][] sums;
  private final long[][] counts;

  /** What this block came to. */
  final Tally tally = new Tally();

  RankedTriples(Relation relation, List<ClassRelation> relations, Reduction reduction) {
    this.relation = relation;
    this.relations = relations;
    this.perAnchor = reduction == Reduction.PER_ANCHOR;
    int n = relation.count();
    this.sorted = new SortedDistances(n);
    this.near = new int[n];
    this.far = new int[n];
    this.distances = new double[n];
    this.weights = new double[n];
    this.steps = new long[n + 1];
    this.sums = new double[relations.size()][2];
    this.counts = new long[relations.size()][4];
  }

  @Override
  public void accept(TileBlock block) {
    for (int i = 0; i < block.size(); i++) {
      int anchor = block.row(i);
      boolean read = false;
      for (ClassRelation rank : relations) {
        int nearCount = rows(anchor, rank.anchor(), rank.near(), near);
        int farCount = rows(anchor, rank.anchor(), rank.far(), far);
        if (nearCount == 0 || farCount == 0) {
          continue;
        }
        if (!read) {
          block.distances(i, distances);
          Arrays.fill(weights, 0);
          read = true;
        }
        triples(rank.margin(), nearCount, farCount);
      }
      if (read) {
        block.weigh(i, distances, weights);
      }
    }
  }

  /** The rows of a class that are another sample; none if the anchor is of another class. */
  private int rows(int anchor, long anchorLabel, long label, int[] into) {
    int found = 0;
    if (relation.label(anchor) == anchorLabel) {
      for (int j = 0; j < relation.count(); j++) {
        if (relation.label(j) == label && relation.sample(j) != relation.sample(anchor)) {
          into[found++] = j;
        }
      }
    }
    return found;
  }

  private void triples(double margin, int nearCount, int farCount) {
    sorted.sort(distances, far, farCount);
    Arrays.fill(steps, 0, farCount + 1, 0);
    long all = (long) nearCount * farCount;
    double share = perAnchor ? 1.0 / all : 1;
    double value = 0;
    for (int r = 0; r < nearCount; r++) {
      double bound = distances[near[r]] + margin;
      int to = sorted.lower(bound);
      value += to * bound - sorted.sum(0, to);
      tally.active += to;
      weights[near[r]] += share * to;
      steps[to]++;
    }
    long running = nearCount;
    for (int r = 0; r < farCount; r++) {
      running -= steps[r];
      weights[sorted.row(r)] -= share * running;
    }
    tally.value += share * value;
    tally.valid += all;
    tally.selected += all;
    tally.anchors++;
  }

  /** Counts violations instead. */
  void count(TileBlock block) {
    for (int i = 0; i < block.size(); i++) {
      int anchor = block.row(i);
      for (int k = 0; k < relations.size(); k++) {
        ClassRelation rank = relations.get(k);
        int nearCount = rows(anchor, rank.anchor(), rank.near(), near);
        int farCount = rows(anchor, rank.anchor(), rank.far(), far);
        if (nearCount == 0 || farCount == 0) {
          continue;
        }
        block.distances(i, distances);
        sorted.sort(distances, far, farCount);
        for (int r = 0; r < nearCount; r++) {
          sums[k][0] += distances[near[r]];
          counts[k][3] += sorted.upper(distances[near[r]]);
        }
        sums[k][1] += sorted.sum(0, farCount);
        counts[k][0] += nearCount;
        counts[k][1] += farCount;
        counts[k][2] += (long) nearCount * farCount;
      }
    }
  }

  /** What {@link #count} found. */
  ClassRankLoss.Violations violations() {
    long present = 0;
    long violated = 0;
    long triples = 0;
    long violatedTriples = 0;
    for (int k = 0; k < counts.length; k++) {
      if (counts[k][2] > 0) {
        present++;
        violated += sums[k][0] / counts[k][0] >= sums[k][1] / counts[k][1] ? 1 : 0;
        triples += counts[k][2];
        violatedTriples += counts[k][3];
      }
    }
    return new ClassRankLoss.Violations(present, violated, triples, violatedTriples);
  }
}
