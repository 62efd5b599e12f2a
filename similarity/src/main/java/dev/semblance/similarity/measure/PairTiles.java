package dev.semblance.similarity.measure;

import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.OneBlasThread;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * All pairwise distances of a batch, a block of rows at a time, and the gradient of any loss on
 * them: O(batch x block) memory.
 *
 * <p>A task sees one {@link TileBlock} after another and may weigh each distance with {@code
 * dLoss/dD}; {@link #run} gathers {@code dLoss/du} from the weights G by two matrix products a
 * block, {@code 2 (rowsum(G) * U - G U)} for its own rows and {@code 2 (colsum(G) * U - G^T U)} for
 * the others.
 *
 * <p>Squared distances are taken in the Gram form after centring; those below 1 % of the two
 * squared norms, where it cancels, by difference, and so is the gradient of nearly equal rows.
 * Blocks are spread over as many threads as libtorch uses and added in order: the same bits for any
 * number of threads.
 *
 * <p>Holds a tensor of the scope it was made in and is used in that scope only.
 */
public final class PairTiles {
  /** Elements of a tile, 1 MiB in float32: fits a core's cache. */
  private static final int TILE_ELEMENTS = 1 << 18;

  private static final int LEAST_ROWS = 64;

  private final EmbeddedDistance measure;
  private final MappedRows mapped;
  private final ScalarType type;
  private final int count;
  private final int columns;
  private final Tensor matrix;
  private final double[] centred;
  private final double[] norms;
  private final int embeddingColumns;

  private PairTiles(
      EmbeddedDistance measure,
      MappedRows mapped,
      ScalarType type,
      double[] centred,
      double[] norms,
      Tensor matrix,
      int embeddingColumns) {
    this.measure = measure;
    this.mapped = mapped;
    this.type = type;
    this.count = norms.length;
    this.columns = mapped.columns();
    this.centred = centred;
    this.norms = norms;
    this.matrix = matrix;
    this.embeddingColumns = embeddingColumns;
  }

  /**
   * Prepares a batch.
   *
   * @param embeddings floating point [n, d], finite; nothing is recorded on its graph
   * @throws IllegalArgumentException on another shape, naming the first row that is not finite, or
   *     whose square is not
   */
  public static PairTiles of(EmbeddedDistance measure, Tensor embeddings) {
    Check.matrix("embeddings", embeddings);
    int n = Math.toIntExact(embeddings.size(0));
    int d = Math.toIntExact(embeddings.size(1));
    Check.atLeast("embedding size", d, 1);
    ScalarType type = embeddings.scalar_type().intern();
    boolean wide = type == ScalarType.Double;
    double[] x = Ops.toDoubles(embeddings);
    checkFinite(x, d);
    MappedRows mapped = measure.map(x, d);
    double[] centred = centre(mapped.values(), mapped.columns(), wide);
    double[] norms = squaredNorms(centred, n, mapped.columns(), wide);
    Tensor matrix =
        wide
            ? Ops.doubles(centred, n, mapped.columns())
            : Ops.floats(toFloats(centred), n, mapped.columns());
    return new PairTiles(measure, mapped, type, centred, norms, matrix, d);
  }

  private static void checkFinite(double[] x, int d) {
    for (int i = 0; i < x.length; i++) {
      if (!Double.isFinite(x[i])) {
        throw new IllegalArgumentException(
            "embeddings must be finite, got " + x[i] + " in row " + i / d + ", column " + i % d);
      }
    }
  }

  /**
   * The rows less a centre near their mean. The centre is rounded to a quarter of the spread's
   * binary magnitude: integers stay exact, and so do ties between them.
   */
  private static double[] centre(double[] x, int columns, boolean wide) {
    int rows = x.length / columns;
    double[] mean = new double[columns];
    double share = 1.0 / rows;
    for (int at = 0; at < x.length; ) {
      for (int k = 0; k < columns; k++, at++) {
        mean[k] += x[at] * share;
      }
    }
    double square = 0;
    for (int at = 0; at < x.length; ) {
      for (int k = 0; k < columns; k++, at++) {
        square += (x[at] - mean[k]) * (x[at] - mean[k]);
      }
    }
    double spread = Math.sqrt(square / Math.max(1, x.length));
    if (spread > 0 && spread < Double.MAX_VALUE) {
      double grid = Math.scalb(1.0, Math.getExponent(spread) - 2);
      for (int k = 0; k < columns; k++) {
        mean[k] = Math.rint(mean[k] / grid) * grid;
      }
    }
    double[] centred = new double[x.length];
    for (int i = 0, at = 0; i < rows; i++) {
      for (int k = 0; k < columns; k++, at++) {
        double value = x[at] - mean[k];
        centred[at] = wide ? value : (float) value;
      }
    }
    return centred;
  }

  private static double[] squaredNorms(double[] x, int rows, int columns, boolean wide) {
    double most = (wide ? Double.MAX_VALUE : Float.MAX_VALUE) / 8;
    double[] norms = new double[rows];
    for (int i = 0; i < rows; i++) {
      double sum = 0;
      for (int k = i * columns; k < (i + 1) * columns; k++) {
        sum += x[k] * x[k];
      }
      if (!(sum <= most)) {
        throw new IllegalArgumentException(
            "embeddings must have finite squares, row " + i + " overflows; normalise the rows");
      }
      norms[i] = sum;
    }
    return norms;
  }

  private static float[] toFloats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  /** Rows of the batch, n. */
  public int count() {
    return count;
  }

  /** Values of a mapped row. */
  public int columns() {
    return columns;
  }

  /** The squared norm of row {@code i} after the map, before centring. */
  public double squaredNorm(int i) {
    double sum = 0;
    for (int k = i * columns; k < (i + 1) * columns; k++) {
      sum += mapped.values()[k] * mapped.values()[k];
    }
    return sum;
  }

  /** True where the map is not defined, such as at a zero row under cosine. */
  public boolean isUndefined(int i) {
    return mapped.undefined()[i];
  }

  /**
   * Visits all rows in order, blocks of a fixed size.
   *
   * @param tasks makes the task of one block
   * @param merge receives the tasks when done, in order
   * @return the derivative of the weighed sum by the mapped rows, for {@link #gradient}
   */
  public <T extends Consumer<TileBlock>> double[] run(Supplier<T> tasks, Consumer<T> merge) {
    int step = Math.max(LEAST_ROWS, TILE_ELEMENTS / Math.max(1, count));
    int[] order = new int[count];
    Arrays.setAll(order, i -> i);
    int[] ends = new int[(count + step - 1) / step];
    Arrays.setAll(ends, b -> Math.min(count, (b + 1) * step));
    return run(order, ends, tasks, merge);
  }

  /**
   * Visits the rows {@code order}, in blocks that end at {@code ends}.
   *
   * @param order rows, each at most once
   * @param ends increasing, the last is {@code order.length}
   */
  public <T extends Consumer<TileBlock>> double[] run(
      int[] order, int[] ends, Supplier<T> tasks, Consumer<T> merge) {
    double[] gradient = new double[count * columns];
    int threads = Math.min(ends.length, torch.get_num_threads());
    try (OneBlasThread one = new OneBlasThread()) {
      if (threads <= 1) {
        int from = 0;
        for (int to : ends) {
          add(visit(order, from, to, tasks), gradient, merge);
          from = to;
        }
      } else {
        runParallel(order, ends, tasks, merge, gradient, threads);
      }
    }
    return gradient;
  }

  /** Shows all rows in order to one reader, on this thread; nothing is weighed. */
  public void visit(Consumer<TileBlock> reader) {
    int step = Math.max(LEAST_ROWS, TILE_ELEMENTS / Math.max(1, count));
    int[] order = new int[count];
    Arrays.setAll(order, i -> i);
    try (OneBlasThread one = new OneBlasThread()) {
      for (int from = 0; from < count; from += step) {
        visit(order, from, Math.min(count, from + step), () -> reader);
      }
    }
  }

  private <T extends Consumer<TileBlock>> void runParallel(
      int[] order,
      int[] ends,
      Supplier<T> tasks,
      Consumer<T> merge,
      double[] gradient,
      int threads) {
    try (ExecutorService workers = Executors.newFixedThreadPool(threads)) {
      Deque<Future<Visit<T>>> ahead = new ArrayDeque<>();
      try {
        int from = 0;
        for (int to : ends) {
          if (ahead.size() > threads) {
            add(await(ahead.remove()), gradient, merge);
          }
          int start = from;
          ahead.add(workers.submit(() -> visit(order, start, to, tasks)));
          from = to;
        }
        while (!ahead.isEmpty()) {
          add(await(ahead.remove()), gradient, merge);
        }
      } finally {
        workers.shutdownNow();
      }
    }
  }

  private static <R> R await(Future<R> future) {
    try {
      return future.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      if (e.getCause() instanceof Error cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a loss was computed", e);
    }
  }

  /** One block: its task when done and the products of its weights. */
  private record Visit<T>(
      T task,
      int[] rows,
      TileBlock block,
      double @Nullable [] ownProduct,
      double @Nullable [] otherProduct) {}

  private <T extends Consumer<TileBlock>> Visit<T> visit(
      int[] order, int from, int to, Supplier<T> tasks) {
    int[] rows = Arrays.copyOfRange(order, from, to);
    try (Scope scope = Scope.open()) {
      Tensor own = rowsOf(rows);
      Tensor tile = own.mm(matrix.t());
      TileBlock block = new TileBlock(measure, rows, mapped, norms, Ops.memory(tile));
      T task = tasks.get();
      task.accept(block);
      if (!block.finish()) {
        return new Visit<>(task, rows, block, null, null);
      }
      return new Visit<>(
          task, rows, block, Ops.toDoubles(tile.mm(matrix)), Ops.toDoubles(tile.t().mm(own)));
    }
  }

  private Tensor rowsOf(int[] rows) {
    if (rows.length > 0 && rows[rows.length - 1] - rows[0] == rows.length - 1) {
      boolean run = true;
      for (int i = 1; i < rows.length; i++) {
        run &= rows[i] == rows[i - 1] + 1;
      }
      if (run) {
        return matrix.narrow(0, rows[0], rows.length);
      }
    }
    return matrix.index_select(0, Ops.longs(Arrays.stream(rows).asLongStream().toArray()));
  }

  private <T> void add(Visit<T> visit, double[] gradient, Consumer<T> merge) {
    merge.accept(visit.task());
    double[] own = visit.ownProduct();
    double[] other = visit.otherProduct();
    if (own == null || other == null) {
      return;
    }
    int[] rows = visit.rows();
    for (int i = 0, at = 0; i < rows.length; i++) {
      double weight = visit.block().rowSum(i);
      for (int k = rows[i] * columns; k < (rows[i] + 1) * columns; k++, at++) {
        gradient[k] += 2 * (weight * centred[k] - own[at]);
      }
    }
    visit.block().addNear(gradient);
    for (int j = 0; j < count; j++) {
      double weight = visit.block().columnSum(j);
      for (int k = j * columns; k < (j + 1) * columns; k++) {
        gradient[k] += 2 * (weight * centred[k] - other[k]);
      }
    }
  }

  /**
   * The gradient by the embeddings: {@code scale} times {@code summed}, taken back through the map.
   *
   * @param summed the sum of what {@link #run} returned; changed
   * @return [n, d] of the embeddings' type
   */
  public Tensor gradient(double[] summed, double scale) {
    for (int k = 0; k < summed.length; k++) {
      summed[k] *= scale;
    }
    double[] gradient = mapped.pullBack().apply(summed);
    return tensor(gradient);
  }

  /** A zero gradient. */
  public Tensor noGradient() {
    return Ops.zeros(type, count, embeddingColumns);
  }

  private Tensor tensor(double[] gradient) {
    if (type == ScalarType.Double) {
      return Ops.doubles(gradient, count, embeddingColumns);
    }
    try (Scope scope = Scope.open()) {
      return scope.keep(Ops.floats(toFloats(gradient), count, embeddingColumns).to(type));
    }
  }
}
