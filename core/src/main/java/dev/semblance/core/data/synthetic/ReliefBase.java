package dev.semblance.core.data.synthetic;

/**
 * The shapes that carry a relief, over u and v in [-1, 1], about two units wide. They are smooth
 * and say nothing about the class.
 */
public enum ReliefBase {
  /** A sheet bent both ways, slightly. */
  PLANE {
    @Override
    void point(double u, double v, double a, double b, double[] out) {
      set(out, u, v, 0.25 * a * u * u + 0.2 * b * u * v);
    }
  },
  /** A patch of a cylinder. */
  CYLINDER {
    @Override
    void point(double u, double v, double a, double b, double[] out) {
      double radius = 1.3 + 0.4 * a;
      set(out, radius * StrictMath.sin(u / radius), v, radius * StrictMath.cos(u / radius));
    }
  },
  /** A patch of a vase: a surface of revolution with a wavy profile. */
  VASE {
    @Override
    void point(double u, double v, double a, double b, double[] out) {
      double radius = 1.2 + 0.2 * StrictMath.sin(2.2 * v + 2 * b) + 0.15 * a * v;
      set(out, radius * StrictMath.sin(u / 1.2), v, radius * StrictMath.cos(u / 1.2));
    }
  },
  /** A patch of a sphere. */
  SPHERE {
    @Override
    void point(double u, double v, double a, double b, double[] out) {
      double radius = 1.7 + 0.4 * a;
      double ring = radius * StrictMath.cos(v / radius);
      set(
          out,
          ring * StrictMath.sin(u / radius),
          radius * StrictMath.sin(v / radius),
          ring * StrictMath.cos(u / radius));
    }
  },
  /** A saddle. */
  SADDLE {
    @Override
    void point(double u, double v, double a, double b, double[] out) {
      set(out, u, v, (0.35 + 0.15 * a) * u * u - (0.35 + 0.15 * b) * v * v);
    }
  },
  /** The outside of a ring. */
  TORUS {
    @Override
    void point(double u, double v, double a, double b, double[] out) {
      double tube = 1.1 + 0.2 * a;
      double ring = 1.8 + 0.3 * b;
      double radius = ring + tube * StrictMath.cos(v / tube);
      set(
          out,
          radius * StrictMath.sin(u / (ring + tube)),
          tube * StrictMath.sin(v / tube),
          radius * StrictMath.cos(u / (ring + tube)));
    }
  },
  /** A sheet in gentle waves. */
  WAVE {
    @Override
    void point(double u, double v, double a, double b, double[] out) {
      set(out, u, v, 0.16 * StrictMath.sin(2.5 * u + 2 * a) + 0.12 * StrictMath.cos(2.2 * v + b));
    }
  },
  /** A patch of a cone. */
  CONE {
    @Override
    void point(double u, double v, double a, double b, double[] out) {
      double radius = 1.4 + (0.3 + 0.1 * a) * v;
      set(out, radius * StrictMath.sin(u / 1.4), v, radius * StrictMath.cos(u / 1.4));
    }
  },
  /** A sheet twisted about its axis. */
  TWIST {
    @Override
    void point(double u, double v, double a, double b, double[] out) {
      double angle = (0.45 + 0.15 * a) * v;
      set(out, u * StrictMath.cos(angle), v, u * StrictMath.sin(angle) + 0.15 * b * u * u);
    }
  };

  /**
   * The point at (u, v).
   *
   * @param a in [-1, 1], the individual shape
   * @param b in [-1, 1], the individual shape
   */
  abstract void point(double u, double v, double a, double b, double[] out);

  private static void set(double[] out, double x, double y, double z) {
    out[0] = x;
    out[1] = y;
    out[2] = z;
  }
}
