package dev.semblance.similarity.retrieve;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;

/**
 * A gallery of vectors that can be searched.
 *
 * <p>Hits come nearest first; hits at the same distance come in the order in which their items were
 * added. Searching is safe from several threads while nothing is being added or deleted.
 */
public interface Index extends AutoCloseable {
  /** The number of items. */
  int size();

  /** The length of a vector. */
  int dimension();

  /** How vectors are compared. */
  IndexMeasure measure();

  /**
   * The {@code k} nearest items.
   *
   * @param query [d], finite, of any length; not zero under {@link IndexMeasure#COSINE}
   * @param k in 1..size
   * @return exactly {@code k} hits
   * @throws IllegalArgumentException for a query of another dimension or with values that are not
   *     finite, and for {@code k} outside 1..size
   */
  List<Hit> search(float[] query, int k) throws IOException;

  /**
   * The {@code k} nearest items among those that carry one of {@code labels}.
   *
   * @return {@code k} hits, or all items with these labels where there are fewer
   */
  List<Hit> search(float[] query, int k, Set<String> labels) throws IOException;

  /**
   * The {@code k} nearest items of each row.
   *
   * @param queries float [n, d]
   * @return n lists of {@code k} hits
   */
  List<List<Hit>> search(Tensor queries, int k) throws IOException;

  @Override
  void close() throws IOException;
}
