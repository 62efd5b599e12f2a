package dev.semblance.similarity.eval;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;

/** Retrieval metrics as the definitions read: sort everything, loop over ranks. */
final class NaiveRetrieval {
  private NaiveRetrieval() {}

  /** The order of the candidates of one query. */
  static int[] order(double[] distances, IntPredicate candidate) {
    List<Integer> rows = new ArrayList<>();
    for (int j = 0; j < distances.length; j++) {
      if (candidate.test(j)) {
        rows.add(j);
      }
    }
    rows.sort(
        Comparator.<Integer>comparingDouble(j -> distances[j]).thenComparing(Integer::intValue));
    return rows.stream().mapToInt(Integer::intValue).toArray();
  }

  /** All metrics of one ranked list; {@code k} is the cutoff of those that have one. */
  static Map<RetrievalMetric, Double> metrics(boolean[] hit, int k) {
    int relevant = 0;
    for (boolean h : hit) {
      relevant += h ? 1 : 0;
    }
    Map<RetrievalMetric, Double> metrics = new EnumMap<>(RetrievalMetric.class);
    metrics.put(RetrievalMetric.PRECISION_AT, (double) hits(hit, k) / k);
    metrics.put(RetrievalMetric.HIT_AT, hits(hit, k) > 0 ? 1.0 : 0.0);
    metrics.put(RetrievalMetric.RECALL_AT, (double) hits(hit, k) / relevant);
    metrics.put(RetrievalMetric.NDCG_AT, gain(hit, k) / ideal(Math.min(k, relevant)));
    metrics.put(RetrievalMetric.R_PRECISION, (double) hits(hit, relevant) / relevant);
    metrics.put(RetrievalMetric.SECOND_TIER, (double) hits(hit, 2 * relevant) / relevant);
    double precision = hits(hit, 32) / 32.0;
    double recall = (double) hits(hit, 32) / relevant;
    metrics.put(RetrievalMetric.E_MEASURE, precision == 0 ? 0 : 2 / (1 / precision + 1 / recall));
    double shape = 0;
    double best = 0;
    for (int i = 1; i <= hit.length; i++) {
      double discount = i == 1 ? 1 : Math.log(2) / Math.log(i);
      shape += hit[i - 1] ? discount : 0;
      best += i <= relevant ? discount : 0;
    }
    metrics.put(RetrievalMetric.SHAPE_DCG, shape / best);
    double average = 0;
    double atR = 0;
    int first = 0;
    int last = 0;
    for (int rank = 1; rank <= hit.length; rank++) {
      if (hit[rank - 1]) {
        average += (double) hits(hit, rank) / rank;
        atR += rank <= relevant ? (double) hits(hit, rank) / rank : 0;
        first = first == 0 ? rank : first;
        last = rank;
      }
    }
    metrics.put(RetrievalMetric.AVERAGE_PRECISION, average / relevant);
    metrics.put(RetrievalMetric.AVERAGE_PRECISION_AT_R, atR / relevant);
    metrics.put(RetrievalMetric.RECIPROCAL_RANK, 1.0 / first);
    metrics.put(RetrievalMetric.INVERSE_PENALTY, (double) relevant / last);
    metrics.put(RetrievalMetric.NDCG, gain(hit, hit.length) / ideal(relevant));
    return metrics;
  }

  private static int hits(boolean[] hit, int k) {
    int hits = 0;
    for (int i = 0; i < Math.min(k, hit.length); i++) {
      hits += hit[i] ? 1 : 0;
    }
    return hits;
  }

  private static double gain(boolean[] hit, int k) {
    double gain = 0;
    for (int i = 1; i <= Math.min(k, hit.length); i++) {
      gain += hit[i - 1] ? Math.log(2) / Math.log(i + 1) : 0;
    }
    return gain;
  }

  private static double ideal(int k) {
    double gain = 0;
    for (int i = 1; i <= k; i++) {
      gain += Math.log(2) / Math.log(i + 1);
    }
    return gain;
  }
}
