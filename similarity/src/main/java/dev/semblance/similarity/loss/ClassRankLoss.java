package dev.semblance.similarity.loss;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Scope;
import dev.semblance.similarity.measure.EmbeddedDistance;
import dev.semblance.similarity.measure.PairTiles;
import dev.semblance.similarity.measure.SquaredEuclidean;
import dev.semblance.similarity.mine.Relation;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * Trains a given order among classes: {@code [D(b, a) - D(b, c) + beta]+} for each relation "B is
 * closer to A than to C" and all a in A, b in B, c in C of the batch.
 *
 * <p>Exact, by sorted prefix sums as the triplet loss; no triple is listed. Rows of one sample are
 * in no triple. In the result {@code valid} counts the triples of relations, {@code active} those
 * with a loss above 0; {@code PER_ANCHOR} averages over the triples of each anchor and relation
 * first.
 *
 * @param measure D
 * @param relations at least one, without contradiction
 * @param reduction over triples
 */
@Source(key = "ge2018deep", where = "section 4.1, triplets between levels")
public record ClassRankLoss(
    EmbeddedDistance measure, List<ClassRelation> relations, Reduction reduction)
    implements EmbeddingLoss {
  /**
   * Copies and checks.
   *
   * @throws IllegalArgumentException naming the cycle if relations contradict each other
   */
  public ClassRankLoss {
    relations = List.copyOf(relations);
    if (relations.isEmpty()) {
      throw new IllegalArgumentException("relations must hold at least one, got none");
    }
    ClassOrder.check(relations);
  }

  /** Squared Euclidean distance, mean over triples. */
  public static ClassRankLoss of(List<ClassRelation> relations) {
    return new ClassRankLoss(new SquaredEuclidean(), relations, Reduction.MEAN);
  }

  /** With another measure; margins are in its unit. */
  public ClassRankLoss withMeasure(EmbeddedDistance measure) {
    return new ClassRankLoss(measure, relations, reduction);
  }

  /** With another reduction. */
  public ClassRankLoss withReduction(Reduction reduction) {
    return new ClassRankLoss(measure, relations, reduction);
  }

  @Override
  public LossResult of(Tensor embeddings, Tensor labels, Tensor samples) {
    try (Scope scope = Scope.open()) {
      PairTiles tiles = PairTiles.of(measure, embeddings);
      Relation relation = Relation.of(labels, samples, tiles.count());
      Tally total = new Tally();
      double[] summed =
          tiles.run(
              () -> new RankedTriples(relation, relations, reduction),
              done -> total.add(done.tally));
      return total.result(tiles, summed, reduction, scope);
    }
  }

  /**
   * How far the order is violated in a batch: read it on held-out data.
   *
   * @param embeddings floating point [n, d]
   * @param labels int64 [n]
   * @param samples int64 [n]
   */
  public Violations violations(Tensor embeddings, Tensor labels, Tensor samples) {
    try (Scope scope = Scope.open()) {
      PairTiles tiles = PairTiles.of(measure, embeddings);
      Relation relation = Relation.of(labels, samples, tiles.count());
      RankedTriples count = new RankedTriples(relation, relations, reduction);
      tiles.visit(count::count);
      return count.violations();
    }
  }

  /**
   * Counts of violations, {@code D(b, a) >= D(b, c)}.
   *
   * @param relations relations with all three classes present
   * @param violatedRelations those whose mean {@code D(b, a)} is not below the mean {@code D(b, c)}
   * @param triples triples of the relations
   * @param violatedTriples those that are violated
   */
  public record Violations(
      long relations, long violatedRelations, long triples, long violatedTriples) {
    /** The share of relations that are violated on average, or 0 without any. */
    public double relationRate() {
      return relations == 0 ? 0 : (double) violatedRelations / relations;
    }

    /** The share of triples that are violated, or 0 without any. */
    public double tripleRate() {
      return triples == 0 ? 0 : (double) violatedTriples / triples;
    }
  }
}
