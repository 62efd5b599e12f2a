package dev.semblance.core.data.synthetic;

import java.util.ArrayList;
import java.util.List;
import java.util.StringTokenizer;

/**
 * The ten digits as pen strokes, each in the two or three ways people write it.
 *
 * <p>Coordinates are x in 0..60 to the right and y in 0..100 downwards. A stroke is a poly-Bezier
 * of 3k + 1 points.
 */
final class Glyphs {
  /** The middle of the box the digits are written in. */
  static final double CENTRE_X = 30;

  static final double CENTRE_Y = 50;

  // M starts a stroke, C goes on with a cubic Bezier, L with a straight line, as in SVG paths.
  private static final String[][] PATHS = {
    {
      "M 30 3 C 8 3 3 30 3 52 C 3 78 12 97 30 97 C 50 97 57 75 57 50 C 57 25 50 3 30 3",
      "M 40 8 C 20 -4 3 24 4 54 C 5 84 18 98 32 96 C 50 93 58 70 56 46 C 54 18 42 4 26 8",
    },
    {
      "M 30 3 L 30 97", "M 14 22 L 33 3 L 32 97", "M 14 20 L 30 3 L 30 97 M 8 97 L 52 97",
    },
    {
      "M 6 25 C 8 8 22 2 32 3 C 48 4 56 17 53 31 C 49 50 22 72 5 96 L 57 96",
      "M 8 24 C 10 8 24 1 34 3 C 52 6 55 26 46 44 C 38 60 22 82 12 91 C 4 98 0 84 10 82"
          + " C 24 79 40 100 57 88",
    },
    {
      "M 8 14 C 16 0 50 -4 51 23 C 51 42 34 46 22 47 C 40 46 56 54 55 72 C 53 100 18 104 5 86",
      "M 6 4 L 51 4 L 24 42 C 44 40 57 54 55 72 C 52 100 18 102 5 86",
    },
    {
      "M 14 4 C 13 20 8 40 5 56 C 20 59 40 58 57 56 M 42 24 C 42 48 40 72 38 97",
      "M 42 97 L 43 3 C 30 26 16 46 4 66 L 57 66",
    },
    {
      "M 53 5 L 14 5 C 12 20 10 32 9 43 C 24 33 54 34 55 64 C 56 96 22 104 5 88",
      "M 15 8 C 13 20 11 32 9 43 C 24 33 54 34 55 64 C 56 96 22 104 5 88 M 14 7 L 56 3",
    },
    {
      "M 46 4 C 22 12 4 42 4 68 C 4 90 18 97 30 97 C 46 97 56 86 55 72 C 53 52 32 46 20 56"
          + " C 10 62 6 70 5 76",
      "M 32 3 C 14 24 4 48 4 70 C 4 100 56 106 56 74 C 56 44 8 48 8 80",
    },
    {
      "M 4 6 L 56 6 C 44 34 30 66 24 97",
      "M 4 8 L 55 5 C 42 34 34 66 30 97 M 16 50 L 52 48",
      "M 5 20 L 6 5 L 56 5 C 46 30 30 60 20 97",
    },
    {
      "M 50 18 C 42 -2 10 -2 11 22 C 12 44 54 50 54 75 C 54 103 6 103 6 76 C 6 50 47 44 50 18",
      "M 30 46 C 4 42 8 3 31 3 C 56 3 54 44 30 46 C -4 50 0 97 30 97 C 62 97 60 50 30 46",
    },
    {
      "M 54 26 C 50 -2 8 -6 7 27 C 6 58 50 56 54 26 C 56 50 54 76 47 97",
      "M 54 24 C 46 -2 8 -4 7 27 C 6 58 50 54 54 24 C 60 68 54 108 12 93",
    },
  };

  private static final List<List<List<double[]>>> GLYPHS = parse();

  private Glyphs() {}

  /** The ways to write {@code digit}: each a list of strokes, each x0, y0, x1, y1, ... */
  static List<List<double[]>> of(int digit) {
    return GLYPHS.get(digit);
  }

  private static List<List<List<double[]>>> parse() {
    List<List<List<double[]>>> glyphs = new ArrayList<>();
    for (String[] ways : PATHS) {
      List<List<double[]>> digit = new ArrayList<>();
      for (String path : ways) {
        digit.add(strokes(path));
      }
      glyphs.add(digit);
    }
    return glyphs;
  }

  private static List<double[]> strokes(String path) {
    List<double[]> strokes = new ArrayList<>();
    List<Double> points = new ArrayList<>();
    StringTokenizer tokens = new StringTokenizer(path);
    while (tokens.hasMoreTokens()) {
      switch (tokens.nextToken()) {
        case "M" -> {
          if (!points.isEmpty()) {
            strokes.add(array(points));
            points.clear();
          }
          add(points, tokens, 1);
        }
        case "C" -> add(points, tokens, 3);
        case "L" -> line(points, next(tokens), next(tokens));
        default -> throw new IllegalStateException("not a path: " + path);
      }
    }
    strokes.add(array(points));
    return strokes;
  }

  private static void add(List<Double> points, StringTokenizer tokens, int count) {
    for (int i = 0; i < 2 * count; i++) {
      points.add(next(tokens));
    }
  }

  /** A line as a cubic: control points at its thirds. */
  private static void line(List<Double> points, double x, double y) {
    double x0 = points.get(points.size() - 2);
    double y0 = points.get(points.size() - 1);
    for (int i = 1; i <= 3; i++) {
      points.add(x0 + (x - x0) * i / 3);
      points.add(y0 + (y - y0) * i / 3);
    }
  }

  private static double next(StringTokenizer tokens) {
    return Double.parseDouble(tokens.nextToken());
  }

  private static double[] array(List<Double> points) {
    return points.stream().mapToDouble(Double::doubleValue).toArray();
  }
}
