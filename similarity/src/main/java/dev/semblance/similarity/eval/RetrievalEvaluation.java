package dev.semblance.similarity.eval;

import dev.semblance.core.Source;
import dev.semblance.core.eval.Bootstrap;
import dev.semblance.core.eval.Estimate;
import dev.semblance.core.eval.Interval;
import dev.semblance.core.tensor.Check;
import dev.semblance.similarity.measure.Measure;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * Exact retrieval metrics by streaming: memory is one tile of distances, never queries x gallery.
 *
 * <p>The query itself is removed by its row, junk (same class and same camera) and distractors
 * (label -1) before ranks are counted. Queries without a relevant item left are left out and
 * counted. No gallery is sorted: R relevant distances are, and every other item is counted into a
 * gap between them.
 *
 * <p>The result does not depend on {@code threads}, and on {@code tileBytes} only by the rounding
 * of the matrix product.
 *
 * @param measure what is near; squared, Euclidean and cosine distance are computed by one matrix
 *     product a tile, any other by its own {@code between}
 * @param precision of the distances
 * @param ties the order of items at equal distance
 * @param average what the metrics are averaged over
 * @param cutoffs the k of metrics at k, each at least 1 and at most the candidates of a query; 1 is
 *     added, duplicates are dropped
 * @param bootstrap of the intervals
 * @param resampled what the bootstrap draws: queries, or whole classes, which also covers the
 *     choice of the classes
 * @param threads that work, each with a tile of its own
 * @param tileBytes of one tile of distances
 */
