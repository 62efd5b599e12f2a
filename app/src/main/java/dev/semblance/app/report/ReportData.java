package dev.semblance.app.report;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that a report shows, as plain data. Every part may be missing: the page then says so.
 *
 * @param title what the page is about
 * @param command the exact command that made it, as typed
 * @param facts provenance: run id, seed, data, digest, versions, seconds
 * @param warnings sentences that a reader must not miss, for instance of a collapse
 * @param metrics the results, the most telling ones first
 * @param curves what was followed over training
 * @param classNames the names of the classes; every label is a position in it
 * @param map the embedding as points, null if there is none
 * @param gallery queries with what came back
 * @param mistakes the worst mistakes, the worst first
 * @param roc verification of pairs, null if there is none
 * @param confusion confusion of nearest neighbours, null if there is none
 * @param pictures the source of thumbnails, null if the data are no pictures
 */
public record ReportData(
    String title,
    String command,
    List<Fact> facts,
    List<String> warnings,
    List<Metric> metrics,
    List<Curve> curves,
    List<String> classNames,
    @Nullable EmbeddingMap map,
    List<Retrieval> gallery,
    List<Retrieval> mistakes,
    @Nullable Roc roc,
    @Nullable Confusion confusion,
    @Nullable Pictures pictures) {
  public ReportData {
    facts = List.copyOf(facts);
    warnings = List.copyOf(warnings);
    metrics = List.copyOf(metrics);
    curves = List.copyOf(curves);
    classNames = List.copyOf(classNames);
    gallery = List.copyOf(gallery);
    mistakes = List.copyOf(mistakes);
    int classes = classNames.size();
    if (map != null) {
      for (int label : map.labels()) {
        checkLabel("map", label, classes);
      }
    }
    checkLabels("gallery", gallery, classes);
    checkLabels("mistakes", mistakes, classes);
    if (confusion != null && confusion.counts().length != classes) {
      throw new IllegalArgumentException(
          "confusion must have one row for each of the "
              + classes
              + " classNames, got "
              + confusion.counts().length);
    }
  }

  /** An empty report; parts are added by the {@code with...} methods. */
  public static ReportData of(String title, String command) {
    return new ReportData(
        title, command, List.of(), List.of(), List.of(), List.of(), List.of(), null, List.of(),
        List.of(), null, null, null);
  }

  /** A copy with other provenance. */
  public ReportData withFacts(List<Fact> facts) {
    return new ReportData(
        title,
        command,
        facts,
        warnings,
        metrics,
        curves,
        classNames,
        map,
        gallery,
        mistakes,
        roc,
        confusion,
        pictures);
  }

  /** A copy with other warnings. */
  public ReportData withWarnings(List<String> warnings) {
    return new ReportData(
        title,
        command,
        facts,
        warnings,
        metrics,
        curves,
        classNames,
        map,
        gallery,
        mistakes,
        roc,
        confusion,
        pictures);
  }

  /** A copy with other metrics. */
  public ReportData withMetrics(List<Metric> metrics) {
    return new ReportData(
        title,
        command,
        facts,
        warnings,
        metrics,
        curves,
        classNames,
        map,
        gallery,
        mistakes,
        roc,
        confusion,
        pictures);
  }

  /** A copy with other curves. */
  public ReportData withCurves(List<Curve> curves) {
    return new ReportData(
        title,
        command,
        facts,
        warnings,
        metrics,
        curves,
        classNames,
        map,
        gallery,
        mistakes,
        roc,
        confusion,
        pictures);
  }

  /** A copy with other class names; to be called before parts that carry labels. */
  public ReportData withClassNames(List<String> classNames) {
    return new ReportData(
        title,
        command,
        facts,
        warnings,
        metrics,
        curves,
        classNames,
        map,
        gallery,
        mistakes,
        roc,
        confusion,
        pictures);
  }

  /** A copy with another map. */
  public ReportData withMap(@Nullable EmbeddingMap map) {
    return new ReportData(
        title,
        command,
        facts,
        warnings,
        metrics,
        curves,
        classNames,
        map,
        gallery,
        mistakes,
        roc,
        confusion,
        pictures);
  }

  /** A copy with another gallery. */
  public ReportData withGallery(List<Retrieval> gallery) {
    return new ReportData(
        title,
        command,
        facts,
        warnings,
        metrics,
        curves,
        classNames,
        map,
        gallery,
        mistakes,
        roc,
        confusion,
        pictures);
  }

  /** A copy with other mistakes. */
  public ReportData withMistakes(List<Retrieval> mistakes) {
    return new ReportData(
        title,
        command,
        facts,
        warnings,
        metrics,
        curves,
        classNames,
        map,
        gallery,
        mistakes,
        roc,
        confusion,
        pictures);
  }

  /** A copy with another curve of verification. */
  public ReportData withRoc(@Nullable Roc roc) {
    return new ReportData(
        title,
        command,
        facts,
        warnings,
        metrics,
        curves,
        classNames,
        map,
        gallery,
        mistakes,
        roc,
        confusion,
        pictures);
  }

  /** A copy with another confusion. */
  public ReportData withConfusion(@Nullable Confusion confusion) {
    return new ReportData(
        title,
        command,
        facts,
        warnings,
        metrics,
        curves,
        classNames,
        map,
        gallery,
        mistakes,
        roc,
        confusion,
        pictures);
  }

  /** A copy with another source of thumbnails. */
  public ReportData withPictures(@Nullable Pictures pictures) {
    return new ReportData(
        title,
        command,
        facts,
        warnings,
        metrics,
        curves,
        classNames,
        map,
        gallery,
        mistakes,
        roc,
        confusion,
        pictures);
  }

  private static void checkLabels(String part, List<Retrieval> retrievals, int classes) {
    for (Retrieval retrieval : retrievals) {
      checkLabel(part, retrieval.label(), classes);
      for (Retrieval.Hit hit : retrieval.hits()) {
        checkLabel(part, hit.label(), classes);
      }
    }
  }

  private static void checkLabel(String part, int label, int classes) {
    if (label < 0 || label >= classes) {
      throw new IllegalArgumentException(
          "labels of the "
              + part
              + " must be in 0.."
              + (classes - 1)
              + ", the positions in classNames, got "
              + label);
    }
  }
}
