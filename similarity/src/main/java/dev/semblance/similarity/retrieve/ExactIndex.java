package dev.semblance.similarity.retrieve;

import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.NativeRuntime;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * A gallery in memory, searched without approximation.
 *
 * <p>Candidates come from matrix products over tiles of the gallery with a running top-k, so that
 * memory does not grow with the number of queries. Products in float32 err by a known bound; the
 * candidates' distances are computed again in float64 by differences, and where the bound leaves a
 * doubt about who belongs to the k nearest, that query is answered by a plain scan. The hits are
 * therefore those of a double loop in float64, to the last tie.
 *
 * <p>The index owns its native memory until {@link #close}. It is not safe to add or delete while
 * another thread searches.
 */
public final class ExactIndex implements Index {
  private static final int QUERY_BLOCK = 256;
  private static final int TILE = 16_384;

  /** More candidates than asked for, so that rounding is rarely in doubt at the last one. */
  private static final int SPARE_CANDIDATES = 16;

  private final IndexMeasure measure;
  private final int dimension;
  private final ArrayList<Item> items = new ArrayList<>();
  private final HashMap<String, Integer> rowOf = new HashMap<>();

  /** Rows of {@link #items} that were deleted and are still in {@link #rows} or {@link #added}. */
  private final BitSet deleted = new BitSet();

  /** Rows that are not in {@link #rows} yet. */
  private final ArrayList<float[]> added = new ArrayList<>();

  /** float32 [n, d] and [n], the prepared vectors and their squared lengths; owned. */
  private @Nullable Tensor rows;

  private @Nullable Tensor squares;
  private double longest;
  private boolean closed;

  private ExactIndex(IndexMeasure measure, int dimension) {
    this.measure = measure;
    this.dimension = Check.atLeast("dimension", dimension, 1);
  }

  /** An empty index. */
  public static ExactIndex empty(IndexMeasure measure, int dimension) {
    return new ExactIndex(measure, dimension);
  }

  /**
   * An index of the rows of {@code vectors}.
   *
   * @param vectors float [n, d]; copied
   * @param items n items with n identities
   */
  public static ExactIndex of(IndexMeasure measure, Tensor vectors, List<Item> items) {
    Check.matrix("vectors", vectors);
    ExactIndex index = new ExactIndex(measure, Math.toIntExact(vectors.size(1)));
    index.add(items, vectors);
    return index;
  }

  @Override
  public synchronized int size() {
    return items.size() - deleted.cardinality();
  }

  @Override
  public int dimension() {
    return dimension;
  }

  @Override
  public IndexMeasure measure() {
    return measure;
  }

  /**
   * Adds an item at the end.
   *
   * @throws IllegalArgumentException where the identity is already there, or for a vector that
   *     cannot be compared
   */
  public synchronized void add(Item item, float[] vector) {
    requireOpen();
    insert(item, SearchChecks.vector("vector", vector, dimension, measure).clone());
  }

  /**
   * Adds items at the end: all, or none where one is refused.
   *
   * @param vectors float [n, d]
   */
  public synchronized void add(List<Item> newItems, Tensor vectors) {
    requireOpen();
    float[][] prepared = SearchChecks.rows("vectors", vectors, dimension, measure);
    SearchChecks.newItems(newItems, prepared.length, rowOf.keySet());
    for (int i = 0; i < prepared.length; i++) {
      insert(newItems.get(i), prepared[i]);
    }
  }

  /** Puts an item at the end, in place of the one with its identity where there is one. */
  public synchronized void replace(Item item, float[] vector) {
    requireOpen();
    float[] prepared = SearchChecks.vector("vector", vector, dimension, measure).clone();
    delete(item.id());
    insert(item, prepared);
  }

  /**
   * Removes an item.
   *
   * @return whether it was there
   */
  public synchronized boolean delete(String id) {
    requireOpen();
    Integer row = rowOf.remove(id);
    if (row != null) {
      deleted.set(row);
    }
    return row != null;
  }

  /** Adds a vector that was read from an index of the same measure: it is as it is compared. */
  synchronized void addPrepared(Item item, float[] prepared) {
    requireOpen();
    insert(item, prepared);
  }

  @Override
  public List<Hit> search(float[] query, int k) {
    float[][] prepared = {SearchChecks.query(this, query)};
    return search(prepared, SearchChecks.neighbours(k, size())).get(0);
  }

  @Override
  public synchronized List<Hit> search(float[] query, int k, Set<String> labels) {
    float[] prepared = SearchChecks.query(this, query);
    SearchChecks.neighbours(k, size());
    settle();
    Nearest nearest = new Nearest(k);
    scan(prepared, labels, nearest::offer);
    return hits(nearest);
  }

  @Override
  public List<List<Hit>> search(Tensor queries, int k) {
    float[][] prepared = SearchChecks.rows("queries", queries, dimension, measure);
    return search(prepared, SearchChecks.neighbours(k, size()));
  }

  /**
   * All items within a distance, nearest first.
   *
   * @param radius the largest distance that is accepted; finite, and negative only under {@link
   *     IndexMeasure#DOT}
   */
  public synchronized List<Hit> within(float[] query, double radius) {
    float[] prepared = SearchChecks.query(this, query);
    Check.finite("radius", radius);
    if (measure != IndexMeasure.DOT) {
      Check.notNegative("radius", radius);
    }
    settle();
    Nearest nearest = new Nearest(Math.max(1, items.size()));
    scan(
        prepared,
        null,
        (row, distance) -> {
          if (distance <= radius) {
            nearest.offer(row, distance);
          }
        });
    return hits(nearest);
  }

  @Override
  public synchronized void close() {
    closed = true;
    release();
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the index is closed");
    }
  }

  private void insert(Item item, float[] prepared) {
    SearchChecks.newItem(item, rowOf.keySet());
    rowOf.put(item.id(), items.size());
    items.add(item);
    added.add(prepared);
  }

  /** Brings the native matrix up to date with what was added and deleted. */
  private void settle() {
    requireOpen();
    if (added.isEmpty() && deleted.isEmpty()) {
      return;
    }
    NativeRuntime.start();
    try (Scope scope = Scope.open()) {
      Tensor old = rows;
      int before = items.size() - added.size();
      long[] keep =
          IntStream.range(0, before).filter(row -> !deleted.get(row)).asLongStream().toArray();
      List<float[]> fresh = new ArrayList<>();
      for (int i = 0; i < added.size(); i++) {
        if (!deleted.get(before + i)) {
          fresh.add(added.get(i));
        }
      }
      Tensor next = Ops.empty(torch.ScalarType.Float, keep.length + fresh.size(), dimension);
      if (old != null && keep.length > 0) {
        next.narrow(0, 0, keep.length).copy_(old.index_select(0, Ops.longs(keep)));
      }
      FloatPointer memory = new FloatPointer(next.data_ptr());
      for (int i = 0; i < fresh.size(); i++) {
        memory.position((long) (keep.length + i) * dimension).put(fresh.get(i));
      }
      Tensor lengths = next.to(torch.ScalarType.Double).square().sum(1);
      longest = size() == 0 ? 0 : Math.sqrt(lengths.max().item_double());
      Tensor nextSquares = lengths.to(torch.ScalarType.Float);
      release();
      rows = Scope.own(next);
      squares = Scope.own(nextSquares);
    }
    added.clear();
    if (!deleted.isEmpty()) {
      List<Item> kept = new ArrayList<>();
      for (int row = 0; row < items.size(); row++) {
        if (!deleted.get(row)) {
          kept.add(items.get(row));
        }
      }
      items.clear();
      items.addAll(kept);
      deleted.clear();
      rowOf.clear();
      for (int row = 0; row < items.size(); row++) {
        rowOf.put(items.get(row).id(), row);
      }
    }
  }

  private void release() {
    if (rows != null && squares != null) {
      Scope.release(rows);
      Scope.release(squares);
    }
    rows = null;
    squares = null;
  }

  private synchronized List<List<Hit>> search(float[][] queries, int k) {
    settle();
    List<List<Hit>> answers = new ArrayList<>(queries.length);
    for (int start = 0; start < queries.length; start += QUERY_BLOCK) {
      int end = Math.min(queries.length, start + QUERY_BLOCK);
      answerBlock(Arrays.copyOfRange(queries, start, end), k, answers);
    }
    return answers;
  }

  private void answerBlock(float[][] queries, int k, List<List<Hit>> answers) {
    int n = items.size();
    int candidates = (int) Math.min(n, (long) k + Math.max(SPARE_CANDIDATES, k / 4));
    try (Scope scope = Scope.open()) {
      Tensor gallery = Objects.requireNonNull(rows);
      float[] flat = new float[queries.length * dimension];
      for (int i = 0; i < queries.length; i++) {
        System.arraycopy(queries[i], 0, flat, i * dimension, dimension);
      }
      Candidates best =
          Ops.withoutGradient(
              () -> candidates(Ops.floats(flat, queries.length, dimension), candidates));
      FloatPointer memory = new FloatPointer(gallery.data_ptr());
      float[] row = new float[dimension];
      for (int i = 0; i < queries.length; i++) {
        Nearest nearest = new Nearest(k);
        if (candidates == n || best.certain(i, k, doubt(queries[i]))) {
          for (int j = 0; j < candidates; j++) {
            int candidate = best.row(i, j);
            memory.position((long) candidate * dimension).get(row);
            nearest.offer(candidate, measure.distance(queries[i], row));
          }
        } else {
          scan(queries[i], null, nearest::offer);
        }
        answers.add(hits(nearest));
      }
    }
  }

  /** The rows with the smallest keys; a key is a distance less what depends on the query only. */
  private Candidates candidates(Tensor queries, int count) {
    Tensor gallery = Objects.requireNonNull(rows);
    Tensor lengths = Objects.requireNonNull(squares);
    long n = gallery.size(0);
    Tensor keys = null;
    Tensor indices = null;
    for (long low = 0; low < n; low += TILE) {
      long length = Math.min(TILE, n - low);
      try (Scope scope = Scope.open()) {
        Tensor tile = gallery.narrow(0, low, length).t();
        Tensor part =
            measure == IndexMeasure.SQUARED_EUCLIDEAN
                ? torch.addmm(
                    lengths.narrow(0, low, length), queries, tile, Ops.scalar(1), Ops.scalar(-2))
                : queries.matmul(tile).neg_();
        T_TensorTensor_T top = part.topk(Math.min(count, length), 1, false, true);
        // Parts of the tuple, which dies with this scope: handles of our own are kept.
        Tensor nextKeys = new Tensor(top.get0());
        Tensor nextIndices = top.get1().add(Ops.scalar(low));
        if (keys != null && indices != null) {
          Tensor bothKeys = torch.cat(new TensorVector(keys, nextKeys), 1);
          Tensor bothIndices = torch.cat(new TensorVector(indices, nextIndices), 1);
          T_TensorTensor_T merged =
              bothKeys.topk(Math.min(count, bothKeys.size(1)), 1, false, true);
          nextKeys = new Tensor(merged.get0());
          nextIndices = bothIndices.gather(1, merged.get1());
        }
        keys = scope.keep(nextKeys);
        indices = scope.keep(nextIndices);
      }
    }
    return new Candidates(
        Ops.toFloats(Objects.requireNonNull(keys)),
        Ops.toLongs(Objects.requireNonNull(indices)),
        count);
  }

  /** An upper bound on the error of a key: higham2002accuracy, section 3.1, with u = 2^-24. */
  private double doubt(float[] query) {
    double squared = 0;
    for (float value : query) {
      squared += (double) value * value;
    }
    double product = (dimension + 4) * Math.sqrt(squared) * longest;
    return 0x1p-24
        * (measure == IndexMeasure.SQUARED_EUCLIDEAN
            ? 2 * product + 4 * longest * longest
            : product);
  }

  private interface Visitor {
    void accept(int row, double distance);
  }

  private void scan(float[] query, @Nullable Set<String> labels, Visitor visitor) {
    if (items.isEmpty()) {
      return;
    }
    try (Scope scope = Scope.open()) {
      FloatPointer memory = new FloatPointer(Objects.requireNonNull(rows).data_ptr());
      float[] row = new float[dimension];
      for (int i = 0; i < items.size(); i++) {
        if (labels == null || labels.contains(items.get(i).label())) {
          memory.position((long) i * dimension).get(row);
          visitor.accept(i, measure.distance(query, row));
        }
      }
    }
  }

  private List<Hit> hits(Nearest nearest) {
    List<Hit> hits = new ArrayList<>();
    for (Nearest.Entry entry : nearest.ascending()) {
      Item item = items.get(entry.row());
      hits.add(new Hit(item.id(), item.label(), item.path(), (float) entry.distance()));
    }
    return List.copyOf(hits);
  }

  /** The running top of every query of a block: [queries, count] each, ascending. */
  private record Candidates(float[] keys, long[] rows, int count) {
    int row(int query, int rank) {
      return (int) rows[query * count + rank];
    }

    /** Whether no row outside can be among the k nearest: keys are right to within the doubt. */
    boolean certain(int query, int k, double doubt) {
      double last = keys[query * count + count - 1];
      return last - doubt > keys[query * count + k - 1] + doubt;
    }
  }
}