@Source(key = "zheng2015scalable", where = "Section 3.3, junk and distractors")
public record RetrievalEvaluation(
    Measure measure,
    Precision precision,
    Ties ties,
    Over average,
    List<Integer> cutoffs,
    Bootstrap bootstrap,
    Over resampled,
    int threads,
    long tileBytes) {
  /** A tile that the second-level cache of a few cores still holds. */
  private static final long TILE_BYTES = 8L << 20;

  public RetrievalEvaluation {
    for (int k : cutoffs) {
      Check.atLeast("cutoff", k, 1);
    }
    List<Integer> all = new ArrayList<>(cutoffs);
    all.add(1);
    cutoffs = all.stream().distinct().sorted().toList();
    Check.atLeast("threads", threads, 1);
    Check.atLeast("tileBytes", tileBytes, 1);
  }

  /**
   * float32, ties by row, mean over queries, k = 1, 5, 10, 1,000 resamples of queries with seed 0,
   * all processors.
   */
  public static RetrievalEvaluation of(Measure measure) {
    return new RetrievalEvaluation(
        measure,
        Precision.FLOAT32,
        Ties.BY_ROW,
        Over.QUERIES,
        List.of(1, 5, 10),
        Bootstrap.of(0),
        Over.QUERIES,
        Runtime.getRuntime().availableProcessors(),
        TILE_BYTES);
  }

  /** The same with another precision. */
  public RetrievalEvaluation withPrecision(Precision precision) {
    return new RetrievalEvaluation(
        measure, precision, ties, average, cutoffs, bootstrap, resampled, threads, tileBytes);
  }

  /** The same with another order of ties. */
  public RetrievalEvaluation withTies(Ties ties) {
    return new RetrievalEvaluation(
        measure, precision, ties, average, cutoffs, bootstrap, resampled, threads, tileBytes);
  }

  /** The same averaged over something else. */
  public RetrievalEvaluation withAverage(Over average) {
    return new RetrievalEvaluation(
        measure, precision, ties, average, cutoffs, bootstrap, resampled, threads, tileBytes);
  }

  /** The same with other cutoffs. */
  public RetrievalEvaluation withCutoffs(Integer... cutoffs) {
    return new RetrievalEvaluation(
        measure,
        precision,
        ties,
        average,
        List.of(cutoffs),
        bootstrap,
        resampled,
        threads,
        tileBytes);
  }

  /** The same with other intervals: their number of resamples, confidence, seed and unit. */
  public RetrievalEvaluation withBootstrap(Bootstrap bootstrap, Over resampled) {
    return new RetrievalEvaluation(
        measure, precision, ties, average, cutoffs, bootstrap, resampled, threads, tileBytes);
  }

  /** The same with another number of threads. */
  public RetrievalEvaluation withThreads(int threads) {
    return new RetrievalEvaluation(
        measure, precision, ties, average, cutoffs, bootstrap, resampled, threads, tileBytes);
  }

  /** The same with another size of tiles. */
  public RetrievalEvaluation withTileBytes(long tileBytes) {
    return new RetrievalEvaluation(
        measure, precision, ties, average, cutoffs, bootstrap, resampled, threads, tileBytes);
  }

  /**
   * Every row is a query to all other rows.
   *
   * @param embeddings floating point [n, d]
   * @param labels one per row; -1 marks a distractor
   */
  public RetrievalReport selfRetrieval(Tensor embeddings, int... labels) {
    return selfRetrieval(LabelledEmbeddings.of(embeddings, labels));
  }

  /** Every row is a query to all other rows. */
  public RetrievalReport selfRetrieval(LabelledEmbeddings set) {
    return evaluate(set, set, true);
  }

  /**
   * Queries to a gallery of other items. Where both name cameras, gallery items of the query's
   * class and camera are removed.
   *
   * @throws IllegalArgumentException for values that are not finite, a gallery of one class, a
   *     cutoff above the gallery's size, and where no query has a relevant item
   */
  public RetrievalReport retrieval(LabelledEmbeddings query, LabelledEmbeddings gallery) {
    return evaluate(query, gallery, false);
  }

  private RetrievalReport evaluate(
      LabelledEmbeddings query, LabelledEmbeddings gallery, boolean self) {
    int distractors = 0;
    for (int j = 0; j < gallery.size(); j++) {
      distractors += gallery.label(j) < 0 ? 1 : 0;
    }
    int size = gallery.size() - distractors;
    int largest = cutoffs.getLast();
    if (largest > size - (self ? 1 : 0)) {
      throw new IllegalArgumentException(
          "cutoff must be at most the number of candidates, "
              + (size - (self ? 1 : 0))
              + ", got "
              + largest
              + "; drop that cutoff or enlarge the gallery");
    }
    if (gallery.classes() < 2) {
      throw new IllegalArgumentException(
          "gallery must hold at least 2 classes, got "
              + gallery.classes()
              + "; with one class every answer is right");
    }
    int[] ks = cutoffs.stream().mapToInt(Integer::intValue).toArray();
    RankingPass pass = new RankingPass(query, gallery, self, ties, ks);
    if (pass.slots().length == 0) {
      throw new IllegalArgumentException(
          "queries must have relevant items in the gallery, got none among "
              + query.size()
              + " queries; the classes of query and gallery do not meet");
    }
    try (Tiles tiles =
        Tiles.open(measure, precision, query.embeddings(), gallery.embeddings(), tileBytes)) {
      pass.run(tiles, threads);
    }
    return report(pass.perQuery(ks), pass.scores(), query.size(), size);
  }

  private RetrievalReport report(PerQuery perQuery, QueryScores scores, int queries, int gallery) {
    int[] groups = dense(perQuery.labels());
    int classes = Arrays.stream(groups).max().orElse(0) + 1;
    List<Estimate> estimates = estimates(List.of(scores.columns()), groups, classes);
    List<RetrievalReport.AtCutoff> atCutoffs = new ArrayList<>();
    for (int c = 0; c < cutoffs.size(); c++) {
      atCutoffs.add(
          new RetrievalReport.AtCutoff(
              cutoffs.get(c),
              estimates.get(4 * c),
              estimates.get(4 * c + 1),
              estimates.get(4 * c + 2),
              estimates.get(4 * c + 3)));
    }
    List<Estimate> plain = estimates.subList(4 * cutoffs.size(), estimates.size());
    return new RetrievalReport(
        perQuery.size(),
        queries - perQuery.size(),
        gallery,
        classes,
        atCutoffs,
        plain.get(0),
        plain.get(1),
        plain.get(2),
        plain.get(3),
        plain.get(4),
        plain.get(5),
        plain.get(6),
        plain.get(7),
        plain.get(8),
        perQuery);
  }

  private List<Estimate> estimates(List<double[]> columns, int[] groups, int classes) {
    double[] sizes = new double[classes];
    for (int group : groups) {
      sizes[group]++;
    }
    List<double[]> sums = new ArrayList<>();
    List<double[]> means = new ArrayList<>();
    for (double[] column : columns) {
      double[] sum = new double[classes];
      for (int s = 0; s < column.length; s++) {
        sum[groups[s]] += column[s];
      }
      sums.add(sum);
      double[] mean = new double[classes];
      Arrays.setAll(mean, c -> sum[c] / sizes[c]);
      means.add(mean);
    }
    List<Interval> intervals;
    if (resampled == Over.QUERIES) {
      intervals =
          average == Over.QUERIES
              ? bootstrap.means(columns)
              : bootstrap.stratifiedMeans(columns, groups);
    } else {
      intervals = average == Over.QUERIES ? bootstrap.ratios(sums, sizes) : bootstrap.means(means);
    }
    List<Estimate> estimates = new ArrayList<>();
    for (int m = 0; m < columns.size(); m++) {
      double value =
          average == Over.QUERIES
              ? Arrays.stream(columns.get(m)).sum() / groups.length
              : Arrays.stream(means.get(m)).sum() / classes;
      estimates.add(new Estimate(value, intervals.get(m)));
    }
    return estimates;
  }

  /** Labels renumbered 0, 1, ... in order of appearance. */
  private static int[] dense(int[] labels) {
    Map<Integer, Integer> numbers = new LinkedHashMap<>();
    int[] groups = new int[labels.length];
    for (int s = 0; s < labels.length; s++) {
      Integer known = numbers.putIfAbsent(labels[s], numbers.size());
      groups[s] = known == null ? numbers.size() - 1 : known;
    }
    return groups;
  }
}
