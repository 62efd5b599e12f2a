package dev.semblance.app.report.plate;

import java.util.List;
import java.util.Locale;

/** Points in the plane, coloured by class, with the names of the classes below. */
public final class Scatter {
  private static final int COLOURS = 10;
  private static final int MARGIN = 12;
  private static final int LINE = 18;
  private static final int NAME = 120;

  private Scatter() {}

  /**
   * The drawing.
   *
   * @param side of the square that holds the points, in pixels
   * @param x of each point
   * @param y of each point, upwards
   * @param labels places in {@code names}; colours repeat after ten
   */
  public static String svg(int side, double[] x, double[] y, int[] labels, List<String> names) {
    double[] across = range(x);
    double[] up = range(y);
    int columns = Math.max(1, (side - 2 * MARGIN) / NAME);
    // Sets of hundreds of classes have no legend that helps.
    boolean legend = names.size() <= 4 * COLOURS;
    int lines = legend ? (names.size() + columns - 1) / columns : 0;
    int height = side + lines * LINE + (legend ? MARGIN : 0);
    StringBuilder svg =
        new StringBuilder(
            element(
                "<svg viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\">",
                side, height, side, height));
    double room = side - 2.0 * MARGIN;
    for (int i = 0; i < x.length; i++) {
      svg.append(
          element(
              "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2.2\" fill=\"var(--c%d)\""
                  + " fill-opacity=\".72\"/>",
              MARGIN + room * (x[i] - across[0]) / (across[1] - across[0]),
              MARGIN + room * (1 - (y[i] - up[0]) / (up[1] - up[0])),
              labels[i] % COLOURS));
    }
    for (int k = 0; legend && k < names.size(); k++) {
      int left = MARGIN + k % columns * NAME;
      int top = side + MARGIN + k / columns * LINE;
      svg.append(
          element(
              "<circle cx=\"%d\" cy=\"%d\" r=\"5\" fill=\"var(--c%d)\"/><text x=\"%d\""
                  + " y=\"%d\">%s</text>",
              left + 5, top - 4, k % COLOURS, left + 15, top, PlatePage.text(names.get(k))));
    }
    return svg.append("</svg>").toString();
  }

  private static double[] range(double... values) {
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (double v : values) {
      low = Math.min(low, v);
      high = Math.max(high, v);
    }
    return high > low ? new double[] {low, high} : new double[] {low - 1, low + 1};
  }

  private static String element(String form, Object... values) {
    return String.format(Locale.ROOT, form, values) + "\n";
  }
}
