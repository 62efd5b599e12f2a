package dev.semblance.similarity.loss;

import dev.semblance.similarity.measure.TileBlock;
import java.util.Arrays;
import java.util.function.Consumer;

/** The pairs of a batch, taken up row by row. */
final class PairRows implements Consumer<TileBlock> {
  private final Row row;
  private final double[] distances;
  private final double[] weights;

  /** What this block came to. */
  final Tally tally = new Tally();

  /** What the pairs of a row come to. */
  @FunctionalInterface
  interface Row {
    /**
     * @param i the row
     * @param distances from row i to each row
     * @param weights receives the derivative by each distance; 0 before
     * @param tally is added to
     */
    void of(int i, double[] distances, double[] weights, Tally tally);
  }

  PairRows(int count, Row row) {
    this.row = row;
    this.distances = new double[count];
    this.weights = new double[count];
  }

  @Override
  public void accept(TileBlock block) {
    for (int i = 0; i < block.size(); i++) {
      block.distances(i, distances);
      Arrays.fill(weights, 0);
      row.of(block.row(i), distances, weights, tally);
      block.weigh(i, distances, weights);
    }
  }
}
