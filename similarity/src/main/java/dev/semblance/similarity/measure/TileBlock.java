package dev.semblance.similarity.measure;

import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A block of rows and their distances to all rows of the batch; what a task of {@link PairTiles}
 * reads and weighs. Used by one thread.
 *
 * <p>The tile holds inner products until a row is weighed, then that row's weights.
 */
public final class TileBlock {
  /** Below this share of the two squared norms the Gram form has lost two digits. */
  private static final double CANCELLED = 1e-2;

  /** Below this share {@code G u_i - G u_j} has, and a slope of 1/D makes it matter. */
  private static final double NEAR = 1e-4;

  private final EmbeddedDistance measure;
  private final int[] rows;
  private final double[] vectors;
  private final int columns;
  private final double[] norms;
  private final boolean[] undefined;
  private final int count;
  private final @Nullable FloatBuffer floats;
  private final @Nullable DoubleBuffer doubles;
  private final float[] floatRow;
  private final double[] squareRow;
  private final boolean[] weighed;
  private final double[] rowSums;
  private final double[] columnSums;
  private double @Nullable [] nearGradient;

  TileBlock(
      EmbeddedDistance measure, int[] rows, MappedRows mapped, double[] norms, ByteBuffer tile) {
    this.measure = measure;
    this.rows = rows;
    this.vectors = mapped.values(); // not centred: that would round small differences
    this.columns = mapped.columns();
    this.norms = norms;
    this.undefined = mapped.undefined();
    this.count = norms.length;
    boolean wide = tile.capacity() == 8L * rows.length * count;
    this.doubles = wide ? tile.asDoubleBuffer() : null;
    this.floats = wide ? null : tile.asFloatBuffer();
    this.floatRow = new float[wide ? 0 : count];
    this.squareRow = new double[count];
    this.weighed = new boolean[rows.length];
    this.rowSums = new double[rows.length];
    this.columnSums = new double[count];
  }

  /** Rows of the block. */
  public int size() {
    return rows.length;
  }

  /** The batch row of the block's {@code i}-th row. */
  public int row(int i) {
    return rows[i];
  }

  /** Distances from the block's {@code i}-th row to all rows; to itself 0. */
  public void distances(int i, double[] distances) {
    squares(i, distances);
    measure.fromSquares(distances, distances, count);
    double aside = measure.undefined();
    for (int j = 0; j < count; j++) {
      if ((undefined[j] || undefined[rows[i]]) && j != rows[i]) {
        distances[j] = aside;
      }
    }
  }

  /** Squared Euclidean distances from the block's {@code i}-th mapped row to all mapped rows. */
  public void squares(int i, double[] squares) {
    if (weighed[i]) {
      throw new IllegalStateException("row " + rows[i] + " is weighed already; read it first");
    }
    readRow(i, squares);
    int row = rows[i];
    double own = norms[row];
    for (int j = 0; j < count; j++) {
      double sum = own + norms[j];
      double square = sum - 2 * squares[j];
      squares[j] = square < CANCELLED * sum ? byDifference(row, j) : square;
    }
  }

  private double byDifference(int i, int j) {
    double sum = 0;
    if (i != j) {
      for (int k = 0, a = i * columns, b = j * columns; k < columns; k++, a++, b++) {
        double difference = vectors[a] - vectors[b];
        sum += difference * difference;
      }
    }
    return sum;
  }

  /**
   * Sets {@code dLoss/dD} for the block's {@code i}-th row, once.
   *
   * @param distances as read from {@link #distances}
   * @param weights one a column; changed
   */
  public void weigh(int i, double[] distances, double[] weights) {
    if (weighed[i]) {
      throw new IllegalStateException("row " + rows[i] + " is weighed already");
    }
    readRow(i, squareRow);
    weighed[i] = true;
    int row = rows[i];
    double rowSum = 0;
    for (int j = 0; j < count; j++) {
      if (weights[j] == 0) {
        continue;
      }
      double weight = undefined[row] || undefined[j] ? 0 : weights[j] * measure.slope(distances[j]);
      double sum = norms[row] + norms[j];
      if (sum - 2 * squareRow[j] < NEAR * sum) {
        pullNear(row, j, weight);
        weight = 0;
      } else if (floats != null) {
        float seen = (float) weight; // by the product
        weight = seen;
      }
      weights[j] = weight;
      rowSum += weight;
      columnSums[j] += weight;
    }
    rowSums[i] = rowSum;
    writeRow(i, weights);
  }

  /** {@code 2 w (u_i - u_j)}, for the pair's two rows. */
  private void pullNear(int i, int j, double weight) {
    double[] gradient = nearGradient;
    if (gradient == null) {
      gradient = new double[count * columns];
      nearGradient = gradient;
    }
    for (int k = 0, a = i * columns, b = j * columns; k < columns; k++, a++, b++) {
      double pull = 2 * weight * (vectors[a] - vectors[b]);
      gradient[a] += pull;
      gradient[b] -= pull;
    }
  }

  /** Adds the gradient that did not go through the tile. */
  void addNear(double[] gradient) {
    double[] near = nearGradient;
    if (near != null) {
      for (int k = 0; k < gradient.length; k++) {
        gradient[k] += near[k];
      }
    }
  }

  private void readRow(int i, double[] into) {
    if (doubles != null) {
      doubles.get(i * count, into, 0, count);
    } else if (floats != null) {
      floats.get(i * count, floatRow, 0, count);
      for (int j = 0; j < count; j++) {
        into[j] = floatRow[j];
      }
    }
  }

  private void writeRow(int i, double[] from) {
    if (doubles != null) {
      doubles.put(i * count, from, 0, count);
    } else if (floats != null) {
      for (int j = 0; j < count; j++) {
        floatRow[j] = (float) from[j];
      }
      floats.put(i * count, floatRow, 0, count);
    }
  }

  /** Zeros the rows that were not weighed; false if none was. */
  boolean finish() {
    boolean any = false;
    for (boolean one : weighed) {
      any |= one;
    }
    if (any) {
      Arrays.fill(squareRow, 0);
      for (int i = 0; i < rows.length; i++) {
        if (!weighed[i]) {
          writeRow(i, squareRow);
        }
      }
    }
    return any;
  }

  double rowSum(int i) {
    return rowSums[i];
  }

  double columnSum(int j) {
    return columnSums[j];
  }
}
