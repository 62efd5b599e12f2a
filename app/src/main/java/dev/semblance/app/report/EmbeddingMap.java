package dev.semblance.app.report;

import java.util.List;

/**
 * The embedded pictures as points, and the views of them.
 *
 * @param pictures the picture of each point, [n], rows of {@link ReportData#pictures}; borrowed
 * @param labels the class of each point, [n], positions in {@link ReportData#classNames}; borrowed
 * @param projections the views, the first one shown first
 */
@SuppressWarnings("ArrayRecordComponent") // plain columns, never compared
public record EmbeddingMap(int[] pictures, int[] labels, List<Projection> projections) {
  public EmbeddingMap {
    projections = List.copyOf(projections);
    if (pictures.length != labels.length) {
      throw new IllegalArgumentException(
          "pictures and labels of the map must have one length, got "
              + pictures.length
              + " and "
              + labels.length);
    }
    for (Projection projection : projections) {
      for (int point : projection.points()) {
        if (point < 0 || point >= labels.length) {
          throw new IllegalArgumentException(
              "points of projection "
                  + projection.name()
                  + " must be in 0.."
                  + (labels.length - 1)
                  + ", got "
                  + point);
        }
      }
    }
  }
}
