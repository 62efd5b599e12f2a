package dev.semblance.similarity.mine;

import dev.semblance.core.tensor.Scope;
import dev.semblance.similarity.measure.EmbeddedDistance;
import dev.semblance.similarity.measure.PairTiles;
import java.util.function.Consumer;
import org.bytedeco.pytorch.Tensor;

/**
 * The triplets of a {@link TripletSelection} under a distance: what the triplet loss trains on, to
 * count and to look at. A loss itself never lists them.
 *
 * @param measure D
 * @param selection which triplets
 */
public record TripletMiner(EmbeddedDistance measure, TripletSelection selection) implements Miner {
  @Override
  public void mine(Tensor embeddings, Tensor labels, Tensor samples, Consumer<Triplet> sink) {
    try (Scope scope = Scope.open()) {
      PairTiles tiles = PairTiles.of(measure, embeddings);
      Relation relation = Relation.of(labels, samples, tiles.count());
      TripletWalk walk = new TripletWalk(tiles, relation, selection, false);
      TripletWalk.Visitor visitor = new Passing(sink);
      tiles.visit(block -> walk.walk(block, visitor));
    }
  }

  private record Passing(Consumer<Triplet> sink) implements TripletWalk.Visitor {
    @Override
    public void anchor(long candidates, long selected) {}

    @Override
    public double triplet(
        int anchor, int positive, int negative, double positiveDistance, double negativeDistance) {
      sink.accept(new Triplet(anchor, positive, negative, positiveDistance, negativeDistance));
      return 0;
    }
  }
}
