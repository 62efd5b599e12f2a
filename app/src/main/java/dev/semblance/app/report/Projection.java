package dev.semblance.app.report;

/**
 * A view of the embedding in the plane, of all points or of some.
 *
 * @param name its name, for instance {@code PCA} or {@code t-SNE}
 * @param note one sentence on how to read it, may be empty
 * @param points the drawn points, [m], as positions in the map's columns; borrowed, not copied
 * @param x horizontal places, [m]; points that are not finite are left out, and counted
 * @param y vertical places, [m]
 */
@SuppressWarnings("ArrayRecordComponent") // plain columns, never compared
public record Projection(String name, String note, int[] points, float[] x, float[] y) {
  public Projection {
    if (points.length != x.length || points.length != y.length) {
      throw new IllegalArgumentException(
          "points, x and y of projection "
              + name
              + " must have one length, got "
              + points.length
              + ", "
              + x.length
              + " and "
              + y.length);
    }
  }

  /** A projection of all points of the map, in order. */
  public static Projection ofAll(String name, String note, float[] x, float[] y) {
    int[] points = new int[x.length];
    for (int i = 0; i < points.length; i++) {
      points[i] = i;
    }
    return new Projection(name, note, points, x, y);
  }
}
