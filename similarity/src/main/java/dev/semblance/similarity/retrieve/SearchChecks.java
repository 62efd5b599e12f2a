package dev.semblance.similarity.retrieve;

import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Shapes;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;

/** The checks that every index makes at its door. */
final class SearchChecks {
  private SearchChecks() {}

  /** The query as it is compared. */
  static float[] query(Index index, float[] query) {
    return vector("query", query, index.dimension(), index.measure());
  }

  /** A vector as it is stored. */
  static float[] vector(String name, float[] vector, int dimension, IndexMeasure measure) {
    if (vector.length != dimension) {
      throw new IllegalArgumentException(
          name
              + " must have the index's dimension "
              + dimension
              + ", got "
              + vector.length
              + "; was it embedded by another model?");
    }
    return measure.prepare(name, vector);
  }

  /** The rows of a matrix as they are stored or compared. */
  static float[][] rows(String name, Tensor tensor, int dimension, IndexMeasure measure) {
    Check.matrix(name, tensor);
    if (tensor.size(1) != dimension) {
      throw new IllegalArgumentException(
          name
              + " must be [n, "
              + dimension
              + "], got "
              + Shapes.of(tensor)
              + "; was it embedded by another model?");
    }
    float[] all = Ops.toFloats(tensor);
    float[][] rows = new float[Math.toIntExact(tensor.size(0))][];
    for (int i = 0; i < rows.length; i++) {
      float[] row = java.util.Arrays.copyOfRange(all, i * dimension, (i + 1) * dimension);
      rows[i] = measure.prepare(name + " row " + i, row);
    }
    return rows;
  }

  /** Refuses k outside 1..size. */
  static int neighbours(int k, int size) {
    if (k < 1 || k > size) {
      throw new IllegalArgumentException(
          "k must be in 1.." + size + " (the items of the index), got " + k);
    }
    return k;
  }

  /** Refuses an identity that is already there. */
  static void newItem(Item item, Set<String> present) {
    if (present.contains(item.id())) {
      throw new IllegalArgumentException(
          "id must be new to the index, got '" + item.id() + "' again; use replace");
    }
  }

  /** Refuses a list that does not match the rows, or names an identity twice. */
  static void newItems(List<Item> items, int rows, Set<String> present) {
    if (items.size() != rows) {
      throw new IllegalArgumentException(
          "items must be as many as the rows of vectors, " + rows + ", got " + items.size());
    }
    Set<String> seen = new HashSet<>();
    for (Item item : items) {
      newItem(item, present);
      newItem(item, seen);
      seen.add(item.id());
    }
  }
}
