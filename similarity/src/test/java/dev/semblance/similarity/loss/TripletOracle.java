package dev.semblance.similarity.loss;

import dev.semblance.core.tensor.Rng;
import dev.semblance.similarity.mine.AllTriplets;
import dev.semblance.similarity.mine.BatchEasyPositive;
import dev.semblance.similarity.mine.BatchHard;
import dev.semblance.similarity.mine.DistanceWeighted;
import dev.semblance.similarity.mine.EasyTriplets;
import dev.semblance.similarity.mine.FaceNetSemiHard;
import dev.semblance.similarity.mine.HardTriplets;
import dev.semblance.similarity.mine.SemiHardTriplets;
import dev.semblance.similarity.mine.TripletSelection;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The triplet loss by three nested loops, from its definition. */
final class TripletOracle {
  private final TripletLoss loss;
  private final PlainBatch batch;
  private final double[][] distances;
  private final double[] gradient;
  double value;
  long active;
  long valid;

  private TripletOracle(TripletLoss loss, PlainBatch batch) {
    this.loss = loss;
    this.batch = batch;
    this.distances = PairOracle.distances(loss.measure(), batch.x());
    this.gradient = new double[batch.count() * batch.x()[0].length];
  }

  static TripletOracle of(TripletLoss loss, PlainBatch batch) {
    TripletOracle oracle = new TripletOracle(loss, batch);
    oracle.run();
    return oracle;
  }

  double[] gradient() {
    return gradient;
  }

  private double negativeDistance(int a, int p, int n) {
    return loss.swap() ? Math.min(distances[a][n], distances[p][n]) : distances[a][n];
  }

  private void run() {
    int n = batch.count();
    List<List<int[]>> chosen = new ArrayList<>();
    long selected = 0;
    long anchors = 0;
    for (int a = 0; a < n; a++) {
      List<int[]> own = select(a);
      chosen.add(own);
      selected += own.size();
      anchors += own.isEmpty() ? 0 : 1;
      for (int[] t : own) {
        active += item(t) > 0 ? 1 : 0;
      }
    }
    double divisor =
        switch (loss.reduction()) {
          case MEAN -> selected;
          case MEAN_ACTIVE -> active;
          case PER_ANCHOR -> anchors;
          case SUM -> 1;
        };
    for (List<int[]> own : chosen) {
      for (int[] t : own) {
        double share =
            divisor == 0
                ? 0
                : (loss.reduction() == Reduction.PER_ANCHOR ? 1.0 / own.size() : 1) / divisor;
        value += share * item(t);
        if (item(t) > 0) {
          double x = distances[t[0]][t[1]] - negativeDistance(t[0], t[1], t[2]);
          double slope = loss.item() instanceof TripletItem.Hinge ? 1 : 1 / (1 + Math.exp(-x));
          PairOracle.pull(loss.measure(), batch.x(), t[0], t[1], share * slope, gradient);
          boolean swapped = loss.swap() && distances[t[1]][t[2]] < distances[t[0]][t[2]];
          PairOracle.pull(
              loss.measure(), batch.x(), swapped ? t[1] : t[0], t[2], -share * slope, gradient);
        }
      }
    }
  }

  private double item(int[] t) {
    double x = distances[t[0]][t[1]] - negativeDistance(t[0], t[1], t[2]);
    return switch (loss.item()) {
      case TripletItem.Hinge hinge -> Math.max(0, x + hinge.margin());
      case TripletItem.SoftMargin soft -> Math.log(1 + Math.exp(x));
    };
  }

