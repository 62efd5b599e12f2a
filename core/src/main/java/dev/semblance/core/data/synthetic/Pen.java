package dev.semblance.core.data.synthetic;

import dev.semblance.core.tensor.Rng;
import java.util.Arrays;

/**
 * Draws curves by the distance of each pixel's centre to the nearest of their pieces: smooth edges
 * for any width, and no graphics system.
 */
final class Pen {
  private static final int PIECES = 9;

  /** No ink lies farther than this from a curve, in pixels. */
  private static final double REACH = 3;

  private final int height;
  private final int width;
  private final double[] squared;

  Pen(int height, int width) {
    this.height = height;
    this.width = width;
    this.squared = new double[height * width];
  }

  /** Forgets all curves. */
  void clear() {
    Arrays.fill(squared, REACH * REACH);
  }

  /** Adds a poly-Bezier x0, y0, x1, y1, ... of 3k + 1 points in pixels. */
  void curve(double[] points) {
    for (int i = 0; i + 7 < points.length; i += 6) {
      double x0 = points[i];
      double y0 = points[i + 1];
      for (int piece = 1; piece <= PIECES; piece++) {
        double t = (double) piece / PIECES;
        double u = 1 - t;
        double b0 = u * u * u;
        double b1 = 3 * u * u * t;
        double b2 = 3 * u * t * t;
        double b3 = t * t * t;
        double x1 = b0 * points[i] + b1 * points[i + 2] + b2 * points[i + 4] + b3 * points[i + 6];
        double y1 =
            b0 * points[i + 1] + b1 * points[i + 3] + b2 * points[i + 5] + b3 * points[i + 7];
        segment(x0, y0, x1, y1);
        x0 = x1;
        y0 = y1;
      }
    }
  }

  private void segment(double x0, double y0, double x1, double y1) {
    int left = Math.max(0, (int) Math.ceil(Math.min(x0, x1) - REACH - 0.5));
    int right = Math.min(width - 1, (int) Math.floor(Math.max(x0, x1) + REACH - 0.5));
    int top = Math.max(0, (int) Math.ceil(Math.min(y0, y1) - REACH - 0.5));
    int bottom = Math.min(height - 1, (int) Math.floor(Math.max(y0, y1) + REACH - 0.5));
    double dx = x1 - x0;
    double dy = y1 - y0;
    double length = dx * dx + dy * dy;
    double scale = length > 0 ? 1 / length : 0;
    for (int y = top; y <= bottom; y++) {
      double py = y + 0.5 - y0;
      for (int x = left; x <= right; x++) {
        double px = x + 0.5 - x0;
        double t = Math.min(1, Math.max(0, (px * dx + py * dy) * scale));
        double ex = px - t * dx;
        double ey = py - t * dy;
        double distance = ex * ex + ey * ey;
        int at = y * width + x;
        if (distance < squared[at]) {
          squared[at] = distance;
        }
      }
    }
  }

  /**
   * Writes the image.
   *
   * @param radius half the width of the pen, in pixels
   * @param softness how far the edge runs out to either side, in pixels
   * @param ink the value of full ink, 0..255
   * @param noise the deviation of the noise, in grey values
   */
  void print(
      double radius,
      double softness,
      double ink,
      double noise,
      Rng rng,
      byte[] pixels,
      int offset) {
    double outer = Math.min(REACH, radius + softness);
    for (int i = 0; i < squared.length; i++) {
      double cover = 0;
      if (squared[i] < outer * outer) {
        double t = Math.min(1, (outer - Math.sqrt(squared[i])) / (2 * softness));
        cover = t * t * (3 - 2 * t);
      }
      double value = cover * ink + Bell.coarse(rng) * noise;
      pixels[offset + i] = (byte) (int) Math.max(0, Math.min(255, value + 0.5));
    }
  }
}
