package dev.semblance.app.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The points of a map that a page draws: all, or an even share of every class.
 *
 * @param total the points there were
 * @param pictures the picture of each point kept
 * @param labels the class of each point kept
 * @param projections the views, with points renumbered
 */
@SuppressWarnings("ArrayRecordComponent") // plain columns, never compared
record MapSample(int total, int[] pictures, int[] labels, List<Projection> projections) {

  /** Points drawn, at most. */
  static final int MOST_POINTS = 20_000;

  static MapSample of(EmbeddingMap map) {
    return of(map, MOST_POINTS);
  }

  static MapSample of(EmbeddingMap map, int most) {
    int n = map.labels().length;
    if (n <= most) {
      return new MapSample(n, map.pictures(), map.labels(), map.projections());
    }
    // A small view (the t-SNE sample) stays whole; the rest fills up, evenly over the classes.
    boolean[] kept = new boolean[n];
    int count = 0;
    for (Projection projection : map.projections()) {
      if (projection.points().length <= most / 2) {
        for (int point : projection.points()) {
          count += kept[point] ? 0 : 1;
          kept[point] = true;
        }
      }
    }
    int[] others = byClass(map.labels(), IntStream.range(0, n).filter(i -> !kept[i]).toArray());
    int wanted = Math.max(0, most - count);
    for (int point : even(others, wanted)) {
      kept[point] = true;
    }
    int[] place = new int[n];
    Arrays.fill(place, -1);
    int[] rows = IntStream.range(0, n).filter(i -> kept[i]).toArray();
    for (int i = 0; i < rows.length; i++) {
      place[rows[i]] = i;
    }
    List<Projection> projections = new ArrayList<>();
    for (Projection projection : map.projections()) {
      projections.add(renumbered(projection, place));
    }
    return new MapSample(
        n,
        Arrays.stream(rows).map(i -> map.pictures()[i]).toArray(),
        Arrays.stream(rows).map(i -> map.labels()[i]).toArray(),
        projections);
  }

  /** The pictures that deserve a thumbnail, the dearest first: those of small views. */
  int[] wishedPictures() {
    int[] order =
        IntStream.range(0, projections.size())
            .boxed()
            .sorted(Comparator.comparingInt(i -> projections.get(i).points().length))
            .mapToInt(Integer::intValue)
            .toArray();
    IntStream wished = IntStream.empty();
    for (int i : order) {
      wished = IntStream.concat(wished, Arrays.stream(inTurns(projections.get(i).points())));
    }
    return wished.map(point -> pictures[point]).distinct().toArray();
  }

  /** The points, one of each class after the other, so that any beginning is fair to all. */
  private int[] inTurns(int[] points) {
    Map<Integer, Integer> seen = new HashMap<>();
    int[] turn = new int[labels.length];
    for (int point : points) {
      turn[point] = seen.merge(labels[point], 1, Integer::sum);
    }
    return Arrays.stream(points)
        .boxed()
        .sorted(Comparator.comparingInt(point -> turn[point]))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private static Projection renumbered(Projection projection, int[] place) {
    int[] points = projection.points();
    int[] shown = IntStream.range(0, points.length).filter(i -> place[points[i]] >= 0).toArray();
    float[] x = new float[shown.length];
    float[] y = new float[shown.length];
    int[] renumbered = new int[shown.length];
    for (int i = 0; i < shown.length; i++) {
      x[i] = projection.x()[shown[i]];
      y[i] = projection.y()[shown[i]];
      renumbered[i] = place[points[shown[i]]];
    }
    return new Projection(projection.name(), projection.note(), renumbered, x, y);
  }

  private static int[] byClass(int[] labels, int[] points) {
    return Arrays.stream(points)
        .boxed()
        .sorted(Comparator.comparingInt(point -> labels[point]))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private static int[] even(int[] values, int count) {
    if (values.length <= count) {
      return values;
    }
    int[] some = new int[count];
    for (int i = 0; i < count; i++) {
      some[i] = values[(int) ((long) values.length * i / count)];
    }
    return some;
  }
}
