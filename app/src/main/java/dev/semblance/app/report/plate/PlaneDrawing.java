package dev.semblance.app.report.plate;

import java.util.Base64;
import java.util.Locale;
import java.util.function.Function;

/**
 * A square piece of the plane as an svg element: coloured regions below, points, arrows and paths
 * above. Coordinates are those of the plane, y upwards.
 */
public final class PlaneDrawing {
  /** Colours of three classes: told apart by colour-blind eyes as well. */
  private static final int[][] COLOURS = {{47, 127, 208}, {240, 154, 0}, {0, 146, 98}};

  /** Cells of a shaded plane along a side: a model is asked at each. */
  private static final int SHADED = 100;

  private static final double[] PAPER = {255, 255, 255};
  private final double reach;
  private final int side;
  private final StringBuilder svg = new StringBuilder();

  /** What numbers from 0 to 1 look like. */
  public enum Tint {
    /** From white to dark blue. */
    RISING(new double[][] {{255, 255, 255}, {120, 190, 225}, {47, 127, 208}, {12, 30, 90}}),
    /** From orange over white in the middle to blue. */
    PARTED(
        new double[][] {
          {214, 110, 0}, {250, 205, 130}, {250, 250, 250}, {140, 195, 240}, {20, 90, 170}
        });

    private final double[][] stops;

    Tint(double[][] stops) {
      this.stops = stops;
    }

    double colour(double value, int channel) {
      double at = Math.clamp(Double.isNaN(value) ? 0 : value, 0.0, 1.0) * (stops.length - 1);
      int below = Math.min(stops.length - 2, (int) at);
      double share = at - below;
      return stops[below][channel] * (1 - share) + stops[below + 1][channel] * share;
    }
  }

  private PlaneDrawing(double reach, int side) {
    this.reach = reach;
    this.side = side;
    line(
        "<svg viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\""
            + " style=\"border-radius:8px\">",
        side, side, side, side);
  }

  /**
   * An empty drawing.
   *
   * @param reach from -reach to reach in both directions
   * @param side of the picture in pixels
   */
  public static PlaneDrawing of(double reach, int side) {
    return new PlaneDrawing(reach, side);
  }

  /**
   * Colours every place by its most probable class, the paler the less sure.
   *
   * @param probabilities of three classes at places [n][2]
   */
  public PlaneDrawing regions(Function<double[][], double[][]> probabilities) {
    int cells = side / 2;
    double[][] places = places(cells);
    double[][] said = probabilities.apply(places);
    double[] values = new double[3 * cells * cells];
    for (int i = 0; i < said.length; i++) {
      int best = 0;
      for (int k = 1; k < 3; k++) {
        best = said[i][k] > said[i][best] ? k : best;
      }
      // A third is the least a largest probability of three can be.
      double strength = 0.16 + 0.34 * Math.clamp((said[i][best] - 1 / 3.0) * 1.5, 0.0, 1.0);
      for (int c = 0; c < 3; c++) {
        double colour = COLOURS[best][c] * strength + PAPER[c] * (1 - strength);
        values[c * cells * cells + i] = colour / 255;
      }
    }
    image(new Bitmap(3, cells, cells, values).png());
    return this;
  }

  /**
   * Shades the plane.
   *
   * @param shade of places [n][2], each from 0 to 1
   * @param tint what 0 and 1 look like
   */
  public PlaneDrawing shade(Tint tint, Function<double[][], double[]> shade) {
    int cells = SHADED;
    double[][] places = places(cells);
    double[] said = shade.apply(places);
    double[] values = new double[3 * cells * cells];
    for (int i = 0; i < said.length; i++) {
      for (int c = 0; c < 3; c++) {
        values[c * cells * cells + i] = tint.colour(said[i], c) / 255;
      }
    }
    image(new Bitmap(3, cells, cells, values).png());
    return this;
  }

  /** The middles of the cells of a square grid, row by row from the upper left. */
  private double[][] places(int cells) {
    double[][] places = new double[cells * cells][2];
    for (int r = 0; r < cells; r++) {
      for (int c = 0; c < cells; c++) {
        places[r * cells + c][0] = reach * (2 * (c + 0.5) / cells - 1);
        places[r * cells + c][1] = reach * (1 - 2 * (r + 0.5) / cells);
      }
    }
    return places;
  }

  private void image(byte[] png) {
    line(
        "<image width=\"%d\" height=\"%d\" href=\"data:image/png;base64,%s\"/>",
        side, side, Base64.getEncoder().encodeToString(png));
  }