  private List<int[]> select(int a) {
    List<Integer> positives = new ArrayList<>();
    List<Integer> negatives = new ArrayList<>();
    for (int j = 0; j < batch.count(); j++) {
      if (batch.positive(a, j)) {
        positives.add(j);
      }
      if (batch.negative(a, j)) {
        negatives.add(j);
      }
    }
    List<int[]> chosen = new ArrayList<>();
    if (positives.isEmpty() || negatives.isEmpty()) {
      return chosen;
    }
    TripletSelection selection = loss.selection();
    boolean onePositive = selection instanceof BatchHard || selection instanceof BatchEasyPositive;
    boolean oneNegative =
        selection instanceof FaceNetSemiHard || selection instanceof DistanceWeighted;
    valid +=
        onePositive
            ? 1
            : oneNegative ? positives.size() : (long) positives.size() * negatives.size();
    if (selection instanceof BatchHard) {
      positives =
          List.of(positives.stream().max(byDistance(a).thenComparing(lowest())).orElseThrow());
    } else if (selection instanceof BatchEasyPositive) {
      positives = List.of(positives.stream().min(byDistance(a)).orElseThrow());
    }
    for (int p : positives) {
      for (int n : negatives(a, p, negatives)) {
        chosen.add(new int[] {a, p, n});
      }
    }
    return chosen;
  }

  private Comparator<Integer> byDistance(int a) {
    return Comparator.comparingDouble(j -> distances[a][j]);
  }

  private static Comparator<Integer> lowest() {
    return Comparator.reverseOrder(); // the largest under it is the lowest row
  }

  private List<Integer> negatives(int a, int p, List<Integer> all) {
    double ap = distances[a][p];
    Comparator<Integer> near = Comparator.comparingDouble(n -> negativeDistance(a, p, n));
    return switch (loss.selection()) {
      case AllTriplets every -> all;
      case HardTriplets hard -> all.stream().filter(n -> negativeDistance(a, p, n) <= ap).toList();
      case EasyTriplets easy ->
          all.stream().filter(n -> negativeDistance(a, p, n) >= ap + easy.margin()).toList();
      case SemiHardTriplets semi ->
          all.stream()
              .filter(n -> negativeDistance(a, p, n) > ap)
              .filter(n -> negativeDistance(a, p, n) < ap + semi.margin())
              .toList();
      case BatchHard hard -> List.of(all.stream().min(near).orElseThrow());
      case BatchEasyPositive easy -> List.of(all.stream().min(near).orElseThrow());
      case FaceNetSemiHard one -> {
        List<Integer> farther = all.stream().filter(n -> negativeDistance(a, p, n) > ap).toList();
        yield !farther.isEmpty()
            ? List.of(farther.stream().min(near).orElseThrow())
            : switch (one.otherwise()) {
              case SKIP -> List.of();
              case HARDEST -> List.of(all.stream().min(near).orElseThrow());
              case FARTHEST ->
                  List.of(all.stream().max(near.thenComparing(lowest())).orElseThrow());
            };
      }
      case DistanceWeighted drawn -> drawn(a, p, all, drawn);
    };
  }

  private List<Integer> drawn(int a, int p, List<Integer> all, DistanceWeighted rule) {
    int d = batch.x()[0].length;
    List<Integer> bySample =
        all.stream().sorted(Comparator.comparingLong(n -> batch.samples()[n])).toList();
    double[] weights = new double[bySample.size()];
    double total = 0;
    for (int r = 0; r < weights.length; r++) {
      double chord = Math.sqrt(2 * distances[a][bySample.get(r)]); // of the cosine distance
      double at = Math.max(chord, rule.least());
      double density = Math.pow(at, d - 2) * Math.pow(1 - at * at / 4, (d - 3) / 2.0);
      weights[r] = chord < rule.most() ? 1 / density : 0;
      total += weights[r];
    }
    if (total == 0) {
      return List.of();
    }
    long key = 0;
    for (long sample : batch.samples()) {
      key += Rng.of(sample, Rng.Purpose.SELECT).nextLong();
    }
    long pair = batch.samples()[a] * 0x9E3779B97F4A7C15L + batch.samples()[p];
    double mark = total * Rng.of(rule.seed(), Rng.Purpose.SELECT, pair, key).nextDouble();
    double sum = 0;
    for (int r = 0; r < weights.length; r++) {
      sum += weights[r];
      if (sum > mark) {
        return List.of(bySample.get(r));
      }
    }
    throw new IllegalStateException("no draw");
  }
}
