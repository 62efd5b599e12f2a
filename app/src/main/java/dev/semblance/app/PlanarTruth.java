package dev.semblance.app;

import dev.semblance.core.data.synthetic.Densities;
import dev.semblance.core.data.synthetic.ExactDensity;
import dev.semblance.core.data.synthetic.PlaneDensity;
import java.util.List;
import java.util.Optional;

/**
 * A distribution over the plane and what is known of it.
 *
 * @param name on the command line
 * @param reach of a square around the origin that holds nearly all points
 */
record PlanarTruth(String name, PlaneDensity density, double reach) {
  static final List<String> NAMES = List.of("moons", "rings", "8-gaussians", "checkerboard");

  /** How many deviations from where points come from still count as there. */
  private static final double NEAR = 3;

  static PlanarTruth named(String name) {
    return switch (name) {
      case "moons" -> new PlanarTruth(name, Densities.Moons.of(), 2.6);
      case "rings" -> new PlanarTruth(name, Densities.Rings.of(), 3.8);
      case "8-gaussians" -> new PlanarTruth(name, Densities.EightGaussians.of(), 4.4);
      case "checkerboard" -> new PlanarTruth(name, Densities.Checkerboard.of(), 4.6);
      default -> throw Problem.usage("--data: " + Nearest.message("set of points", name, NAMES));
    };
  }

  Optional<ExactDensity> exact() {
    return density instanceof ExactDensity exact ? Optional.of(exact) : Optional.empty();
  }

  /** What {@link #isNear} means here. */
  String nearness() {
    return switch (density) {
      case Densities.Moons moons -> "within 3 deviations of a half circle";
      case Densities.Rings rings -> "within 3 deviations of a ring";
      case Densities.EightGaussians gaussians -> "within 3 deviations of a centre";
      default -> "on a dark square";
    };
  }

  /** Whether a point lies where the data do. */
  boolean isNear(double x, double y) {
    return switch (density) {
      case Densities.Moons moons -> Math.min(arc(x, y), arc(1 - x, 0.5 - y)) < NEAR * moons.noise();
      case Densities.Rings rings -> {
        double r = Math.hypot(x, y);
        double ring =
            Math.clamp(Math.round(r / rings.spacing()), 1, rings.count()) * rings.spacing();
        yield Math.abs(r - ring) < NEAR * rings.noise();
      }
      case Densities.EightGaussians gaussians -> {
        int mode = mode(x, y);
        double dx = x - gaussians.radius() * Math.cos(mode * Math.PI / 4);
        double dy = y - gaussians.radius() * Math.sin(mode * Math.PI / 4);
        yield Math.hypot(dx, dy) < NEAR * gaussians.deviation();
      }
      case Densities.Checkerboard board -> {
        double width = 2 * board.halfWidth() / board.cells();
        long column = (long) Math.floor((x + board.halfWidth()) / width);
        long row = (long) Math.floor((y + board.halfWidth()) / width);
        yield column >= 0
            && column < board.cells()
            && row >= 0
            && row < board.cells()
            && (column + row) % 2 == 0;
      }
      default -> throw new IllegalStateException("unknown density " + density);
    };
  }

  /** Distance to the upper half of the unit circle. */
  private static double arc(double x, double y) {
    return y >= 0
        ? Math.abs(Math.hypot(x, y) - 1)
        : Math.min(Math.hypot(x - 1, y), Math.hypot(x + 1, y));
  }

  /** The modes whose shares can be counted; 0: none are told apart. */
  int modes() {
    return switch (density) {
      case Densities.Moons moons -> 2;
      case Densities.Rings rings -> rings.count();
      case Densities.EightGaussians gaussians -> 8;
      default -> 8; // the dark squares of four by four
    };
  }

  /** The mode that a point near the data belongs to. */
  int mode(double x, double y) {
    return switch (density) {
      case Densities.Moons moons -> arc(x, y) <= arc(1 - x, 0.5 - y) ? 0 : 1;
      case Densities.Rings rings ->
          (int) Math.clamp(Math.round(Math.hypot(x, y) / rings.spacing()), 1, rings.count()) - 1;
      case Densities.EightGaussians gaussians ->
          Math.floorMod(Math.round(Math.atan2(y, x) / (Math.PI / 4)), 8);
      case Densities.Checkerboard board -> {
        double width = 2 * board.halfWidth() / board.cells();
        int column = (int) Math.floor((x + board.halfWidth()) / width);
        int row = (int) Math.floor((y + board.halfWidth()) / width);
        yield Math.clamp((row * board.cells() + column) / 2, 0, 7);
      }
      default -> throw new IllegalStateException("unknown density " + density);
    };
  }
}