  /** A thin line over places in the colour of a class. */
  public PlaneDrawing curve(double[][] places, int label) {
    StringBuilder d = new StringBuilder();
    boolean broken = true;
    for (double[] place : places) {
      double x = x(place[0]);
      double y = y(place[1]);
      // Far outside nothing is to be seen, and a number could be too long for a reader.
      boolean outside = !(Math.abs(x) < 10.0 * side && Math.abs(y) < 10.0 * side);
      if (!outside) {
        d.append(String.format(Locale.ROOT, "%s%.1f %.1f", broken ? "M" : "L", x, y));
      }
      broken = outside;
    }
    line(
        "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"1\" stroke-opacity=\".8\"/>",
        d, colour(label));
    return this;
  }

  /** A small dot in the colour of a class. */
  public PlaneDrawing dot(double[] place, int label) {
    if (Math.abs(place[0]) < reach && Math.abs(place[1]) < reach) {
      line(
          "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"1.7\" fill=\"%s\" fill-opacity=\".75\"/>",
          x(place[0]), y(place[1]), colour(label));
    }
    return this;
  }

  /** A large dot with words beside it. */
  public PlaneDrawing mark(double[] place, int label, String words) {
    line(
        "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"6\" fill=\"%s\" stroke=\"#fff\" stroke-width=\"2\"/>",
        x(place[0]), y(place[1]), colour(label));
    if (!words.isEmpty()) {
      boolean left = place[0] < 0; // outwards: marks near the middle do not write over each other
      line(
          "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" style=\"fill:#14161c;font-weight:600;"
              + "paint-order:stroke;stroke:#fff;stroke-width:3.5px\">%s</text>",
          x(place[0]) + (left ? -11 : 11),
          y(place[1]) + 4,
          left ? "end" : "start",
          PlatePage.text(words));
    }
    return this;
  }

  /**
   * An arrow.
   *
   * @param length in pixels; none is drawn below half a pixel
   */
  public PlaneDrawing arrow(double[] place, double[] direction, double length) {
    double size = Math.hypot(direction[0], direction[1]);
    if (size > 0 && length >= 0.5) {
      double dx = direction[0] / size * length;
      double dy = -direction[1] / size * length;
      double fromX = x(place[0]) - dx / 2;
      double fromY = y(place[1]) - dy / 2;
      double head = Math.min(4.5, length / 2.2);
      double ux = dx / length;
      double uy = dy / length;
      double toX = fromX + dx;
      double toY = fromY + dy;
      line(
          "<path d=\"M%.1f %.1fL%.1f %.1fM%.1f %.1fL%.1f %.1fL%.1f %.1f\" fill=\"none\""
              + " stroke=\"#14161c\" stroke-width=\"1.1\" stroke-opacity=\".8\"/>",
          fromX,
          fromY,
          toX,
          toY,
          toX - head * (ux + 0.6 * uy),
          toY - head * (uy - 0.6 * ux),
          toX,
          toY,
          toX - head * (ux - 0.6 * uy),
          toY - head * (uy + 0.6 * ux));
    }
    return this;
  }

  /** A path over places, ending in a ring of the colour of a class. */
  public PlaneDrawing path(double[][] places, int label) {
    StringBuilder d = new StringBuilder();
    for (int i = 0; i < places.length; i++) {
      d.append(
          String.format(
              Locale.ROOT, "%s%.1f %.1f", i == 0 ? "M" : "L", x(places[i][0]), y(places[i][1])));
    }
    line("<path d=\"%s\" fill=\"none\" stroke=\"#fff\" stroke-width=\"5\"/>", d);
    line("<path d=\"%s\" fill=\"none\" stroke=\"#b81d05\" stroke-width=\"2.4\"/>", d);
    double[] end = places[places.length - 1];
    line(
        "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"5\" fill=\"#fff\" stroke=\"%s\" stroke-width=\"3\"/>",
        x(end[0]), y(end[1]), colour(label));
    return this;
  }

  /** The drawing. */
  public String markup() {
    return svg + "</svg>";
  }

  private static String colour(int label) {
    int[] c = COLOURS[label];
    return "#%02x%02x%02x".formatted(c[0], c[1], c[2]);
  }

  private double x(double value) {
    return side * (value / reach + 1) / 2;
  }

  private double y(double value) {
    return side * (1 - value / reach) / 2;
  }

  private void line(String form, Object... values) {
    svg.append(String.format(Locale.ROOT, form, values)).append('\n');
  }
}
