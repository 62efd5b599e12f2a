package dev.semblance.app.report;

import java.util.List;

/**
 * A query and what came back for it, nearest first.
 *
 * @param picture the query's row in {@link ReportData#pictures}
 * @param label the query's class, a position in {@link ReportData#classNames}
 * @param hits what came back, nearest first
 * @param note one remark, for instance {@code first right hit at rank 37}; may be empty
 */
public record Retrieval(int picture, int label, List<Hit> hits, String note) {
  public Retrieval {
    hits = List.copyOf(hits);
  }

  /**
   * One picture that came back.
   *
   * @param picture its row in {@link ReportData#pictures}
   * @param label its class, a position in {@link ReportData#classNames}
   * @param distance its distance to the query
   * @param right whether it is what the query asked for
   */
  public record Hit(int picture, int label, double distance, boolean right) {}
}
