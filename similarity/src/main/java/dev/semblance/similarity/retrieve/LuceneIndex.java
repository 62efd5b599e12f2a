package dev.semblance.similarity.retrieve;

import dev.semblance.core.Source;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.TermInSetQuery;
import org.apache.lucene.search.Weight;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.BytesRef;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * An index on disk, searched through a graph of neighbours; {@link LuceneIndexWriter} makes it.
 *
 * <p>What is open is the commit that was last when it was opened; later commits are seen by opening
 * again. The graph proposes candidates, and their distances are computed again from the vectors in
 * float64: what may go wrong is that a near item is not found (see {@link Hnsw}), never the
 * distance or the order of what is. Up to {@link Hnsw#exhaustiveUpTo} items nothing can go wrong.
 *
 * <p>Searching is safe from several threads and needs no libtorch, except for queries that are
 * tensors.
 */
@Source(key = "malkov2020efficient", where = "Algorithm 5")
public final class LuceneIndex implements Index {
  private final Path path;
  private final LuceneFormat.Opened opened;
  private final IndexSearcher searcher;
  private volatile boolean closed;

  private LuceneIndex(Path path, LuceneFormat.Opened opened) {
    this.path = path;
    this.opened = opened;
    this.searcher = new IndexSearcher(opened.reader());
    this.searcher.setQueryCache(null);
  }

  /**
   * Opens the last commit of the index in a folder, after checking the checksums of all its files.
   *
   * @throws IOException in one line naming the folder, what is wrong with it and what to do, where
   *     it is missing, empty, damaged, of another version or another program's
   */
  public static LuceneIndex open(Path path) throws IOException {
    return new LuceneIndex(path, LuceneFormat.open(path));
  }

  /**
   * Opens an index for the vectors of one model.
   *
   * @param dimension the length of the model's embeddings
   * @param model the model's digest; where it or the index's is empty only the dimension is
   *     compared
   * @throws IOException as {@link #open}, and where the index was made with another model
   */
  public static LuceneIndex openFor(Path path, int dimension, String model) throws IOException {
    LuceneIndex index = open(path);
    IndexDescription description = index.description();
    String fault = null;
    if (description.dimension() != dimension) {
      fault =
          "has vectors of dimension " + description.dimension() + ", the model's have " + dimension;
    } else if (!model.isEmpty()
        && !description.model().isEmpty()
        && !model.equals(description.model())) {
      fault = "was made with model " + description.model() + ", not with " + model;
    }
    if (fault != null) {
      index.close();
      throw new IOException(path + ": the index " + fault + "; use its model, or index again");
    }
    return index;
  }

  /** What the index says about itself. */
  public IndexDescription description() {
    return opened.description();
  }

  @Override
  public int size() {
    return opened.reader().numDocs();
  }

  @Override
  public int dimension() {
    return description().dimension();
  }

  @Override
  public IndexMeasure measure() {
    return description().measure();
  }

  @Override
  public List<Hit> search(float[] query, int k) throws IOException {
    float[] prepared = SearchChecks.query(this, query);
    return nearest(prepared, SearchChecks.neighbours(k, size()), null);
  }

  @Override
  public List<Hit> search(float[] query, int k, Set<String> labels) throws IOException {
    float[] prepared = SearchChecks.query(this, query);
    return nearest(prepared, SearchChecks.neighbours(k, size()), Set.copyOf(labels));
  }

  @Override
  public List<List<Hit>> search(Tensor queries, int k) throws IOException {
    float[][] prepared = SearchChecks.rows("queries", queries, dimension(), measure());
    SearchChecks.neighbours(k, size());
    List<List<Hit>> answers = new ArrayList<>(prepared.length);
    for (float[] query : prepared) {
      answers.add(nearest(query, k, null));
    }
    return answers;
  }

  /**
   * The same gallery in memory, for searches without approximation, by radius, and for measuring
   * how much the graph misses.
   */
  public ExactIndex toExact() throws IOException {
    requireOpen();
    ExactIndex exact = ExactIndex.empty(measure(), dimension());
    StoredFields stored = opened.reader().storedFields();
    for (LeafReaderContext leaf : opened.reader().leaves()) {
      FloatVectorValues values = vectors(leaf);
      Bits live = leaf.reader().getLiveDocs();
      KnnVectorValues.DocIndexIterator each = values.iterator();
      for (int doc = each.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = each.nextDoc()) {
        if (live == null || live.get(doc)) {
          Document document = stored.document(leaf.docBase + doc);
          exact.addPrepared(item(document), values.vectorValue(each.index()).clone());
        }
      }
    }
    return exact;
  }

  @Override
  public void close() throws IOException {
    if (!closed) {
      closed = true;
      LuceneFormat.close(opened);
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException(path + ": the index is closed");
    }
  }

  private List<Hit> nearest(float[] query, int k, @Nullable Set<String> labels) throws IOException {
    requireOpen();
    try {
      Query filter =
          labels == null
              ? null
              : new TermInSetQuery(LuceneFormat.LABEL, labels.stream().map(BytesRef::new).toList());
      int matching = filter == null ? size() : searcher.count(filter);
      int expected = Math.min(k, matching);
      int beam = Math.max(k, description().graph().searchBeam());
      Nearest nearest = new Nearest(k);
      if (matching > Math.max(beam, description().graph().exhaustiveUpTo())) {
        rescore(query, searcher.search(graphQuery(query, beam, filter), beam).scoreDocs, nearest);
      }
      if (nearest.size() < expected) {
        // A small gallery, or a graph from which too few items could be reached.
        nearest = new Nearest(k);
        scan(query, filter, nearest);
      }
      return hits(nearest);
    } catch (java.io.UncheckedIOException e) {
      throw new IOException(path + ": searching failed (" + LuceneFormat.brief(e) + ")", e);
    }
  }

  private static Query graphQuery(float[] query, int beam, @Nullable Query filter) {
    return filter == null
        ? new KnnFloatVectorQuery(LuceneFormat.VECTOR, query, beam)
        : new KnnFloatVectorQuery(LuceneFormat.VECTOR, query, beam, filter);
  }

  private void rescore(float[] query, ScoreDoc[] found, Nearest nearest) throws IOException {
    int[] documents = Arrays.stream(found).mapToInt(hit -> hit.doc).sorted().toArray();
    int next = 0;
    for (LeafReaderContext leaf : opened.reader().leaves()) {
      int end = leaf.docBase + leaf.reader().maxDoc();
      if (next == documents.length || documents[next] >= end) {
        continue;
      }
      FloatVectorValues values = vectors(leaf);
      KnnVectorValues.DocIndexIterator each = values.iterator();
      for (; next < documents.length && documents[next] < end; next++) {
        each.advance(documents[next] - leaf.docBase);
        nearest.offer(documents[next], measure().distance(query, values.vectorValue(each.index())));
      }
    }
  }

  private void scan(float[] query, @Nullable Query filter, Nearest nearest) throws IOException {
    Weight selection =
        filter == null
            ? null
            : searcher.createWeight(searcher.rewrite(filter), ScoreMode.COMPLETE_NO_SCORES, 1);
    for (LeafReaderContext leaf : opened.reader().leaves()) {
      FloatVectorValues values = vectors(leaf);
      KnnVectorValues.DocIndexIterator each = values.iterator();
      DocIdSetIterator selected = each;
      if (selection != null) {
        Scorer scorer = selection.scorer(leaf);
        selected = scorer == null ? DocIdSetIterator.empty() : scorer.iterator();
      }
      Bits live = leaf.reader().getLiveDocs();
      for (int doc = selected.nextDoc();
          doc != DocIdSetIterator.NO_MORE_DOCS;
          doc = selected.nextDoc()) {
        if (live == null || live.get(doc)) {
          if (each.docID() < doc) {
            each.advance(doc);
          }
          nearest.offer(
              leaf.docBase + doc, measure().distance(query, values.vectorValue(each.index())));
        }
      }
    }
  }

  private List<Hit> hits(Nearest nearest) throws IOException {
    StoredFields stored = opened.reader().storedFields();
    List<Hit> hits = new ArrayList<>(nearest.size());
    for (Nearest.Entry entry : nearest.ascending()) {
      Item item = item(stored.document(entry.row()));
      hits.add(new Hit(item.id(), item.label(), item.path(), (float) entry.distance()));
    }
    return List.copyOf(hits);
  }

  private Item item(Document document) throws IOException {
    String id = document.get(LuceneFormat.ID);
    String label = document.get(LuceneFormat.LABEL);
    String picture = document.get(LuceneFormat.PATH);
    if (id == null || label == null || picture == null) {
      throw new IOException(
          path + ": the index has an item without id, label or path; index again");
    }
    return new Item(id, label, picture);
  }

  private FloatVectorValues vectors(LeafReaderContext leaf) throws IOException {
    FloatVectorValues values = leaf.reader().getFloatVectorValues(LuceneFormat.VECTOR);
    if (values == null) {
      throw new IOException(path + ": the index has items without a vector; index again");
    }
    return values;
  }
}
