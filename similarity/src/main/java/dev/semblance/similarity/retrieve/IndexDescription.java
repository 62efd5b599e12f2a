package dev.semblance.similarity.retrieve;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What an index on disk says about itself, written with every commit.
 *
 * @param measure how vectors are compared
 * @param dimension the length of a vector, 1..65,536
 * @param graph how the index is built and searched
 * @param model the digest of the model that made the vectors, or empty
 * @param provenance where the vectors come from (run, data, date, ...), free text or empty
 * @param preprocessing how a picture becomes the model's input, JSON or empty: kept word for word,
 *     so that a query can be treated like the gallery
 */
public record IndexDescription(
    IndexMeasure measure,
    int dimension,
    Hnsw graph,
    String model,
    String provenance,
    String preprocessing) {
  static final String FORMAT = "semblance-index";
  static final int VERSION = 1;
  static final int LARGEST_DIMENSION = 65_536;

  public IndexDescription {
    if (dimension < 1 || dimension > LARGEST_DIMENSION) {
      throw new IllegalArgumentException(
          "dimension must be in [1, " + LARGEST_DIMENSION + "], got " + dimension);
    }
  }

  /** A description with the default graph and nothing said about the model. */
  public static IndexDescription of(IndexMeasure measure, int dimension) {
    return new IndexDescription(measure, dimension, Hnsw.of(), "", "", "");
  }

  /** This description for another graph. */
  public IndexDescription withGraph(Hnsw graph) {
    return new IndexDescription(measure, dimension, graph, model, provenance, preprocessing);
  }

  /** This description with the origin of its vectors. */
  public IndexDescription withOrigin(String model, String provenance, String preprocessing) {
    return new IndexDescription(measure, dimension, graph, model, provenance, preprocessing);
  }

  /** As it is written into a commit. */
  Map<String, String> toCommitData() {
    Map<String, String> data = new LinkedHashMap<>();
    data.put("format", FORMAT);
    data.put("version", Integer.toString(VERSION));
    data.put("measure", measure.text());
    data.put("dimension", Integer.toString(dimension));
    data.put("graph.connections", Integer.toString(graph.connections()));
    data.put("graph.build-beam", Integer.toString(graph.buildBeam()));
    data.put("graph.search-beam", Integer.toString(graph.searchBeam()));
    data.put("graph.exhaustive-up-to", Integer.toString(graph.exhaustiveUpTo()));
    data.put("model", model);
    data.put("provenance", provenance);
    data.put("preprocessing", preprocessing);
    return data;
  }

  /**
   * As it was read from a commit of our format and version.
   *
   * @throws IllegalArgumentException naming the entry that is missing or wrong
   */
  static IndexDescription ofCommitData(Map<String, String> data) {
    String measureText = text(data, "measure");
    for (IndexMeasure measure : IndexMeasure.values()) {
      if (measure.text().equals(measureText)) {
        return new IndexDescription(
            measure,
            number(data, "dimension"),
            new Hnsw(
                number(data, "graph.connections"),
                number(data, "graph.build-beam"),
                number(data, "graph.search-beam"),
                number(data, "graph.exhaustive-up-to")),
            text(data, "model"),
            text(data, "provenance"),
            text(data, "preprocessing"));
      }
    }
    throw new IllegalArgumentException("measure '" + measureText + "' is unknown");
  }

  private static String text(Map<String, String> data, String key) {
    String value = data.get(key);
    if (value == null) {
      throw new IllegalArgumentException(key + " is missing");
    }
    return value;
  }

  private static int number(Map<String, String> data, String key) {
    String value = text(data, key);
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(key + " must be a number, got '" + value + "'", e);
    }
  }
}
